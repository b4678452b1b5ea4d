"""Find what was recorded twice after all, and let a person put it right (`docs/sync.md` §3.6).

A create that went out a second time is watched: it stands alone only if no other record appears that holds what it set.
Such a record is never removed by itself, as somebody may have meant it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from techdesk.application.changes import Changes
from techdesk.application.outbox import Operation, OpState, OrderRef, Verb
from techdesk.application.phrases import called
from techdesk.application.ports import OrderStore, ReadTransaction, StoredRecord, Urgency, WriteTransaction
from techdesk.application.sync.recognizing import fields_set, holds
from techdesk.application.typed_values import agree
from techdesk.domain.errors import NotFoundError
from techdesk.domain.instants import instant_text, parse_instant
from techdesk.domain.records import Document, RecordType

PULLS_WATCHED = 2
WATCHED_FOR = timedelta(hours=2)
"""A plain vendor's list is read whole once an hour only."""

TOO_OLD = timedelta(days=1)
"""An order that the server dates so much before the first attempt was there before it, however the clocks differ."""

_Notes = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A record that says the same as one we made and had to send again.

    Attributes:
        order: The order it stands on; for an order, itself.
        kept_server_id: The server's id of the one that we know to be ours.
        extra_record_id: Our id of the other one.
        what: What it is, as a phrase ("Item: Fuse").
    """

    account_id: str
    order: OrderRef
    record_type: RecordType
    kept_server_id: str
    extra_record_id: str
    what: str


class Duplicates:
    """What a person can do about records that stand there twice."""

    def __init__(self, store: OrderStore, remove: Callable[[OrderRef, RecordType, str], Changes]) -> None:
        """Keep the store and what removes a record by an ordinary operation."""
        self._store = store
        self._remove = remove

    def remove(self, duplicate: Duplicate) -> Changes:
        """Remove the one that is too many.

        Raises:
            NotAllowedError: The system removes no such records, or the order or the role forbids it.
            NotFoundError: It is no longer here.
            StoreError: It was not saved.
        """
        return self._remove(duplicate.order, duplicate.record_type, duplicate.extra_record_id)

    def keep_both(self, duplicate: Duplicate) -> Changes:
        """Note that a person wants both; they are not offered again.

        Raises:
            NotFoundError: It is no longer offered.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            found = _noted(tx, _found_note(duplicate.account_id))
            if duplicate.extra_record_id not in found:
                raise NotFoundError("This is no longer here twice")
            found[duplicate.extra_record_id]["kept"] = True
            _note(tx, _found_note(duplicate.account_id), found)
        return Changes(orders=frozenset({duplicate.order.order_id}), outbox=True)


def watch(tx: WriteTransaction, operation: Operation, first_sent_at: datetime, now: datetime) -> None:
    """Look out for a second copy of a create that goes out again; `first_sent_at` is when it went out first."""
    if operation.verb is not Verb.CREATE:
        return
    watched = _noted(tx, _watch_note(operation.account_id))
    known = watched.setdefault(operation.op_id, {"first_sent_at": instant_text(first_sent_at)})
    known |= {"sent_again_at": instant_text(now), "pulls": 0, "order_id": _lane(operation)}
    _note(tx, _watch_note(operation.account_id), watched)


def watch_anew(tx: WriteTransaction, account_id: str, now: datetime) -> None:
    """Watch as long again as at first, as the clock was set and nobody knows how long it has been."""
    watched = _noted(tx, _watch_note(account_id))
    anew = {op_id: {**one, "sent_again_at": instant_text(now)} for op_id, one in watched.items()}
    _note(tx, _watch_note(account_id), anew)


def note_duplicates(
    tx: WriteTransaction, account_id: str, order_ids: Collection[str], now: datetime, *, is_whole: bool
) -> bool:
    """Look for second copies among what a page of a pull brought; say whether there are new ones.

    Args:
        tx: The transaction that took the page in.
        account_id: Whose pull it is.
        order_ids: Our ids of the orders that it changed.
        now: The present instant.
        is_whole: The page was the last one of its pull.
    """
    watched = _noted(tx, _watch_note(account_id))
    if not watched:
        return False
    found = _noted(tx, _found_note(account_id))
    before = len(found)
    shown = _Shown(tx, account_id, order_ids)
    for op_id, one in list(watched.items()):
        is_fresh, is_old = one["pulls"] < PULLS_WATCHED, _is_old(one, now)
        if not (is_fresh or is_old or shown.may_tell_of(one.get("order_id", ""))):
            continue
        operation = tx.operation(op_id)
        if operation:
            twins = _twins(shown, operation, parse_instant(one["first_sent_at"]), is_fresh=is_fresh)
            found |= {twin.record_id: _entry(operation, twin) for twin in twins if twin.record_id not in found}
            one["pulls"] += is_fresh and is_whole and operation.state is OpState.DONE
            one["order_id"] = _lane(operation)
        if not operation or (operation.state.is_settled and is_old and one["pulls"] >= PULLS_WATCHED):
            del watched[op_id]
    _note(tx, _watch_note(account_id), watched)
    _note(tx, _found_note(account_id), found)
    return len(found) > before


def duplicates(view: ReadTransaction) -> list[Duplicate]:
    """Return the records that stand there twice and wait for a person.

    Raises:
        StoreError: The store could not be read.
    """
    return [
        duplicate
        for account in view.accounts()
        for extra_id, entry in _noted(view, _found_note(account.account_id)).items()
        if (duplicate := _duplicate(view, account.account_id, extra_id, entry))
    ]


def _duplicate(view: ReadTransaction, account_id: str, extra_id: str, entry: Mapping[str, Any]) -> Duplicate | None:
    record_type = RecordType(entry["record_type"])
    operation = view.operation(entry["op_id"])
    extra = view.record(account_id, record_type, extra_id)
    if entry.get("kept") or extra is None or extra.deleted or not operation or operation.state is not OpState.DONE:
        return None
    ours = view.record(account_id, record_type, operation.record_id)
    if ours is None or ours.deleted or ours.server_id is None:
        return None
    return Duplicate(
        account_id=account_id,
        order=OrderRef(account_id, extra.order_id),
        record_type=record_type,
        kept_server_id=ours.server_id,
        extra_record_id=extra_id,
        what=called(record_type, extra.view),
    )


class _Shown:
    """The records among which a second copy may stand, each order read once however many creates are watched in it."""

    def __init__(self, view: ReadTransaction, account_id: str, order_ids: Collection[str]) -> None:
        self.view = view
        self._account_id = account_id
        self._order_ids = frozenset(order_ids)
        self._read: dict[tuple[str, RecordType], list[StoredRecord]] = {}

    def may_tell_of(self, order_id: str) -> bool:
        """Say whether a second copy on an order, or any order if that is empty, may be among the news."""
        return order_id in self._order_ids if order_id else bool(self._order_ids)

    def beside(self, operation: Operation, *, is_fresh: bool) -> list[StoredRecord]:
        """Return what stands where an operation makes something; nothing where no news has come, unless it is fresh."""
        record_type, order_id = operation.record_type, operation.order_id
        is_order = record_type is RecordType.ORDER
        if not is_order and order_id not in self._order_ids and not is_fresh:
            return []
        key = ("" if is_order else order_id, record_type)
        if key not in self._read:
            place = (self._account_id, order_id, record_type)
            self._read[key] = self._orders() if is_order else list(self.view.parts(*place))
        return self._read[key]

    def _orders(self) -> list[StoredRecord]:
        found = (self.view.record(self._account_id, RecordType.ORDER, one) for one in sorted(self._order_ids))
        return [one for one in found if one]


def _twins(shown: _Shown, operation: Operation, first_sent_at: datetime, *, is_fresh: bool) -> Iterator[StoredRecord]:
    """Yield the records that are not ours and say the same as what an operation made."""
    record_type = operation.record_type
    ours = shown.view.record(operation.account_id, record_type, operation.record_id)
    known = {*(operation.known or ()), ours and ours.server_id}
    for one in shown.beside(operation, is_fresh=is_fresh):
        was_pulled = one.server_id == one.record_id and one.server_id not in known
        is_new = record_type is not RecordType.ORDER or _is_late_enough(one.base or {}, first_sent_at)
        if was_pulled and is_new and _says_the_same(operation, ours, one):
            yield one


def _says_the_same(operation: Operation, ours: StoredRecord | None, other: StoredRecord) -> bool:
    """Say whether a record holds what an operation set, as it was sent or as the server wrote it."""
    written: Document = (ours and ours.base) or {}
    shown: Document = other.base or {}
    makers = [one["created_by"] for one in (written, shown) if one.get("created_by")]
    same = [
        holds(shown.get(name), operation.intent[name]) or agree(shown.get(name), written.get(name), name)
        for name in fields_set(operation)
    ]
    return bool(same) and all(same) and len(set(makers)) < 2


def _is_late_enough(shown: Document, first_sent_at: datetime) -> bool:
    created_at = shown.get("created_at")
    return not created_at or parse_instant(created_at) >= first_sent_at - TOO_OLD


def _is_old(watched: Mapping[str, Any], now: datetime) -> bool:
    return abs(now - parse_instant(watched["sent_again_at"])) >= WATCHED_FOR


def _lane(operation: Operation) -> str:
    """Return the order on which a second copy would stand; empty where it would be an order of its own."""
    return "" if operation.record_type is RecordType.ORDER else operation.order_id


def _entry(operation: Operation, twin: StoredRecord) -> dict[str, Any]:
    return {"op_id": operation.op_id, "record_type": twin.record_type.value}


def _noted(view: ReadTransaction, name: str) -> _Notes:
    notes: _Notes = json.loads(view.note(name) or "{}")
    return notes


def _note(tx: WriteTransaction, name: str, value: _Notes) -> None:
    text = json.dumps(value) if value else None
    if text != tx.note(name):
        tx.save_note(name, text)


def _watch_note(account_id: str) -> str:
    return f"sent_again:{account_id}"


def _found_note(account_id: str) -> str:
    return f"duplicates:{account_id}"
