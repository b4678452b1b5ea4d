"""Paint cells without making things of Qt's, as each that is made lets another thread go first.

Beside a busy sync that costs the window up to half a millisecond each time, and a list has hundreds of cells. So
colours and fonts are kept, and places are plain numbers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QPainter

_BREAKS = re.compile(r"\s*[\x00-\x1f\x85\u2028\u2029]\s*")


class Box(NamedTuple):
    """A place, in logical pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, rect: QRect) -> Box:
        """Return the place of a rectangle."""
        return cls(rect.left(), rect.top(), rect.width(), rect.height())

    @property
    def middle(self) -> int:
        """Return the line in the middle between top and bottom."""
        return self.top + (self.height - 1) // 2

    def without(self, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> Box:
        """Return what is left once so much is taken away at each side."""
        return Box(self.left + left, self.top + top, self.width - left - right, self.height - top - bottom)


class Letters:
    """A font as it is in a view, with its measures."""

    def __init__(self, font: QFont) -> None:
        """Keep the font as it is now."""
        self.font = QFont(font)
        self.metrics = QFontMetrics(self.font)
        exact = QFontMetricsF(self.font)
        self._drop = exact.ascent() - exact.height() / 2
        self._changed: dict[tuple[QFont.Weight, int], Letters] = {}

    def of(self, font: QFont) -> Letters:
        """Return the letters of a font: these, if they are."""
        return self if self.font == font else Letters(font)

    def changed(self, weight: QFont.Weight, pixels: int = 0) -> Letters:
        """Return these letters in another weight, and in so many pixels where these are given; made once."""
        if (weight, pixels) not in self._changed:
            font = QFont(self.font)
            font.setWeight(weight)
            if pixels:
                font.setPixelSize(pixels)
            self._changed[weight, pixels] = Letters(font)
        return self._changed[weight, pixels]

    def width(self, text: str) -> int:
        """Return how wide a text is on one line, in logical pixels."""
        return self.metrics.horizontalAdvance(_on_one_line(text))

    def draw(self, painter: QPainter, box: Box, text: str) -> None:
        """Draw one line at the left and in the middle of a box; what is too long ends in dots."""
        line = _on_one_line(text)
        if self.metrics.horizontalAdvance(line) > box.width:
            line = self.metrics.elidedText(line, Qt.TextElideMode.ElideRight, box.width)
        painter.setFont(self.font)
        painter.drawText(box.left, box.top + int(box.height / 2 + self._drop + 0.5), line)


def _on_one_line(text: str) -> str:
    """Return a text with a space for each break and tab, which would be left out or become a hole."""
    return text if text.isprintable() else _BREAKS.sub(" ", text).strip()
