"""A service order's bytes: every member read, one value changed, everything else as it was received."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.resource_scheduler import (
    ITEM,
    OPTION,
    ORDER,
    TWINS,
    UDF,
    Form,
    Kind,
    Member,
    completed,
    edit,
    flat,
    form_of,
    joined,
    read_order,
    split,
    text_of_ticks,
    ticks,
    twin_of,
    write_order,
)
from techdesk.wire.resource_scheduler.members import INSTANCE, place_of

SAMPLES = Path(__file__).parents[2] / "data" / "resource_scheduler"
RAW = {form: (SAMPLES / f"sample.{form}").read_bytes() for form in Form}
STAMP = "2026-04-04T07:51:50.8149383-04:00"

VALUES: dict[Kind, some.SearchStrategy[Any]] = {
    Kind.TEXT: some.text(
        some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
    ),
    Kind.WHOLE: some.integers(-(2**31), 2**31 - 1),
    Kind.DECIMAL: some.decimals(-(10**9), 10**9, places=2).map(lambda one: "0" if not one else f"{one.normalize():f}"),
    Kind.FLAG: some.booleans(),
    Kind.DATE: some.datetimes(timezones=some.timezones()).map(lambda one: one.replace(year=2026, month=5).isoformat()),
}


def values_of(member: Member) -> some.SearchStrategy[Any]:
    return some.sampled_from(sorted(member.choices)) if member.kind is Kind.ENUM else VALUES[member.kind]


LEAVES = [path for path, _ in flat(read_order(RAW[Form.JSON], Form.JSON)) if place_of(path)[1] is not None]
"""Path of every member of the sample but the plain values in lists."""


def leaf(path: str) -> Member:
    member = place_of(path)[1]
    assert member is not None
    return member


def test_the_tables_hold_every_member_of_the_help_page() -> None:
    assert [len(shape.members) for shape in (ORDER, ITEM, OPTION, UDF)] == [46, 19, 6, 19]
    sample = json.loads(RAW[Form.JSON])
    assert list(sample) == [ORDER.json_name(one.name) for one in ORDER.members]
    assert list(sample["ServiceOrderItemList"][0]) == [ITEM.json_name(one.name) for one in ITEM.members]
    option = sample["ServiceOrderItemList"][0]["ServiceItemOptionList"][0]
    assert list(option) == [OPTION.json_name(one.name) for one in OPTION.members]
    assert list(sample["UdfList"][0]) == [UDF.json_name(one.name) for one in UDF.members]


def test_both_samples_say_the_same_but_for_the_number_of_a_help_page() -> None:
    told = dict(flat(read_order(RAW[Form.JSON], Form.JSON)))
    shown = dict(flat(read_order(RAW[Form.XML], Form.XML)))
    assert told == shown
    assert len(told) == 43 + 2 + 2 * (16 + 4 + 2 * 6 + 19) - 1
    assert told["LastModified"] == STAMP
    assert told["ServiceOrderItemList/1/ServiceItemOptionList/1/ServiceOptionLimit"] == 6
    assert told["ServiceOrderItemList/1/AssetTag/1"] == "sample string 2"
    assert (told["Phase"], told["ServiceOrderItemList/0/ServiceDeliveryOptions"]) == ("Pending", "Both")


@pytest.mark.parametrize("form", Form)
def test_nothing_changed_is_the_same_bytes(form: Form) -> None:
    assert edit(RAW[form], form, {}) == RAW[form]
    assert edit(RAW[form], form, dict(flat(read_order(RAW[form], form)))) == RAW[form]


@pytest.mark.parametrize("form", Form)
@given(data=some.data())
@settings(max_examples=150, deadline=None)
def test_a_change_is_read_back_and_changes_nothing_else(form: Form, data: some.DataObject) -> None:
    path = data.draw(some.sampled_from(LEAVES))
    value = data.draw(values_of(leaf(path)))
    before, raw = dict(flat(read_order(RAW[form], form))), edit(RAW[form], form, {path: value})
    after = dict(flat(read_order(raw, form)))
    assert after.pop(path) == value
    before.pop(path)
    if path in TWINS:
        before.pop(TWINS[path]), after.pop(TWINS[path])
    assert after == before


@pytest.mark.parametrize("form", Form)
def test_a_change_touches_only_its_own_bytes(form: Form) -> None:
    raw = edit(RAW[form], form, {"ServiceOrderItemList/1/Quantity": 77})
    first, second = ('"Quantity": 9', '"Quantity": 77') if form is Form.JSON else ("<Quantity>9<", "<Quantity>77<")
    head, _, tail = RAW[form].decode().rpartition(first)
    assert raw.decode() == head + second + tail


def test_number_formats_unknown_members_and_white_space_stay() -> None:
    raw = b'\xef\xbb\xbf{ "New":{"a" :[1.50, 1e3]},"TaxAmount":1.50 ,\t"Notes":null,"Phase":7,"Z":"\\u00e9" }\r\n'
    changed = edit(raw, Form.JSON, {"Notes": 'a "b"\n', "TaxAmount": "1.5"})
    assert changed == raw.replace(b"null", b'"a \\"b\\"\\n"')
    assert read_order(changed, Form.JSON)["Phase"] == "7"
    assert edit(raw, Form.JSON, {"Phase": "Accepted"}) == raw.replace(b'"Phase":7', b'"Phase":1')


def test_xml_keeps_comments_prefixes_nil_and_unknown_elements() -> None:
    space = 'xmlns:x="http://schemas.datacontract.org/2004/07/RSMCP.Entities" xmlns:q="urn:other"'
    nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    raw = (
        f"<?xml version='1.0'?><x:ServiceOrder {space} {nil}><!-- keep --><x:Description i:nil='true' />"
        "<q:Notes>theirs</q:Notes><x:TaxAmount>1.50</x:TaxAmount><x:Zz><![CDATA[<&]]></x:Zz></x:ServiceOrder>"
    ).encode()
    assert read_order(raw, Form.XML)["Notes"] is None
    changed = edit(raw, Form.XML, {"Description": "a<b&c\r", "Notes": "mine", "ContactName": "Ann"})
    assert changed == raw.replace(
        b"<x:Description i:nil='true' />",
        b"<x:ContactName>Ann</x:ContactName><x:Description>a&lt;b&amp;c&#13;</x:Description>",
    ).replace(b"<x:TaxAmount>", b"<x:Notes>mine</x:Notes><x:TaxAmount>")
    assert read_order(changed, Form.XML)["Description"] == "a<b&c\r"


@pytest.mark.parametrize("form", Form)
def test_an_absent_member_is_put_where_it_belongs(form: Form) -> None:
    raw = write_order({"ServiceOrderId": 4, "LastModified": STAMP}, form)
    changed = read_order(edit(raw, form, {"Notes": "x", "UdfList/0": {"Id": 7, "Value": "red"}}), form)
    assert (changed["Notes"], changed["LastModified"], changed["UdfList"][0]["Value"]) == ("x", STAMP, "red")


def test_members_put_into_xml_stand_in_the_order_of_the_alphabet() -> None:
    raw = write_order({"ServiceOrderId": 4}, Form.XML)
    changed = edit(raw, Form.XML, {one.name: "x" for one in ORDER.members if one.kind is Kind.TEXT})
    names = [one.split(b">")[0] for one in changed.split(b"><")[1:] if not one.startswith(b"/")]
    assert names == sorted(names)


@pytest.mark.parametrize("form", Form)
def test_items_options_and_tags_come_and_go(form: Form) -> None:
    item = {
        "Name": "Screen",
        "Quantity": 2,
        "Price": "12.5",
        "AssetTag": ["A & B"],
        "ServiceItemOptionList": [{"ServiceOptionName": "4K"}],
    }
    raw = edit(
        RAW[form],
        form,
        {
            "ServiceOrderItemList/0": None,
            "ServiceOrderItemList/2": item,
            "ServiceOrderItemList/1/ServiceItemOptionList/0": None,
            "ServiceOrderItemList/1/AssetId/2": 9,
            "ServiceOrderItemList/1/Notes": "kept",
            "UdfList/1": None,
            "UdfList/0": None,
        },
    )
    order = read_order(raw, form)
    kept, added = order["ServiceOrderItemList"]
    assert (kept["Notes"], len(kept["ServiceItemOptionList"]), kept["AssetId"]) == ("kept", 1, [1, 2, 9])
    assert (added["Name"], added["Price"], added["AssetTag"]) == ("Screen", "12.5", ["A & B"])
    assert added["ServiceItemOptionList"][0]["ServiceOptionName"] == "4K"
    assert added["ServiceDeliveryOptions"] == "Both"
    assert order["UdfList"] == []
    again = read_order(edit(raw, form, {"UdfList/0": {"Value": "new"}}), form)
    assert again["UdfList"][0]["Value"] == "new"


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Colour", "red"),
        ("ServiceOrderItemList/9/Quantity", 1),
        ("ServiceOrderItemList/9", None),
        ("ServiceOrderItemList/x/Quantity", 1),
        ("ServiceOrderId", "four"),
        ("DeliveryFlag", 1),
        ("ErrorId", True),
        ("TaxAmount", "NaN"),
        ("EndDateUtc", "tomorrow"),
        ("EndDateUtc", ""),
        ("Notes", "a\0b"),
        ("Notes", "\ud800"),
        ("Phase", "<Pending>"),
    ],
)
def test_what_does_not_fit_is_refused(form: Form, path: str, value: Any) -> None:
    with pytest.raises(InvalidInputError):
        edit(RAW[form], form, {path: value})


def test_text_that_xml_cannot_hold_is_refused_there_only() -> None:
    assert read_order(edit(RAW[Form.JSON], Form.JSON, {"Notes": "\x07"}), Form.JSON)["Notes"] == "\x07"
    with pytest.raises(InvalidInputError):
        edit(RAW[Form.XML], Form.XML, {"Notes": "\x07"})


@pytest.mark.parametrize("form", Form)
def test_an_emptied_value_is_what_means_nothing(form: Form) -> None:
    raw = edit(RAW[form], form, {"Notes": None, "StatusId": "", "TaxAmount": "", "DeliveryFlag": ""})
    order = read_order(raw, form)
    assert (order["Notes"], order["StatusId"], order["TaxAmount"], order["DeliveryFlag"]) == ("", 0, "0", False)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"Notes":"a",}',
        b'{"Notes":"a" "b"}',
        b'{"Notes"}',
        b'{"Notes":"a","Notes":"b"}',
        b'{"ServiceOrderId":NaN}',
        b'{"ServiceOrderId":01}',
        b'{"ServiceOrderId":1.5}',
        b'{"ServiceOrderId":true}',
        b'{"UdfList":{}}',
        b'{"UdfList":[1]}',
        b'{"UdfList":[1 2]}',
        b'{"Notes":"\xff"}',
        b'{"Notes":"\\ud800"}',
        b'{"Notes":{}}',
        b'{"LastModified":"soon"}',
        b"{} {}",
        b"[" * 100_000,
    ],
)
def test_what_is_no_order_in_json_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read_order(raw, Form.JSON)


def in_order(inside: str) -> bytes:
    return (
        f'<ServiceOrder xmlns="http://schemas.datacontract.org/2004/07/RSMCP.Entities">{inside}</ServiceOrder>'.encode()
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<ServiceOrder>",
        b"<ServiceOrder/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + in_order("<Notes>&b;</Notes>"),
        b'<!DOCTYPE ServiceOrder SYSTEM "file:///etc/passwd">' + in_order(""),
        in_order("<Notes>&other;</Notes>"),
        in_order("<Notes><b/></Notes>"),
        in_order("<ErrorId>x</ErrorId>"),
        in_order("<DeliveryFlag>yes</DeliveryFlag>"),
        in_order("<a>" * 100 + "</a>" * 100),
        in_order("<Notes>a").replace(b"a</", b"\xff</"),
        in_order("").decode().encode("utf-16"),
    ],
)
def test_what_is_no_order_in_xml_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read_order(raw, Form.XML)


@pytest.mark.parametrize("form", Form)
def test_a_list_is_split_into_orders_that_stand_on_their_own(form: Form) -> None:
    one, other = RAW[form], write_order({"ServiceOrderId": 9, "Notes": "é"}, form)
    parts = split(joined([one, other], form), form)
    assert [read_order(part, form)["ServiceOrderId"] for part in parts] == [4, 9]
    assert parts == [one, other]
    assert [form_of(part) for part in parts] == [form, form]


ODD = {
    Form.JSON: [b"M\xfcller", b"tab\there", b'", "More": nothing, "Other": "'],
    Form.XML: [b"M\xfcller", b"bell\x07", b"one&nbsp;two", b"this & that", b"zero\x00"],
}


@pytest.mark.parametrize(("form", "odd"), [(form, odd) for form, every in ODD.items() for odd in every])
def test_one_order_of_a_list_that_breaks_the_rules_of_its_form_costs_no_other(form: Form, odd: bytes) -> None:
    one, other = RAW[form], write_order({"ServiceOrderId": 9, "Notes": "ODD"}, form).replace(b"ODD", odd)
    parts = split(joined([one, other, one], form), form)
    assert parts == [one, other, one]
    with pytest.raises(InvalidInputError):
        read_order(other, form)


def test_orders_of_a_list_get_the_namespaces_that_the_list_declares() -> None:
    bare = RAW[Form.XML].replace(RAW[Form.XML].split(b">")[0], b"<ServiceOrder", 1)
    head = RAW[Form.XML].split(b">")[0].removeprefix(b"<ServiceOrder")
    (part,) = split(b"<ArrayOfServiceOrder" + head + b">" + bare + b"</ArrayOfServiceOrder>", Form.XML)
    assert read_order(part, Form.XML) == read_order(RAW[Form.XML], Form.XML)


@pytest.mark.parametrize(("raw", "form"), [(b"{}", Form.JSON), (in_order(""), Form.XML)])
def test_one_order_is_no_list(raw: bytes, form: Form) -> None:
    with pytest.raises(InvalidInputError):
        split(raw, form)


# Dates.


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-06-01T12:00:00.1234567+02:00", "2026-06-01T10:00:00.1234567Z"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.0000000Z"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.0000000Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00.0000000Z"),
        ("2026-01-01T12:00:00-05:00", "2026-01-01T11:00:00.0000000Z"),
    ],
)
def test_a_local_time_is_read_by_the_clock_of_the_location(local: str, utc: str) -> None:
    assert twin_of("EndDateLocal", local, "Europe/Berlin") == utc


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-10-25T00:30:00.0000001Z", "2026-10-25T02:30:00.0000001+02:00"),
        ("2026-10-25T01:30:00Z", "2026-10-25T02:30:00.0000000+01:00"),
        ("2026-03-29T01:00:00", "2026-03-29T03:00:00.0000000+02:00"),
        ("2026-03-28T20:00:00-05:00", "2026-03-29T03:00:00.0000000+02:00"),
    ],
)
def test_a_utc_time_is_shown_by_the_clock_of_the_location(utc: str, local: str) -> None:
    assert twin_of("DeliveryOrStartDateUtc", utc, "Europe/Berlin") == local


@pytest.mark.parametrize("form", Form)
def test_setting_one_date_sets_its_twin(form: Form) -> None:
    berlin = edit(RAW[form], form, {"ServiceLocationOlsonTimeZone": "Europe/Berlin"})
    order = read_order(edit(berlin, form, {"EndDateLocal": "2026-07-01T09:00:00+02:00"}), form)
    assert order["EndDateUtc"] == "2026-07-01T07:00:00.0000000Z"
    both = {"EndDateLocal": "2026-07-01T09:00:00+02:00", "EndDateUtc": "2026-07-01T20:00:00Z"}
    assert read_order(edit(berlin, form, both), form)["EndDateLocal"] == "2026-07-01T22:00:00.0000000+02:00"


def test_where_there_is_no_such_zone_the_twin_is_the_same_text() -> None:
    assert twin_of("EndDateLocal", STAMP, "sample string 2") == STAMP
    with pytest.raises(InvalidInputError):
        twin_of("EndDateLocal", "soon", "Europe/Berlin")


@given(count=some.integers(0, 4_000_000_000 * 10**7))
@settings(deadline=None)
def test_ten_millionths_of_a_second_are_kept(count: int) -> None:
    assert ticks(text_of_ticks(count)) == count


def test_stamps_are_compared_as_instants_not_as_text() -> None:
    assert ticks(STAMP) == ticks("2026-04-04T11:51:50.8149383Z") == ticks("2026-04-04T11:51:50.8149383")
    assert ticks("2026-04-04T11:51:50.8149384Z") - ticks(STAMP) == 1
    with pytest.raises(InvalidInputError):
        ticks("soon")


# What is left out.


@pytest.mark.parametrize("form", Form)
def test_an_order_that_says_everything_is_complete_as_it_stands(form: Form) -> None:
    assert completed(RAW[form], form) == RAW[form]


def test_what_json_leaves_out_is_0_or_null_at_every_level_and_the_rest_stays_byte_for_byte() -> None:
    raw = b'{ "ServiceOrderId": 4, "Tax": 1.50, "ServiceOrderItemList": [{}, {"Name": "Lamp", "AssetId": [1]}] }'
    text = completed(raw, Form.JSON).decode()
    assert text.startswith('{ "ServiceOrderId": 4, "Tax": 1.50, "ServiceOrderItemList": [{')
    told = json.loads(text)
    assert set(told) == {one.name for one in ORDER.members} | {"Tax"}
    assert (told["BillingName"], told["EndDateUtc"], told["UdfList"]) == (None, None, None)
    assert (told["StatusId"], told["TaxAmount"], told["DeliveryFlag"], told["Phase"]) == (0, 0, False, 0)
    bare, lamp = told["ServiceOrderItemList"]
    assert set(bare) == set(lamp) == {one.name for one in ITEM.members}
    assert (lamp["Name"], lamp["AssetId"], lamp["AssetTag"]) == ("Lamp", [1], None)


def test_what_xml_leaves_out_stands_nil_or_0_in_the_alphabets_order_at_every_level() -> None:
    space = "http://schemas.datacontract.org/2004/07/RSMCP.Entities"
    raw = (
        f'<a:ServiceOrder xmlns:a="{space}">\n  <a:Description>Lamp</a:Description>\n  <a:ServiceOrderItemList>'
        "<a:ServiceOrderItem/><a:ServiceOrderItem><a:Name>Bulb</a:Name></a:ServiceOrderItem>"
        "</a:ServiceOrderItemList>\n</a:ServiceOrder>"
    ).encode()
    told = completed(raw, Form.XML)
    root = ElementTree.fromstring(told)
    items = root.findall(f"{{{space}}}ServiceOrderItemList/{{{space}}}ServiceOrderItem")
    assert len(items) == 2
    for element, shape in [(root, ORDER), *((one, ITEM) for one in items)]:
        names = [one.tag.rpartition("}")[2] for one in element]
        assert names == sorted(member.name for member in shape.members)
    nil = f"{{{INSTANCE}}}nil"
    empty = {one.tag.rpartition("}")[2] for one in root if one.get(nil) == "true"}
    assert empty >= {"BillingName", "EndDateUtc", "UdfList"}
    assert root.findtext(f"{{{space}}}TaxAmount") == "0"
    before, after = read_order(raw, Form.XML), read_order(told, Form.XML)
    assert after["Description"] == before["Description"]
    assert [one["Name"] for one in after["ServiceOrderItemList"]] == [None, "Bulb"]


def test_an_order_of_our_own_says_nil_in_xml_where_json_says_null() -> None:
    values = {"ServiceOrderId": 7, "ServiceOrderItemList": [{"Name": "Lamp"}]}
    text = write_order(values, Form.XML).decode()
    assert text.count("xmlns:i=") == 1
    for name in ("BillingName", "LastModified", "UdfList", "Notes", "AssetTag"):
        assert f'<{name} i:nil="true"/>' in text
    added = edit(
        write_order({}, Form.XML).replace(b"i:", b"nil:").replace(b":i=", b":nil="),
        Form.XML,
        {"ServiceOrderItemList/0": {"Name": "Lamp"}},
    )
    assert read_order(added, Form.XML)["ServiceOrderItemList"][0]["Notes"] is None
