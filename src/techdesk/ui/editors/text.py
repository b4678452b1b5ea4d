"""Edit text: one line, several lines, and numbers written as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QLocale, QMimeData, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.money import parse_amount
from techdesk.domain.text import storable
from techdesk.ui.blocks import plain_label
from techdesk.ui.editors.base import Editor

NO_LIMIT = 2**30
"""Qt cuts a line at 32,767 characters without a word; nothing that was pasted may be lost."""

_GROUPED = re.compile(
    r"[+-]?[1-9]\d{0,2}(?P<mark>[.,])\d{3}(?:(?P=mark)\d{3})*(?P<decimals>(?!(?P=mark))[.,]\d+)?", re.ASCII
)
"""A number in which a separator may stand between thousands."""
_LONG_TEXT_LINES = 4
_OFFERS_WIDTH = 380


def filled(editor: QWidget, *widgets: QWidget) -> None:
    """Let widgets fill `editor` without a margin, one under the other; the first takes its focus."""
    layout = QVBoxLayout(editor)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for widget in widgets:
        layout.addWidget(widget)
    editor.setFocusProxy(widgets[0])


def style_offers(completer: QCompleter) -> None:
    """Give what is offered below a line room to be read, and the look of a menu."""
    offers = QListView()
    offers.setProperty("role", "offers")
    offers.setMinimumWidth(_OFFERS_WIDTH)
    offers.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    offers.setTextElideMode(Qt.TextElideMode.ElideRight)
    completer.setPopup(offers)


class _OfferingLine(QLineEdit):
    """A line whose Down key shows all that is offered, where something stands at its end that says so."""

    def show_offers(self) -> None:
        """Show every text that is offered, whatever is typed."""
        self.completer().setCompletionPrefix("")
        self.completer().complete()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        # while the list is down its own keys go to it first
        if event.key() == Qt.Key.Key_Down and self.actions():
            self.show_offers()
            return
        super().keyPressEvent(event)


class TextEditor(Editor):
    """Edit one line of text; `below` is room for a word about it, hidden until somebody uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = _OfferingLine(self)
        self.line.setMaxLength(NO_LIMIT)
        self.line.textChanged.connect(self._touch)
        self.line.textEdited.connect(self._tidy)
        self.below = plain_label(role="small")
        self.below.hide()
        filled(self, self.line, self.below)

    def offer(self, texts: Sequence[str], arrow: QIcon | None = None) -> None:
        """Suggest texts that contain what is typed; any other text stays possible.

        Args:
            texts: What to suggest.
            arrow: Stands at the line's end and, like the Down key, shows all texts; None where typing comes first.
        """
        completer = QCompleter(list(dict.fromkeys(texts)), self.line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        style_offers(completer)
        self.line.setCompleter(completer)
        if arrow:
            show_all = self.line.addAction(arrow, QLineEdit.ActionPosition.TrailingPosition)
            show_all.setToolTip("Show all (Down)")
            show_all.triggered.connect(self.line.show_offers)

    @override
    def entry(self) -> QWidget:
        return self.line

    @override
    def typed(self) -> Any:
        return self.line.text()

    @override
    def retype(self, typed: Any) -> None:
        self.line.setText(typed)
        self.line.setCursorPosition(0)

    def _tidy(self, edited: str) -> None:
        """Leave out what a copied document hides in its text: nobody could find it to remove it."""
        if storable(edited) != edited:
            place = len(storable(edited[: self.line.cursorPosition()]))
            self.line.setText(storable(edited))
            self.line.setCursorPosition(place)

    @override
    def _read(self) -> Any:
        return self.line.text() or None

    @override
    def _show(self, value: Any) -> None:
        self.line.setText(value or "")
        self.line.setCursorPosition(0)


class _LongText(QPlainTextEdit):
    """Ask for a few lines of room; more is scrolled."""

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste without what a copied document hides in its text, as a line of text does."""
        if source.text() == storable(source.text()):
            super().insertFromMimeData(source)
        else:
            self.insertPlainText(storable(source.text()))

    @override
    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        lines = self.fontMetrics().lineSpacing() * _LONG_TEXT_LINES
        return QSize(super().minimumSizeHint().width(), lines + 2 * int(self.document().documentMargin()) + 12)


class LongTextEditor(Editor):
    """Edit several lines of text; Tab goes on to the next field."""

    def __init__(self) -> None:
        super().__init__()
        self.text = _LongText(self)
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._touch)
        filled(self, self.text)

    @override
    def entry(self) -> QWidget:
        return self.text

    @override
    def typed(self) -> Any:
        # toPlainText would turn every no-break space into a plain one.
        return self.text.document().toRawText().replace("\u2029", "\n")

    @override
    def retype(self, typed: Any) -> None:
        self.text.setPlainText(typed)
        self.text.moveCursor(QTextCursor.MoveOperation.End)  # where the person goes on writing

    @override
    def _read(self) -> Any:
        return self.typed() or None

    @override
    def _show(self, value: Any) -> None:
        self.text.setPlainText(value or "")


def _typed_number(text: str, decimal_point: str) -> Decimal:
    """Read a number as people type it: with either separator before its decimals, and the other one between thousands.

    Args:
        text: What was typed.
        decimal_point: Stands before decimals where the person lives.

    Raises:
        InvalidInputError: It is no number, or may be meant as two: `1,250` is another one in London than in Berlin.
    """
    found = _GROUPED.fullmatch(text)
    if not found:
        return parse_amount(text.replace(",", "."))
    digits, mark = text.replace(found["mark"], ""), found["mark"]
    if found["decimals"] or text.count(mark) > 1:
        return parse_amount(digits.replace(",", "."))
    if mark == decimal_point:
        return parse_amount(text.replace(",", "."))
    fraction = text.replace(mark, decimal_point)
    raise InvalidInputError(f"“{text}” can be meant in two ways: type {digits} or {fraction}")


class DecimalEditor(TextEditor):
    """Edit an exact number, typed with either separator."""

    def __init__(self, least_decimals: int = 0) -> None:
        """Show at least so many decimals; what is typed may have any number."""
        super().__init__()
        self._least_decimals = least_decimals

    @override
    def problem(self) -> str:
        try:
            self.value()
        except InvalidInputError as error:
            return error.title
        return ""

    @override
    def _read(self) -> Any:
        text = self.line.text().strip()
        return _typed_number(text, QLocale().decimalPoint()) if text else None

    @override
    def _show(self, value: Any) -> None:
        if value is None:
            self.line.setText("")
            return
        decimals = max(self._least_decimals, -int(Decimal(value).normalize().as_tuple().exponent))
        self.line.setText(f"{value:.{decimals}f}")
