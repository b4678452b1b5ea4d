"""Say what the columns of the order list are; a new one is one line in `COLUMNS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from techdesk.application.outbox import SCREEN_WORDS
from techdesk.application.queries import OrderRow, SortBy
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState
from techdesk.ui.formats import Formats
from techdesk.ui.phrases import joined
from techdesk.ui.theme import STATE_ICONS, STATE_TONES

KIND_WORDS = {ServiceKind.DEPOT: "Depot", ServiceKind.ONSITE: "Onsite", ServiceKind.OTHER: "Other"}
KIND_ICONS = {ServiceKind.DEPOT: "depot", ServiceKind.ONSITE: "onsite", ServiceKind.OTHER: "other"}
STATE_COLORS = {
    ServiceState.NOT_STARTED: "faint",
    ServiceState.IN_PROGRESS: "accent",
    ServiceState.ON_HOLD: "warn",
    ServiceState.FINISHED: "good",
    ServiceState.CLOSED: "faint",
    ServiceState.CANCELLED: "faint",
}
PRIORITY_TONES = {Priority.HIGH: "warn", Priority.URGENT: "bad"}
"""The theme's name of the colour of what presses; the list and the order's header use the same."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks besides its text.

    Attributes:
        icon: An icon's name, or empty.
        color: The theme's name of the text's colour.
        icon_color: The theme's name of the icon's colour.
        pill: The text stands in a coloured pill.
    """

    icon: str = ""
    color: str = "text"
    icon_color: str = "muted"
    pill: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a row is drawn with: how to write times, and each account's name and colour."""

    formats: Formats
    accounts: Mapping[str, str]
    colors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the order list.

    Attributes:
        width: The least width in logical pixels in which it can be read.
        most: How wide its longest text may make it; 0 where its texts do not widen it.
        slim: The width in which its icon alone says it, for a narrow list; 0 where it has none.
        grow: Its share of the room that is left.
        sort_by: None where it cannot be sorted.
        tip: What its tip says; None where that is the text.
        short: What stands there where the text does not fit; None or empty where the text is cut.
    """

    name: str
    label: str
    width: int
    sort_by: SortBy | None
    text: Callable[[OrderRow, Words], str]
    look: Callable[[OrderRow, bool], Look] = lambda _row, _overdue: Look()
    tip: Callable[[OrderRow, Words], str] | None = None
    short: Callable[[OrderRow, Words], str] | None = None
    grow: int = 0
    most: int = 0
    slim: int = 0


def number_or_new(number: str) -> str:
    """Return an order's number, or what stands in its place until the server has given one."""
    return number or "New"


def _number_tip(row: OrderRow, words: Words) -> str:
    """Return the number, and with several accounts whose it is: their column goes where there is no room."""
    account = words.accounts.get(row.account_id, "") if len(words.accounts) > 1 else ""
    return joined(number_or_new(row.number), account)


def _kind(row: OrderRow, _: bool) -> Look:
    return Look(icon=KIND_ICONS[row.kind])


def _status(row: OrderRow, _: bool) -> Look:
    return Look(icon="dot", icon_color=STATE_COLORS[row.state])


def _priority(row: OrderRow, _: bool) -> Look:
    return Look(color=PRIORITY_TONES.get(row.priority, "muted"))


def _due(_: OrderRow, overdue: bool) -> Look:
    return Look(icon="warning", color="bad", icon_color="bad") if overdue else Look()


def _sync(row: OrderRow, _: bool) -> Look:
    if row.sync is None:
        return Look(color="muted")
    tone = STATE_TONES[row.sync]
    return Look(icon=STATE_ICONS[row.sync], color=tone, icon_color=tone, pill=True)


def _priority_text(row: OrderRow) -> str:
    return "" if row.priority is Priority.NONE else row.priority.value.capitalize()


def _due_text(row: OrderRow, formats: Formats) -> str:
    """Return the day, and the time only for today: what one plans by."""
    if row.due_at is None:
        return ""
    return formats.when(row.due_at) if formats.is_today(row.due_at) else formats.day(row.due_at)


def _sync_text(row: OrderRow) -> str:
    if row.sync is None:
        return "Confirmed"
    return SCREEN_WORDS[row.sync]


def _sync_tip(row: OrderRow) -> str:
    unsent = "1 change is" if row.unsent == 1 else f"{row.unsent} changes are"
    return f"{unsent} not confirmed yet" if row.sync else "Everything is confirmed"


def _short_name(row: OrderRow, _: Words) -> str:
    """Return a person's name as one would write it on a label: Sofia Marin as Sofia M."""
    names = row.assignee.split()
    return f"{names[0]} {names[-1][0]}." if len(names) > 1 else ""


def _short_account(row: OrderRow, words: Words) -> str:
    """Return the first word of an account's name if no other account's begins with it."""
    firsts = [name.split()[0] for name in words.accounts.values() if name.split()]
    first = words.accounts.get(row.account_id, "").partition(" ")[0]
    return first if firsts.count(first) == 1 else ""


def _muted(_: OrderRow, __: bool) -> Look:
    return Look(color="muted")


COLUMNS: tuple[Column, ...] = (
    Column(
        name="number",
        label="Number",
        width=84,
        most=150,
        sort_by=SortBy.NUMBER,
        text=lambda row, _: number_or_new(row.number),
        tip=_number_tip,
    ),
    Column(
        name="customer", label="Customer", width=112, grow=3, sort_by=SortBy.CUSTOMER, text=lambda row, _: row.customer
    ),
    Column(name="title", label="Title", width=140, grow=3, sort_by=None, text=lambda row, _: row.title),
    Column(name="product", label="Product", width=136, grow=3, sort_by=SortBy.PRODUCT, text=lambda row, _: row.product),
    Column(
        name="serial",
        label="Serial",
        width=78,
        most=150,
        sort_by=SortBy.SERIAL,
        text=lambda row, _: row.serial,
        look=_muted,
    ),
    Column(
        name="kind",
        label="Kind",
        width=78,
        slim=50,
        sort_by=SortBy.KIND,
        text=lambda row, _: KIND_WORDS[row.kind],
        look=_kind,
    ),
    Column(
        name="status",
        label="Status",
        width=104,
        most=170,
        sort_by=SortBy.STATUS,
        text=lambda row, _: row.status,
        look=_status,
    ),
    Column(
        name="priority",
        label="Priority",
        width=68,
        sort_by=SortBy.PRIORITY,
        text=lambda row, _: _priority_text(row),
        look=_priority,
    ),
    Column(
        name="assignee",
        label="Assignee",
        width=86,
        grow=2,
        sort_by=SortBy.ASSIGNEE,
        text=lambda row, _: row.assignee,
        short=_short_name,
    ),
    Column(
        name="age",
        label="Age",
        width=56,
        sort_by=SortBy.CREATED,
        text=lambda row, words: words.formats.age(row.created_at),
        look=_muted,
    ),
    Column(
        name="due",
        label="Due",
        width=118,
        sort_by=SortBy.DUE,
        text=lambda row, words: _due_text(row, words.formats),
        look=_due,
        tip=lambda row, words: words.formats.when(row.due_at),
    ),
    Column(
        name="account",
        label="Account",
        width=84,
        most=150,
        slim=84,
        grow=1,
        sort_by=SortBy.ACCOUNT,
        text=lambda row, words: words.accounts.get(row.account_id, ""),
        short=_short_account,
        look=_muted,
    ),
    Column(
        name="sync",
        label="Sync",
        width=112,
        most=158,
        sort_by=None,
        text=lambda row, _: _sync_text(row),
        tip=lambda row, _: _sync_tip(row),
        look=_sync,
    ),
)
"""The columns in their first order; the person chooses which are shown, the account only where there are several."""
