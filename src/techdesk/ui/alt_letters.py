"""Give buttons and fields letters that reach them with Alt, no two the same in one window."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.ui.actions import ACTIONS

MENU_LETTERS = "".join(sorted({one.menu[0].lower() for one in ACTIONS}))
"""Letters of the menus: taken for everything that stands in the main window itself."""


def with_keys(labels: Sequence[str], taken: str = "") -> list[str]:
    """Mark in each label a letter that no other uses, so that Alt+letter reaches it; none when all are used."""
    used = set(taken.lower())
    marked = []
    for label in labels:
        starts = [at for at, letter in enumerate(label) if at == 0 or label[at - 1] == " "]
        places = [at for at in (*starts, *range(len(label))) if label[at].isalpha() and label[at].lower() not in used]
        if not places:
            marked.append(label.replace("&", "&&"))
            continue
        used.add(label[places[0]].lower())
        before, after = label[: places[0]], label[places[0] :]
        marked.append(before.replace("&", "&&") + "&" + after.replace("&", "&&"))
    return marked


def with_keys_for_all(labels: Sequence[str], taken: str) -> list[str]:
    """Mark letters as `with_keys` does, first where there is the least choice, so that more labels get one."""
    free = [{letter for letter in label.lower() if letter.isalpha()} - set(taken) for label in labels]
    order = sorted(range(len(labels)), key=lambda place: len(free[place]))
    marked = dict(zip(order, with_keys([labels[place] for place in order], taken), strict=True))
    return [marked[place] for place in range(len(labels))]
