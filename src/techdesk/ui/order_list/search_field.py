"""Type what the list searches for: in the field itself, or anywhere else in the window, as a scanner does."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.queries import OrderFilter
from techdesk.application.search_words import LONGEST_SEARCH, SearchNames, narrowed, narrows, read_names
from techdesk.ui.context import Context

_TYPED_WITH = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class SearchField(QLineEdit):
    """Hold what is searched for.

    Signals:
        list_wished: The person wants to go on in the list; the first order found is meant.
        entered: The person, or the scanner, is done with typing; the order found is meant.
    """

    list_wished = Signal()
    entered = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setPlaceholderText("Search customer, number, title, serial, product or fault, @person, #status  (Ctrl+F)")
        self.setMaxLength(LONGEST_SEARCH)
        # made with the first letter: one made before the window is dressed keeps Qt's own picture
        self.textChanged.connect(lambda _: self.setClearButtonEnabled(True))
        self.setAccessibleName("Search orders")
        self.addAction(context.icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._context = context
        self._names: SearchNames | None = None
        context.tasks.changed.connect(self._forget_names)

    def narrowed(self, wanted: OrderFilter) -> OrderFilter:
        """Return a filter with what stands here; names that are not known yet are asked for, and the list follows."""
        if self._names is None and narrows(self.text()):
            self._context.tasks.query(read_names, self._know_names, self, "names")
        return narrowed(wanted, self.text(), self._names)

    def begin(self) -> None:
        """Take the keyboard; what is typed now replaces what stands here."""
        self.setFocus()
        self.selectAll()

    def serve(self, *widgets: QWidget) -> None:
        """Take what is typed in these widgets, too; their own way to a row by its first letter finds wrong ones."""
        for widget in widgets:
            widget.installEventFilter(self)

    def take(self, event: QKeyEvent) -> bool:
        """Begin a new search with what was typed elsewhere, or end one by Esc; say whether the key was meant so."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return True
        typed = event.text()
        if not typed.isprintable() or not typed.strip() or event.modifiers() & ~_TYPED_WITH:
            return False
        self.setFocus()
        self.setText(typed)
        return True

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.take(event):
            return True
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc clear the search, Down go to the list, and Enter to what was found."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.list_wished.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def _know_names(self, names: SearchNames) -> None:
        self._names = names
        self.textChanged.emit(self.text())

    def _forget_names(self, changes: Changes) -> None:
        if changes.references:
            self._names = None
