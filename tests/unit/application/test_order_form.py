"""A form of a whole order is described once and laid over any order."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.application.order_form import (
    FieldEditor,
    FieldsOfOrder,
    FormField,
    FormGroup,
    FormSection,
    entries,
    entry,
    intent_of,
    is_new,
    new_key,
    place_of,
    value_at,
)

OPTIONS = FormGroup(
    key="Options", label="Options", fields=[FormField(key="Name", label="Option")], noun="option", label_key="Name"
)
ITEMS = FormGroup(
    key="x:Items", label="Items", fields=[FormField(key="Name", label="Name")], groups=[OPTIONS], label_key="Name"
)
OWN = FormGroup(
    key="x:Own",
    label="Own",
    defined=FieldsOfOrder(
        value="Value",
        label="Name",
        editor="Type",
        editors={1: FieldEditor.FLAG, 2: FieldEditor.CHOICE, 3: FieldEditor.CHOICES},
        choices="Query",
        required="Required",
        admin_only="Admin",
        hint="Notes",
        position="Position",
    ),
)
DOCUMENT: dict[str, Any] = {
    "title": "Lamp",
    "customer": {"name": "Ann", "address": "Main Street"},
    "x:Items/7": True,
    "x:Items/7/Name": "Screen",
    "x:Items/7/Options/3": True,
    "x:Items/7/Options/3/Name": "4K",
    "x:Items/9": True,
    "x:Own/1": True,
    "x:Own/1/Name": "Colour",
    "x:Own/1/Type": 2,
    "x:Own/1/Query": "red | green|",
    "x:Own/1/Required": True,
    "x:Own/1/Position": 2,
    "x:Own/2": True,
    "x:Own/2/Name": "Urgent",
    "x:Own/2/Type": 1,
    "x:Own/2/Admin": True,
    "x:Own/2/Notes": "Ask first",
    "x:Own/2/Position": 1,
    "x:Own/3": True,
    "x:Own/3/Type": 99,
    "x:Own/3/Position": 3,
}


def test_what_repeats_has_an_entry_for_each_one_that_is_there() -> None:
    screen, nameless = entries(ITEMS, DOCUMENT)
    assert (screen.key, screen.label, nameless.label) == ("x:Items/7", "Screen", "")
    assert [one.key for one in screen.fields] == ["x:Items/7/Name"]
    (options,) = screen.groups
    assert [one.label for one in entries(options, DOCUMENT)] == ["4K"]
    assert entries(ITEMS, DOCUMENT | {"x:Items/7": ""})[0].key == "x:Items/9"


def test_a_field_that_an_order_defines_itself_is_what_the_order_says() -> None:
    flag, choice, plain = (one.fields[0] for one in entries(OWN, DOCUMENT))
    assert (flag.key, flag.label, flag.editor) == ("x:Own/2/Value", "Urgent", FieldEditor.FLAG)
    assert (flag.is_required, flag.is_admin_only, flag.hint, flag.choices) == (False, True, "Ask first", None)
    assert (choice.editor, choice.choices) == (FieldEditor.CHOICE, {"red": "red", "green": "green"})
    assert (choice.is_required, choice.is_admin_only) == (True, False)
    assert (plain.label, plain.editor) == ("", FieldEditor.TEXT)


def test_an_entry_is_added_under_a_name_that_nothing_has() -> None:
    assert new_key(ITEMS, DOCUMENT) == "x:Items/new1"
    added = entry(ITEMS, new_key(ITEMS, {"x:Items/new1"}), {})
    assert (added.key, added.label, added.fields[0].key) == ("x:Items/new2", "", "x:Items/new2/Name")


def test_a_value_is_found_by_its_key() -> None:
    assert value_at(DOCUMENT, "title") == "Lamp"
    assert value_at(DOCUMENT, "customer/name") == "Ann"
    assert value_at(DOCUMENT, "x:Items/7/Name") == "Screen"
    assert value_at(DOCUMENT, "customer/phone") is None
    assert value_at(DOCUMENT, "title/x") is None


def test_an_intent_keeps_the_rest_of_what_a_field_stands_in() -> None:
    wanted = {"customer/phone": "1", "customer/name": None, "x:Items/9": None, "x:Items/new1": True, "title": "Lamps"}
    assert intent_of(DOCUMENT, wanted) == {
        "customer": {"name": "", "address": "Main Street", "phone": "1"},
        "x:Items/9": "",
        "x:Items/new1": True,
        "title": "Lamps",
    }
    assert intent_of({}, {"customer/name": "Bo"}) == {"customer": {"name": "Bo"}}


FORM = (
    FormSection(
        label="Order", fields=[FormField(key="title", label="Title"), FormField(key="customer/name", label="Contact")]
    ),
    FormSection(label="Things", groups=[ITEMS, OWN]),
)


@pytest.mark.parametrize(
    ("key", "labels", "field"),
    [
        ("title", ["Title"], "Title"),
        ("customer/name", ["Contact"], "Contact"),
        ("x:Items/7", ["Items", "Screen"], None),
        ("x:Items/7/Name", ["Items", "Screen", "Name"], "Name"),
        ("x:Items/7/Options/3", ["Items", "Screen", "Options", "4K"], None),
        ("x:Items/7/Options/new1/Name", ["Items", "Screen", "Options", "new option", "Option"], "Option"),
        ("x:Items/9", ["Items", "new"], None),
        ("x:Own/1/Value", ["Own", "Colour"], "Colour"),
    ],
)
def test_every_key_of_a_form_has_a_name_for_people(key: str, labels: list[str], field: str | None) -> None:
    place = place_of(FORM, key, DOCUMENT)
    assert place is not None
    assert list(place.labels) == labels
    assert (place.field.label if place.field else None) == field


@pytest.mark.parametrize("key", ["service_state", "x:Items/7/Weight", "x:Items/7/Options/3/Weight", "x:Other/1"])
def test_a_key_that_no_form_has_is_at_no_place(key: str) -> None:
    assert place_of(FORM, key, DOCUMENT) is None


def test_only_an_entry_that_was_just_added_is_new() -> None:
    assert is_new(new_key(ITEMS, DOCUMENT))
    assert not is_new("x:Items/7")
    assert not is_new("x:Items/new1/Name")


def test_several_choices_are_offered_as_one_choice_is_and_kept_as_text() -> None:
    (field,) = entry(OWN, "x:Own/1", DOCUMENT | {"x:Own/1/Type": 3}).fields
    assert (field.editor, field.choices) == (FieldEditor.CHOICES, {"red": "red", "green": "green"})
    assert field.is_text and field.is_prominent
