"""Hold back what a pull would remove until the pull is over, and longer if it is too much to be meant.

A server that lost its data, or a list that came empty, looks the same as somebody who cleared out (`docs/sync.md` §6).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from techdesk.application.ports import ReadTransaction, WriteTransaction

MOST_AT_ONCE = 10
MOST_SHARE = 0.2


def is_too_much(going: int, here: int, *, lists_nothing: bool) -> bool:
    """Say whether a person is to be asked before orders go.

    Args:
        going: How many would go.
        here: How many there are.
        lists_nothing: A whole list was read, and there was nothing in it.
    """
    return going > 0 and (lists_nothing or (going > MOST_AT_ONCE and going > MOST_SHARE * here))


def held_removals(view: ReadTransaction, account_id: str) -> frozenset[str]:
    """Return the server's ids of the orders that are to go and have not gone yet.

    Raises:
        StoreError: The store could not be read.
    """
    noted = view.note(_name(account_id))
    return frozenset(json.loads(noted)) if noted else frozenset()


def hold(tx: WriteTransaction, account_id: str, server_ids: Iterable[str]) -> None:
    """Keep which orders are to go.

    Raises:
        StoreError: It was not stored.
    """
    wanted = sorted(server_ids)
    if wanted != sorted(held_removals(tx, account_id)):
        tx.save_note(_name(account_id), json.dumps(wanted) if wanted else None)


def let_go_of_held(tx: WriteTransaction, account_id: str) -> frozenset[str]:
    """Return what was held and hold nothing any more.

    Raises:
        StoreError: It was not stored.
    """
    held = held_removals(tx, account_id)
    hold(tx, account_id, ())
    return held


def _name(account_id: str) -> str:
    return f"removals:{account_id}"
