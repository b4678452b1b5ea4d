"""Edit the colour of an account: a few that can be told apart, as dots in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget
from typing_extensions import override

from techdesk.ui.editors.base import Editor
from techdesk.ui.icons import dot
from techdesk.ui.theme import Space, Theme

_DOT = 14


class AccountColorEditor(Editor):
    """Choose one of a few colours by name; the arrow keys go from one to the next."""

    def __init__(self, theme: Theme, colors: Sequence[str]) -> None:
        super().__init__()
        self._theme = theme
        self.buttons: dict[str, QAbstractButton] = {}
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(Space.XS)
        self._row.addStretch(1)
        for color in colors:
            self._add(color)
        self._group.buttonClicked.connect(lambda _: self._touch())

    @override
    def entry(self) -> QWidget:
        return self._group.checkedButton() or next(iter(self.buttons.values()))

    @override
    def _read(self) -> Any:
        return next((color for color, button in self.buttons.items() if button.isChecked()), None)

    @override
    def _show(self, value: Any) -> None:
        """Show a colour; one that is not offered is offered from now on."""
        if value and value not in self.buttons:
            self._add(value)
        self._group.setExclusive(False)
        for color, button in self.buttons.items():
            button.setChecked(color == value)
        self._group.setExclusive(True)

    def _add(self, color: str) -> None:
        button = QToolButton(self)
        button.setCheckable(True)
        button.setIcon(dot(self._theme.account_color(color), _DOT, _DOT))
        button.setIconSize(QSize(_DOT, _DOT))
        button.setToolTip(color.capitalize())
        button.setAccessibleName(color.capitalize())
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setProperty("role", "swatch")
        self._group.addButton(button)
        self._row.insertWidget(len(self.buttons), button)
        self.buttons[color] = button
