"""List the accounts beside the views: colour, name, how each one's sync stands; choosing one narrows the list to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from techdesk.application.accounts import Account
from techdesk.application.outbox import unsent_in
from techdesk.application.ports import ReadTransaction
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.ui.blocks import literal_tip
from techdesk.ui.context import Context
from techdesk.ui.painting import Box, Letters
from techdesk.ui.phrases import joined, number_text
from techdesk.ui.theme import Space, Text

ALL = "All accounts"
SIGNED_OUT = "Signed out"
LINE_ROLE = Qt.ItemDataRole.UserRole + 1
"""The `AccountLine` of an entry."""
_HEIGHT = 44
_ALL_HEIGHT = 32
_DOT = 8
_MOST_HEIGHT = 5 * _HEIGHT
_PHASE_COLORS = {
    SyncPhase.OFFLINE: "warn",
    SyncPhase.WAITING: "warn",
    SyncPhase.PAUSED: "muted",
    SyncPhase.SIGN_IN: "bad",
    SyncPhase.TAKEN: "bad",
}
_CALM_WORDS = {
    SyncPhase.STARTING: "Starting",
    SyncPhase.IDLE: "Up to date",
    SyncPhase.PUSHING: "Sending",
    SyncPhase.PULLING: "Fetching",
    SyncPhase.WAITING: "Trying again soon",
    SyncPhase.OFFLINE: "Offline",
    SyncPhase.PAUSED: "Working offline",
    SyncPhase.SIGN_IN: "Sign in again",
    SyncPhase.TAKEN: "Another TechDesk works",
}

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What an entry shows.

    Attributes:
        color: The account's colour; empty for none.
        words: How its sync stands.
        tone: The theme's name of the colour of these words.
        aside: What is unsent.
    """

    name: str
    color: str = ""
    words: str = ""
    tone: str = "muted"
    aside: str = ""


class AccountList(QListWidget):
    """Choose whose orders the list shows.

    Signals:
        chosen: Another account is wanted, or all of them; `only` says which.
    """

    chosen = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._accounts: Sequence[Account] = ()
        self._states: dict[str, SyncState] = {}
        self._unsent: Mapping[str, int] = {}
        self._systems: dict[str, str] = {}
        self.only = ""
        self.setAccessibleName("Accounts")
        self.setItemDelegate(_LineDelegate(context, self))
        self.setMouseTracking(True)
        self.setStyleSheet("background: transparent;")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(lambda *_: self._take_choice())
        context.theme.changed.connect(self._paint_anew)
        self.show_accounts(())

    def _paint_anew(self) -> None:
        self.viewport().update()

    @property
    def account_ids(self) -> frozenset[str]:
        """Return the account that is chosen; empty for all."""
        return frozenset({self.only} if self.only else ())

    def show_accounts(self, accounts: Sequence[Account]) -> None:
        """List these accounts; where there are several, one of them can be chosen."""
        self._accounts = accounts
        signed_in = {one.account_id for one in accounts if not one.signed_out}
        several = len(signed_in) > 1
        if self.only not in signed_in or not several:
            self.only = ""
        self.blockSignals(True)
        self.clear()
        self.setSelectionMode(self.SelectionMode.SingleSelection if several else self.SelectionMode.NoSelection)
        for account_id in [*([""] if several else []), *(one.account_id for one in accounts)]:
            item = QListWidgetItem(self)
            item.setData(Qt.ItemDataRole.UserRole, account_id)
            if account_id and account_id not in signed_in:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setSizeHint(QSize(0, _HEIGHT if account_id else _ALL_HEIGHT))
            if several and account_id == self.only:
                self.setCurrentItem(item)
        self.blockSignals(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if several else Qt.FocusPolicy.NoFocus)
        wanted = _HEIGHT * len(accounts) + (_ALL_HEIGHT if several else 0)
        self.setFixedHeight(min(wanted, _MOST_HEIGHT) + Space.S)
        self._show_lines()
        self.count_unsent()

    def show_sync(self, state: SyncState) -> None:
        """Show how an account's sync stands."""
        self._states[state.account_id] = state
        self._show_lines()

    def count_unsent(self) -> None:
        """Read from the store how much of each account is unsent."""
        ids = [one.account_id for one in self._accounts]

        def unsent(view: ReadTransaction) -> dict[str, int]:
            return {one: unsent_in(view.outbox_counts(one)) for one in ids}

        self._context.tasks.count(unsent, self._show_unsent, self, "unsent by account")

    def lines(self) -> list[AccountLine]:
        """Return what the entries show, from the top."""
        return [self.item(row).data(LINE_ROLE) for row in range(self.count())]

    def _show_unsent(self, unsent: dict[str, int]) -> None:
        self._unsent = unsent
        self._show_lines()

    def _show_lines(self) -> None:
        accounts = {one.account_id: one for one in self._accounts}
        for row in range(self.count()):
            item = self.item(row)
            account = accounts.get(item.data(Qt.ItemDataRole.UserRole))
            line = self._line(account) if account else AccountLine(ALL)
            if item.data(LINE_ROLE) != line:  # else a busy sync would have the list painted ten times a second
                item.setData(LINE_ROLE, line)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, joined(line.name, line.words, line.aside))
            if account:
                state = self._states.get(account.account_id)
                words = self._words(state, state.phase if state else SyncPhase.STARTING)
                words = f"{SIGNED_OUT}. Accounts… signs in again" if account.signed_out else words
                facts = (account.name, words, account.address, state.hint if state else "")
                item.setToolTip(literal_tip("\n".join(one for one in facts if one)))

    def _line(self, account: Account) -> AccountLine:
        state = self._states.get(account.account_id)
        phase = state.phase if state else SyncPhase.STARTING
        number = self._unsent.get(account.account_id, 0)
        if account.signed_out:
            return AccountLine(account.name, account.color, SIGNED_OUT, "muted", f"{number} kept" if number else "")
        return AccountLine(
            account.name,
            account.color,
            _CALM_WORDS[phase] if number else self._words(state, phase),
            _PHASE_COLORS.get(phase, "muted"),
            f"{number} unsent" if number else "",
        )

    def _words(self, state: SyncState | None, phase: SyncPhase) -> str:
        if state and phase is SyncPhase.PULLING and state.pulled:
            return f"Fetching · {number_text(state.pulled)} orders"
        as_of = f"as of {self._context.formats.moment(state.as_of)}" if state and state.as_of else ""
        return joined(_CALM_WORDS[phase], as_of)

    def _take_choice(self) -> None:
        item = self.currentItem()
        wanted = item.data(Qt.ItemDataRole.UserRole) if self.currentRow() >= 0 else ""
        if wanted != self.only and len(self._accounts) > 1:
            self.only = wanted
            self.chosen.emit()


class _LineDelegate(QStyledItemDelegate):
    """Paint a dot in the account's colour, its name, and below in small letters how its sync stands."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._letters = Letters(parent.font())
        self._dot = QRectF(0, 0, _DOT, _DOT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        line, theme = index.data(LINE_ROLE), self._context.theme
        if line is None:
            return
        self._letters = self._letters.of(option.font)
        box = Box.of(option.rect).without(top=1, bottom=1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.hue("accent") if _has_keyboard(option) else Qt.PenStyle.NoPen)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.hue("selected" if chosen else "hover"))
            painter.drawRoundedRect(*box, 6, 6)
        box = box.without(left=Space.M, right=Space.S)
        if line.color:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.hue(theme.account_color(line.color)))
            self._dot.moveTo(box.left, box.top + (_HEIGHT - 2) / 4 - 1)
            painter.drawEllipse(self._dot)
            box = box.without(left=_DOT + Space.S)
        self._paint_words(painter, box, line, chosen=chosen)
        painter.restore()

    def _paint_words(self, painter: QPainter, box: Box, line: AccountLine, *, chosen: bool) -> None:
        half = box.height // 2
        upper = box.without(top=3, bottom=half) if line.words else box
        lower = box.without(top=half, bottom=3)
        weight = QFont.Weight.DemiBold if chosen else QFont.Weight.Normal
        self._write(painter, upper, line.name, "text", self._letters.changed(weight))
        small = self._letters.changed(QFont.Weight.Normal, Text.SMALL)
        if line.aside:
            aside = small.width(line.aside)
            self._write(painter, lower.without(left=lower.width - aside), line.aside, "info", small)
            lower = lower.without(right=aside + Space.S)
        self._write(painter, lower, line.words, line.tone, small)

    def _write(self, painter: QPainter, box: Box, text: str, color: str, letters: Letters) -> None:
        painter.setPen(self._context.theme.hue(color))
        letters.draw(painter, box, text)


def _has_keyboard(option: QStyleOptionViewItem) -> bool:
    return bool(option.state & QStyle.StateFlag.State_HasFocus)
