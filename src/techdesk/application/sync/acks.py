"""Remember what the server confirmed last, to see later whether it still stands (`docs/sync.md` §6.12)."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from datetime import timedelta
from typing import NamedTuple

from techdesk.application.ports import ReadTransaction, StoredRecord, WriteTransaction
from techdesk.domain.documents import RecordType
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import parse_instant

REMEMBERED = 20
SAME_INSTANT = timedelta(seconds=2)


class Ack(NamedTuple):
    """A record and the revision at which the server confirmed it; None of one that was removed, empty if none was told.

    Attributes:
        is_heard: The feed has told of its order since.
    """

    record_type: RecordType
    order_id: str
    record_id: str
    server_id: str
    revision: str | None
    is_heard: bool = False


def remember_ack(tx: WriteTransaction, record: StoredRecord, *, is_removed: bool = False) -> None:
    """Keep what the server has just confirmed, and forget what it confirmed long ago.

    Raises:
        StoreError: It was not stored.
    """
    if record.server_id is None:
        return
    fresh = Ack(
        record_type=record.record_type,
        order_id=record.order_id,
        record_id=record.record_id,
        server_id=record.server_id,
        revision=None if is_removed else record.revision or "",
    )
    others = [one for one in latest_acks(tx, record.account_id) if one.record_id != fresh.record_id]
    _keep(tx, record.account_id, [*others, fresh][-REMEMBERED:])


def latest_acks(view: ReadTransaction, account_id: str) -> list[Ack]:
    """Return what the server confirmed last, the latest at the end.

    Raises:
        StoreError: The store could not be read.
    """
    noted = view.note(_name(account_id))
    kept = json.loads(noted) if noted else []
    return [Ack(**{**one, "record_type": RecordType(one["record_type"])}) for one in kept]


def hear(tx: WriteTransaction, account_id: str, told: Set[str] | None = None) -> None:
    """Note of which orders the feed has told, by the server's ids; None after all was looked at in another way.

    Raises:
        StoreError: It was not stored.
    """
    acks = latest_acks(tx, account_id)
    if all(one.is_heard for one in acks):
        return
    heard = [one._replace(is_heard=one.is_heard or _is_told(tx, account_id, one, told)) for one in acks]
    if heard != acks:
        _keep(tx, account_id, heard)


def forget_acks(tx: WriteTransaction, account_id: str) -> None:
    """Begin anew, as the server has.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_note(_name(account_id), None)


def is_older(revision: str | None, other: str | None) -> bool:
    """Say whether a revision is surely older than another: both are counted, or both are instants.

    An answer may tell more of an instant than is kept, and a server's machines may have clocks of their own.
    """
    texts = (revision or "", other or "")
    if all(one.isdecimal() for one in texts):
        return int(texts[0]) < int(texts[1])
    try:
        return parse_instant(texts[1]) - parse_instant(texts[0]) > SAME_INSTANT
    except InvalidInputError:
        return False


def _is_told(view: ReadTransaction, account_id: str, ack: Ack, told: Set[str] | None) -> bool:
    if told is None:
        return True
    order = view.record(account_id, RecordType.ORDER, ack.order_id)
    removed = ack.server_id if ack.record_type is RecordType.ORDER else None
    server_id = order.server_id if order else removed
    return server_id is None or server_id in told


def _keep(tx: WriteTransaction, account_id: str, acks: Sequence[Ack]) -> None:
    tx.save_note(_name(account_id), json.dumps([one._asdict() for one in acks]))


def _name(account_id: str) -> str:
    return f"acks:{account_id}"
