"""Show everything that is not confirmed yet, in plain words, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.sync.state import SyncState
from techdesk.application.unsent.outbox_list import SETTLED_SHOWN, OutboxEntry
from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.phrases import count_in_words, joined
from techdesk.ui.sync_center.deciding import ReadCase, read_case, words_of
from techdesk.ui.sync_center.entry_panel import EntryPanel
from techdesk.ui.sync_center.news_cards import NewsCards
from techdesk.ui.sync_center.operation_list import SyncList
from techdesk.ui.sync_center.rows import Listing, read_listing
from techdesk.ui.sync_center.sections import SyncSections
from techdesk.ui.sync_center.sync_news import News, read_news
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words

_SETTLE_MS = 200
"""Changes that come in a burst (a drain of thousands) are read once after it, not thousands of times."""

_LOW = 720
"""Pixels of height below which what the sync found out leaves most of the room to the list."""

_ALL_DONE = "Everything you did has been confirmed."


class SyncCenter(QWidget):
    """List unsent and refused work; the chosen entry is shown whole beside it with its actions.

    Signals:
        order_wished: The person wants to see this order (`OrderRef`).
        left: The person pressed Esc.
    """

    order_wished = Signal(object)
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._sync: dict[str, SyncState] = {}
        self._listing = Listing()
        self._to_decide = 0
        self.list = SyncList(context)
        self.title = plain_label("Sync centre", "title")
        self.summary = plain_label(role="muted")
        self.back = push_button("Back to the orders", self.left.emit, "Esc")
        self.back.setIcon(context.icons.icon("chevron-left", "muted"))
        self.sections = SyncSections()
        self._empty = plain_label(_ALL_DONE, "muted")
        self.panel = EntryPanel(context)
        self.news = NewsCards(context)
        self._pages = QStackedWidget()
        self._lay_out()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self._connect()

    @property
    def withdrawn(self) -> QWidget:
        """Return the button that lists what was withdrawn."""
        return self.sections.buttons[SCREEN_WORDS[OpState.CANCELLED]]

    @property
    def chosen(self) -> OutboxEntry | None:
        """Return the entry that is shown whole."""
        return self.panel.entry

    def refresh(self) -> None:
        """Read the outbox again."""
        section = self.sections.chosen
        self._context.tasks.query(lambda view: read_listing(view, section), self._show, self, "outbox")
        self._context.tasks.query(read_news, self._show_news, self, "news")

    def take_keyboard(self) -> None:
        """Put the keyboard into the list."""
        self.list.setFocus()

    def decide(self) -> None:
        """Open the dialog in which a person decides about the chosen entry."""
        self.panel.decide()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.news.show_fewer(event.size().height() < _LOW)

    def _connect(self) -> None:
        tasks = self._context.tasks
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.list.activated.connect(self._activate)
        self.panel.order_wished.connect(self.order_wished)
        self.sections.changed.connect(self.refresh)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.left)
        leave.activatedAmbiguously.connect(self.left)  # an error that is shown has this key, too
        tasks.changed.connect(self._on_changes)
        tasks.sync_changed.connect(self._take_sync)

    def _on_changes(self, changes: Changes) -> None:
        if changes.outbox and self.isVisible() and not self._settle.isActive():
            self._settle.start()

    def _take_sync(self, state: SyncState) -> None:
        self._sync[state.account_id] = state
        if self.chosen and self.chosen.ref.account_id == state.account_id:
            self.panel.show_sync(state)

    def _show_news(self, news: News) -> None:
        self._to_decide = news.to_decide
        self.news.show_news(news)
        self._say(self._listing)

    def _show(self, listing: Listing) -> None:
        self._listing = listing
        self.sections.show_counts(listing.counts)
        self._say(listing)
        self._pages.setCurrentIndex(1 if listing.rows else 0)
        self.list.show_listing(listing)
        self._read_chosen()

    def _say(self, listing: Listing) -> None:
        """Sum up what is listed, and say how much needs a person, the cards above included."""
        counts, section = listing.counts, self.sections.chosen
        unsent = sum(counts.get(SCREEN_WORDS[one], 0) for one in _SUMMED if not one.is_settled)
        needs = sum(counts.get(SCREEN_WORDS[one], 0) for one in _SUMMED if one.needs_person) + self._to_decide
        said = f"{count_in_words(unsent, 'change is', 'changes are')} unsent" if unsent else _ALL_DONE
        latest = f"the latest {SETTLED_SHOWN} are listed" if counts.get(section, 0) > SETTLED_SHOWN else ""
        only_latest = latest if section in _SETTLED_WORDS else ""
        self.summary.setText(joined(said, count_in_words(needs, "needs you", "need you") if needs else "", only_latest))
        self.summary.setVisible(bool(unsent or needs or listing.rows))
        self._empty.setText(f"Nothing is in “{section}”." if section else _ALL_DONE)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self._read_chosen()

    def _read_chosen(self) -> None:
        op_id = self.list.op_id
        if op_id:
            self._context.tasks.query(lambda view: read_case(view, op_id), self._show_case, self, "case")
        else:
            self.panel.show_case(None, Words(formats=self._context.formats))

    def _show_case(self, read: ReadCase | None) -> None:
        if read is None:
            self.panel.show_case(None, Words(formats=self._context.formats))
            return
        case, names = read
        if case.entry.operation.op_id == self.list.op_id:
            sync = self._sync.get(case.account.account_id)
            self.panel.show_case(case, words_of(self._context, case, names), sync)

    def _activate(self) -> None:
        if self.chosen and self.chosen.operation.state.needs_person:
            self.decide()

    def _lay_out(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.list)
        splitter.addWidget(self.panel)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([1, 1])
        self._pages.addWidget(self._empty)
        self._pages.addWidget(splitter)
        head = QVBoxLayout()
        head.setContentsMargins(Space.L, Space.L, Space.L, Space.S)
        head.setSpacing(Space.S)
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self.title, 1)
        line.addWidget(self.back)
        head.addLayout(line)
        head.addWidget(self.summary)
        head.addWidget(self.sections)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.news)
        layout.addWidget(self._pages, 1)


_SETTLED_WORDS = {SCREEN_WORDS[one] for one in OpState if one.is_settled}
_SUMMED = [one for one in OpState if one is not OpState.AMBIGUOUS]
"""One state for each word: two are called the same."""
