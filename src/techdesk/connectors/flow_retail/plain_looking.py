"""Look whether what was sent to a plain vendor is there: by its mark, never by likeness.

Two records that look alike cannot be told apart, as it is not known who made which. So a record that might be ours
after all, but has lost its mark, is for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Operation
from techdesk.connectors.flow_retail.calls import json_object
from techdesk.connectors.flow_retail.mapping import PARTS
from techdesk.connectors.flow_retail.plain_calls import PlainCalls
from techdesk.connectors.flow_retail.plain_records import MARKED, is_marked, mark_of
from techdesk.connectors.flow_retail.reading import Reader
from techdesk.domain.errors import ConnectionFailedError, InvalidInputError, NotFoundError
from techdesk.domain.instants import parse_instant
from techdesk.domain.records import RecordType

_TELLING = {
    RecordType.ORDER: "title",
    RecordType.ITEM: "name",
    RecordType.EVENT: "event_type",
    RecordType.HOURS: "started_at",
}
"""Type of record → what a record that might be ours has in common with what was sent."""

_NO_MARK = "It carries no mark by which it could be found"
_LOOKS_ALIKE = "The server has one that looks the same and carries no mark"
_NOT_SHOWN = "The server does not show what it has"


def look(calls: PlainCalls, reader: Reader, operation: Operation) -> ReadBack:
    """Look for what an operation makes; never raises for the world's faults."""
    record_type = operation.record_type
    if record_type not in MARKED:
        return ReadBack(sighting=Sighting.UNCLEAR, reason=_NO_MARK)
    mark, alike = mark_of(operation), False
    try:
        for raw in _shown(calls, reader, operation):
            if is_marked(record_type, raw, mark):
                found = reader.checked_record(record_type, raw)
                return ReadBack(sighting=Sighting.FOUND, server_id=found.server_id, record=found.document)
            alike = alike or (not is_marked(record_type, raw) and _might_be(operation, raw, reader))
    except NotFoundError:
        return ReadBack(sighting=Sighting.ABSENT)
    except (ConnectionFailedError, InvalidInputError) as error:
        return ReadBack(sighting=Sighting.UNKNOWN, reason=str(error))
    if alike:
        return ReadBack(sighting=Sighting.UNCLEAR, reason=_LOOKS_ALIKE)
    return ReadBack(sighting=Sighting.ABSENT)


def _shown(calls: PlainCalls, reader: Reader, operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield every record of the place that an operation was sent to.

    Raises:
        NotFoundError: The order is gone.
        InvalidInputError: The server does not show them.
        ConnectionFailedError: They could not be fetched.
    """
    path = operation.request.path if operation.request else ""
    if operation.record_type is RecordType.ORDER:
        for one in _orders(calls, path):
            is_cut = MARKED[RecordType.ORDER] not in one and _might_be(operation, one, reader)
            yield from _whole(calls, path, one) if is_cut else (one,)
        return
    order_path = path.rpartition("/")[0]
    order = json_object(calls.one(order_path))
    if operation.record_type is not RecordType.ITEM:
        yield from calls.every(f"{order_path}/{PARTS[operation.record_type].step}")
        return
    items = order.get(PARTS[RecordType.ITEM].member)
    if not isinstance(items, list):
        raise InvalidInputError(_NOT_SHOWN)
    yield from (one for one in items if isinstance(one, dict))


def _orders(calls: PlainCalls, path: str) -> Iterator[dict[str, Any]]:
    """Yield all orders, the newest first."""
    number = 1
    seen: set[Any] = set()
    while True:
        page, count = calls.page(path, number, sortBy="createdAt", sortDirection="DESC")
        fresh = [one for one in page if one.get("serviceOrderUid") not in seen]
        seen |= {one.get("serviceOrderUid") for one in fresh}
        yield from fresh
        if not fresh or (count is not None and len(seen) >= count):
            return
        number += 1


def _whole(calls: PlainCalls, path: str, cut: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an order whose text the list leaves out; one that was removed meanwhile is not ours."""
    try:
        yield json_object(calls.one(f"{path}/{cut.get('serviceOrderUid')}"))
    except NotFoundError:
        return


def _might_be(operation: Operation, raw: dict[str, Any], reader: Reader) -> bool:
    """Say whether a record might be what was sent, had it lost its mark; what cannot be read might."""
    name = _TELLING[operation.record_type]
    wanted = operation.intent.get(name)
    try:
        shown = reader.checked_record(operation.record_type, raw).document.get(name)
        return bool(
            shown == wanted or (name == "started_at" and parse_instant(str(shown)) == parse_instant(str(wanted)))
        )
    except InvalidInputError:
        return True
