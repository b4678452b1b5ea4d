"""Say in a phrase what an operation does and what a record is."""

from __future__ import annotations

from techdesk.application.outbox import Operation, Verb
from techdesk.domain.event_data import event_as_received
from techdesk.domain.records import Document, RecordType

_NOUNS = {
    RecordType.ORDER: "Order",
    RecordType.ITEM: "Item",
    RecordType.EVENT: "Event",
    RecordType.HOURS: "Hours",
    RecordType.SALES_ORDER: "Sales order",
    RecordType.NOTIFICATION: "Notification",
}
_DONE = {Verb.CREATE: "added", Verb.UPDATE: "changed", Verb.DELETE: "removed"}


def what(operation: Operation) -> str:
    """Say in a phrase what an operation does."""
    if operation.verb is Verb.ACCEPT:
        return "Order accepted" if operation.intent.get("accepted") else "Order declined"
    if operation.record_type is RecordType.EVENT and operation.verb is Verb.CREATE:
        return _event_label(operation.intent)
    noun = _NOUNS[operation.record_type]
    said = operation.base if operation.verb is Verb.DELETE else operation.intent
    name = said.get("name") or said.get("title") or ""
    return f"{noun} {_DONE[operation.verb]}" + (f": {name}" if name else "")


def called(record_type: RecordType, document: Document) -> str:
    """Say in a phrase what a record is: `Item: Fuse`."""
    if record_type is RecordType.EVENT:
        name = _event_label(document)
    else:
        name = document.get("name") or document.get("title") or document.get("note") or ""
    return _NOUNS[record_type] + (f": {name}" if name else "")


def _event_label(document: Document) -> str:
    return event_as_received(document.get("event_type", ""), {}).label
