"""Compare what the server confirmed last with what it has now (`docs/sync.md` §6.12)."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.application.exchange import PulledOrder
from techdesk.application.ports import ReadTransaction
from techdesk.application.sync.acks import Ack, is_older, latest_acks
from techdesk.application.sync.lost_effects import Found, found_in, has_lost_change, order_to_fetch
from techdesk.domain.documents import RecordType


def compared(
    view: ReadTransaction, account_id: str, brought: Mapping[str, PulledOrder | None], *, is_sure: bool
) -> tuple[list[Ack], list[Ack]]:
    """Return the confirmations that were taken back to an older state, and those whose record is missing.

    Args:
        view: What is known here.
        account_id: The account.
        brought: Orders as the server has them now, by its id, None where one is gone.
        is_sure: The server is known to show another past.

    Raises:
        StoreError: The store could not be read.
    """
    older: list[Ack] = []
    missing: list[Ack] = []
    for ack in latest_acks(view, account_id):
        asked = order_to_fetch(view, account_id, ack.order_id)
        if asked is None or asked.server_id not in brought:
            continue
        there = brought[asked.server_id]
        now = found_in(there, ack.record_type, ack.server_id)
        known = view.record(account_id, RecordType.ORDER, ack.order_id)
        is_order_older = there and known and is_older(there.revision, known.revision)
        if (
            is_order_older
            or _is_taken_back(ack, now)
            or _has_lost_change(view, account_id, ack, there, is_sure=is_sure)
        ):
            older.append(ack)
        elif ack.revision and now is None and view.record(account_id, ack.record_type, ack.record_id):
            missing.append(ack)
    return older, missing


def _is_taken_back(ack: Ack, now: Found | None) -> bool:
    """Say whether a record is older than it was when it was confirmed, or there again."""
    return now is not None and (ack.revision is None or is_older(now.revision, ack.revision))


def _has_lost_change(
    view: ReadTransaction, account_id: str, ack: Ack, there: PulledOrder | None, *, is_sure: bool
) -> bool:
    """Say whether a record is there without what was set last; only counted revisions tell, as times may be equal."""
    is_there = found_in(there, ack.record_type, ack.server_id) is not None
    is_counted = (ack.revision or "").isdecimal()
    return is_there and is_counted and has_lost_change(view, account_id, ack.record_id, there, is_sure=is_sure)
