"""Say in a phrase what an operation does and what a record is."""

from __future__ import annotations

from techdesk.application.outbox import Operation, Verb
from techdesk.domain.events import EVENT_KINDS
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
        return event_label(operation.intent.get("event_type", ""))
    noun = _NOUNS[operation.record_type]
    said = operation.base if operation.verb is Verb.DELETE else operation.intent
    name = said.get("name") or said.get("title") or ""
    return f"{noun} {_DONE[operation.verb]}" + (f": {name}" if name else "")


def called(record_type: RecordType, document: Document) -> str:
    """Say in a phrase what a record is: `Item: Fuse`."""
    if record_type is RecordType.EVENT:
        name = event_label(document.get("event_type", ""))
    else:
        name = document.get("name") or document.get("title") or document.get("note") or ""
    return _NOUNS[record_type] + (f": {name}" if name else "")


def event_label(name: str) -> str:
    """Return an event's name for people, also of a kind that no catalogue lists."""
    kind = EVENT_KINDS.get(name)
    return kind.label if kind else name.replace("_", " ").strip().capitalize()
