"""List operations under a heading for each word of a state; what they say is fetched when they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.ports import ReadTransaction
from techdesk.application.unsent.outbox_list import SETTLED_SHOWN, OutboxEntry, outbox_entries
from techdesk.ui.context import Context
from techdesk.ui.painting import Box, Letters
from techdesk.ui.phrases import joined, number_text, shortened
from techdesk.ui.theme import STATE_ICONS, STATE_TONES, Space, Text

_Index = QModelIndex | QPersistentModelIndex

STATES_IN_ORDER = (
    OpState.CONFLICT,
    OpState.REJECTED,
    OpState.NEEDS_CHECK,
    OpState.INFLIGHT,
    OpState.AMBIGUOUS,
    OpState.QUEUED,
    OpState.DONE,
    OpState.CANCELLED,
)
"""What a person has to look at comes first."""

WORDS_IN_ORDER = tuple(dict.fromkeys(SCREEN_WORDS[one] for one in STATES_IN_ORDER))
"""The words of the sections, in the same order; the last one is that of what was withdrawn."""

BLOCK = 64
"""Operations that are fetched at once."""

_KEPT = 2048
_ROW_HEIGHT = 52
_ICON = 16
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a section.

    Attributes:
        words: The state's words on the screen.
        number: How many there are, by the store's own count.
        state: The state whose colour it has.
    """

    words: str
    number: int
    state: OpState


@dataclass(frozen=True, slots=True)
class Listing:
    """What the sync centre lists.

    Attributes:
        rows: Headings, and ids of operations.
        counts: Word of a state → how many operations are in it, of one and the same look at the store.
    """

    rows: Sequence[Head | str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def read_listing(view: ReadTransaction, section: str = "") -> Listing:
    """Read what is not settled, or one section; of what is settled the latest.

    Raises:
        StoreError: The store could not be read.
    """
    counts = _counts_by_word(view.outbox_counts())
    states = {one for one in OpState if (SCREEN_WORDS[one] == section if section else not one.is_settled)}
    settled = next((one for one in states if one.is_settled), None)
    if settled:
        ids = [(op_id, settled) for op_id in view.settled_ids(settled, SETTLED_SHOWN)]
    else:
        ids = view.operation_ids(states)
    return Listing(_grouped(ids, counts), counts)


def _counts_by_word(counts: Mapping[OpState, int]) -> dict[str, int]:
    """Return how many operations each word of the screen stands for."""
    found = dict.fromkeys(WORDS_IN_ORDER, 0)
    for state, number in counts.items():
        found[SCREEN_WORDS[state]] += number
    return found


def _grouped(ids: Iterable[tuple[str, OpState]], counts: Mapping[str, int]) -> list[Head | str]:
    """Return ids under a heading for each word, what needs a person first."""
    groups: dict[str, list[str]] = {words: [] for words in WORDS_IN_ORDER}
    state_of: dict[str, OpState] = {}
    for op_id, state in ids:
        words = SCREEN_WORDS[state]
        groups[words].append(op_id)
        state_of[words] = state
    rows: list[Head | str] = []
    for words, members in groups.items():
        if members:
            rows += [Head(words, counts[words], state_of[words]), *members]
    return rows


class SyncRows(QAbstractListModel):
    """Hold headings and ids, and the entries around what is looked at."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.rows: Sequence[Head | str] = ()
        self._entries: dict[str, OutboxEntry] = {}
        self._fresh: set[str] = set()
        self._asked: set[int] = set()

    def show_rows(self, rows: Sequence[Head | str]) -> bool:
        """Show these rows and read again what they say; say whether they are other rows than before."""
        self._fresh.clear()
        self._asked.clear()
        if rows == self.rows:
            self._repaint(0, len(rows) - 1)
            return False
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        return True

    def place_of(self, op_id: str) -> int:
        """Return the row of an operation, -1 if it is not there."""
        return next((at for at, row in enumerate(self.rows) if row == op_id), -1)

    def first_entry(self, place: int, step: int = 1) -> int:
        """Return the first row from `place` on that is no heading, -1 if there is none."""
        while 0 <= place < len(self.rows):
            if isinstance(self.rows[place], str):
                return place
            place += step
        return -1

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default, never changed
        return 0 if parent.isValid() else len(self.rows)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row if isinstance(row, Head) else self._entry(index.row(), row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(row, Head):
                return f"{row.words} {row.number}"
            entry = self._entry(index.row(), row)
            return f"{title_of(entry)}: {entry.words}" if entry else ""
        return None

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], Head):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _entry(self, place: int, op_id: str) -> OutboxEntry | None:
        """Return an entry as it was last read; one that is not here, or may be older than the list, is read."""
        if op_id not in self._fresh:
            self._ask(place // BLOCK)
        return self._entries.get(op_id)

    def _ask(self, block: int) -> None:
        if block in self._asked:
            return
        self._asked.add(block)
        wanted = [row for row in self.rows[block * BLOCK : (block + 1) * BLOCK] if isinstance(row, str)]
        rows = self.rows
        self._context.tasks.query(
            lambda view: outbox_entries(view, wanted), lambda entries: self._take(block, rows, entries), self
        )

    def _take(self, block: int, rows: Sequence[Head | str], entries: list[OutboxEntry]) -> None:
        if rows is not self.rows:
            return
        if len(self._entries) > _KEPT:
            self._entries.clear()
            self._fresh.clear()
            self._asked = {block}
        for entry in entries:
            self._entries[entry.operation.op_id] = entry
            self._fresh.add(entry.operation.op_id)
        self._repaint(block * BLOCK, (block + 1) * BLOCK - 1)

    def _repaint(self, first: int, last: int) -> None:
        last = min(last, len(self.rows) - 1)
        if last >= first:
            self.dataChanged.emit(self.index(first), self.index(last))


class SyncRowDelegate(QStyledItemDelegate):
    """Paint a heading with its count, and an entry in two lines."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._letters = Letters(parent.font())

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, _ROW_HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, box = index.data(Qt.ItemDataRole.UserRole), Box.of(option.rect)
        self._letters = self._letters.of(option.font)
        painter.save()
        if isinstance(row, Head):
            self._paint_head(painter, box, row)
        elif row is not None:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            self._paint_entry(painter, box, row, chosen)
        painter.restore()

    def _paint_head(self, painter: QPainter, box: Box, head: Head) -> None:
        letters = self._letters.changed(QFont.Weight.DemiBold, Text.SMALL)
        line = letters.metrics.height()
        painter.setPen(self._context.theme.hue(STATE_TONES[head.state]))
        words = f"{head.words}  {number_text(head.number)}"
        letters.draw(painter, box.without(Space.L, box.height - Space.S - line, Space.L, Space.S), words)

    def _paint_entry(self, painter: QPainter, box: Box, entry: OutboxEntry, chosen: bool) -> None:
        theme, state = self._context.theme, entry.operation.state
        if chosen:
            painter.fillRect(*box, theme.hue("selected"))
        picture = self._context.icons.pixmap(STATE_ICONS[state], STATE_TONES[state], _ICON)
        painter.drawPixmap(box.left + Space.L, box.top + Space.M, picture)
        lines = box.without(Space.L + _ICON + Space.M, Space.S, Space.L, Space.S)
        half = lines.height // 2
        painter.setPen(theme.hue("text"))
        big = self._letters.changed(QFont.Weight.Medium, Text.BODY)
        big.draw(painter, lines.without(bottom=half), shortened(title_of(entry), _LONGEST))
        painter.setPen(theme.hue("muted"))
        made = self._context.formats.when(entry.operation.created_at)
        small = self._letters.changed(QFont.Weight.Normal, Text.SMALL)
        said = joined(made, entry.operation.reason or entry.title)
        small.draw(painter, lines.without(top=half), shortened(said, _LONGEST))


def title_of(entry: OutboxEntry) -> str:
    """Say what was done and on which order: `Product diagnosed on 10234`."""
    return f"{entry.what} on {entry.number or 'a new order'}"
