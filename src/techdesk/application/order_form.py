"""Describe a form for a whole order of a system whose orders have members of their own.

A connector fills the description (`SystemInfo.order_form`); the window builds the form from it and from an order's
document, and hands back an intent. Keys are those of the document; `customer/name` is a name inside one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from techdesk.domain.documents import Document

_NEW = "new"


class FieldEditor(StrEnum):
    """What a field is edited with; an amount is in the order's currency."""

    TEXT = "text"
    LONG_TEXT = "long text"
    WHOLE = "whole number"
    AMOUNT = "amount of money"
    FLAG = "yes or no"
    DATE = "date and time"
    CHOICE = "choice"
    CHOICES = "several choices"
    TEXTS = "list of texts"
    WHOLES = "list of whole numbers"


_OFFERING = (FieldEditor.CHOICE, FieldEditor.CHOICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field.

    Attributes:
        key: Where its value stands in the document; in a group, below the key of an entry.
        choices: Value → label; a value that is not among them is shown as it is.
        is_prominent: People want to see it without opening the form: in the overview, as a column of a table.
        is_text: The document holds it as text, whatever it is edited with (`true`, `12`, `red|green`).
        initial: What it starts with in an entry that is added.
        zone_key: Where the IANA zone of a date stands; its value is ISO 8601 text with that zone's offset.
    """

    key: str
    label: str
    editor: FieldEditor = FieldEditor.TEXT
    choices: Mapping[str, str] | None = None
    is_required: bool = False
    is_admin_only: bool = False
    is_read_only: bool = False
    is_prominent: bool = False
    is_text: bool = False
    hint: str = ""
    initial: Any = None
    zone_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsOfOrder:
    """Say where an entry of a group describes its own field: a user-defined one.

    Attributes:
        value: The member that holds the value; the others hold what the `FormField` has under their name.
        editors: Value of the member `editor` → what it is edited with; anything else is text.
        position: The member to sort the entries by.
    """

    value: str
    label: str
    editor: str
    editors: Mapping[int, FieldEditor]
    choices: str
    required: str
    admin_only: str
    hint: str
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormGroup:
    """Fields that repeat: the items of an order, the options of an item, the user-defined fields.

    Attributes:
        key: Where the entries stand: `KEY/17` is true in the document for each one that is there.
        noun: What one entry is called.
        label_key: The field of an entry that people know it by.
        can_change: Entries can be added and removed.
        defined: Set where each entry describes its own field.
    """

    key: str
    label: str
    fields: Sequence[FormField] = ()
    groups: Sequence[FormGroup] = ()
    noun: str = ""
    label_key: str = ""
    can_change: bool = True
    defined: FieldsOfOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSection:
    """A part of the form under a heading."""

    label: str
    fields: Sequence[FormField] = ()
    groups: Sequence[FormGroup] = ()


OrderForm = tuple[FormSection, ...]
"""The sections of a form, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormEntry:
    """One entry of a group in a document; its fields and groups have their whole keys."""

    key: str
    label: str
    fields: Sequence[FormField]
    groups: Sequence[FormGroup]


def entries(group: FormGroup, document: Mapping[str, Any]) -> list[FormEntry]:
    """Return the entries of a group that are in a document, in its order, or by the position they give themselves."""
    found = [key for key in document if _is_entry(group, key) and document[key] is True]
    if group.defined:
        position = group.defined.position
        found.sort(key=lambda key: document.get(f"{key}/{position}", 0))
    return [entry(group, key, document) for key in found]


def entry(group: FormGroup, key: str, document: Mapping[str, Any]) -> FormEntry:
    """Return an entry of a group, also one that is just being added and holds nothing yet."""
    if group.defined:
        own = _own_field(group.defined, key, document)
        return FormEntry(key=key, label=own.label, fields=[own], groups=())
    return FormEntry(
        key=key,
        label=str(document.get(f"{key}/{group.label_key}", "")),
        fields=[replace(one, key=f"{key}/{one.key}") for one in group.fields],
        groups=[replace(one, key=f"{key}/{one.key}") for one in group.groups],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a key of a document stands in a form.

    Attributes:
        labels: What people call it, from the outside to the inside: the group, the entry, the field.
        field: None where the key is an entry itself.
    """

    labels: Sequence[str]
    field: FormField | None = None


def place_of(form: OrderForm, key: str, document: Mapping[str, Any]) -> Place | None:
    """Return where a key stands in a form, None where the form does not have it.

    Args:
        form: The form.
        key: The key of a field or of an entry.
        document: The order, for what its entries are called.
    """
    fields = (one for section in form for one in section.fields)
    found = next((one for one in fields if one.key == key), None)
    if found:
        return Place(labels=[found.label], field=found)
    return _place_in([one for section in form for one in section.groups], key, document)


def is_new(key: str) -> bool:
    """Say whether a key is that of an entry that the system has not given its own number yet (`new_key`)."""
    return key.rpartition("/")[2].startswith(_NEW)


def new_key(group: FormGroup, taken: Collection[str]) -> str:
    """Return the key of an entry that is to be added; `taken` are the keys of the document and of the intent so far."""
    number = 1
    while f"{group.key}/{_NEW}{number}" in taken:
        number += 1
    return f"{group.key}/{_NEW}{number}"


def value_at(document: Mapping[str, Any], key: str) -> Any:
    """Return a field's value; None where it is empty."""
    if key in document:
        return document[key]
    name, _, inner = key.partition("/")
    holder = document.get(name)
    return holder.get(inner) if isinstance(holder, Mapping) else None


def intent_of(document: Mapping[str, Any], values: Mapping[str, Any]) -> Document:
    """Return the intent that sets fields by their keys, for `Commands.change_order`.

    An entry is added by its new key with True, and removed by its key with "".

    Args:
        document: The document as it was shown.
        values: Key → value; None or "" empties a field.
    """
    intent: Document = {}
    for key, value in values.items():
        name, _, inner = key.partition("/")
        if inner and ":" not in name:
            intent[name] = {**(intent.get(name) or document.get(name) or {}), inner: "" if value is None else value}
        else:
            intent[key] = "" if value is None else value
    return intent


def _is_entry(group: FormGroup, key: str) -> bool:
    owner, _, name = key.rpartition("/")
    return owner == group.key and bool(name)


def _place_in(groups: Sequence[FormGroup], key: str, document: Mapping[str, Any]) -> Place | None:
    group = next((one for one in groups if key.startswith(f"{one.key}/")), None)
    if group is None:
        return None
    name = key.removeprefix(f"{group.key}/").partition("/")[0]
    one = entry(group, f"{group.key}/{name}", document)
    outside = [group.label, one.label or f"new {group.noun}".strip()]
    if key == one.key:
        return Place(labels=outside)
    found = next((field for field in one.fields if field.key == key), None)
    if found:
        return Place(labels=outside if group.defined else [*outside, found.label], field=found)
    inside = _place_in(one.groups, key, document)
    return inside and replace(inside, labels=[*outside, *inside.labels])


def _own_field(defined: FieldsOfOrder, key: str, document: Mapping[str, Any]) -> FormField:
    def told(member: str) -> Any:
        return document.get(f"{key}/{member}")

    editor = defined.editors.get(told(defined.editor), FieldEditor.TEXT)
    offered = [one.strip() for one in str(told(defined.choices) or "").split("|") if one.strip()]
    return FormField(
        key=f"{key}/{defined.value}",
        label=str(told(defined.label) or ""),
        editor=editor,
        choices={one: one for one in offered} if editor in _OFFERING else None,
        is_required=told(defined.required) is True,
        is_admin_only=told(defined.admin_only) is True,
        is_prominent=True,
        is_text=True,
        hint=str(told(defined.hint) or ""),
    )
