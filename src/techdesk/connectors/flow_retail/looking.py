"""Look for what became of an operation: whether what it makes is there, and what stands now where it was to change.

A plain vendor keeps our mark, so that is looked for first; `application.recognizing` judges what has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from techdesk.application.exchange import ReadBack, ServerQuery, Sighting
from techdesk.application.outbox import Operation, Verb
from techdesk.application.sync.recognizing import Mark, Shown, holds, recognized
from techdesk.connectors.answers import unseen
from techdesk.connectors.flow_retail.calls import PAGE, Calls, count_in, json_object
from techdesk.connectors.flow_retail.mapping import PARTS, UIDS
from techdesk.connectors.flow_retail.plain_calls import PlainCalls, is_whole
from techdesk.connectors.flow_retail.plain_records import MARKED, is_marked, mark_of
from techdesk.connectors.flow_retail.reading import Reader
from techdesk.connectors.flow_retail.searching import search_body
from techdesk.domain.errors import BusyError, ConnectionFailedError, InvalidInputError, NotFoundError
from techdesk.domain.records import Document, RecordType

_NOT_SHOWN = "The server does not show what it has"
_ANOTHERS = "The answer is about another order"
_DAY = timedelta(days=1)

_Raw = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to look.

    Attributes:
        calls: What fetches.
        reader: What reads the records of the store.
        orders: Yields the orders among which a new one would stand.
        has_marks: What is made there may carry a mark.
    """

    calls: Calls
    reader: Reader
    orders: Callable[[Operation], Iterable[_Raw]]
    has_marks: bool


def own_place(calls: Calls, reader: Reader) -> Place:
    """Return where to look on TechDesk's own server, which needs no marks."""
    return Place(calls=calls, reader=reader, orders=partial(_searched_orders, calls), has_marks=False)


def plain_place(calls: PlainCalls, reader: Reader) -> Place:
    """Return where to look at a plain vendor's."""
    return Place(calls=calls, reader=reader, orders=partial(_listed_orders, calls, reader), has_marks=True)


def look(place: Place, operation: Operation) -> ReadBack:
    """Look for what became of an operation; never raises for the world's faults."""
    is_made = operation.verb in (Verb.CREATE, Verb.ACCEPT)
    try:
        if operation.verb is Verb.ACCEPT:
            return _acceptance(place, operation)
        if operation.verb is Verb.CREATE:
            return recognized(operation, [_shown(place, operation, raw) for raw in _records(place, operation)])
        return _as_it_is_now(place, operation)
    except NotFoundError:
        return ReadBack(sighting=Sighting.ABSENT if is_made else Sighting.GONE)
    except (ConnectionFailedError, InvalidInputError) as error:
        return unseen(error)


def _listed_orders(calls: PlainCalls, reader: Reader, operation: Operation) -> Iterator[_Raw]:
    """Yield a plain vendor's orders, the newest first; one whose text the list leaves out is fetched if it may count.

    Raises:
        ConnectionFailedError: They could not be fetched.
    """
    path = _path(operation)
    number = 1
    seen: set[str] = set()
    while True:
        page, count = calls.page(path, number, sortBy="createdAt", sortDirection="DESC")
        fresh = [one for one in page if str(one.get("serviceOrderUid")) not in seen]
        seen |= {str(one.get("serviceOrderUid")) for one in fresh}
        for one in fresh:
            is_cut = MARKED[RecordType.ORDER] not in one and _has_title(operation, one, reader)
            yield from _whole(calls, path, one) if is_cut else (one,)
        if not fresh or is_whole(count, len(seen), len(page)):
            return
        number += 1


def _searched_orders(calls: Calls, operation: Operation) -> Iterator[_Raw]:
    """Yield the orders of our own server that have the title of a new one and are no older than it.

    Raises:
        InvalidInputError: The server cannot be asked so.
        BusyError: Its answer breaks off.
        ConnectionFailedError: It could not be asked.
    """
    sent_at = operation.first_sent_at or operation.created_at
    body = search_body(ServerQuery(title=operation.intent.get("title", ""), from_date=(sent_at - _DAY).date()))
    number = 1
    count = 0
    while True:
        page = json_object(calls.ask(f"{_path(operation)}/search?pageNumber={number}&pageSize={PAGE}", body))
        items, total = page.get("items"), count_in(page)
        if not isinstance(items, list) or total is None:
            raise BusyError(_NOT_SHOWN)
        yield from (one for one in items if isinstance(one, dict))
        count += len(items)
        if not items or count >= total:
            return
        number += 1


def _records(place: Place, operation: Operation) -> Iterable[_Raw]:
    """Return every record of the place that a create was sent to.

    Raises:
        NotFoundError: The order is gone.
        InvalidInputError: The server does not show them.
        ConnectionFailedError: They could not be fetched.
    """
    if operation.record_type is RecordType.ORDER:
        return place.orders(operation)
    return _parts(place, operation.record_type, _path(operation).rpartition("/")[0])


def _parts(place: Place, record_type: RecordType, order_path: str) -> Iterable[_Raw]:
    order = _order_at(place, order_path)
    if record_type is not RecordType.ITEM:
        return place.calls.every(f"{order_path}/{PARTS[record_type].step}")
    items = order.get(PARTS[RecordType.ITEM].member)
    if not isinstance(items, list):
        raise InvalidInputError(_NOT_SHOWN)
    return [one for one in items if isinstance(one, dict)]


def _order_at(place: Place, path: str) -> _Raw:
    """Return the order at a path; raises as `_records`, and where a proxy mixed up two answers."""
    order = json_object(place.calls.one(path))
    if order.get(UIDS[RecordType.ORDER]) != path.rpartition("/")[2]:
        raise BusyError(_ANOTHERS)
    return order


def _as_it_is_now(place: Place, operation: Operation) -> ReadBack:
    """Return the record that was to be changed or removed; raises as `_records`."""
    path, record_type = _path(operation), operation.record_type
    parent, _, uid = path.rpartition("/")
    if record_type is RecordType.ORDER:
        raw = _order_at(place, path)
    else:
        known = _parts(place, record_type, parent.rpartition("/")[0])
        found = next((one for one in known if one.get(UIDS[record_type]) == uid), None)
        if found is None:
            return ReadBack(sighting=Sighting.GONE)
        raw = found
    now = place.reader.checked_record(record_type, raw)
    return ReadBack(sighting=Sighting.SHOWN, server_id=now.server_id, record=now.document, revision=now.revision)


def _acceptance(place: Place, operation: Operation) -> ReadBack:
    """Look whether an order is as the person wished: accepted, or back with nobody; raises as `_records`."""
    raw = _order_at(place, _path(operation).rpartition("/")[0])
    order = place.reader.checked_record(RecordType.ORDER, raw)
    is_accepted = bool(order.document.get("accepted_at"))
    is_nobodys = not is_accepted and not order.document.get("assigned_user_uid")
    if not (is_accepted if operation.intent.get("accepted") else is_nobodys):
        return ReadBack(sighting=Sighting.ABSENT)
    return ReadBack(sighting=Sighting.FOUND, server_id=order.server_id, record=order.document, revision=order.revision)


def _shown(place: Place, operation: Operation, raw: _Raw) -> Shown:
    """Return a record with what its mark says; one that cannot be read might be ours.

    Raises:
        InvalidInputError: It carries our mark and cannot be read.
    """
    record_type = operation.record_type
    mark = _mark(operation, raw) if place.has_marks and record_type in MARKED else Mark.NONE
    try:
        found = place.reader.checked_record(record_type, raw)
    except InvalidInputError:
        if mark is Mark.OURS:
            raise
        return Shown(server_id=str(raw.get(UIDS[record_type])), document=None, mark=mark)
    return Shown(server_id=found.server_id, document=found.document, revision=found.revision, mark=mark)


def _mark(operation: Operation, raw: _Raw) -> Mark:
    if is_marked(operation.record_type, raw, mark_of(operation)):
        return Mark.OURS
    return Mark.ANOTHERS if is_marked(operation.record_type, raw) else Mark.NONE


def _whole(calls: PlainCalls, path: str, cut: _Raw) -> Iterator[_Raw]:
    """Yield an order whose text the list leaves out; one that was removed meanwhile is not ours."""
    try:
        yield json_object(calls.one(f"{path}/{cut.get('serviceOrderUid')}"))
    except NotFoundError:
        return


def _has_title(operation: Operation, raw: _Raw, reader: Reader) -> bool:
    try:
        document: Document = reader.checked_record(RecordType.ORDER, raw).document
    except InvalidInputError:
        return False
    return holds(document.get("title"), operation.intent.get("title"))


def _path(operation: Operation) -> str:
    return operation.request.path if operation.request else ""
