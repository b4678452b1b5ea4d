"""Take the pictures of `docs/screenshots`: `python -m tests.screenshots FOLDER`.

The real window over a real desk and its built-in server, in a folder of its own that is thrown away: 400 sample
orders are fetched, then the desk works offline and records on one of them. Only the screen is invisible.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from techdesk.application.accounts import Account
from techdesk.application.administration import AdminKind
from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.outbox import Clash, OpState, OrderRef
from techdesk.application.queries import OrderFilter, SortBy
from techdesk.desk.desk import Desk
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.events import ProductDiagnosed, RepairEta, RepairStarted
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.administration.dialog import AdministrationDialog
from techdesk.ui.context import Context
from techdesk.ui.dialogs import open_event_dialog
from techdesk.ui.dialogs.print_dialog import PrintDialog
from techdesk.ui.formats import Formats
from techdesk.ui.icons import Icons
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import Notices
from techdesk.ui.opening.welcome import Welcome
from techdesk.ui.palette import Palette
from techdesk.ui.sync_center.deciding import decision_dialog, read_case
from techdesk.ui.tasks import Tasks
from techdesk.ui.theme import Theme
from techdesk.ui.whole_order.dialogs import WholeOrderDialog, change_dialog, form_of
from tests.support.outbox_states import put_in_state

SIZES = {"1024": (1024, 700), "1280": (1280, 800), "1920": (1920, 1080)}
ORDERS = 400
_OWN_FIELDS = 5
_SALES_ORDERS, _MESSAGES = 4, 5
_SELECTED = (0, 1, 3, 5)
_PATIENCE_S = 120.0


@dataclass
class Studio:
    """The open window and what it stands on."""

    app: QApplication
    desk: Desk
    context: Context
    window: MainWindow

    def wait(self, until: Callable[[], object]) -> None:
        """Let the window work until something holds.

        Raises:
            TimeoutError: It does not within two minutes.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"never came: {until}")
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        self.settle()

    def settle(self) -> None:
        """Let everything that was asked be answered and painted."""
        quiet = time.monotonic() + 0.5
        while time.monotonic() < quiet:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


@contextmanager
def open_studio(home: Path) -> Iterator[Studio]:
    """Open the application on a new desk."""
    app = QApplication(["techdesk"])
    theme = Theme()
    theme.install(app, "light")
    desk = open_desk(Places.below(home), "only for pictures")
    tasks = Tasks(desk.store)
    context = Context(
        services=desk,
        tasks=tasks,
        theme=theme,
        icons=Icons(theme),
        formats=Formats(desk.clock),
        notices=Notices(),
    )
    window = MainWindow(context)
    try:
        yield Studio(app, desk, context, window)
    finally:
        window.close()
        tasks.close()
        desk.close()


def prepare(studio: Studio) -> OrderRef:
    """Fetch the sample, go offline, and work on an order; return it."""
    desk, tasks = studio.desk, studio.context.tasks
    account = desk.add_sample_account(ORDERS)
    desk.start_sync(tasks.report_sync, tasks.report_changes)
    studio.window.show()
    studio.wait(lambda: "as of" in studio.window.status.as_of)
    studio.window.status.offline.setChecked(True)
    studio.wait(lambda: studio.window.status.words == "Working offline")
    wanted = OrderFilter(
        account_ids=frozenset({account.account_id}),
        kinds=frozenset({ServiceKind.DEPOT}),
        states=frozenset({ServiceState.IN_PROGRESS}),
        sort_by=SortBy.CREATED,
        descending=False,
    )
    with desk.store.read() as view:
        row = view.first_order_rows(wanted, 1)[0]
    order = OrderRef(row.account_id, row.order_id)
    now = desk.clock.now()
    for event in (
        ProductDiagnosed(diagnostic_explanation="Charging port bent, board clean", diagnostic_completed_at=now),
        RepairEta(estimated_repair_completion_at=now + timedelta(days=2), notes="Customer agreed by phone"),
        RepairStarted(repair_started_at=now),
    ):
        changes = desk.commands.record_event(order, event, now)
        tasks.report_changes(changes)
    return order


def take(studio: Studio, folder: Path, name: str, over: QWidget | None = None) -> None:
    """Save a picture of the window, with a dialog in its middle where one is open."""
    studio.settle()
    picture: QPixmap = studio.window.grab()
    if over is not None:
        painter = QPainter(picture)
        painter.fillRect(picture.rect(), QColor(0, 0, 0, 70))
        dialog = over.grab()
        painter.drawPixmap(picture.rect().center() - QPoint(dialog.width() // 2, dialog.height() // 2), dialog)
        painter.end()
    picture.save(str(folder / f"{name}.png"))


def take_order(studio: Studio, order: OrderRef, folder: Path, suffix: str) -> None:
    """Take the list with an order, in the present theme and size."""
    window = studio.window
    window.show_view("depot")
    studio.settle()
    window.work.table.clearSelection()
    window.work.pane.show_order(order)
    window.work.pane.show_tab(0)
    take(studio, folder, f"orders-{suffix}")


def take_dialogs(studio: Studio, folder: Path, suffix: str) -> None:
    """Take what lies over or beside the list, for the order that is open."""
    window, context = studio.window, studio.context
    window.work.pane.show_tab(1)
    take(studio, folder, f"events-{suffix}")
    detail = window.work.pane.detail
    if detail is None:
        raise TimeoutError("the order was not shown")
    dialog = open_event_dialog(context, detail, "repair_completed", window)
    if dialog is not None:
        take(studio, folder, f"event-dialog-{suffix}", dialog)
        dialog.deleteLater()
    papers = PrintDialog(context, detail, window)
    studio.wait(lambda: papers.is_ready)
    take(studio, folder, f"print-{suffix}", papers)
    papers.deleteLater()
    window.work.pane.show_tab(0)
    palette = Palette(context, window.run, window.work.pane.offered, window)
    palette.line.setText("re")
    take(studio, folder, f"palette-{suffix}", palette)
    palette.close()


def take_whole_order(studio: Studio, folder: Path, suffix: str) -> None:
    """Take an order that is kept whole, and its form at what it has most of."""
    window, desk, context = studio.window, studio.desk, studio.context
    with desk.store.read() as view:
        kept_whole = frozenset(one.account_id for one in view.accounts() if form_of(context, one.system))
        rows = view.first_order_rows(OrderFilter(account_ids=kept_whole), ORDERS)
        found = (order_detail(view, OrderRef(row.account_id, row.order_id)) for row in rows)
        detail = next(one for one in found if one.items and one.order.service_state.is_open)
    window.work.pane.show_order(detail.ref)
    window.work.pane.show_tab(0)
    take(studio, folder, f"whole-order-{suffix}")
    dialog = change_dialog(context, detail, window)
    dialog.open()
    take(studio, folder, f"whole-order-form-{suffix}", dialog)
    if isinstance(dialog, WholeOrderDialog):
        dialog.pages.show_page(_OWN_FIELDS)
        take(studio, folder, f"whole-order-fields-{suffix}", dialog)
    dialog.deleteLater()


def first_order(studio: Studio, system: str, is_wanted: Callable[[OrderDetail], object]) -> OrderRef:
    """Return the first order of a system's accounts that is wanted."""
    with studio.desk.store.read() as view:
        accounts = frozenset(one.account_id for one in view.accounts() if one.system == system)
        rows = view.first_order_rows(OrderFilter(account_ids=accounts), ORDERS)
        found = (order_detail(view, OrderRef(row.account_id, row.order_id)) for row in rows)
        return next(one.ref for one in found if is_wanted(one))


def take_systems(studio: Studio, folder: Path, suffix: str) -> None:
    """Take what only one system has: a claim, a work order, a bill, and what an account asks for."""
    pane = studio.window.work.pane
    pane.show_order(first_order(studio, "extend", lambda one: one.order.service_state.is_open))
    pane.show_tab(0)
    take(studio, folder, f"claim-{suffix}-1280")
    pane.show_order(first_order(studio, "flow_retail", lambda one: one.sales_orders))
    pane.show_tab(_SALES_ORDERS)
    take(studio, folder, f"sales-orders-{suffix}-1280")
    pane.show_tab(_MESSAGES)
    take(studio, folder, f"messages-{suffix}-1280")
    studio.window.resize(*SIZES["1920"])
    pane.show_order(first_order(studio, "flow_retail", lambda one: one.order.work_order))
    pane.show_tab(0)
    take(studio, folder, f"work-order-{suffix}-1920")
    studio.window.resize(*SIZES["1280"])
    account = AccountDialog(studio.context, parent=studio.window)
    take(studio, folder, f"account-dialog-{suffix}-1280", account)
    account.deleteLater()


def take_selection(studio: Studio, folder: Path, suffix: str) -> None:
    """Take what stands in the order's place while several orders are selected."""
    table = studio.window.work.table
    table.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in _SELECTED:
        table.selectionModel().select(table.orders.index(row, 0), flags)
    take(studio, folder, f"selection-{suffix}")
    table.clearSelection()


def get_stuck(studio: Studio, order: OrderRef) -> Sequence[str]:
    """Let three changes of an order need a person; return the ids of the conflict and of what is to be checked."""
    commands, store = studio.desk.commands, studio.desk.store
    with store.read() as view:
        detail = order_detail(view, order)
    seen = detail.shown.document
    mine = {"title": f"{seen['title']}, twice a day", "description": f"{seen['description']} Seen."}
    theirs = {"title": f"{seen['title']}, wanted by Friday", "description": f"{seen['description']} Dropped once."}
    changed = commands.change_order(order, mine, seen)
    checked = commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Board clean"))
    refused = commands.add_item(order, Item(name="Seal ring", sku="SR-21", price=Money(Decimal("38.00"), "EUR")))
    (conflict,), (check,), (refusal,) = changed.op_ids, checked.op_ids, refused.op_ids
    clashes = [
        Clash(op_id=conflict, field=name, base=seen[name], mine=mine[name], theirs=theirs[name]) for name in mine
    ]
    put_in_state(store, conflict, OpState.CONFLICT, "Somebody else changed this, too", clashes)
    put_in_state(store, check, OpState.NEEDS_CHECK, "No answer came, and the server cannot be asked")
    put_in_state(store, refusal, OpState.REJECTED, "This article is not sold any more")
    studio.context.tasks.report_changes(changed | checked | refused)
    return conflict, check


def take_decisions(studio: Studio, stuck: Sequence[str], folder: Path, suffix: str) -> None:
    """Take the sync centre and the dialogs in which a person decides."""
    window, context = studio.window, studio.context
    window.show_sync_center()
    take(studio, folder, f"sync-centre-{suffix}")
    for name, op_id in zip(("conflict", "check"), stuck, strict=True):
        with studio.desk.store.read() as view:
            case, names = read_case(view, op_id) or (None, {})
        dialog = case and decision_dialog(context, case, names, window)
        if dialog:
            dialog.open()
            take(studio, folder, f"{name}-{suffix}", dialog)
            dialog.deleteLater()
    window.show_sync_center()


def administer(studio: Studio, home: Path) -> None:
    """Sign in to the built-in server as its administrator; the desk goes online for it."""
    database = f"sqlite:///{next(home.rglob('server.db'))}"
    made = subprocess.run(
        [sys.executable, "-m", "techdesk.server", "token", "new", "--user", "admin", "--json"],
        env=os.environ | {"TECHDESK_DATABASE": database},
        capture_output=True,
        check=True,
    )
    token = json.loads(made.stdout)["token"]
    with studio.desk.store.read() as view:
        address = next(one.address for one in view.accounts() if one.system == "flow_retail")
    studio.window.status.offline.setChecked(False)
    studio.desk.add_account(Account(account_id="admin", name="Head", system="flow_retail", address=address), token)
    studio.context.tasks.report_changes(studio.desk.renew_references("admin"))
    studio.settle()


def take_administration(studio: Studio, folder: Path, suffix: str) -> None:
    """Take the sections whose lists and dialogs look different."""
    dialog = AdministrationDialog(studio.context, studio.window)
    studio.wait(lambda: dialog.page is not None)
    for kind in (AdminKind.STATUS, AdminKind.USER):
        dialog.show_section(kind)
        take(studio, folder, f"administration-{kind.name.lower()}-{suffix}", dialog)
    dialog.deleteLater()


def main(folder: Path) -> None:
    """Take all pictures, in both themes and sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, open_studio(Path(home)) as studio:
        order = prepare(studio)
        for theme in ("light", "dark"):
            studio.context.theme.apply(studio.app, theme)
            for name, size in SIZES.items():
                studio.window.resize(*size)
                studio.settle()
                take_order(studio, order, folder, f"{theme}-{name}")
            studio.window.resize(*SIZES["1280"])
            take_dialogs(studio, folder, f"{theme}-1280")
            take_whole_order(studio, folder, f"{theme}-1280")
            take_systems(studio, folder, theme)
            take_selection(studio, folder, f"{theme}-1280")
            welcome = Welcome(studio.context)
            welcome.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            welcome.resize(*SIZES["1280"])
            welcome.show()
            studio.settle()
            welcome.grab().save(str(folder / f"welcome-{theme}-1280.png"))
            welcome.deleteLater()
        stuck = get_stuck(studio, order)
        for theme in ("light", "dark"):
            studio.context.theme.apply(studio.app, theme)
            take_decisions(studio, stuck, folder, f"{theme}-1280")
        administer(studio, Path(home))
        for theme in ("light", "dark"):
            studio.context.theme.apply(studio.app, theme)
            take_administration(studio, folder, f"{theme}-1280")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots"))
