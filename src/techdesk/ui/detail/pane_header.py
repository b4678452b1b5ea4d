"""Show what an order is at a glance, and let status, priority and assignee be changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from techdesk.application.order_detail import OrderDetail
from techdesk.domain.orders import Order
from techdesk.domain.records import Document
from techdesk.domain.vocabulary import Priority, ServiceState
from techdesk.ui.blocks import PILL_HEIGHT, StateBadge, literal_tip, plain_label, restyle, selectable_label
from techdesk.ui.chips import EDGE, Chip
from techdesk.ui.context import Context
from techdesk.ui.dialogs.new_order import assignable, assignment_intent
from techdesk.ui.flow import FlowLayout
from techdesk.ui.icons import dot
from techdesk.ui.order_list.columns import KIND_ICONS, KIND_WORDS, PRIORITY_TONES, STATE_COLORS
from techdesk.ui.phrases import count_in_words, joined, shortened
from techdesk.ui.theme import Space

_LONGEST = 200


class PaneHeader(QWidget):
    """Show number, title, customer, device, state, and what can be changed with one click.

    Signals:
        change_wished: The person wants these fields of the order set (a document).
        status_wished: The person wants this `ServiceStatus`.
        decision_wished: The person wants to decide about the change of the order itself (the operation's id).
    """

    change_wished = Signal(object)
    status_wished = Signal(object)
    decision_wished = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.number = selectable_label(role="muted")
        self.number.setWordWrap(False)
        self.title = plain_label(role="heading")
        self.whose = selectable_label(role="muted")
        self.whose.setWordWrap(False)
        self.whose.setContentsMargins(EDGE, 0, 0, 0)
        self.badge = StateBadge(context.icons, self)
        self.badge.decision_wished.connect(self.decision_wished)
        self.unsent = plain_label(role="small", wrap=False)
        self.status = _menu_button("Status")
        self.priority = _menu_button("Priority")
        self.assignee = _menu_button("Assigned to")
        self.kind_icon = QLabel()
        self.kind = plain_label(role="muted", wrap=False)
        self.due = plain_label(wrap=False)
        self.due.setMinimumHeight(PILL_HEIGHT)
        self._is_compact = False
        self._lay_out()

    def show_compact(self, compact: bool) -> None:
        """Leave out what the list and the overview say as well, so that a low window has room for the tabs."""
        self._is_compact = compact
        self.whose.setVisible(not compact)

    def show_detail(self, detail: OrderDetail) -> None:
        """Show an order."""
        order, context = detail.order, self._context
        self.number.setText(order.service_number or "New, not numbered yet")
        self.title.setText(shortened(order.title, _LONGEST))
        whose = joined(order.customer.name, order.device.product, order.device.serial_number)
        self.whose.setText(shortened(whose.replace("\n", " "), _LONGEST))
        operation = detail.shown.operation
        if operation:
            self.badge.show_state(operation.state, operation.reason, operation.op_id)
        else:
            self.badge.show_state(None)
        self.unsent.setText(f"{count_in_words(len(detail.unsettled), 'change')} unsent" if detail.unsettled else "")
        self.kind_icon.setPixmap(context.icons.pixmap(KIND_ICONS[order.service_kind], "muted"))
        self.kind.setText(self._kind_of(order))
        self._show_due(order)
        self._fill_status(detail)
        self._fill_priority(order)
        self._fill_assignee(detail)
        self._grey(detail.ref.account_id)

    def _grey(self, account_id: str) -> None:
        """Grey what the order's system does not let be changed, and say why."""
        commands = self._context.services.commands
        fields = {
            "service_status_uid": self.status,
            "priority": self.priority,
            "assigned_user_uid": self.assignee,
        }
        for name, button in fields.items():
            why_not = commands.why_not_set(account_id, name)
            button.setEnabled(not why_not and (button is not self.status or bool(button.menu().actions())))
            button.setToolTip(literal_tip(why_not or button.accessibleName()))

    def _kind_of(self, order: Order) -> str:
        """Say the kind and the type, once where the type's name begins with the kind: `Depot repair`."""
        kind, name = KIND_WORDS[order.service_kind], "" if self._is_compact else order.service_type_name
        return name if name.lower().startswith(kind.lower()) else joined(kind, name)

    def _show_due(self, order: Order) -> None:
        due = order.due_at
        self.due.setVisible(due is not None)
        if due is None:
            return
        late = order.service_state.is_open and due < self._context.services.clock.now()
        restyle(self.due, "tone", "bad" if late else "muted")
        self.due.setText(joined("Overdue" if late else "Due", self._context.formats.when(due)))

    def _fill_status(self, detail: OrderDetail) -> None:
        order = detail.order
        statuses = detail.choices.statuses
        self.status.setText(order.service_status_name or "No status yet")
        self.status.setIcon(self._dot(order.service_state))
        menu = _fresh_menu(self.status)
        for status in statuses:
            action = menu.addAction(self._dot(status.service_state), _literal(status.name))
            action.setCheckable(True)
            action.setChecked(status.service_status_uid == order.service_status_uid)
            action.triggered.connect(lambda _=False, one=status: self.status_wished.emit(one))

    def _dot(self, state: ServiceState) -> QIcon:
        return dot(self._context.theme.color(STATE_COLORS[state]))

    def _fill_priority(self, order: Order) -> None:
        words = "No priority" if order.priority is Priority.NONE else order.priority.value.capitalize()
        self.priority.setText(words)
        restyle(self.priority, "tone", PRIORITY_TONES.get(order.priority, ""))
        values = [(one.value.capitalize(), {"priority": one.value}) for one in Priority]
        self._fill(self.priority, values, order.priority.value.capitalize())

    def _fill_assignee(self, detail: OrderDetail) -> None:
        order = detail.order
        self.assignee.setText(order.assigned_user_display_name or "Nobody yet")
        self.assignee.setIcon(self._context.icons.icon("user", "muted"))
        values = [("Nobody", assignment_intent("", ""))]
        values += [(name, assignment_intent(uid, name)) for uid, name in assignable(detail.account, detail.choices)]
        self._fill(self.assignee, values, order.assigned_user_display_name or "Nobody")

    def _fill(self, button: QToolButton, values: Sequence[tuple[str, Document]], chosen: str) -> None:
        menu = _fresh_menu(button)
        for label, intent in values:
            action = menu.addAction(_literal(label))
            action.setCheckable(True)
            action.setChecked(label == chosen)
            action.triggered.connect(lambda _=False, one=intent: self.change_wished.emit(one))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(self.number)
        top.addWidget(self.title, 1)
        top.addWidget(self.unsent)
        top.addWidget(self.badge)
        kind = QWidget()
        kind_row = QHBoxLayout(kind)
        kind_row.setContentsMargins(EDGE, 0, 0, 0)
        kind_row.setSpacing(Space.XS)
        kind_row.addWidget(self.kind_icon)
        kind_row.addWidget(self.kind)
        chips = QWidget()
        flow = FlowLayout(chips, Space.XS)
        for widget in (self.status, self.priority, self.assignee, self.due, kind, self.whose):
            flow.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addLayout(top)
        layout.addWidget(chips)


def _menu_button(tip: str) -> QToolButton:
    button = Chip("chip")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def _fresh_menu(button: QToolButton) -> QMenu:
    before: Any = button.menu()
    menu = QMenu(button)
    button.setMenu(menu)
    if before is not None:
        before.deleteLater()
    return menu


def _literal(text: str) -> str:
    """Keep a menu from reading & as the mark of a key."""
    return text.replace("&", "&&")
