"""Change some values in the bytes of an order: everything else stays byte for byte as it was received.

So unknown members, number formats (`1.50`), white space, order, `LastModified` with its seven digits and whatever a
newer server adds come back as they came, although the update is a PUT of the whole order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.resource_scheduler import json_form, xml_form
from techdesk.wire.resource_scheduler.dates import with_twins
from techdesk.wire.resource_scheduler.members import ARRAYS, ORDER, Member, Shape, place_of
from techdesk.wire.resource_scheduler.reading import read_order, root_of, text_of
from techdesk.wire.resource_scheduler.values import to_json, to_xml
from techdesk.wire.resource_scheduler.writing import Form, json_text, xml_list, xml_text


def edit(raw: bytes, form: Form, changes: Mapping[str, Any]) -> bytes:
    """Return the bytes of an order with some values changed.

    A path that ends at a member (`Notes`, `ServiceOrderItemList/0/Quantity`) sets it, with its twin where it is a date;
    a value that is the same already changes nothing. A path that ends at a place in a list (`UdfList/2`) takes that one
    out with None, and otherwise puts one more at the end. Places are those of the bytes as received.

    Args:
        raw: The bytes as received.
        form: Their format.
        changes: Path → value; one more object of a list is a mapping of its members.

    Raises:
        InvalidInputError: There is no such member or place, or it cannot hold the value.
    """
    values = read_order(raw, form)
    for path, value in sorted(with_twins(values, changes).items(), key=_turn):
        if not _is_there(values, path, value):
            raw = _changed(raw, form, path, value)
    return raw


def _is_there(values: Mapping[str, Any], path: str, value: Any) -> bool:
    """Say whether a member has this value already, so that `1.50` stays where 1.5 is set."""
    found: Any = values
    for step in path.split("/"):
        known = isinstance(found, list) and step.isdecimal() and int(step) < len(found)
        found = found[int(step)] if known else found.get(step) if isinstance(found, dict) else None
    return found is not None and not isinstance(found, dict) and type(found) is type(value) and found == value


def _turn(change: tuple[str, Any]) -> tuple[Any, ...]:
    """Sort changes so that no place moves before its turn: values, what comes, then what goes, the last place first."""
    path, value = change
    steps = path.split("/")
    if not steps[-1].isdecimal():
        return (0, path)
    place = int(steps[-1])
    # one inside another goes before the other does
    return (2, -len(steps), steps[:-1], -place) if value is None else (1, len(steps), steps[:-1], place)


def _changed(raw: bytes, form: Form, path: str, value: Any) -> bytes:
    try:
        shape, member = place_of(path)
        if form is Form.JSON:
            return _Json(raw).changed(path, (shape, member), value)
        return _Xml(raw).changed(path, (shape, member), value)
    except (KeyError, IndexError) as error:
        raise InvalidInputError(f"There is no {path} on this order any more", field=path) from error


class _Json:
    """Change one value of a JSON text."""

    def __init__(self, raw: bytes) -> None:
        self._text = text_of(raw)
        self._root = json_form.scan(self._text)

    def changed(self, path: str, meant: tuple[Shape, Member | None], value: Any) -> bytes:
        """Return the bytes with the change."""
        shape, member = meant
        steps = path.split("/")
        text = self._with_member(steps, shape, member, value) if member else self._with_place(steps, shape, value)
        return text.encode()

    def _with_member(self, steps: list[str], shape: Shape, member: Member, value: Any) -> str:
        inside = self._at(steps[:-1])
        written = to_json(member, value) if not member.shape else _json_list(member.shape, value)
        name = shape.json_name(member.name)
        spot = inside.members.get(name)
        if spot is None:
            return json_form.with_another(self._text, inside, written, name)
        return json_form.with_value(self._text, spot, written)

    def _with_place(self, steps: list[str], shape: Shape, value: Any) -> str:
        owner = self._at(steps[:-2])
        name = _owner(steps).json_name(steps[-2])
        inside = owner.members.get(name)
        if value is None:
            return json_form.without(self._text, _there(inside), int(steps[-1]))
        written = json_text(shape, value)
        if inside is None:
            return json_form.with_another(self._text, owner, f"[{written}]", name)
        if inside.mark != "[":
            return json_form.with_value(self._text, inside, f"[{written}]")
        return json_form.with_another(self._text, inside, written)

    def _at(self, steps: list[str]) -> json_form.Spot:
        spot, shape = self._root, ORDER
        for name, place in _pairs(steps):
            member = shape.by_name[name]
            spot = spot.members[shape.json_name(name)].items[place]
            shape = member.shape or shape
        return spot


class _Xml:
    """Change one value of an XML text."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._root = root_of(raw)

    def changed(self, path: str, meant: tuple[Shape, Member | None], value: Any) -> bytes:
        """Return the bytes with the change."""
        shape, member = meant
        steps = path.split("/")
        return self._with_member(steps, member, value) if member else self._with_place(steps, shape, value)

    def _with_member(self, steps: list[str], member: Member, value: Any) -> bytes:
        inside = self._at(steps[:-1])
        element = inside.child(member.name)
        prefix = xml_form.prefix(self._raw, inside)
        if member.shape:
            written = xml_list(member, value or (), prefix)
            if element is not None:
                return self._raw[: element.start] + written.encode() + self._raw[element.end :]
            return xml_form.with_child(self._raw, inside, member.name, written)
        content = to_xml(member, value)
        if element is not None:
            return xml_form.with_content(self._raw, element, content)
        tag = prefix + member.name
        return xml_form.with_child(self._raw, inside, member.name, f"<{tag}>{content}</{tag}>")

    def _with_place(self, steps: list[str], shape: Shape, value: Any) -> bytes:
        owner = self._at(steps[:-2])
        prefix = xml_form.prefix(self._raw, owner)
        inside = owner.child(steps[-2])
        if value is None:
            inside = _there(inside)
            return xml_form.without(self._raw, inside, _elements(inside, shape)[int(steps[-1])])
        if inside is None:
            written = xml_list(_owner(steps).by_name[steps[-2]], [value], prefix)
            return xml_form.with_child(self._raw, owner, steps[-2], written)
        return xml_form.with_child(
            self._raw, inside, shape.element, self._element(inside, shape, prefix, value), is_last=True
        )

    def _element(self, inside: xml_form.Element, shape: Shape, prefix: str, value: Any) -> str:
        if not shape.plain:
            return xml_text(shape, value, prefix)
        if inside.children:
            return xml_text(shape, value, xml_form.prefix(self._raw, inside.children[0]))
        bare = xml_text(shape, value, "")
        return bare.replace(f"<{shape.element}>", f'<{shape.element} xmlns="{ARRAYS}">', 1)

    def _at(self, steps: list[str]) -> xml_form.Element:
        element, shape = self._root, ORDER
        for name, place in _pairs(steps):
            inner = shape.by_name[name].shape or shape
            element = _elements(_there(element.child(name)), inner)[place]
            shape = inner
        return element


def _there(found: Any) -> Any:
    """Return what was found.

    Raises:
        KeyError: Nothing was.
    """
    if found is None:
        raise KeyError
    return found


def _elements(inside: xml_form.Element, shape: Shape) -> list[xml_form.Element]:
    return [one for one in inside.children if one.name == shape.element]


def _pairs(steps: list[str]) -> Iterable[tuple[str, int]]:
    return zip(steps[::2], (int(one) for one in steps[1::2]), strict=True)


def _owner(steps: list[str]) -> Shape:
    """Return the shape of the object that holds the list a path ends in."""
    shape = ORDER
    for name in steps[:-2:2]:
        shape = shape.by_name[name].shape or shape
    return shape


def _json_list(shape: Shape, values: Any) -> str:
    return "[" + ", ".join(json_text(shape, one) for one in values or ()) + "]"
