"""Find every element of an XML text with its place, and put other text there: all else stays as it stands.

UTF-8 only; a document type, and with it every entity of one's own, is refused before anything of it is believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.resource_scheduler.members import INSTANCE

MAX_DEPTH = 64
"""How many elements may stand inside each other."""

_NIL = re.compile(rb"""\s+[\w.-]+:nil\s*=\s*("[^"]*"|'[^']*')""")
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")


@dataclass(slots=True)
class Element:
    """An element and where it stands, in bytes.

    Attributes:
        name: Its name without prefix.
        start: Where its start tag begins.
        inner: Where its content begins.
        inner_end: Where its content ends.
        end: After its end tag.
        is_nil: It says `i:nil="true"`.
    """

    name: str
    namespace: str
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    is_nil: bool = False
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def child(self, name: str) -> Element | None:
        """Return the first child of this name in the same namespace."""
        same = (one for one in self.children if one.name == name and one.namespace == self.namespace)
        return next(same, None)


def scan(raw: bytes, *, levels: int = 0) -> Element:
    """Return the root element with all in it.

    Args:
        raw: The bytes.
        levels: Of how many levels the elements are wanted; what is deeper may be as deep as it likes. 0: of all.

    Raises:
        InvalidInputError: It is not XML in UTF-8, has a document type, or is nested deeper than 64 levels.
    """
    scanner = _Scanner(raw, levels)
    try:
        raw.decode("utf-8")
        return scanner.scan()
    except UnicodeDecodeError as error:
        raise InvalidInputError("The body is not XML in UTF-8") from error
    except expat.ExpatError as error:
        raise InvalidInputError(f"The body is not XML: {expat.ErrorString(error.code)}, line {error.lineno}") from error


class _Scanner:
    def __init__(self, raw: bytes, levels: int) -> None:
        self._raw = raw
        self._levels = levels
        self._below = 0
        self._stack: list[Element] = []
        self._root: Element | None = None
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse

    def scan(self) -> Element:
        self._parser.Parse(self._raw, True)
        if self._root is None:
            raise InvalidInputError("The body is not XML: it has no element")
        return self._root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._levels and len(self._stack) >= self._levels:
            self._below += 1
            return
        if len(self._stack) >= MAX_DEPTH:
            raise InvalidInputError(f"The XML is nested deeper than {MAX_DEPTH} levels")
        namespace, _, name = tag.rpartition(" ")
        start = self._parser.CurrentByteIndex
        found = _TAG.match(self._raw, start)
        if found is None:
            raise InvalidInputError("The body is not XML")
        is_nil = attributes.get(f"{INSTANCE} nil", "").strip() in ("true", "1")
        one = Element(name, namespace, start, found.end(), is_nil=is_nil)
        if self._stack:
            self._stack[-1].children.append(one)
        self._root = self._root or one
        self._stack.append(one)

    def _end(self, _: str) -> None:
        if self._below:
            self._below -= 1
            return
        one = self._stack.pop()
        if self._raw[one.inner - 2 : one.inner] == b"/>":
            one.inner_end = one.end = one.inner
            return
        one.inner_end = self._parser.CurrentByteIndex
        one.end = self._raw.index(b">", one.inner_end) + 1

    def _characters(self, text: str) -> None:
        if self._stack and not self._below:
            self._stack[-1].text += text

    def _refuse(self, *_: object) -> None:
        raise InvalidInputError("A document type is not taken")


def prefix(raw: bytes, element: Element) -> str:
    """Return the prefix of an element's name as it stands, with its colon, or nothing."""
    name = re.split(rb"[\s/>]", raw[element.start + 1 : element.inner], maxsplit=1)[0].decode()
    return name.rpartition(":")[0] + ":" if ":" in name else ""


def with_content(raw: bytes, element: Element, content: str) -> bytes:
    """Return the bytes with other content in an element; an empty or absent one gets its end tag."""
    tag = _NIL.sub(b"", raw[element.start : element.inner])
    if element.inner_end == element.end:
        tag = tag[:-2].rstrip() + b">"
        name = re.split(rb"[\s/>]", tag[1:], maxsplit=1)[0]
        closing = b"</" + name + b">"
    else:
        closing = raw[element.inner_end : element.end]
    return raw[: element.start] + tag + content.encode() + closing + raw[element.end :]


def with_child(raw: bytes, inside: Element, name: str, written: str, *, is_last: bool = False) -> bytes:
    """Return the bytes with one more child: the last one of a list, else where the alphabet puts its name."""
    if not inside.children:
        return with_content(raw, inside, written)
    place, piece = piece_for(raw, inside, "" if is_last else name, written)
    return raw[:place] + piece + raw[place:]


def piece_for(raw: bytes, inside: Element, name: str, written: str) -> tuple[int, bytes]:
    """Return where among the children one more goes, and its bytes with the space of its place.

    Args:
        raw: The bytes.
        inside: What holds it; it has children.
        name: Its name, which the alphabet puts in its place; nothing for the last place.
        written: The child.
    """
    after = next((one for one in inside.children if name and one.name > name), None)
    if after is not None:
        return after.start, written.encode() + _space_before(raw, inside, after)
    last = inside.children[-1]
    return last.end, _space_before(raw, inside, last) + written.encode()


def without(raw: bytes, inside: Element, child: Element) -> bytes:
    """Return the bytes with a child and the space before it taken out."""
    space = _space_before(raw, inside, child)
    return raw[: child.start - len(space)] + raw[child.end :]


def _space_before(raw: bytes, inside: Element, child: Element) -> bytes:
    begins = max((one.end for one in inside.children if one.end <= child.start), default=inside.inner)
    gap = raw[begins : child.start]
    return gap[len(gap.rstrip()) :]
