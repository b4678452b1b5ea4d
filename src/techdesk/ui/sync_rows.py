"""List unsent operations grouped by state, as a model that stays quick with ten thousand of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.outbox_list import OutboxEntry
from techdesk.ui.context import Context
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.theme import STATE_ICONS, STATE_TONES, Space, Text

_Index = QModelIndex | QPersistentModelIndex

STATES_IN_ORDER = (
    OpState.CONFLICT,
    OpState.REJECTED,
    OpState.NEEDS_CHECK,
    OpState.INFLIGHT,
    OpState.AMBIGUOUS,
    OpState.QUEUED,
    OpState.CANCELLED,
)
"""What a person has to look at comes first."""

_ROW_HEIGHT = 52
_HEAD_HEIGHT = 36
_ICON = 16
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a group.

    Attributes:
        words: The state's words on the screen.
        number: How many are in it.
        state: The state whose colour it has.
    """

    words: str
    number: int
    state: OpState


def grouped(entries: Sequence[OutboxEntry]) -> list[Head | OutboxEntry]:
    """Return entries under a heading for each group of words, what needs a person first."""
    groups: dict[str, list[OutboxEntry]] = {SCREEN_WORDS[state]: [] for state in STATES_IN_ORDER}
    for entry in entries:
        groups[entry.words].append(entry)
    rows: list[Head | OutboxEntry] = []
    for words, members in groups.items():
        if members:
            rows += [Head(words, len(members), members[0].operation.state), *members]
    return rows


class SyncRows(QAbstractListModel):
    """Hold headings and entries."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: Sequence[Head | OutboxEntry] = ()

    def show_rows(self, rows: Sequence[Head | OutboxEntry]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def place_of(self, op_id: str) -> int:
        """Return the row of an operation, -1 if it is not there."""
        places = (at for at, row in enumerate(self.rows) if isinstance(row, OutboxEntry))
        return next((at for at in places if self.entry(at).operation.op_id == op_id), -1)

    def entry(self, place: int) -> OutboxEntry:
        """Return the entry in a row.

        Raises:
            TypeError: The row is a heading, which is our bug.
        """
        row = self.rows[place]
        if isinstance(row, Head):
            raise TypeError(place)
        return row

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default, never changed
        return 0 if parent.isValid() else len(self.rows)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.words} {row.number}" if isinstance(row, Head) else f"{title_of(row)}: {row.words}"
        return None

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], Head):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class SyncRowDelegate(QStyledItemDelegate):
    """Paint a heading with its count, and an entry in two lines."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        is_head = isinstance(index.data(Qt.ItemDataRole.UserRole), Head)
        return QSize(0, _HEAD_HEIGHT if is_head else _ROW_HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        rect = QRect(option.rect)
        painter.save()
        if isinstance(row, Head):
            self._paint_head(painter, rect, row)
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            self._paint_entry(painter, rect, row, chosen)
        painter.restore()

    def _paint_head(self, painter: QPainter, rect: QRect, head: Head) -> None:
        theme = self._context.theme
        painter.setFont(_font(painter, Text.SMALL, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.color(STATE_TONES[head.state])))
        inside = rect.adjusted(Space.L, Space.S, -Space.L, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, f"{head.words}  {head.number:,}")

    def _paint_entry(self, painter: QPainter, rect: QRect, entry: OutboxEntry, chosen: bool) -> None:
        theme, state = self._context.theme, entry.operation.state
        if chosen:
            painter.fillRect(rect, QColor(theme.color("selected")))
        picture = self._context.icons.pixmap(STATE_ICONS[state], STATE_TONES[state], _ICON)
        painter.drawPixmap(rect.left() + Space.L, rect.top() + Space.M, picture)
        lines = rect.adjusted(Space.L + _ICON + Space.M, Space.S, -Space.L, -Space.S)
        half = lines.height() // 2
        top, below = lines.adjusted(0, 0, 0, -half), lines.adjusted(0, half, 0, 0)
        painter.setFont(_font(painter, Text.BODY, QFont.Weight.Medium))
        painter.setPen(QColor(theme.color("text")))
        _draw_line(painter, top, title_of(entry))
        painter.setFont(_font(painter, Text.SMALL, QFont.Weight.Normal))
        painter.setPen(QColor(theme.color("muted")))
        made = self._context.formats.when(entry.operation.created_at)
        _draw_line(painter, below, joined(made, entry.operation.reason or entry.title))


def title_of(entry: OutboxEntry) -> str:
    """Say what was done and on which order: `Product diagnosed on 10234`."""
    return f"{entry.what} on {entry.number or 'a new order'}"


def _font(painter: QPainter, pixels: int, weight: QFont.Weight) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def _draw_line(painter: QPainter, rect: QRect, text: str) -> None:
    one_line = shortened(text, _LONGEST).replace("\n", " ")
    shown = painter.fontMetrics().elidedText(one_line, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
