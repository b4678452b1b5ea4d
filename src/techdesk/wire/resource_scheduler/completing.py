"""Write the members that an order leaves out: a PUT of the whole order sets them to 0 or null."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from techdesk.wire.resource_scheduler import json_form, xml_form
from techdesk.wire.resource_scheduler.members import ORDER, Kind, Member, Shape
from techdesk.wire.resource_scheduler.reading import root_of, text_of
from techdesk.wire.resource_scheduler.writing import Form, json_member, xml_member

_NULL = (Kind.TEXT, Kind.DATE, Kind.LIST)


def completed(raw: bytes, form: Form) -> bytes:
    """Return the bytes of an order with every member that we know, at every level; what stood there stays as it was.

    Raises:
        InvalidInputError: It is no order.
    """
    if form is Form.JSON:
        return _completed_json(text_of(raw)).encode()
    pieces: dict[int, list[bytes]] = defaultdict(list)
    empty: list[tuple[xml_form.Element, str]] = []
    for element, missing in _xml_objects(ORDER, root_of(raw)):
        prefix = xml_form.prefix(raw, element)
        written = [(one.name, xml_member(one, None, prefix)) for one in missing]
        if not element.children:
            empty.append((element, "".join(text for _, text in written)))
        for name, text in written if element.children else ():
            place, piece = xml_form.piece_for(raw, element, name, text)
            pieces[place].append(piece)
    return _spliced(raw, pieces, empty)


def _spliced(raw: bytes, pieces: dict[int, list[bytes]], empty: list[tuple[xml_form.Element, str]]) -> bytes:
    """Return the bytes with what is to stand at each place; the last place first, so that the others stay."""
    filled = {element.start: (element, text) for element, text in empty}
    for place in sorted([*pieces, *filled], reverse=True):
        if place in filled:
            raw = xml_form.with_content(raw, *filled[place])
        if place in pieces:
            raw = raw[:place] + b"".join(pieces[place]) + raw[place:]
    return raw


def _completed_json(text: str) -> str:
    found = _json_objects(ORDER, json_form.scan(text))
    for spot, written in sorted(found, key=lambda one: -_last(one[0])):
        text = json_form.with_another(text, spot, written)
    return text


def _last(spot: json_form.Spot) -> int:
    """Return after which character more members go."""
    spans = spot.spans()
    return spans[-1][1] if spans else spot.start + 1


def _json_objects(shape: Shape, spot: json_form.Spot) -> Iterator[tuple[json_form.Spot, str]]:
    missing = [one for one in shape.members if shape.json_name(one.name) not in spot.members]
    if missing:
        yield spot, ", ".join(f'"{shape.json_name(one.name)}": {_json_nothing(one)}' for one in missing)
    for member in shape.members:
        inside = spot.members.get(shape.json_name(member.name))
        if inside is not None and member.shape is not None and not member.shape.plain:
            for one in inside.items:
                yield from _json_objects(member.shape, one)


def _json_nothing(member: Member) -> str:
    return "null" if member.kind in _NULL else json_member(member, None)


def _xml_objects(shape: Shape, element: xml_form.Element) -> Iterator[tuple[xml_form.Element, list[Member]]]:
    missing = [one for one in shape.members if element.child(one.name) is None]
    if missing:
        yield element, sorted(missing, key=lambda one: one.name)
    for member in shape.members:
        inside = element.child(member.name)
        if inside is not None and member.shape is not None and not member.shape.plain:
            for one in inside.children:
                if one.name == member.shape.element:
                    yield from _xml_objects(member.shape, one)
