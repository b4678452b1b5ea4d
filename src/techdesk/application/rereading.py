"""Read a change feed again from its beginning."""

from __future__ import annotations

from techdesk.application.ports import WriteTransaction


def begin_rereading(tx: WriteTransaction, account_id: str) -> None:
    """Let the next pull begin at the feed's beginning.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_cursor(account_id, "")
