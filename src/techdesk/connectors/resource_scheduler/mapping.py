"""Turn a Resource Scheduler order into a document and a change of the document into changes of its members.

What our orders have too stands under our names (title, description, customer, …). Every other member stands under its
path after `rs:`, so that the merge looks at each one by itself. A thing in a list goes by its own number instead of its
place (`rs:ServiceOrderItemList/17/Quantity`), as places move when somebody takes one out; with `.2` after it where a
number stands twice.
The path of the thing itself is true while it is there: set to nothing it goes, set on a new name (`new1`) one is added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from techdesk.application.exchange import PulledOrder, PulledPart
from techdesk.domain.errors import InvalidInputError, NotSupportedError
from techdesk.domain.records import FOLLOWS, Document, RecordType, compact
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.wire.resource_scheduler import ORDER, Form, Kind, Member, Shape, Values, read_order, text_of_ticks, ticks

PREFIX = "rs:"
PROVIDER_KEY = f"{PREFIX}ServiceProviderId"
STATES: Mapping[str, ServiceState] = {
    "Pending": ServiceState.NOT_STARTED,
    "Accepted": ServiceState.IN_PROGRESS,
    "Rejected": ServiceState.CANCELLED,
    "Fulfilled": ServiceState.FINISHED,
    "Cancelled": ServiceState.CANCELLED,
}
"""Phase → our state; only Pending is published."""

_TEXTS = {"title": "Description", "description": "Notes", "service_status_uid": "Phase"}
_CONTACT = {"name": "ContactName", "email": "ContactEmail", "phone": "ContactPhone"}
OUR_KEYS: Mapping[str, str] = {theirs: ours for ours, theirs in _TEXTS.items()} | {
    theirs: f"customer/{ours}" for ours, theirs in _CONTACT.items()
}
"""Member → key of the form, of what our orders have too (`application.order_form`)."""

_OURS = frozenset({"Description", "Notes", "Phase", *_CONTACT.values(), "LastModified", "Error", "ErrorId"})
_DATE, _PLACE = "DeliveryOrStartDateUtc", "DeliveryLocation"
_NEW = "new"
_FIRST_YEAR = 1900
"""An empty date of .NET is the year 1."""


def pulled_order(raw: bytes, form: Form, currency: str) -> PulledOrder:
    """Read the bytes of one order, as a pull or a file brought them.

    Raises:
        InvalidInputError: They are no order, or it has no number.
    """
    values = read_order(raw, form)
    number = values["ServiceOrderId"]
    if not number or not values["LastModified"]:
        raise InvalidInputError("The order has no ServiceOrderId or no LastModified")
    parts = [
        PulledPart(record_type=RecordType.ITEM, server_id=f"{number}/{key}", document=_item(one, currency))
        for key, one in _named(values["ServiceOrderItemList"] or [], "ServiceOrderItemId")
    ]
    return PulledOrder(
        server_id=str(number),
        document=_document(values, currency),
        revision=values["LastModified"],
        parts=parts,
        raw=raw,
    )


def changes_of(intent: Mapping[str, Any], values: Values) -> Values:
    """Return what a change of the document changes in the bytes: path → value (`wire.resource_scheduler.edit`).

    Raises:
        NotSupportedError: The system has no such thing, or it is gone; the text says which.
    """
    changes: Values = {}
    added: dict[str, Values] = {}
    for key, value in intent.items():
        if key in FOLLOWS:
            continue
        if not key.startswith(PREFIX):
            changes |= _of_ours(key, value)
        elif f"/{_NEW}" in key:
            if _is_added(key, intent):
                _add(added, key.removeprefix(PREFIX), value)
        else:
            _of_member(changes, key, value, values)
    return changes | _appended(added, values)


def new_keys(intent: Mapping[str, Any]) -> set[str]:
    """Return the keys of things that a change adds, such as `rs:UdfList/new1`."""
    named = (key for key in intent if key.startswith(PREFIX) and key.rpartition("/")[2].startswith(_NEW))
    return {key for key in named if intent[key] is True}


def have_arrived(intent: Mapping[str, Any], sent: Values, stored: Values) -> bool:
    """Say whether what a change adds stands in the stored order beyond what was there before it."""
    changes = changes_of({key: value for key, value in intent.items() if f"/{_NEW}" in key}, sent)
    return all(_is_among(path, value, sent, stored) for path, value in changes.items())


def _document(values: Values, currency: str) -> Document:
    phase = values["Phase"] or "Pending"
    state = STATES.get(phase)
    document = {
        "title": values["Description"] or f"Service order {values['ServiceOrderId']}",
        "description": values["Notes"],
        "customer": {ours: values[theirs] for ours, theirs in _CONTACT.items()},
        "service_number": str(values["ServiceOrderId"]),
        "service_kind": ServiceKind.OTHER.value,
        "service_status_uid": phase,
        "service_status_name": phase,
        "service_state": state.value if state else None,
        "site": {"name": values[_PLACE], "time_zone": values["ServiceLocationOlsonTimeZone"]},
        "ready_at_estimate": _instant(values[_DATE]),
        "created_at": _instant(values["CreatedDate"]),
        "last_modified_at": _instant(values["LastModified"]),
        "totals": {"grand_total": _money(values["TotalAmount"], currency)},
        "currency": currency,
    }
    members = {PREFIX + path: value for path, value in _members(ORDER, values, "") if path not in _OURS}
    return compact(document | members)


def _members(shape: Shape, values: Values, prefix: str) -> Iterator[tuple[str, Any]]:
    """Return key → value of all members; a list of plain values is one value."""
    for member in shape.members:
        value = values[member.name]
        if value is None:
            continue
        path = prefix + member.name
        if member.shape is None or member.shape.plain:
            yield path, value
            continue
        for key, one in _named(value, member.shape.id_name):
            yield f"{path}/{key}", True
            yield from _members(member.shape, one, f"{path}/{key}/")


def _named(things: list[Values], id_name: str) -> Iterator[tuple[str, Values]]:
    """Return each thing of a list with its number, and its turn where the number was there before."""
    seen: dict[int, int] = {}
    for one in things:
        number = one[id_name] or 0
        seen[number] = seen.get(number, 0) + 1
        yield f"{number}.{seen[number]}" if seen[number] > 1 else str(number), one


def _item(one: Values, currency: str) -> Document:
    return compact(
        {
            "name": one["Name"],
            "quantity": None if one["Quantity"] is None else str(one["Quantity"]),
            "price": _money(one["Price"], currency),
            "cost_price": _money(one["Cost"], currency),
            "total_price": _money(one["Total"], currency),
            "note": one["Notes"],
            "serial_number": ", ".join(tag for tag in one["AssetTag"] or () if tag),
        }
    )


def _instant(text: str | None) -> str | None:
    if not text or int(text[:4]) < _FIRST_YEAR:
        return None
    return f"{text_of_ticks(ticks(text))[:23]}Z"


def _money(amount: str | None, currency: str) -> str | None:
    return None if amount is None else f"{amount} {currency}".rstrip()


def _of_ours(key: str, value: Any) -> Values:
    if key in _TEXTS:
        return {_TEXTS[key]: value or ""}
    if key == "customer":
        told = value or {}
        if told.get("address"):
            raise NotSupportedError("Resource Scheduler keeps no address of a customer", "Put it into the notes")
        return {theirs: told.get(ours, "") for ours, theirs in _CONTACT.items()}
    if key == "site":
        return {_PLACE: (value or {}).get("name", "")}
    if key == "ready_at_estimate" and value:
        return {_DATE: value}
    words = key.removesuffix("_uid").replace("_", " ")
    raise NotSupportedError(f"Resource Scheduler has nothing for “{words}”", "Take it out of the change")


def _of_member(changes: Values, key: str, value: Any, values: Values) -> None:
    shape, member, path = _placed(key, values)
    if member is None:
        if value:
            raise NotSupportedError(f"{shape.element} is there already")
        changes[path] = None
    else:
        changes[path] = value


def _placed(key: str, values: Values) -> tuple[Shape, Member | None, str]:
    """Return what a key means, its things of lists by their places.

    Raises:
        NotSupportedError: There is no such member, or the thing is no longer on the order.
    """
    shape, here, found = ORDER, values, []
    steps = key.removeprefix(PREFIX).split("/")
    while True:
        member = shape.by_name.get(steps[0])
        if member is None:
            raise NotSupportedError(f"Resource Scheduler has no {steps[0]}")
        found.append(member.name)
        if len(steps) == 1:
            return shape, member, "/".join(found)
        if member.shape is None or member.shape.plain:
            raise NotSupportedError(f"Resource Scheduler has no {key.removeprefix(PREFIX)}")
        shape = member.shape
        things = list(_named(here[member.name] or [], shape.id_name))
        place = next((place for place, (name, _) in enumerate(things) if name == steps[1]), None)
        if place is None:
            raise NotSupportedError(
                f"One of “{member.label}” is no longer on the order", "Look at it and change it again"
            )
        found.append(str(place))
        here, steps = things[place][1], steps[2:]
        if not steps:
            return shape, None, "/".join(found)


def _is_added(key: str, intent: Mapping[str, Any]) -> bool:
    """Say whether the change adds every new thing that a key leads through; one that it takes out again it does not.

    Raises:
        NotSupportedError: An earlier change added it: it goes by another name by now.
    """
    steps = key.split("/")
    things = ["/".join(steps[: at + 1]) for at, step in enumerate(steps) if step.startswith(_NEW)]
    if any(one not in intent for one in things):
        raise NotSupportedError(
            "What was added just before is known by its own number now", "Look at the order and change it again"
        )
    return all(intent[one] is True for one in things)


def _add(added: dict[str, Values], path: str, value: Any) -> None:
    """Gather the members of a thing to be added: everything below its name."""
    steps = path.split("/")
    at = next(place for place, step in enumerate(steps) if step.startswith(_NEW))
    thing = added.setdefault("/".join(steps[: at + 1]), {})
    below = steps[at + 1 :]
    if len(below) == 1:
        thing[below[0]] = value
    elif len(below) == 3:
        inner = thing.setdefault(below[0], {})
        inner.setdefault(below[1], {})[below[2]] = value


def _appended(added: dict[str, Values], values: Values) -> Values:
    changes: Values = {}
    counts: dict[str, int] = {}
    for key, thing in added.items():
        owner, _, _ = key.rpartition("/")
        shape, _, path = _placed(PREFIX + owner, values)
        place = counts.setdefault(path, _length(values, path))
        counts[path] = place + 1
        inner = shape.by_name[path.rpartition("/")[2]].shape
        kinds = inner.by_name if inner else {}
        lists = {name: list(one.values()) for name, one in thing.items() if isinstance(one, dict)}
        plain = {name: one for name, one in thing.items() if name in kinds and not isinstance(one, dict)}
        changes[f"{path}/{place}"] = {name: one for name, one in plain.items() if _is_given(kinds[name], one)} | lists
    return changes


def _is_given(member: Member, value: Any) -> bool:
    return member.kind is Kind.LIST or value not in (None, "")


def _length(values: Values, path: str) -> int:
    return len(_at(values, path) or [])


def _at(values: Any, path: str) -> Any:
    for step in path.split("/"):
        values = values[int(step)] if isinstance(values, list) else values[step]
    return values


def _is_among(path: str, thing: Values, sent: Values, stored: Values) -> bool:
    owner = path.rpartition("/")[0]
    try:
        before, now = _at(sent, owner) or [], _at(stored, owner) or []
    except (IndexError, KeyError):
        return False
    fresh = [one for one in now if one not in before]
    return any(
        all(one.get(name) == value for name, value in thing.items() if not isinstance(value, list)) for one in fresh
    )
