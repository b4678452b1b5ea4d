"""Carry what a command found out: for programs as one JSON document, for people as lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from techdesk.application.changes import Changes
from techdesk.domain.text import printable


class Exit(IntEnum):
    """How a command ended, for the shell."""

    DONE = 0
    FAILED = 2
    NEEDS_PERSON = 3
    OFFLINE = 4
    MUST_WAIT = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found out.

    Attributes:
        document: The one JSON document of `--json`.
        text: The same for people, without a line end at its end; may be empty.
        exit_code: How the command ended.
        changes: What a window that is open has to read again.
    """

    document: Any
    text: str
    exit_code: Exit = Exit.DONE
    changes: Changes = field(default_factory=Changes)

    def printed(self, as_json: bool) -> str:
        """Return what goes to standard output."""
        if as_json:
            return json.dumps(self.document, indent=2) + "\n"
        return self.text + "\n" if self.text else ""


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines with aligned columns; control characters of foreign texts become blanks."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
