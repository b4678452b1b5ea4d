"""Edit a colour: one of a few that go together, or any other as `#rrggbb`."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget
from typing_extensions import override

from techdesk.ui.editors.base import Editor
from techdesk.ui.theme import Space

COLORS = {
    "#5c6877": "Grey",
    "#1f5fd6": "Blue",
    "#0f766e": "Teal",
    "#17733c": "Green",
    "#a16207": "Amber",
    "#c2410c": "Orange",
    "#b3261e": "Red",
    "#9d2f7a": "Pink",
    "#6b3fa0": "Violet",
}
"""Each can be read on the light and the dark background."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SWATCH = 16
_BUTTON = 28
_LINE_WIDTH = 92


class ColorEditor(Editor):
    """Edit a colour as `#rrggbb`; empty text is the colour of the state."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {color: self._button(color, name) for color, name in COLORS.items()}
        self.line = QLineEdit(self)
        self.line.setPlaceholderText("#rrggbb")
        self.line.setAccessibleName("Colour as #rrggbb")
        self.line.setFixedWidth(_LINE_WIDTH)
        self.line.textChanged.connect(self._follow)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        for button in self.buttons.values():
            layout.addWidget(button)
        layout.addSpacing(Space.XS)
        layout.addWidget(self.line)
        layout.addStretch(1)
        self.setFocusProxy(self.line)

    @override
    def problem(self) -> str:
        text = self.line.text().strip()
        return "" if not text or _COLOR.fullmatch(text) else "A colour looks like #1f5fd6"

    @override
    def entry(self) -> QWidget:
        return self.line

    @override
    def typed(self) -> Any:
        return self.line.text()

    @override
    def retype(self, typed: Any) -> None:
        self.line.setText(typed)

    @override
    def _read(self) -> Any:
        return self.line.text().strip().lower() or None

    @override
    def _show(self, value: Any) -> None:
        self.line.setText(value or "")
        self._light()

    def _follow(self) -> None:
        self._light()
        self._touch()

    def _light(self) -> None:
        chosen = self.line.text().strip().lower()
        for color, button in self.buttons.items():
            button.setChecked(color == chosen)

    def _button(self, color: str, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setProperty("role", "icon")
        button.setIcon(swatch(color))
        button.setIconSize(QSize(_SWATCH, _SWATCH))
        button.setFixedSize(_BUTTON, _BUTTON)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(lambda: self.line.setText("" if self.line.text().lower() == color else color))
        return button


def swatch(color: str) -> QIcon:
    """Return a square of a colour."""
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(QColor(color) if _COLOR.fullmatch(color) else Qt.GlobalColor.transparent)
    return QIcon(picture)
