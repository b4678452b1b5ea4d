"""Refuse a value, and say in plain words why it does not fit a system's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

_SUBJECT = re.compile(r"[A-Z]\w* should ")
"""How pydantic starts most messages: `Input should be greater than 0`."""


def in_plain_words(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says, to be read after the name of the field: `must be greater than 0`."""
    words = str(error["msg"])
    subject = _SUBJECT.match(words)
    return f"must {words[subject.end() :]}" if subject else words


def refusal(message: str) -> PydanticCustomError:
    """Return the error of a validator, to be read after the name of the field: `must not be blank`."""
    # pydantic formats the message as a template, so braces from a client must not reach it as such
    return PydanticCustomError("invalid", "{message}", {"message": message})


def not_blank(text: str) -> str:
    """Return a text in which there is something to read.

    Raises:
        PydanticCustomError: There is not.
    """
    if not text.strip():
        raise refusal("must not be blank")
    return text
