"""Draw icons in the colours of the theme, and dots."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from techdesk.ui.resources import icon_path
from techdesk.ui.theme import Theme

DOT = 16
"""Logical pixels of the picture of a status's dot; the dot in it is as large as the list's."""

SIZE = 16
"""Logical pixels that an icon is wide in buttons, menus, lists and tables."""

_TASK_BAR = (SIZE, 24, 32, 48, 64)
_PIXELS = (1.0, 2.0)
"""Those of a plain screen for each logical one, and of a fine one, which may be plugged in later."""


class Icons:
    """Hand out icons; each is drawn once a colour and size, and in no size that nobody shows: all of them take long."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        theme.changed.connect(self._icons.clear)

    def icon(self, name: str, color: str = "text") -> QIcon:
        """Return an icon of the usual size in a colour of the theme (`text`, `muted`, `accent`, …).

        Raises:
            FileNotFoundError: There is no such icon, which is our bug.
        """
        return self._kept(name, color, SIZE)

    def task_bar_icon(self, name: str, color: str) -> QIcon:
        """Return an icon for the desktop, which shows it in sizes of its own; raises as `icon`."""
        return self._drawn(name, self._theme.color(color), _TASK_BAR)

    def pixmap(self, name: str, color: str = "text", size: int = SIZE) -> QPixmap:
        """Return an icon as a picture of `size` logical pixels; raises as `icon`."""
        return self._kept(name, color, size).pixmap(QSize(size, size))

    def _kept(self, name: str, color: str, size: int) -> QIcon:
        key = (name, self._theme.color(color), size)
        if key not in self._icons:
            of_screens = (one.devicePixelRatio() for one in QGuiApplication.screens())
            self._icons[key] = self._drawn(*key[:2], sorted({round(size * one) for one in (*_PIXELS, *of_screens)}))
        return self._icons[key]

    @staticmethod
    def _drawn(name: str, hue: str, widths: Iterable[int]) -> QIcon:
        svg = icon_path(name).read_text(encoding="utf-8").replace("#000", hue)
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        icon = QIcon()
        for width in widths:
            picture = QPixmap(width, width)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            renderer.render(painter, QRectF(0, 0, width, width))
            painter.end()
            icon.addPixmap(picture)
        return icon


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
