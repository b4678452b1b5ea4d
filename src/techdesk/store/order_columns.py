"""Work out what the order list shows, sorts by and searches in from an order's document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from techdesk.application.queries import OrderRow
from techdesk.domain.documents import Document
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState
from techdesk.store.rows import PRESSING

NEVER = (1 << 47) - 1
"""Milliseconds that stand for no date, which sorts after every date; the largest number SQLite keeps in six bytes."""

STATES = tuple(ServiceState)
KINDS = tuple(ServiceKind)
PRIORITIES = tuple(Priority)
"""States, kinds and priorities are stored by their place here; add at the end only."""

_STATE_NUMBER: dict[Any, int] = {str(one): number for number, one in enumerate(STATES)}
_KIND_NUMBER: dict[Any, int] = {str(one): number for number, one in enumerate(KINDS)}
_PRIORITY_NUMBER: dict[Any, int] = {str(one): number for number, one in enumerate(PRIORITIES)}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = "\U0010ffff"
_KEY_LENGTH = 32
_DIGITS = re.compile(r"\d+")


class OrderColumns(NamedTuple):
    """The columns of `orders` that follow from an order's document; uids are still text."""

    number: str
    title: str
    customer: str
    product: str
    serial: str
    kind: int
    state: int
    priority: int
    status: str
    status_uid: str
    assignee: str
    assignee_uid: str
    created_at: int
    due_at: int
    words: str


def order_columns(document: Mapping[str, Any]) -> OrderColumns:
    """Return what the list needs of an order; a value of the wrong type counts as empty."""
    text = document.get
    device = _mapping((document.get("assets") or [None])[0])
    number, title = _text(text("service_number")), _text(text("title"))
    customer = _text(_mapping(text("customer")).get("name"))
    serial = _text(device.get("serial_number"))
    maker_and_model = [part for part in (_text(device.get("maker")), _text(device.get("model"))) if part]
    product = " ".join(maker_and_model) or _text(device.get("name"))
    fault = _text(text("description"))
    return OrderColumns(
        number,
        title,
        customer,
        product,
        serial,
        _KIND_NUMBER.get(text("service_kind"), _KIND_NUMBER[ServiceKind.OTHER]),
        _STATE_NUMBER.get(text("service_state"), 0),
        _PRIORITY_NUMBER.get(text("priority"), 0),
        _text(text("service_status_name")),
        _text(text("service_status_uid")),
        _text(text("assigned_user_display_name")),
        _text(text("assigned_user_uid")),
        milliseconds(text("created_at")),
        milliseconds(text("ready_at_estimate") or text("ready_at_needed")),
        search_words(f"{customer} {number} {title} {serial} {product} {fault}{_work_order_words(document)}"),
    )


def _work_order_words(document: Mapping[str, Any]) -> str:
    """Return the numbers by which people ask for a work order, each after a space."""
    work_order = _mapping(document.get("work_order"))
    if not work_order:
        return ""
    numbers = (work_order.get("number"), work_order.get("purchase_number"), work_order.get("work_order_id"))
    return "".join(f" {one}" for one in numbers if one)


def search_words(text: str) -> str:
    """Return text as it is searched in: every word folded, with one space before it."""
    words = " ".join(folded(text).split())
    return " " + words if words else ""


def folded(text: str) -> str:
    """Return text without regard to case or to how accents were typed (Unicode's full case folding, NFC).

    NUL is left out: SQLite's full-text query would end there.
    """
    if text.isascii():
        return text.lower().replace("\0", "")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).replace("\0", "")


def sort_key(text: str) -> str:
    """Return what a text is sorted by: case and accents aside, what is empty last."""
    key = text.lower()
    if not key.isascii():
        split = unicodedata.normalize("NFKD", text.casefold())
        key = "".join(letter for letter in split if not unicodedata.combining(letter))
    return key.strip()[:_KEY_LENGTH] or _LAST


few_sort_key = lru_cache(maxsize=1024)(sort_key)
"""`sort_key` for texts that come again and again, as statuses and names of technicians do."""


def number_key(text: str) -> str:
    """Return what a number is sorted by: its digits by value, so that 9 comes before 10."""
    return sort_key(_DIGITS.sub(lambda digits: digits[0].zfill(12), text))


def milliseconds(value: Any) -> int:
    """Return an ISO instant as epoch milliseconds, `NEVER` where there is none."""
    try:
        return min((datetime.fromisoformat(value) - _EPOCH) // _MILLISECOND, NEVER)
    except (TypeError, ValueError):
        return NEVER


def instant_of(number: int | None) -> datetime | None:
    """Return the instant of epoch milliseconds, None for `NEVER`."""
    return None if number is None or number == NEVER else _EPOCH + number * _MILLISECOND


def appointment_of(events: Iterable[Document]) -> int | None:
    """Return the order's appointment in epoch milliseconds, None where there is none.

    Its latest `appointment_scheduling` decides; if that one cancels, there is none.

    Args:
        events: The order's events as documents, in the order they came.
    """
    from techdesk.domain.events import AppointmentType

    kept = [one for one in events if tells_appointment(one)]
    latest = max(kept, key=lambda one: _text(one.get("occurred_at") or one.get("created_at")), default={})
    data = _mapping(latest.get("data"))
    date = data.get("appointmentDate")
    is_cancelled = data.get("appointmentEventType") == AppointmentType.CANCELLED
    return None if is_cancelled or not isinstance(date, int | float) else int(date)


def tells_appointment(event: Document) -> bool:
    """Say whether the order's appointment may follow from an event."""
    from techdesk.domain.events import AppointmentScheduling

    return bool(event.get("event_type") == AppointmentScheduling.KIND.name)


_RANKS = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(PRESSING))
_UNSETTLED = (
    "FROM operations INDEXED BY operations_unsettled "
    "WHERE settled = 0 AND operations.account_no = orders.account_no AND operations.order_id = orders.order_id"
)
ROW_COLUMNS = (
    "key, account_no, order_id, number, title, customer, product, serial, kind, status, status_no, state, priority, "
    "assignee, created_at, due_at, appointment_at, "
    f"(SELECT min(CASE state {_RANKS} END) {_UNSETTLED}), (SELECT count(*) {_UNSETTLED})"
)
"""What a line of the list shows; its badge and its unsent work are counted when it is read, not with each save."""


def order_row(values: tuple[Any, ...], account_id: str, status_uid: str) -> OrderRow:
    """Return the line of the list for the values of `ROW_COLUMNS`."""
    key, _, order_id, number, title, customer, product, serial, kind, status, _, state, priority, *rest = values
    assignee, created_at, due_at, appointment_at, badge, unsent = rest
    return OrderRow(
        key=key,
        account_id=account_id,
        order_id=order_id,
        number=number,
        title=title,
        customer=customer,
        product=product,
        serial=serial,
        kind=KINDS[kind],
        status=status,
        status_uid=status_uid,
        state=STATES[state],
        priority=PRIORITIES[priority],
        assignee=assignee,
        created_at=instant_of(created_at),
        due_at=instant_of(due_at),
        appointment_at=instant_of(appointment_at),
        sync=None if badge is None else PRESSING[badge],
        unsent=unsent,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
