"""Offer one action for every kind of event an order can have: in recommended order, the recorded ones ticked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from techdesk.application.editing.rules import reason_against
from techdesk.application.order_detail import OrderDetail
from techdesk.domain.events import INTERNAL_NOTE, EventKind, kinds_for
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.blocks import emptied, literal_tip, plain_label
from techdesk.ui.chips import Chip
from techdesk.ui.context import Context
from techdesk.ui.event_icons import event_icon
from techdesk.ui.flow import FlowLayout
from techdesk.ui.theme import Space

NOTE_KEY = "Ctrl+9"
OTHER_KEY = "Ctrl+0"
OTHER_NAME = ""
"""Stands for an event whose name the person types."""

_RECORD = "Record what happened (Ctrl+E)"


class EventBar(QWidget):
    """Show the actions as a row of numbered steps; each has a key. Where there is no room they are a menu.

    Attributes:
        menu_button: Opens the menu; whoever shows the bar puts it where it fits.
        why_none: Why the order's system takes no events at all, in place of the row.

    Signals:
        wanted: The person wants to record an event of this name; empty where they want to type the name.
        refused: The key of an event that cannot be recorded now was pressed (its name, and why it cannot).
    """

    wanted = Signal(str)
    refused = Signal(str, str)

    def __init__(self, context: Context, before: QWidget) -> None:
        """Make an empty bar; the Tab key reaches it after `before`."""
        super().__init__()
        self._context = context
        self._steps = QWidget()
        self._flow = FlowLayout(self._steps)
        self.why_none = plain_label(role="muted")
        self._is_compact = False
        self.menu = QMenu(self)
        self.menu_button = self._menu_button()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setContentsMargins(0, Space.S, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._steps)
        layout.addWidget(self.why_none)
        self._actions: dict[str, QAction] = {}
        self._refusals: dict[str, QAction] = {}
        self._before = self._last = before
        self._detail: OrderDetail | None = None
        context.theme.changed.connect(self._draw_icons)

    @property
    def offered(self) -> Sequence[QAction]:
        """Return the actions of the order that is shown; each one's data is the event's name."""
        return list(self._actions.values())

    @property
    def next_step(self) -> QAction:
        """Return what is likely to be recorded next: the step behind the last recorded one, else the first."""
        recorded = {one.value.event_type for one in self._detail.events} if self._detail else set()
        names = [one for one in self._actions if one not in (INTERNAL_NOTE, OTHER_NAME)]
        last = max((at for at, name in enumerate(names) if name in recorded), default=-1)
        return self._actions[names[min(last + 1, len(names) - 1)]]

    def show_detail(self, detail: OrderDetail) -> None:
        """Offer what the order can have."""
        kinds = kinds_for(detail.order.service_kind)
        names = [*(one.name for one in kinds), INTERNAL_NOTE, OTHER_NAME]
        if list(self._actions) != names or self._detail is None:
            self._build(detail, kinds)
        self._detail = detail
        unsupported = self._context.services.commands.why_not(detail.account.account_id, RecordType.EVENT)
        for name, action in self._actions.items():
            reason = unsupported or reason_against(detail.order, name)
            action.setEnabled(not reason)
            action.setToolTip(literal_tip(reason or f"Record it ({action.shortcut().toString()})"))
            self._refusals[name].setEnabled(bool(reason))
            self._refusals[name].setData(reason)
        self.why_none.setText(unsupported)
        self.menu_button.setEnabled(not unsupported)
        self.menu_button.setToolTip(literal_tip(unsupported or _RECORD))
        self._show_steps()
        self._draw_icons()

    def show_compact(self, compact: bool) -> None:
        """Show a button with a menu instead of the row; the keys stay."""
        self._is_compact = compact
        self._show_steps()
        self.setContentsMargins(0, 0 if compact else Space.S, 0, 0)
        self.menu_button.setVisible(compact)

    def _show_steps(self) -> None:
        """Say why there are no events instead of showing twelve that cannot be; the menu still lists them."""
        has_events = not self.why_none.text()
        self._steps.setVisible(has_events and not self._is_compact)
        self.why_none.setVisible(not has_events and not self._is_compact)

    def _menu_button(self) -> QToolButton:
        button = Chip("step")
        button.setText("Record event")
        button.setIcon(self._context.icons.icon("add", "muted"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.menu)
        button.hide()
        return button

    def _build(self, detail: OrderDetail, kinds: Sequence[EventKind]) -> None:
        emptied(self._flow)
        for old in (*self._actions.values(), *self._refusals.values()):
            self.removeAction(old)
            old.deleteLater()
        self._actions, self._refusals, self._last = {}, {}, self._before
        for kind in kinds:
            key = key_of(kind, detail.order.service_kind)
            number = f"{kind.step}  " if key == f"Ctrl+{kind.step}" else ""
            self._add(kind.name, f"{number}{kind.label}", key)
        self._add(INTERNAL_NOTE, "Note", NOTE_KEY)
        self._add(OTHER_NAME, "Other event…", OTHER_KEY)

    def _add(self, name: str, text: str, key: str) -> None:
        action = QAction(text, self)
        action.setData(name)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: self.wanted.emit(name))
        self.addAction(action)
        self.menu.addAction(action)
        self._actions[name] = action
        button = Chip("step")
        button.setDefaultAction(action)
        self._flow.addWidget(button)
        QWidget.setTabOrder(self._last, button)
        self._last = button
        self._add_refusal(name, key)

    def _add_refusal(self, name: str, key: str) -> None:
        """Let the key of an event that cannot be recorded now say why, instead of doing nothing."""
        refusal = QAction(self)
        refusal.setShortcut(QKeySequence(key))
        refusal.triggered.connect(lambda: self.refused.emit(name, refusal.data()))
        self.addAction(refusal)
        self._refusals[name] = refusal

    def _draw_icons(self) -> None:
        """Tick what was recorded; notes and other events may come any number of times and show what they are."""
        if self._detail is None:
            return
        recorded = {one.value.event_type for one in self._detail.events}
        for name, action in self._actions.items():
            if name in (INTERNAL_NOTE, OTHER_NAME):
                action.setIcon(self._context.icons.icon(event_icon(name), "muted"))
            else:
                action.setIcon(self._context.icons.icon("check", "good") if name in recorded else QIcon())


def key_of(kind: EventKind, service: ServiceKind) -> str:
    """Return the key of a kind: Ctrl and its step; on an order that takes every kind, onsite steps with Alt too."""
    both = service is ServiceKind.OTHER and kind.service is ServiceKind.ONSITE
    return f"Ctrl+Alt+{kind.step}" if both else f"Ctrl+{kind.step}"
