"""List the sections of the administration once: what each shows, and what its dialog asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QLineEdit

from techdesk.application.administration import AdminKind
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import parse_instant
from techdesk.domain.money import Money
from techdesk.domain.records import Document
from techdesk.domain.vocabulary import Role, ServiceState
from techdesk.ui.administration.records import RecordColumn
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.color import ColorEditor
from techdesk.ui.editors.text import DecimalEditor, TextEditor
from techdesk.ui.formats import Formats
from techdesk.ui.forms import FormRow
from techdesk.ui.order_list.columns import KIND_WORDS, STATE_COLORS
from techdesk.ui.phrases import joined

STATE_WORDS = {
    ServiceState.NOT_STARTED.value: "Not started",
    ServiceState.IN_PROGRESS.value: "In progress",
    ServiceState.ON_HOLD.value: "On hold",
    ServiceState.FINISHED.value: "Finished",
    ServiceState.CLOSED.value: "Closed",
    ServiceState.CANCELLED.value: "Cancelled",
}
ROLE_WORDS = {
    Role.TECHNICIAN.value: "Technician",
    Role.SUPERVISOR.value: "Supervisor",
    Role.ADMIN.value: "Administrator",
}
OUTCOME_WORDS = {
    "created": "Made an order",
    "applied": "Changed its order",
    "unchanged": "Said nothing new",
    "older": "Older than what is known",
    "no_order": "Has no order",
    "ignored": "Passed over",
    "refused": "Refused",
}
_OUTCOME_TONES = {"created": "good", "applied": "good", "no_order": "warn", "refused": "bad"}
_STATE_COLORS = {state.value: color for state, color in STATE_COLORS.items()}
_KIND_WORDS = {kind.value: words for kind, words in KIND_WORDS.items()}
_NARROW = 140
_YES_NO = {True: "Yes", False: "No"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What cells and dialogs need beside a record.

    Attributes:
        currency: In which prices are.
        products: Uid → name.
        people: Who can be given a token: uid → name.
    """

    formats: Formats
    currency: str = ""
    products: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)


Columns = Callable[[Around], Sequence[RecordColumn]]
Rows = Callable[[Around, Document | None], Sequence[FormRow]]
"""Makes the rows of the dialog that changes a record, or adds one where that is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSection:
    """One section of the administration.

    Attributes:
        label: What the sidebar says.
        noun: What one record is, for buttons and titles.
        about: One sentence about it.
        icon: Its picture.
        columns: What the table shows.
        rows: What the dialog asks for; None where there is none.
        adds: Records can be added.
        changes: Records can be changed.
        moves: Records have an order of their own.
        title: How a record is called.
    """

    kind: AdminKind
    label: str
    noun: str
    about: str
    icon: str
    columns: Columns
    rows: Rows | None = None
    adds: bool = True
    changes: bool = True
    moves: bool = False
    title: str = "name"

    @property
    def nouns(self) -> str:
        """Return what several records are."""
        return self.label.lower()


def read_around(view: ReadTransaction, account_id: str, formats: Formats) -> Around:
    """Return what this computer knows for the sections of an account.

    Raises:
        StoreError: The store could not be read.
    """
    stores = view.references(account_id, "stores")
    products = view.references(account_id, "products")
    return Around(
        formats=formats,
        currency=str(stores[0].get("currency", "")) if stores else "",
        products={one["product_uid"]: one.get("name", "") for one in products if "product_uid" in one},
    )


def _text(name: str, words: Mapping[str, str] | None = None) -> Callable[[Document], str]:
    """Return what shows a field, in words where some are given; a value nobody knows is shown as it is."""

    def show(record: Document) -> str:
        value = str(record.get(name, ""))
        return words.get(value, value) if words is not None else value

    return show


def _flag(name: str) -> Callable[[Document], str]:
    return lambda record: _YES_NO[bool(record.get(name))]


def _when(around: Around, name: str) -> Callable[[Document], str]:
    def show(record: Document) -> str:
        text = record.get(name)
        try:
            return around.formats.when(parse_instant(text)) if text else ""
        except InvalidInputError:
            return str(text)

    return show


_IN_USE = RecordColumn("In use", _flag("active"))


def _status_color(record: Document) -> str:
    return str(record.get("color") or _STATE_COLORS.get(record.get("service_state", ""), "faint"))


def _status_columns(_: Around) -> Sequence[RecordColumn]:
    return (
        RecordColumn("Name", _text("name"), wide=True, color=_status_color),
        RecordColumn("State behind it", _text("service_state", STATE_WORDS)),
        RecordColumn("Tells the customer", _flag("notify_customer")),
        _IN_USE,
    )


def _status_rows(_: Around, record: Document | None) -> Sequence[FormRow]:
    return [
        FormRow("name", "Name", TextEditor(), "A status needs a name"),
        FormRow("service_state", "State behind it", _choice(STATE_WORDS), "Choose what the status means"),
        FormRow("color", "Colour (empty: the colour of the state)", ColorEditor()),
        FormRow("notify_customer", "Tell the customer when an order gets it", _yes_no(False)),
        *_in_use_row(record),
    ]


def _type_columns(_: Around) -> Sequence[RecordColumn]:
    return (
        RecordColumn("Name", _text("name"), wide=True),
        RecordColumn("Kind", _text("service_kind", _KIND_WORDS)),
        _IN_USE,
    )


def _type_rows(_: Around, record: Document | None) -> Sequence[FormRow]:
    return [
        FormRow("name", "Name", TextEditor(), "A service type needs a name"),
        FormRow("service_kind", "Kind: which events its orders have", SegmentsEditor(_KIND_WORDS), "Choose the kind"),
        *_in_use_row(record),
    ]


def _rate_columns(around: Around) -> Sequence[RecordColumn]:
    def price(record: Document) -> str:
        amount = record.get("price")
        return around.formats.money(Money(Decimal(amount), around.currency)) if amount else ""

    def product(record: Document) -> str:
        uid = record.get("product_uid", "")
        return around.products.get(uid, "Not on this computer") if uid else ""

    return (
        RecordColumn("Name", _text("name"), wide=True),
        RecordColumn("Price of an hour", price, right=True),
        RecordColumn("Product on the bill", product),
        _IN_USE,
    )


def _rate_rows(around: Around, record: Document | None) -> Sequence[FormRow]:
    products = ListEditor(list(around.products.items()), empty="None", missing="Not on this computer")
    return [
        FormRow("name", "Name", TextEditor(), "An hourly rate needs a name"),
        FormRow("price", f"Price of an hour {around.currency}".rstrip(), DecimalEditor(2), "Say what an hour costs"),
        FormRow("product_uid", "Product on the bill", products),
        *_in_use_row(record),
    ]


def _user_columns(around: Around) -> Sequence[RecordColumn]:
    return (
        RecordColumn("Shown as", _text("display_name"), wide=True),
        RecordColumn("Signs in as", _text("name")),
        RecordColumn("Role", _text("role", ROLE_WORDS)),
        RecordColumn("Password", _flag("has_password")),
        RecordColumn("Since", _when(around, "created_at")),
        _IN_USE,
    )


def _user_rows(_: Around, record: Document | None) -> Sequence[FormRow]:
    role = FormRow("role", "Role", SegmentsEditor(ROLE_WORDS), "Choose what this person may do")
    if record is None:
        return [
            FormRow("name", "Signs in as", TextEditor(), "A user needs a name"),
            FormRow("display_name", "Shown as (empty: the same)", TextEditor()),
            role,
        ]
    password = TextEditor()
    password.line.setEchoMode(QLineEdit.EchoMode.Password)
    return [
        FormRow("display_name", "Shown as", TextEditor(), "A user needs a name"),
        role,
        FormRow("password", "New password (empty: stays as it is)", password),
        *_in_use_row(record),
    ]


def _token_columns(around: Around) -> Sequence[RecordColumn]:
    return (
        RecordColumn("Of", _text("display_name"), wide=True),
        RecordColumn("Made", _when(around, "created_at")),
        RecordColumn("Revoked", _when(around, "revoked_at")),
    )


def _token_rows(around: Around, _: Document | None) -> Sequence[FormRow]:
    return [FormRow("tenant_user_uid", "For", ListEditor(list(around.people.items())), "Choose who gets the token")]


def _client_columns(around: Around) -> Sequence[RecordColumn]:
    return (
        RecordColumn("Name", _text("name"), wide=True),
        RecordColumn("Makes missing orders", _flag("create_missing")),
        RecordColumn("Signs", _flag("signed")),
        RecordColumn("Since", _when(around, "created_at")),
        RecordColumn("New keys", _when(around, "rotated_at")),
        _IN_USE,
    )


def _client_rows(_: Around, record: Document | None) -> Sequence[FormRow]:
    makes = FormRow("create_missing", "A work order without an order makes one", _yes_no(False))
    if record is not None:
        return [makes, *_in_use_row(record)]
    name = FormRow("name", "Name", TextEditor(), "A client needs a name")
    return [name, makes, FormRow("signed", "Its deliveries are signed (HMAC)", _yes_no(False))]


def _delivery_columns(around: Around) -> Sequence[RecordColumn]:
    return (
        RecordColumn("Received", _when(around, "received_at")),
        RecordColumn("Client", _text("client_name"), widest=_NARROW),
        RecordColumn("Work order", _text("work_order_id")),
        RecordColumn("Event", event_words, widest=_NARROW),
        RecordColumn(
            "What became of it",
            outcome_words,
            wide=True,
            tone=lambda one: _OUTCOME_TONES.get(one.get("outcome", ""), ""),
        ),
        RecordColumn("Order", _text("service_number")),
    )


def event_words(record: Document) -> str:
    """Return what a delivery says has happened."""
    return joined(record.get("event_type", ""), record.get("action", ""))


def outcome_words(record: Document) -> str:
    """Return what became of a delivery, with the reason where it was refused."""
    outcome = str(record.get("outcome", ""))
    words = OUTCOME_WORDS.get(outcome, outcome)
    return f"{words}: {record['error']}" if record.get("error") else words


def _choice(words: Mapping[str, str]) -> ListEditor:
    return ListEditor(list(words.items()), missing="Not known to this TechDesk")


def _yes_no(preset: Any = None) -> SegmentsEditor:
    editor = SegmentsEditor(_YES_NO)
    editor.set_value(preset)
    return editor


def _in_use_row(record: Document | None) -> Sequence[FormRow]:
    return [] if record is None else [FormRow("active", "In use", _yes_no(), "Say whether it is in use")]


SECTIONS: tuple[AdminSection, ...] = (
    AdminSection(
        kind=AdminKind.STATUS,
        label="Statuses",
        noun="status",
        about="The steps of an order, in their order. Drag a row, or press Alt+Up and Alt+Down.",
        icon="check",
        columns=_status_columns,
        rows=_status_rows,
        moves=True,
    ),
    AdminSection(
        kind=AdminKind.SERVICE_TYPE,
        label="Service types",
        noun="service type",
        about="What an order can be. Drag a row, or press Alt+Up and Alt+Down.",
        icon="repair",
        columns=_type_columns,
        rows=_type_rows,
        adds=False,
        moves=True,
    ),
    AdminSection(
        kind=AdminKind.HOURLY_RATE,
        label="Hourly rates",
        noun="rate",
        about="What an hour of work costs. Hours that were recorded keep their price.",
        icon="clock",
        columns=_rate_columns,
        rows=_rate_rows,
    ),
    AdminSection(
        kind=AdminKind.USER,
        label="Users",
        noun="user",
        about="Who may use this server. Whoever is not in use cannot sign in; what they did stays.",
        icon="user",
        columns=_user_columns,
        rows=_user_rows,
        title="display_name",
    ),
    AdminSection(
        kind=AdminKind.TOKEN,
        label="Tokens",
        noun="token",
        about="With a token a person signs in from a desk. It is shown once, when it is made.",
        icon="account",
        columns=_token_columns,
        rows=_token_rows,
        changes=False,
        title="display_name",
    ),
    AdminSection(
        kind=AdminKind.CLIENT,
        label="Clients",
        noun="client",
        about="Who may deliver ServiceChannel work orders. Keys are shown once, when they are made.",
        icon="online",
        columns=_client_columns,
        rows=_client_rows,
    ),
    AdminSection(
        kind=AdminKind.DELIVERY,
        label="Deliveries",
        noun="delivery",
        about="What the clients delivered and what became of it, the newest first.",
        icon="received",
        columns=_delivery_columns,
        adds=False,
        changes=False,
        title="client_name",
    ),
)
"""Every section, in the sidebar's order."""
