"""Check text before it goes anywhere."""

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
