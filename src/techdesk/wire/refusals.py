"""Say in plain words why a value does not fit a system's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SUBJECT = re.compile(r"[A-Z]\w* should ")
"""How pydantic starts most messages: `Input should be greater than 0`."""


def in_plain_words(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says, to be read after the name of the field: `must be greater than 0`."""
    words = str(error["msg"])
    subject = _SUBJECT.match(words)
    return f"must {words[subject.end() :]}" if subject else words
