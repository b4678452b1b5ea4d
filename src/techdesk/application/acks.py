"""Remember what the server confirmed last, to see later whether it still stands (`docs/sync.md` §6.12)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from techdesk.application.ports import ReadTransaction, StoredRecord, WriteTransaction
from techdesk.domain.documents import RecordType

REMEMBERED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """A record and the revision at which the server confirmed it; None of one that was removed."""

    record_type: RecordType
    order_id: str
    record_id: str
    server_id: str
    revision: str | None


def remember_ack(tx: WriteTransaction, record: StoredRecord, *, is_removed: bool = False) -> None:
    """Keep what the server has just confirmed, and forget what it confirmed long ago.

    Raises:
        StoreError: It was not stored.
    """
    if record.server_id is None or record.revision is None:
        return
    fresh = Ack(
        record_type=record.record_type,
        order_id=record.order_id,
        record_id=record.record_id,
        server_id=record.server_id,
        revision=None if is_removed else record.revision,
    )
    others = [one for one in latest_acks(tx, record.account_id) if one.record_id != fresh.record_id]
    kept = [*others, fresh][-REMEMBERED:]
    tx.save_note(_name(record.account_id), json.dumps([asdict(one) for one in kept]))


def latest_acks(view: ReadTransaction, account_id: str) -> list[Ack]:
    """Return what the server confirmed last, the latest at the end.

    Raises:
        StoreError: The store could not be read.
    """
    noted = view.note(_name(account_id))
    kept = json.loads(noted) if noted else []
    return [Ack(**{**one, "record_type": RecordType(one["record_type"])}) for one in kept]


def forget_acks(tx: WriteTransaction, account_id: str) -> None:
    """Begin anew, as the server has.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_note(_name(account_id), None)


def is_older(revision: str | None, other: str | None) -> bool:
    """Say whether a revision is surely older than another; only counted ones tell."""
    texts = (revision or "", other or "")
    return all(one.isdecimal() for one in texts) and int(texts[0]) < int(texts[1])


def _name(account_id: str) -> str:
    return f"acks:{account_id}"
