"""A window's context over a desk in memory, for tests of pages and dialogs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.outbox import Clash, Operation, OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.domain.events import Event
from techdesk.domain.instants import zone
from techdesk.domain.records import RecordType
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.formats import Formats
from techdesk.ui.icons import Icons
from techdesk.ui.notices import Notice, Notices
from techdesk.ui.tasks import Tasks
from techdesk.ui.theme import Theme
from tests.support.builders import an_account, put_order
from tests.support.fake_desk import FakeDesk
from tests.support.outbox_states import put_in_state
from tests.support.shown_widgets import let_go_of_windows, open_windows

REFERENCES: dict[str, list[dict[str, Any]]] = {
    "service_types": [
        {"service_type_uid": "t-depot", "name": "Bench repair", "service_kind": "repair_depot", "position": 1},
        {"service_type_uid": "t-onsite", "name": "Home visit", "service_kind": "repair_onsite", "position": 2},
    ],
    "service_statuses": [
        {"service_status_uid": "s-new", "name": "Received", "service_state": "NOT_STARTED", "position": 1},
        {"service_status_uid": "s-work", "name": "In repair", "service_state": "IN_PROGRESS", "position": 2},
        {"service_status_uid": "s-done", "name": "Ready & waiting", "service_state": "FINISHED", "position": 3},
    ],
    "users": [
        {"tenant_user_uid": "u-kim", "display_name": "Kim Larsen"},
        {"tenant_user_uid": "u-ana", "display_name": "Ana Ruiz"},
    ],
    "hourly_rates": [{"hourly_rate_uid": "h-1", "name": "Standard", "price": "600.00 NOK"}],
    "products": [{"product_uid": "p-1", "name": "Fuse 5 A", "sku": "F-5A", "price": "39.00 NOK"}],
}


class UiDesk:
    """A desk in memory with one account, one order, and the context that widgets get; its zone is Oslo's."""

    def __init__(self, qtbot: QtBot, desk: FakeDesk | None = None) -> None:
        self.qtbot = qtbot
        self.desk = desk or FakeDesk()
        theme = Theme()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.install(app, "light")
        self.context = Context(
            services=self.desk,
            tasks=Tasks(self.desk.store),
            theme=theme,
            icons=Icons(theme),
            formats=Formats(self.desk.clock, zone("Europe/Oslo")),
            notices=Notices(),
        )
        self.told: list[Notice] = []
        self.context.notices.told.connect(self.told.append)
        with self.desk.store.write(Urgency.BACKGROUND) as tx:
            for kind, documents in REFERENCES.items():
                tx.save_references("a1", kind, documents)
        self.order = put_order(self.desk.store)
        self.kept: list[QWidget] = []

    def put(self, order: Any, server_id: str = "so-1") -> OrderRef:
        """Store another order, or the same one changed."""
        self.order = put_order(self.desk.store, order, server_id=server_id)
        return self.order

    def put_in_second_account(self, order_id: str) -> None:
        """Give a second account a copy of the order, under this id."""
        with self.desk.store.write(Urgency.BACKGROUND) as tx:
            tx.save_account(an_account(account_id="a2", name="Field"))
            record = tx.record("a1", RecordType.ORDER, self.order.order_id)
            assert record is not None
            copy = replace(record, account_id="a2", record_id=order_id, order_id=order_id, server_id=order_id)
            tx.save_record(copy)

    def clash(self, base: str, theirs: str) -> str:
        """Change description and status of the order, which somebody changed too; returns the operation's id.

        Args:
            base: What the description said when the person opened it.
            theirs: What somebody else wrote.
        """
        intent = {"description": "Burnt smell", "service_status_uid": "s-work", "service_status_name": "In repair"}
        self.desk.commands.change_order(self.order, intent, self.detail().shown.document)
        op_id = self.operations()[-1].op_id
        clashes = [
            Clash(op_id=op_id, field="description", base=base, mine="Burnt smell", theirs=theirs),
            Clash(op_id=op_id, field="service_status_uid", base="s-new", mine="s-work", theirs="s-done"),
        ]
        put_in_state(self.desk.store, op_id, OpState.CONFLICT, "Somebody else changed the same", clashes)
        return op_id

    def detail(self) -> OrderDetail:
        """Return the order as the store has it now."""
        with self.desk.store.read() as view:
            return order_detail(view, self.order)

    def events(self) -> list[Event]:
        """Return the recorded events, oldest first."""
        with self.desk.store.read() as view:
            parts = view.parts("a1", self.order.order_id, RecordType.EVENT)
        ids = [one.record_id for one in parts]
        shown = {one.record_id: one.value.event for one in self.detail().events}
        return [shown[one] for one in ids]

    def operations(self) -> list[Operation]:
        """Return every operation, oldest first."""
        with self.desk.store.read() as view:
            return view.operations()

    def states(self) -> list[OpState]:
        """Return the state of every operation, oldest first."""
        return [one.state for one in self.operations()]

    def dialogs(self) -> list[SavingDialog]:
        """Return the dialogs that are open, the latest last."""
        return open_windows(SavingDialog)

    def wait_active(self, window: QWidget) -> None:
        """Wait until a window has the keyboard, so that its shortcuts work."""
        self.qtbot.waitUntil(lambda: QApplication.activeWindow() is window)

    def close(self) -> None:
        """Let go of the threads and of every window."""
        self.context.tasks.close()
        let_go_of_windows()
