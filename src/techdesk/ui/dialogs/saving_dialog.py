"""Ask for something and save it: what all dialogs that change the desk have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.editing.drafts import FormDraft
from techdesk.domain.documents import same
from techdesk.domain.errors import InvalidInputError, TechDeskError
from techdesk.domain.records import Document
from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.drafts import DraftKeeper, FormPlace
from techdesk.ui.fitting import stay_on_screen
from techdesk.ui.forms import Form
from techdesk.ui.phrases import shortened
from techdesk.ui.theme import Space

Command = Callable[[], Changes]

BUTTON_KEYS = "scdk"
"""Alt+letters of the buttons below the form: Save, Cancel, Discard, Keep writing."""

_LONGEST = 300
_SHARE_OF_SCREEN = 0.86


class FormScroll(QScrollArea):
    """Scroll a form only where the screen has no room for all of it."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(form)

    @override
    def sizeHint(self) -> QSize:
        hint, width = self._form.sizeHint(), self.viewport().width()
        if width < hint.width() or not self._form.hasHeightForWidth():
            return hint
        return QSize(hint.width(), self._form.heightForWidth(width))

    @override
    def minimumSizeHint(self) -> QSize:
        """Ask for the width that the form needs, so that no editor is ever cut off at its side."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._form.minimumSizeHint().width() + bar, super().minimumSizeHint().height())


class SavingDialog(QDialog):
    """Show a form, save what it says, and keep what was typed until it is saved or the person throws it away.

    Ctrl+Enter saves. Enter alone never does: a scanner ends each code with one. Esc closes at once if nothing was
    typed, and asks otherwise. A save that fails leaves everything as it was typed, with the reason above the buttons.

    A subclass makes its form, hands it to `show_form`, and says in `_command` what saving means.

    Attributes:
        edits: Id of the unsent operation that this dialog edits; empty where it makes a change of its own.
        place: What its content is kept under while it is open; None where nothing is kept.
    """

    saved = Signal(object)

    def __init__(self, context: Context, title: str, subtitle: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.form = Form([])
        self._scroll = FormScroll(self.form)
        self.edits = ""
        self.place: FormPlace | None = None
        self.keeper = DraftKeeper(context, self, self)
        self._least_width = 0
        self._saving = False
        self._was_in: QWidget | None = None
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.notice = plain_label()
        self.notice.setProperty("tone", "bad")
        self.notice.hide()
        self.save_hint = plain_label("Ctrl+Enter saves", "small")
        self.save_button = push_button("&Save", self.save, "Save (Ctrl+Enter)", "primary")
        self.cancel_button = push_button("&Cancel", self.reject, "Close without saving (Esc)")
        self.question = self._question()
        self._body = QVBoxLayout()
        self._layout(title, subtitle)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save)

    def show_form(self, form: Form, least_width: int = 520) -> None:
        """Put the form into the dialog, which is then at least so many pixels wide."""
        self.form = form
        self._least_width = least_width
        self._scroll = FormScroll(form)
        form.problem_shown.connect(self._scroll.ensureWidgetVisible)
        self._body.addWidget(self._scroll, 1)
        form.focus_first()

    def add_heading(self, widget: QWidget) -> None:
        """Put a line between the title and the form."""
        self._body.insertWidget(0, widget)

    def add_line(self, widget: QWidget) -> None:
        """Put a line (a warning, a sum) between the form and the buttons."""
        self._body.addWidget(widget)

    def typed(self) -> Mapping[str, Any]:
        """Return what the person typed, as JSON values; empty while nothing was typed or while it is being saved."""
        return {} if self._saving else self.form.typed()

    def resume(self, draft: FormDraft, words: str) -> None:
        """Go on with what stood in this form before a restart; `words` say so above it."""
        self.edits = draft.edits
        self.keeper.go_on_with(draft)
        self._retype(draft.typed)
        notice = QFrame(self)
        notice.setObjectName("notice")
        QHBoxLayout(notice).addWidget(plain_label(words))
        self.add_heading(notice)

    def save(self) -> None:
        """Save what the form says; tell what is wrong where it cannot be saved."""
        if self._saving:
            return
        self._tell(None)
        problems = self.form.problems()
        self._show_problems(problems)
        if problems:
            return
        try:
            command = self._command()
        except TechDeskError as error:
            self._failed(error)
            return
        self._set_saving(True)
        self._start(command)

    def grow(self) -> None:
        """Get as large as what the dialog now shows needs, as far as the screen has room; never smaller."""
        room = self.screen().availableGeometry()
        width = min(max(self.sizeHint().width(), self._least_width), int(room.width() * _SHARE_OF_SCREEN))
        self.resize(max(width, self.width()), self.height())
        self._lay_out_now()
        height = min(self.sizeHint().height(), int(room.height() * _SHARE_OF_SCREEN))
        self.resize(self.width(), max(height, self.height()))
        self._lay_out_now()
        if self.isVisible():
            stay_on_screen(self)

    def _lay_out_now(self) -> None:
        """Let the widths hold at once: a height follows from them."""
        self._scroll.updateGeometry()
        for widget in (self, self._scroll, self.form):
            layout = widget.layout()
            if layout:
                layout.invalidate()
                layout.activate()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        if not event.spontaneous():
            self.resize(0, 0)
            self.grow()
            self.keeper.start()
        super().showEvent(event)

    @override
    def reject(self) -> None:
        if self._saving:
            return
        if self.question.isVisible():
            self._keep_writing()
        elif self.form.is_touched():
            self._was_in = self.focusWidget()
            self.question.show()
            self.grow()
            self.keep_button.setFocus()
        else:
            super().reject()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._saving or (self.form.is_touched() and self.isVisible()):
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)

    def _command(self) -> Command:
        """Return what saves the form; called on the GUI thread, run on the writer's.

        Raises:
            InvalidInputError: What the form says does not fit together; its `field` names the row.
        """
        raise NotImplementedError

    def _start(self, command: Command) -> None:
        """Run a command beside the window."""
        self.context.tasks.command(self.keeper.finishing(command), self._saved, self._failed)

    def _retype(self, typed: Mapping[str, Any]) -> None:
        """Let stand here what `typed` returned."""
        self.form.retype(typed)

    def _change_command(
        self, save: Callable[[Document, Document], Changes], intent: Document, seen: Document
    ) -> Command:
        """Return what saves a change of something that was there: as a change of its own, or within the one edited."""
        if not self.edits:
            return partial(save, intent, seen)
        changed = {name: value for name, value in intent.items() if not same(value, seen.get(name))}
        return partial(self.context.services.commands.outbox.edit, self.edits, changed)

    def _row_of(self, field: str) -> str:
        """Return the form's name of a field that a command complains about."""
        return field

    def _saved(self, changes: Changes) -> None:
        self._set_saving(False)
        self.saved.emit(changes)
        self.accept()

    def _failed(self, error: TechDeskError) -> None:
        self._set_saving(False)
        field = error.field if isinstance(error, InvalidInputError) else ""
        row = self._row_of(field)
        if row in self.form.names:
            self._show_problems({row: str(error).removeprefix(f"{field}: ")})
        else:
            self._tell(error)

    def _show_problems(self, problems: Mapping[str, str]) -> None:
        """Write what is wrong under the editors; the dialog gets higher by it where the screen has room."""
        self.form.show_problems(problems)
        if problems and self.isVisible():
            self.grow()

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self.save_button.setEnabled(not saving)

    def _tell(self, error: TechDeskError | None) -> None:
        self.notice.setText(f"Not saved. {error}" if error else "")
        self.notice.setVisible(error is not None)
        if error and self.isVisible():
            self.grow()

    def _discard(self) -> None:
        super().reject()

    def _keep_writing(self) -> None:
        self.question.hide()
        if self._was_in and isValid(self._was_in) and self.form.isAncestorOf(self._was_in):
            self._was_in.setFocus()
        else:
            self.form.focus_first()

    def _question(self) -> QFrame:
        question = QFrame(self)
        question.setObjectName("notice")
        self.keep_button = push_button("&Keep writing", self._keep_writing, "Go on where you were (Esc)")
        self.discard_button = push_button("&Discard", self._discard, "Close and forget what was typed", "danger")
        layout = QHBoxLayout(question)
        layout.addWidget(plain_label("Discard what you typed?"), 1)
        layout.addWidget(self.discard_button)
        layout.addWidget(self.keep_button)
        question.hide()
        return question

    def _layout(self, title: str, subtitle: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, 20, Space.XL, 20)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(shortened(title, _LONGEST), "title"))
        if subtitle:
            layout.addWidget(plain_label(shortened(subtitle, _LONGEST), "muted"))
        layout.addSpacing(Space.S)
        layout.addLayout(self._body, 1)
        layout.addWidget(self.notice)
        layout.addWidget(self.question)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save_hint, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        layout.addSpacing(Space.S)
        layout.addLayout(buttons)
