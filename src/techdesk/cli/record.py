"""Record an event from words of the form `field=value`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from techdesk.application.desk_services import DeskServices
from techdesk.application.outbox import SCREEN_WORDS, OpState, support_code
from techdesk.cli.accounts import wanted_account
from techdesk.cli.answer import Answer
from techdesk.cli.orders import find_order
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.event_data import event_from_data
from techdesk.domain.events import EVENT_KINDS, OTHER_EVENT_FIELDS, Event, EventField, FieldType
from techdesk.domain.instants import epoch_ms, parse_instant

_METADATA = "metadata."
_ALIKE = 0.85
"""From this likeness on (difflib's ratio) an unknown kind is taken for a slip: one or two letters of a name."""
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def record(services: DeskServices, options: Namespace) -> Answer:
    """Record an event; answers only once it is durable.

    Raises:
        TechDeskError: The order, the kind or a field does not fit, or it was not saved.
    """
    account_id = wanted_account(services, options)
    if not options.other:
        _check_spelling(options.kind)
    with services.store.read() as view:
        order = find_order(view, options.order, account_id)
    event = event_from_words(options.kind, options.fields, services.clock.now())
    changes = services.commands.record_event(order, event)
    (op_id,) = changes.op_ids
    services.sync_now(order.account_id, [order.order_id])
    code = support_code(op_id)
    document = {"opId": op_id, "state": OpState.QUEUED.value, "supportCode": code}
    text = f"{SCREEN_WORDS[OpState.QUEUED]} · {event.label} · support code {code}"
    return Answer(document, text, changes=changes)


def event_from_words(name: str, words: Sequence[str], now: datetime) -> Event:
    """Build an event from `field=value` words.

    A field is called as in JSON or as here (`receivedBy`, `received_by`). A list repeats its field, `metadata.NAME=`
    sets one entry, `notes=` goes with every event; a time is ISO 8601 with an offset, or `now`.

    Raises:
        InvalidInputError: There is no kind, a word is no assignment, a field is unknown or given twice, or a value
            does not fit it.
    """
    if not name.strip():
        raise InvalidInputError("The kind of the event is missing", "For example product_received", field="kind")
    kind = EVENT_KINDS.get(name)
    fields = kind.fields if kind else OTHER_EVENT_FIELDS
    known = {spelling: one for one in fields for spelling in (one.wire, one.name)}
    data: dict[str, Any] = {}
    for word in words:
        field, equals, text = word.partition("=")
        if not equals:
            raise InvalidInputError(f"“{word}” is no field", "Write it as field=value", field=word)
        if field == "notes":
            _put(data, field, text)
        elif field.startswith(_METADATA) and "metadata" in known:
            _put(data.setdefault("metadata", {}), field.removeprefix(_METADATA), text)
        elif field in known and known[field].holds is not FieldType.METADATA:
            _set(data, known[field], text, now)
        else:
            names = ", ".join([_METADATA + "NAME" if one.wire == "metadata" else one.wire for one in fields])
            raise InvalidInputError(f"{name} has no field “{field}”", f"It has: {names}, notes", field=field)
    return event_from_data(name, data, data.pop("notes", ""))


def _check_spelling(name: str) -> None:
    """Return if `name` is a kind of the catalogue, or nothing like one.

    Raises:
        InvalidInputError: It is a kind's name with a slip, which would become an event of another kind for good.
    """
    if name in EVENT_KINDS:
        return
    alike = get_close_matches(name.casefold().replace("-", "_"), EVENT_KINDS, n=1, cutoff=_ALIKE)
    if alike:
        hint = f"Did you mean {alike[0]}? An event that is really called so is recorded with --other"
        raise InvalidInputError(f"There is no kind “{name}”", hint, field="kind")


def _set(data: dict[str, Any], field: EventField, text: str, now: datetime) -> None:
    if field.holds is FieldType.INSTANTS:
        data.setdefault(field.wire, []).append(_milliseconds(field, text, now))
    elif field.holds is FieldType.INSTANT:
        _put(data, field.wire, _milliseconds(field, text, now))
    elif field.holds is FieldType.FLAG:
        if text.lower() not in _FLAGS:
            raise InvalidInputError(f"{field.wire} is true or false", field=field.wire)
        _put(data, field.wire, _FLAGS[text.lower()])
    else:
        _put(data, field.wire, text)


def _put(data: dict[str, Any], name: str, value: Any) -> None:
    if name in data:
        raise InvalidInputError(f"{name} is given twice", field=name)
    data[name] = value


def _milliseconds(field: EventField, text: str, now: datetime) -> int:
    if text == "now":
        return epoch_ms(now)
    try:
        return epoch_ms(parse_instant(text))
    except InvalidInputError as error:
        hint = "For example 2026-06-01T09:12+02:00, or now"
        raise InvalidInputError(f"{field.wire}: {error.title}", hint, field=field.wire) from error
