"""Read a change feed again from its beginning, beside what is here, and let it take its place all at once.

What comes is staged page by page. At the last page it replaces what is here in one transaction, and the orders that it
lacks go; a crash before that leaves everything as it was, and the reading goes on where it stopped (`docs/sync.md` §6).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from techdesk import __version__
from techdesk.application.noted import note_instant, noted_instant
from techdesk.application.ports import ReadTransaction, WriteTransaction

if TYPE_CHECKING:
    from techdesk.application.exchange import PullPage


def begin_rereading(tx: WriteTransaction, account_id: str) -> None:
    """Let the next pull begin at the feed's beginning; where nothing is here, what comes goes straight in.

    Raises:
        StoreError: It was not stored.
    """
    tx.drop_staged(account_id)
    tx.save_cursor(account_id, "")
    tx.save_note(_name(account_id), "" if tx.order_server_ids(account_id) else None)


def remember_pull(tx: WriteTransaction, account_id: str, now: datetime) -> None:
    """Note that a pull has brought everything.

    Raises:
        StoreError: It was not stored.
    """
    note_instant(tx, _pulled_name(account_id), now)


def last_pull(view: ReadTransaction, account_id: str) -> datetime | None:
    """Return when a pull last brought everything, None before the first.

    Raises:
        StoreError: The store could not be read.
    """
    return noted_instant(view, _pulled_name(account_id))


def remember_unreadable(tx: WriteTransaction, account_id: str, page: PullPage) -> None:
    """Note that this version of TechDesk could not read an order, or a field, of a feed, which tells it only once.

    Raises:
        StoreError: It was not stored.
    """
    if page.odd_fields or any(not one.is_hidden for one in page.bad):
        tx.save_note(_unreadable_name(account_id), __version__)


def reread_after_update(tx: WriteTransaction, account_id: str) -> None:
    """Begin to read a feed anew where another version of TechDesk could not read all of it.

    Raises:
        StoreError: It was not stored.
    """
    if tx.note(_unreadable_name(account_id)) not in (None, __version__):
        tx.save_note(_unreadable_name(account_id), None)
        begin_rereading(tx, account_id)


def rereading_at(view: ReadTransaction, account_id: str) -> str | None:
    """Return where the next page of a feed that is read anew begins; None where none is.

    Raises:
        StoreError: The store could not be read.
    """
    return view.note(_name(account_id))


def keep_reread(tx: WriteTransaction, account_id: str, page: PullPage) -> None:
    """Stage a page.

    Raises:
        StoreError: It was not stored.
    """
    tx.stage_page(account_id, page)
    tx.save_note(_name(account_id), page.cursor)


def go_on_rereading(tx: WriteTransaction, account_id: str, page: PullPage) -> None:
    """Note how far a reading anew has come whose pages go straight in; the last one ends it.

    Raises:
        StoreError: It was not stored.
    """
    if rereading_at(tx, account_id) is not None:
        tx.save_note(_name(account_id), page.cursor if page.more else None)


def end_rereading(tx: WriteTransaction, account_id: str) -> None:
    """Note that nothing is read anew any more.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_note(_name(account_id), None)


def whole_list(tx: WriteTransaction, account_id: str, page: PullPage) -> PullPage:
    """Return the page that ends a rereading: it deletes what is here and was not staged.

    An order that told no id may be any of those that seem to be missing, so then none is.

    Raises:
        StoreError: The store could not be read.
    """
    staged = tx.staged_ids(account_id)
    missing = [] if "" in staged else [one for one in tx.order_server_ids(account_id) if one not in staged]
    return replace(page, orders=[], bad=[], deleted=missing, lists_nothing=not staged)


def _pulled_name(account_id: str) -> str:
    return f"as_of:{account_id}"


def _unreadable_name(account_id: str) -> str:
    return f"unreadable_for:{account_id}"


def _name(account_id: str) -> str:
    return f"rereading:{account_id}"
