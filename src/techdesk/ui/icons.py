"""Draw icons in the colours of the theme, and dots."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from techdesk.ui.resources import icon_path
from techdesk.ui.theme import Theme

DOT = 16
"""Logical pixels of the picture of a status's dot; the dot in it is as large as the list's."""

_SIZES = (16, 20, 24, 32)


class Icons:
    """Hand out icons; each is drawn once a colour."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._drawn: dict[tuple[str, str], QIcon] = {}
        theme.changed.connect(self._drawn.clear)

    def icon(self, name: str, color: str = "text") -> QIcon:
        """Return an icon in a colour of the theme (`text`, `muted`, `accent`, …).

        Raises:
            FileNotFoundError: There is no such icon, which is our bug.
        """
        hue = self._theme.color(color)
        key = (name, hue)
        if key not in self._drawn:
            svg = icon_path(name).read_text(encoding="utf-8").replace("#000", hue)
            self._drawn[key] = _drawn(QSvgRenderer(QByteArray(svg.encode())))
        return self._drawn[key]

    def pixmap(self, name: str, color: str = "text", size: int = 16) -> QPixmap:
        """Return an icon as a picture of `size` logical pixels."""
        return self.icon(name, color).pixmap(QSize(size, size))


def dot(color: str, size: int = DOT, width: int = DOT // 2) -> QIcon:
    """Return a dot `width` wide in the middle of a picture `size` wide."""
    picture = QPixmap(size * 2, size * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(color))
    painter.setPen(Qt.PenStyle.NoPen)
    edge = (size - width) / 2
    painter.drawEllipse(QRectF(edge, edge, width, width))
    painter.end()
    return QIcon(picture)


def _drawn(renderer: QSvgRenderer) -> QIcon:
    icon = QIcon()
    for size in (edge * scale for edge in _SIZES for scale in (1, 2)):
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        icon.addPixmap(picture)
    return icon
