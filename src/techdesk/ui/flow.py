"""Lay widgets out in lines, as many side by side as have room; the height follows from the width."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget
from typing_extensions import override


class FlowLayout(QLayout):
    """Place items like words: each as wide as it likes, and on the next line where there is no more room."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}
        self.setContentsMargins(QMargins())
        self.setSpacing(spacing)

    @override
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    @override
    def count(self) -> int:
        return len(self._items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    @override
    def invalidate(self) -> None:
        self._heights.clear()
        super().invalidate()

    @override
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    @override
    def sizeHint(self) -> QSize:
        return self.minimumSize()

    @override
    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Return the height that the items need in `rect`'s width, and put them there if `move`."""
        x, y, line = rect.x(), rect.y(), 0
        shown = [item for item in self._items if not item.isEmpty()]
        hints = [item.sizeHint() for item in shown]
        tallest = max((hint.height() for hint in hints), default=0)
        for item, hint in zip(shown, hints, strict=True):
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if move:
                middle = y + (tallest - hint.height()) // 2
                item.setGeometry(QRect(x, middle, min(hint.width(), rect.width()), hint.height()))
            x += hint.width() + self.spacing()
            line = tallest
        return y + line - rect.y()


class CardLayout(FlowLayout):
    """Place cards in two columns where every card has room for what it says, else below each other."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 4) -> None:
        super().__init__(parent, spacing)
        self._wide: set[QWidget] = set()

    def add_card(self, card: QWidget, *, is_wide: bool) -> None:
        """Add a card; a wide one takes the whole line."""
        if is_wide:
            self._wide.add(card)
        self.addWidget(card)

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        item = super().takeAt(index)
        self._wide -= {item.widget()} if item else set()
        return item

    @override
    def minimumSize(self) -> QSize:
        edges = self.contentsMargins()
        return super().minimumSize().grownBy(edges)

    @override
    def _place(self, rect: QRect, *, move: bool) -> int:
        inside = rect.marginsRemoved(self.contentsMargins())
        y = inside.y()
        lines, widths = self._columns(inside.width())
        for line in lines:
            spans = widths if len(line) == 2 or line[0].widget() not in self._wide else [inside.width()]
            height = max(_height(item, width) for item, width in zip(line, spans, strict=False))
            x = inside.x()
            for item, width in zip(line, spans, strict=False):
                if move:
                    item.setGeometry(QRect(x, y, width, height))
                x += width + self.spacing()
            y += height + self.spacing()
        return y - (self.spacing() if lines else 0) + self.contentsMargins().bottom() - rect.y()

    def _columns(self, width: int) -> tuple[list[list[QLayoutItem]], list[int]]:
        """Return which items stand in each line, and how wide the columns are."""
        lines = self._pairs()
        pairs = [line for line in lines if line[0].widget() not in self._wide]
        left, right = (max((_least(line[at]) for line in pairs if len(line) > at), default=0) for at in (0, 1))
        room = width - self.spacing()
        if left + right > room:
            return [[item] for item in self._items], [width]
        left = min(max(room // 2, left), room - right)
        return lines, [left, room - left]

    def _pairs(self) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        for item in self._items:
            is_full = not lines or len(lines[-1]) == 2 or lines[-1][0].widget() in self._wide
            if is_full or item.widget() in self._wide:
                lines.append([])
            lines[-1].append(item)
        return lines


def _least(item: QLayoutItem) -> int:
    return item.minimumSize().width()


def _height(item: QLayoutItem, width: int) -> int:
    return max(item.heightForWidth(width) if item.hasHeightForWidth() else 0, item.minimumSize().height())
