"""Paint a row of a short list: an icon, its text, and something quiet on the right (a count, a shortcut)."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from techdesk.ui.context import Context
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

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self._context.theme
        rect: QRect = option.rect.adjusted(0, 1, 0, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.color("selected" if chosen else "hover")))
            painter.drawRoundedRect(rect, 6, 6)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold if chosen else QFont.Weight.Normal)
        painter.setFont(font)
        tone = "text" if option.state & QStyle.StateFlag.State_Enabled else "faint"
        self._paint_words(painter, rect.adjusted(Space.M, 0, -Space.M, 0), index, tone)
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRect, index: _Index, tone: str) -> None:
        theme, metrics = self._context.theme, painter.fontMetrics()
        middle = Qt.AlignmentFlag.AlignVCenter
        aside = index.data(ASIDE_ROLE) or ""
        if aside:
            painter.setPen(QColor(theme.color("muted")))
            painter.drawText(rect, int(middle | Qt.AlignmentFlag.AlignRight), aside)
            rect = rect.adjusted(0, 0, -metrics.horizontalAdvance(aside) - Space.S, 0)
        icon = index.data(ICON_ROLE)
        if icon:
            hue = index.data(COLOR_ROLE) or ("muted" if tone == "text" else tone)
            picture = self._context.icons.icon(icon, hue)
            picture.paint(painter, QRect(rect.left(), rect.center().y() - _ICON // 2 + 1, _ICON, _ICON))
            rect = rect.adjusted(_ICON + Space.S, 0, 0, 0)
        painter.setPen(QColor(theme.color(tone)))
        text = metrics.elidedText(index.data() or "", Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(middle | Qt.AlignmentFlag.AlignLeft), text)
