"""Describe the form of a whole order, from the tables of its members."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.application.order_form import FieldEditor, FieldsOfOrder, FormField, FormGroup, FormSection, OrderForm
from techdesk.connectors.resource_scheduler.mapping import OUR_KEYS, PREFIX
from techdesk.wire.resource_scheduler import ITEM, OPTION, ORDER, TWINS, Kind, Member, Section, Shape

_EDITORS = {
    Kind.TEXT: FieldEditor.TEXT,
    Kind.WHOLE: FieldEditor.WHOLE,
    Kind.DECIMAL: FieldEditor.DECIMAL,
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
}
"""`InputType` of a user-defined field; its numbers are not published, these are ours."""

_ZONE = f"{PREFIX}ServiceLocationOlsonTimeZone"
_HIDDEN = frozenset({"Error", "ErrorId", "LastModified"})


def _field(member: Member, key: str) -> FormField:
    editor = FieldEditor.LONG_TEXT if member.name in _LONG else _EDITORS.get(member.kind, FieldEditor.TEXTS)
    if member.shape and member.shape.plain is Kind.WHOLE:
        editor = FieldEditor.WHOLES
    return FormField(
        key=key,
        label=member.label,
        editor=editor,
        choices={name: name for name in member.choices} or None,
        is_required=member.name in ("Description", "Name"),
        # the other twin is the one to change: it follows
        is_read_only=member.fixed or (member.name in TWINS and member.name.endswith("Utc")),
        zone_key=_ZONE if member.kind is Kind.DATE else "",
    )


def _fields(members: Iterable[Member]) -> list[FormField]:
    return [_field(one, one.name) for one in members if one.shape is None or one.shape.plain]


def _group(shape: Shape, key: str, label: str, *groups: FormGroup) -> FormGroup:
    label_key = "Name" if "Name" in shape.by_name else "ServiceOptionName"
    return FormGroup(key=key, label=label, fields=_fields(shape.members), groups=groups, label_key=label_key)


_GROUPS = {
    Section.ITEMS: _group(
        ITEM, f"{PREFIX}ServiceOrderItemList", "Items", _group(OPTION, "ServiceItemOptionList", "Options")
    ),
    Section.FIELDS: FormGroup(
        key=f"{PREFIX}UdfList",
        label="Further fields",
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
