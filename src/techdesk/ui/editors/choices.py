"""Edit a choice: buttons in a row for a few values, a drop-down list for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QWidget
from typing_extensions import override

from techdesk.ui.editors.base import Editor
from techdesk.ui.editors.text import filled
from techdesk.ui.theme import Space

_ROOM = 44
"""Letters that fit side by side at the least width of a dialog; more are put in two columns."""

_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class SegmentsEditor(Editor):
    """Edit one of a few values as buttons side by side; pressing the chosen one again chooses nothing.

    The Tab key stops once, at the chosen one; the arrows choose the one beside it, as in any group of which one counts,
    and a letter the next one that begins with it.
    """

    def __init__(self, options: Mapping[Any, str]) -> None:
        super().__init__()
        self.buttons = {value: self._button(label) for value, label in options.items()}
        letters = sum(len(label) + 2 for label in options.values())
        columns = len(options) if letters <= _ROOM else 2
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        for place, button in enumerate(self.buttons.values()):
            layout.addWidget(button, place // columns, place % columns)
        layout.setColumnStretch(columns, 1 if letters <= _ROOM else 0)
        self._stop_at(self.entry())

    @override
    def entry(self) -> QWidget:
        return next((one for one in self.buttons.values() if one.isChecked()), next(iter(self.buttons.values())))

    @override
    def typed(self) -> Any:
        return [button.isChecked() for button in self.buttons.values()]

    @override
    def retype(self, typed: Any) -> None:
        for button, checked in zip(self.buttons.values(), typed, strict=False):
            button.setChecked(checked)
        self._stop_at(self.entry())
        self._touch()

    @override
    def _read(self) -> Any:
        return next((value for value, button in self.buttons.items() if button.isChecked()), None)

    @override
    def _show(self, value: Any) -> None:
        for one, button in self.buttons.items():
            button.setChecked(value is not None and one == value)
        self._stop_at(self.entry())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            buttons = list(self.buttons.values())
            place = next(at for at, one in enumerate(buttons) if one is watched)
            if event.key() in _ARROWS:
                self._go_to(buttons, place + _ARROWS[Qt.Key(event.key())])
                return True
            if event.text().isalpha() and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
                self._go_to(buttons, self._with_letter(buttons, place, event.text().lower()))
                return True
        return super().eventFilter(watched, event)

    def _go_to(self, buttons: Sequence[QPushButton], place: int) -> None:
        """Choose the button at a place, if there is one."""
        if 0 <= place < len(buttons):
            buttons[place].setChecked(True)
            self._choose(buttons[place])
            buttons[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _with_letter(self, buttons: Sequence[QPushButton], place: int, letter: str) -> int:
        """Return the next place behind `place`, round and round, where the word begins with a letter; -1 for none."""
        round_trip = [*range(place + 1, len(buttons)), *range(place + 1)]
        return next((at for at in round_trip if buttons[at].text().lower().startswith(letter)), -1)

    def _stop_at(self, stop: QWidget) -> None:
        """Let the Tab key come to one of the buttons alone."""
        for button in self.buttons.values():
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if button is stop else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(stop)

    def _button(self, label: str) -> QPushButton:
        button = QPushButton(label.replace("&", "&&"), self)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setProperty("segment", True)
        button.installEventFilter(self)
        button.clicked.connect(lambda: self._choose(button))
        return button

    def _choose(self, chosen: QPushButton) -> None:
        for button in self.buttons.values():
            if button is not chosen:
                button.setChecked(False)
        self._stop_at(chosen)
        self._touch()


class _QuietCombo(QComboBox):
    """A drop-down list that the wheel does not change in passing."""

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ListEditor(Editor):
    """Edit one of many values as a drop-down list.

    A value that is not (or no longer) offered is kept and shown by `missing`, never silently replaced.
    """

    def __init__(
        self,
        options: Sequence[tuple[Any, str]],
        *,
        empty: str = "",
        missing: str = "",
    ) -> None:
        """Offer the options.

        Args:
            options: Pairs of value and label, in their order.
            empty: Label of "nothing"; where it is empty nothing cannot be chosen once something is.
            missing: Label of a value that is not among the options.
        """
        super().__init__()
        self._missing = missing or "Not in the list"
        self.combo = _QuietCombo(self)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if empty:
            self.combo.addItem(empty, None)
        for value, label in options:
            self.combo.addItem(label, value)
        self.combo.setCurrentIndex(0 if empty else -1)
        self.combo.currentIndexChanged.connect(self._touch)
        filled(self, self.combo)

    @override
    def entry(self) -> QWidget:
        return self.combo

    @override
    def typed(self) -> Any:
        return self.combo.currentData()

    @override
    def _read(self) -> Any:
        return self.combo.currentData()

    @override
    def _show(self, value: Any) -> None:
        place = next((one for one in range(self.combo.count()) if self.combo.itemData(one) == value), -1)
        if place < 0 and value is not None:
            self.combo.addItem(self._missing, value)
            place = self.combo.count() - 1
        self.combo.setCurrentIndex(place)
