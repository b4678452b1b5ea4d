"""Read the words of a search that narrow the list: `@mia` is work of Mia, `#parts` has a status with that word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter

LONGEST_SEARCH = 200
"""Letters; a page that is pasted by mistake would be looked for word by word, and all else would wait for it."""

PERSON, STATUS = "@", "#"
_NO_ONE = frozenset({"no such uid"})
_UNASSIGNED = ""

Named = Sequence[tuple[str, str]]
"""Names in lower case, each with its uid; a name may stand there several times."""


@dataclass(frozen=True, slots=True)
class SearchNames:
    """The names that a search can narrow by."""

    people: Named = ()
    statuses: Named = ()


def read_names(view: ReadTransaction) -> SearchNames:
    """Return the people and statuses of all accounts that are signed in; `me` and `nobody` are people, too.

    Raises:
        StoreError: The store could not be read.
    """
    accounts = [one for one in view.accounts() if not one.signed_out]
    people = [("me", one.user_uid) for one in accounts if one.user_uid] + [("nobody", _UNASSIGNED)]
    statuses = []
    for one in accounts:
        people += _named(view.references(one.account_id, "users"), "display_name", "tenant_user_uid")
        statuses += _named(view.references(one.account_id, "service_statuses"), "name", "service_status_uid")
    return SearchNames(people, statuses)


def narrows(text: str) -> bool:
    """Say whether a search has words that narrow it, also one that has only begun."""
    return any(_mark(word) for word in text.split())


def narrowed(wanted: OrderFilter, text: str, names: SearchNames | None) -> OrderFilter:
    """Return a filter with what was typed: plain words are searched for, the others narrow it.

    Args:
        wanted: What the view shows.
        text: What was typed. Several people, and several statuses, are those of any of them.
        names: What can be narrowed by; None while it is not known yet, and nothing is narrowed.
    """
    if PERSON not in text and STATUS not in text:
        return replace(wanted, text=text)
    words = text.split()
    found = replace(wanted, text=" ".join(_without_sign(one) for one in words if not _mark(one)))
    if names is None:
        return found
    people = _meant(words, PERSON, names.people)
    statuses = _meant(words, STATUS, names.statuses)
    if people is not None:
        within = people & wanted.assignee_uids if wanted.assignee_uids else people
        found = replace(found, assignee_uids=within or _NO_ONE)
    if statuses is not None:
        found = replace(found, status_uids=statuses or _NO_ONE)
    return found


def _mark(word: str) -> str:
    """Return the mark that a word begins with, empty for a plain one; `#10042` is an order's number."""
    return word[0] if word[0] in (PERSON, STATUS) and not word[1:2].isdigit() else ""


def _without_sign(word: str) -> str:
    """Return an order's number without the sign that people write before it."""
    return word[1:] if word[0] == STATUS else word


def _named(documents: Iterable[Mapping[str, object]], name: str, uid: str) -> list[tuple[str, str]]:
    return [(str(one.get(name) or "").casefold(), str(one.get(uid) or "")) for one in documents if one.get(uid)]


def _meant(words: Iterable[str], mark: str, named: Named) -> frozenset[str] | None:
    """Return the uids of all names in which a word begins so; None where nothing was typed behind the mark."""
    typed = [one[1:].casefold() for one in words if _mark(one) == mark and one[1:]]
    if not typed:
        return None
    return frozenset(uid for name, uid in named if any(word.startswith(one) for one in typed for word in name.split()))
