"""Draw small buttons with a picture and a word, with the same room at either side."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QStylePainter, QToolButton
from typing_extensions import override

EDGE = 11
"""Pixels left and right of what a chip says, its border among them."""

_ICON_GAP = 6


class Chip(QToolButton):
    """A button of a row: a picture, where it has one, and its word in the middle.

    Qt gives a picture with a word the room of two letters more than they take, all of it at the right.
    """

    def __init__(self, role: str) -> None:
        """Make it in the look that the style sheet has for `role`: a `chip` of the header or a `step` of events."""
        super().__init__()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setProperty("role", role)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._content_width() + 2 * EDGE, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text, option.icon = "", QIcon()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        self._paint_content(painter)
        painter.end()

    def _paint_content(self, painter: QPainter) -> None:
        left, icon = (self.width() - self._content_width()) // 2, self.iconSize()
        if not self.icon().isNull():
            mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
            place = QRect(left, (self.height() - icon.height()) // 2, icon.width(), icon.height())
            self.icon().paint(painter, place, mode=mode)
            left += icon.width() + _ICON_GAP
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextShowMnemonic)
        words = QRect(left, 0, self.width() - left, self.height())
        self.style().drawItemText(
            painter, words, flags, self.palette(), self.isEnabled(), self.text(), QPalette.ColorRole.ButtonText
        )

    def _content_width(self) -> int:
        words = QFontMetrics(self.font()).size(Qt.TextFlag.TextShowMnemonic, self.text()).width()
        return words if self.icon().isNull() else words + self.iconSize().width() + _ICON_GAP
