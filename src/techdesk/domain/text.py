"""Check text before it goes anywhere, and bring it into one line."""

from __future__ import annotations

from techdesk.domain.errors import InvalidTextError


def checked_text(text: str) -> str:
    r"""Return `text` unchanged if every system can store it: any Unicode but NUL and lone surrogates.

    Raises:
        InvalidTextError: The text holds `\0` or half of a surrogate pair.
    """
    if "\0" in text:
        raise InvalidTextError
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidTextError from error
    return text


def printable(text: str) -> str:
    """Return `text` with blanks in place of control characters, which a terminal would obey."""
    return "".join(one if one.isprintable() else " " for one in text)


def storable(text: str) -> str:
    r"""Return `text` without what nobody sees and no system can store: `\0` and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def one_line(text: str) -> str:
    """Return `text` without line breaks and other characters that do not print, so that it stays one line of a file."""
    return " ".join(printable(text).split())
