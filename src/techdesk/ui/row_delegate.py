"""Paint a row of a short list: an icon, its text, and something quiet on the right (a count, a shortcut)."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from techdesk.ui.context import Context
from techdesk.ui.painting import Box, Letters
from techdesk.ui.theme import Space

ROW_HEIGHT = 32
ASIDE_ROLE = Qt.ItemDataRole.UserRole + 1
"""What stands on the right."""
ICON_ROLE = Qt.ItemDataRole.UserRole + 2
"""Name of the icon on the left; none where it is empty."""
COLOR_ROLE = Qt.ItemDataRole.UserRole + 3
"""A colour (`#rrggbb`) that the icon is painted in."""
_ICON = 16

_Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paint rounded rows that light up; the text is shown literally."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._letters = Letters(parent.font())
        self._place = QRect()

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, box = self._context.theme, Box.of(option.rect).without(top=1, bottom=1)
        self._letters = self._letters.of(option.font)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.hue("selected" if chosen else "hover"))
            painter.drawRoundedRect(*box, 6, 6)
        tone = "text" if option.state & QStyle.StateFlag.State_Enabled else "faint"
        letters = self._letters.changed(QFont.Weight.DemiBold) if chosen else self._letters
        self._paint_words(painter, box.without(left=Space.M, right=Space.M), index, tone, letters)
        painter.restore()

    def _paint_words(self, painter: QPainter, box: Box, index: _Index, tone: str, letters: Letters) -> None:
        theme = self._context.theme
        aside = index.data(ASIDE_ROLE) or ""
        if aside:
            painter.setPen(theme.hue("muted"))
            width = letters.width(aside)
            letters.draw(painter, Box(box.left + box.width - width, box.top, width, box.height), aside)
            box = box.without(right=width + Space.S)
        icon = index.data(ICON_ROLE)
        if icon:
            hue = index.data(COLOR_ROLE) or ("muted" if tone == "text" else tone)
            self._place.setRect(box.left, box.middle - _ICON // 2 + 1, _ICON, _ICON)
            self._context.icons.icon(icon, hue).paint(painter, self._place)
            box = box.without(left=_ICON + Space.S)
        painter.setPen(theme.hue(tone))
        letters.draw(painter, box, index.data() or "")
