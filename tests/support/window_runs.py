"""Run the window's process within a test: a front over a desk that is opened as the test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from techdesk.desk.desk import Desk
from techdesk.desk.opening import Opening
from techdesk.desk.places import Places
from techdesk.domain.errors import TechDeskError
from techdesk.window import Front, WindowOptions


def done(result: Desk | TechDeskError) -> Opening:
    """Return an opening that has ended, with a desk or an error."""
    opening = Opening()
    if isinstance(result, Desk):
        opening.set_result(result)
    else:
        opening.set_exception(result)
    return opening


class Run:
    """One front under test and how its retries go."""

    def __init__(
        self, qapp: QApplication, home: Path, first: Opening, sample: int | None = None, theme: str = "light"
    ) -> None:
        self.front = Front(qapp, Places.below(home), WindowOptions(opening=first, sample=sample, theme=theme))
        self.front.await_desk(first)

    @property
    def shown(self) -> Any:
        return self.front._shown


StartFront = Callable[..., Run]
"""Starts a run on an opening, with the words of `Run`; it is closed at the end of the test."""
