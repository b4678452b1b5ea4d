"""Say what every editor has in common, and what it may know about who fills it in, when and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who fills a form in, when and where.

    Attributes:
        me: The technician's name, empty where it is not known.
        now: Returns the present instant.
        own_zone: The technician's own time zone; times are typed in it.
        site_zone: The zone of the place where the work is done, None where it is not known.
    """

    me: str = ""
    now: Callable[[], datetime]
    own_zone: tzinfo = UTC
    site_zone: tzinfo | None = None


class Editor(QWidget):
    """Edit one value; None means empty.

    A value that nobody touched is given back exactly as it was set, so that opening and saving a form changes
    nothing that the editor cannot show (milliseconds, JSON values).

    Subclasses implement `_read` and `_show`, `typed` and `retype` where what stands here is not just the value, and
    `problem` where a person can type something wrong; they call `_touch` when the person changes something.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._given: Any = None
        self._touched = False
        self._showing = False

    @property
    def touched(self) -> bool:
        """Say whether a person changed it since the value was set."""
        return self._touched

    def value(self) -> Any:
        """Return the value; only meaningful while `problem` is empty."""
        return self._read() if self._touched else self._given

    def set_value(self, value: Any) -> None:
        """Show `value`; that alone does not count as a change by a person."""
        self._given = value
        self._touched = False
        self._showing = True
        self._show(value)
        self._showing = False
        self.changed.emit()

    def problem(self) -> str:
        """Return in plain words why the value cannot be taken, or empty text."""
        return ""

    def typed(self) -> Any:
        """Return what stands here as a JSON value, also half-typed and what `problem` complains about."""
        return self._read()

    def retype(self, typed: Any) -> None:
        """Let stand here what `typed` returned, as if the person had typed it again."""
        self._show(typed)
        self._touch()

    def entry(self) -> QWidget:
        """Return the widget that gets the keyboard when the label's key is pressed."""
        return self

    @override
    def setFocus(self, *reason: Any) -> None:
        self.entry().setFocus(*reason)

    def _touch(self) -> None:
        if not self._showing:
            self._touched = True
            self.changed.emit()

    def _read(self) -> Any:
        raise NotImplementedError

    def _show(self, value: Any) -> None:
        raise NotImplementedError
