"""Answer a delivery with the number of the order it changed, in the format it asked for."""

from __future__ import annotations

from enum import StrEnum

_XML_INT = "http://schemas.microsoft.com/2003/10/Serialization/"
_XML_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


class Format(StrEnum):
    """How a body is written."""

    JSON = "json"
    XML = "xml"


_FORMATS = {
    "application/json": Format.JSON,
    "text/json": Format.JSON,
    "application/xml": Format.XML,
    "text/xml": Format.XML,
}


def given_format(content_type: str) -> Format | None:
    """Return how a body of this content type is written; None where it is not one of the document's, or not UTF-8."""
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('" ')
    return _FORMATS.get(kind.strip()) if charset in ("", "utf-8") else None


def asked_format(accept: str, given: Format) -> tuple[Format, str]:
    """Return the format of the answer and its content type.

    What is asked for most goes first. Who asks for anything, for nothing, or for what is not offered is answered in
    the format they wrote: a refusal would only make the sender deliver again.
    """
    asked = sorted((_rank(place, one) for place, one in enumerate(accept.lower().split(","))))
    for _, _, kind in asked:
        if kind in _FORMATS:
            return _FORMATS[kind], kind
        if kind in ("*/*", "application/*"):
            break
    return given, f"application/{given}"


def answer_text(number: int | None, answer: Format) -> str:
    """Return the body of an answer; None says that there was no order."""
    if answer is Format.JSON:
        return "null" if number is None else str(number)
    if number is None:
        return f'<int xmlns:i="{_XML_INSTANCE}" i:nil="true" xmlns="{_XML_INT}"/>'
    return f'<int xmlns="{_XML_INT}">{number}</int>'


def _rank(place: int, text: str) -> tuple[float, int, str]:
    kind, _, parameters = text.partition(";")
    quality = parameters.strip().partition("q=")[2].partition(";")[0]
    try:
        weight = float(quality) if quality else 1.0
    except ValueError:
        weight = 0.0
    return (-weight, place, kind.strip())
