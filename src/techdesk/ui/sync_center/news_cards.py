"""Show what the sync found out: what is the matter with a server, a clock or its data, and what stands there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from techdesk.application.changes import Changes
from techdesk.application.outbox import Verb
from techdesk.application.sync.account_warnings import SyncWarning
from techdesk.application.sync.duplicates import Duplicate
from techdesk.ui.alt_letters import MENU_LETTERS, with_keys_for_all
from techdesk.ui.blocks import card, emptied, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.sync_center.entry_panel import PANEL_LETTERS
from techdesk.ui.sync_center.sync_news import News
from techdesk.ui.theme import Space

_SHOWN = 3
"""Cards at once where there is room; the next one comes when one of them is settled."""

_ICON = 20


@dataclass(frozen=True, slots=True)
class _Card:
    """What a card says, and what can be answered: the words of a button and what it does."""

    title: str
    hint: str
    answers: Sequence[tuple[str, Callable[[], object]]]


class NewsCards(QWidget):
    """A card for each piece of news with what can be answered; nothing is shown while there is none."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._news = News()
        self._at_once = _SHOWN
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(Space.L, 0, Space.L, Space.S)
        self._list.setSpacing(Space.S)
        context.theme.changed.connect(self._draw)
        self.hide()

    def show_news(self, news: News) -> None:
        """Show what is to be told now."""
        if news != self._news:
            self._news = news
            self._draw()

    def show_fewer(self, is_low: bool) -> None:
        """Show one card alone while there is little room, so that the list below it keeps its place."""
        at_once = 1 if is_low else _SHOWN
        if at_once != self._at_once:
            self._at_once = at_once
            self._draw()

    def _draw(self) -> None:
        emptied(self._list)
        told: list[SyncWarning | Duplicate] = [*self._news.warnings, *self._news.duplicates]
        shown = told[: self._at_once]
        told_cards = [self._warning(one) if isinstance(one, SyncWarning) else self._duplicate(one) for one in shown]
        labels = [label for one in told_cards for label, _ in one.answers]
        marked = iter(with_keys_for_all(labels, MENU_LETTERS + PANEL_LETTERS))
        for one_card in told_cards:
            self._list.addWidget(self._card(one_card, marked))
        left = len(told) - len(shown)
        if left:
            these = "these" if len(shown) > 1 else "this one"
            self._list.addWidget(plain_label(f"{left} more after {these}", "small"))
        self.setVisible(bool(shown))

    def _warning(self, warning: SyncWarning) -> _Card:
        answer = self._context.services.commands.warnings.answer
        account_id = warning.account_id
        answers = [
            (one.label, partial(self._do, partial(answer, account_id, warning.kind, one.name), account_id))
            for one in warning.actions
        ]
        return _Card(self._named(warning.account_id, warning.title), warning.hint, answers)

    def _duplicate(self, duplicate: Duplicate) -> _Card:
        commands, account_id = self._context.services.commands, duplicate.account_id
        number = self._news.numbers.get(duplicate.order.order_id, "")
        why_not = commands.why_not(account_id, duplicate.record_type, Verb.DELETE)
        remove = ("Remove one", partial(self._do, partial(commands.duplicates.remove, duplicate), account_id))
        keep = ("Keep both", partial(self._do, partial(commands.duplicates.keep_both, duplicate), account_id))
        then = f"{why_not}; ask there" if why_not else "Removing takes away the one that TechDesk did not make"
        hint = f"It had to be sent again, and now the server shows two that say the same. {then}."
        title = f"Twice on {number or 'a new order'}: {duplicate.what}"
        return _Card(self._named(account_id, title), hint, [keep] if why_not else [remove, keep])

    def _card(self, told: _Card, labels: Iterator[str]) -> QFrame:
        frame = card()
        picture = QLabel()
        picture.setPixmap(self._context.icons.pixmap("warning", "warn", _ICON))
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(plain_label(shortened(told.title, 300), "strong"), 0, 1)
        grid.addWidget(plain_label(shortened(told.hint), "muted"), 1, 1)
        for column, (_, act) in enumerate(told.answers, 2):
            grid.addWidget(push_button(next(labels), act), 0, column, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        return frame

    def _named(self, account_id: str, title: str) -> str:
        """Name the account where there are several."""
        return joined(self._news.names.get(account_id, ""), title) if len(self._news.names) > 1 else title

    def _do(self, command: Callable[[], Changes], account_id: str) -> None:
        self._context.tasks.command(command, lambda _: self._context.services.sync_now(account_id))
