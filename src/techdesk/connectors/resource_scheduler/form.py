"""Describe the form of a whole order, from the tables of its members."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.application.order_form import FieldEditor, FieldsOfOrder, FormField, FormGroup, FormSection, OrderForm
from techdesk.connectors.resource_scheduler.mapping import OUR_KEYS, PREFIX
from techdesk.wire.resource_scheduler import ITEM, OPTION, ORDER, TWINS, Kind, Member, Section

_EDITORS = {
    Kind.TEXT: FieldEditor.TEXT,
    Kind.WHOLE: FieldEditor.WHOLE,
    Kind.DECIMAL: FieldEditor.AMOUNT,
    Kind.FLAG: FieldEditor.FLAG,
    Kind.DATE: FieldEditor.DATE,
    Kind.ENUM: FieldEditor.CHOICE,
}
_LONG = frozenset({"Notes", "PickupInstructions"})
_INPUTS = {
    1: FieldEditor.TEXT,
    2: FieldEditor.LONG_TEXT,
    3: FieldEditor.WHOLE,
    4: FieldEditor.FLAG,
    5: FieldEditor.DATE,
    6: FieldEditor.CHOICE,
    7: FieldEditor.CHOICES,
}
"""`InputType` of a user-defined field; its numbers are not published, these are ours."""

_ZONE = f"{PREFIX}ServiceLocationOlsonTimeZone"
_BY_UTC = frozenset(name for name in TWINS if name.endswith("Utc"))
"""Their twins by the location's clock are the ones to change; these follow."""

_HIDDEN = frozenset({"Error", "ErrorId", "LastModified"}) | _BY_UTC
_OF_PARTS = frozenset(
    {
        "Name",
        "Quantity",
        "Price",
        "Total",
        "ServiceOptionName",
        "ServiceItemTypeName",
        "ServiceOptionLimit",
    }
)
"""What people look for on an item and an option; of an order it is everything but the numbers of other things."""


def _field(member: Member, key: str, *, is_part: bool = False) -> FormField:
    editor = FieldEditor.LONG_TEXT if member.name in _LONG else _EDITORS.get(member.kind, FieldEditor.TEXTS)
    if member.shape and member.shape.plain is Kind.WHOLE:
        editor = FieldEditor.WHOLES
    return FormField(
        key=key,
        label=member.label,
        editor=editor,
        choices={name: name for name in member.choices} or None,
        is_required=member.name in ("Description", "Name", "ServiceOptionName"),
        is_read_only=member.fixed,
        initial=1 if member.name == "Quantity" else None,
        is_prominent=member.name in _OF_PARTS if is_part else member.kind is not Kind.WHOLE,
        zone_key=_ZONE if member.kind is Kind.DATE else "",
    )


def _fields(members: Iterable[Member]) -> list[FormField]:
    return [_field(one, one.name, is_part=True) for one in members if one.shape is None or one.shape.plain]


_OPTIONS = FormGroup(
    key="ServiceItemOptionList",
    label="Options",
    fields=_fields(OPTION.members),
    noun="option",
    label_key="ServiceOptionName",
)
_GROUPS = {
    Section.ITEMS: FormGroup(
        key=f"{PREFIX}ServiceOrderItemList",
        label="Items",
        fields=_fields(ITEM.members),
        groups=[_OPTIONS],
        noun="item",
        label_key="Name",
    ),
    Section.FIELDS: FormGroup(
        key=f"{PREFIX}UdfList",
        label="Further fields",
        noun="field",
        can_change=False,
        defined=FieldsOfOrder(
            value="Value",
            label="Name",
            editor="InputType",
            editors=_INPUTS,
            choices="DefaultQuery",
            required="Required",
            admin_only="AdminOnly",
            hint="SpecialNotes",
            position="DisplayOrder",
        ),
    ),
}


def _section(section: Section) -> FormSection:
    members = [one for one in ORDER.members if one.section is section and not one.shape and one.name not in _HIDDEN]
    fields = [_field(one, OUR_KEYS.get(one.name, PREFIX + one.name)) for one in members]
    return FormSection(label=section.value, fields=fields, groups=[_GROUPS[section]] if section in _GROUPS else [])


FORM: OrderForm = tuple(_section(one) for one in Section)
"""Every member of an order once, but what only refuses or guards an update."""
