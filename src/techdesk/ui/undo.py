"""Take back what the person did last (Ctrl+Z); what was sent already is corrected instead, after a question."""

from __future__ import annotations

from collections import deque
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from techdesk.application.changes import Changes, Step
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import AlreadySentError, TechDeskError
from techdesk.ui.context import Context

_MOST_STEPS = 200


class UndoStack(QObject):
    """Remember what was done in this window since it was opened, and take it back, the last first."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._done: deque[tuple[Step, ...]] = deque(maxlen=_MOST_STEPS)
        context.tasks.changed.connect(self._note)

    def undo(self) -> None:
        """Take back the last thing; say so where nothing is left."""
        if not self._done:
            self._context.notices.tell("There is nothing to undo", "Only what was done in this window can be undone")
            return
        steps = self._done.pop()
        take_back = partial(self._context.services.commands.undo.take_back, steps)
        self._context.tasks.command(take_back, partial(self._say, steps), partial(self._failed, steps))

    def _note(self, changes: Changes) -> None:
        if changes.steps:
            self._done.append(changes.steps)

    def _say(self, steps: tuple[Step, ...], _: Changes) -> None:
        """Name what was undone, once it has been read."""
        if len(steps) > 1:
            self._context.notices.confirm(f"Undone: {len(steps)} changes")
            return
        from techdesk.application.editing.undo import operation_of
        from techdesk.application.phrases import what

        def read(view: ReadTransaction) -> str:
            return what(operation_of(view, steps[0]))

        confirm = self._context.notices.confirm
        self._context.tasks.query(read, lambda words: confirm(f"Undone: {words}"), self)

    def _failed(self, steps: tuple[Step, ...], error: TechDeskError) -> None:
        if not isinstance(error, AlreadySentError):
            self._done.append(steps)
            self._context.notices.error(error)
            return
        from techdesk.ui.correcting import offer_correction, offer_corrections

        left = partial(self._done.append, steps)
        if len(steps) > 1:
            offer_corrections(self._context, self._window, steps, left)
        else:
            offer_correction(self._context, self._window, steps[0], left)
