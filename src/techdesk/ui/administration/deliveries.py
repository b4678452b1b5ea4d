"""Show the log of deliveries page by page, and one delivery with all that came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from techdesk.application.administration import DELIVERIES_A_PAGE, Administration, AdminKind, DeliveryPage
from techdesk.domain.errors import TechDeskError
from techdesk.domain.records import Document
from techdesk.ui.administration.online import Online
from techdesk.ui.administration.records import RecordTable
from techdesk.ui.administration.sections import AdminSection, Around, event_words, outcome_words
from techdesk.ui.blocks import MessageLine, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.leading import Leading
from techdesk.ui.phrases import joined, number_text
from techdesk.ui.theme import Space

_WIDTH, _HEIGHT = 680, 520
_LIST_WIDTH = 220
_ALL = "Of all clients"
_NOT_KEPT = "The server does not keep what came so long ago, or could not read it."


class DeliveriesPage(Leading):
    """List deliveries, the newest first, of one client or of all."""

    def __init__(self, online: Online, section: AdminSection, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._online = online
        self._context = online.context
        self._number = 1
        self._asked = 0
        self.table = RecordTable(self._context, section.columns(around), self)
        self.table.setAccessibleName(section.label)
        self.clients = QComboBox()
        self.clients.addItem(_ALL, "")
        self.clients.setMinimumWidth(_LIST_WIDTH)
        self.clients.setAccessibleName("Client")
        self.show_button = push_button("&Show what came…", self._show_chosen, "Enter")
        self.newer = push_button("Ne&wer", lambda: self._turn(-1))
        self.older = push_button("&Older", lambda: self._turn(1))
        self.message = MessageLine()
        self._lay_out(section)
        self.clients.currentIndexChanged.connect(lambda _: self._begin())
        self.table.doubleClicked.connect(lambda _: self._show_chosen())
        self.table.key_pressed.connect(self._on_key)
        refresh = QShortcut(QKeySequence("F5"), self)
        refresh.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        refresh.activated.connect(self.read)
        online.ask(lambda admin: admin.records(AdminKind.CLIENT), self._show_clients, self._failed, self)
        self.read()

    def read(self) -> None:
        """Read the page again."""
        number, client_id = self._number, str(self.clients.currentData())
        self._asked += 1
        asked = self._asked
        self.message.say("Reading…")
        self._enable(0)

        def look(admin: Administration) -> DeliveryPage:
            return admin.deliveries(number, client_id)

        def show(page: DeliveryPage) -> None:
            if asked == self._asked:  # else another page was asked for meanwhile
                self._show(page)

        self._online.ask(look, show, self._failed, self)

    def _show_chosen(self) -> None:
        """Show the chosen delivery with what came."""
        chosen = self.table.chosen
        if chosen:
            uid = str(chosen["delivery_uid"])
            self._online.ask(lambda admin: admin.delivery(uid), self._open, self._failed, self)

    def _on_key(self, key: int) -> None:
        if key != Qt.Key.Key_Delete:
            self._show_chosen()

    def _begin(self) -> None:
        self._number = 1
        self.read()

    def _turn(self, step: int) -> None:
        self._number += step
        self.read()

    def _open(self, delivery: Document) -> None:
        DeliveryDialog(self._context, delivery, self.window()).open()

    def _show_clients(self, clients: Sequence[Document]) -> None:
        for one in clients:
            self.clients.addItem(one.get("name", ""), one["client_id"])

    def _show(self, page: DeliveryPage) -> None:
        self.table.show_records(page.records, 0)
        first = (self._number - 1) * DELIVERIES_A_PAGE
        shown = f"{first + 1} to {first + len(page.records)} of {number_text(page.total)}"
        self.message.say(shown if page.records else "Nothing was delivered yet")
        self._enable(page.total)

    def _failed(self, error: TechDeskError) -> None:
        self.message.say(f"{error} (F5 reads again)", "error")

    def _enable(self, total: int) -> None:
        self.newer.setEnabled(bool(total) and self._number > 1)
        self.older.setEnabled(total > self._number * DELIVERIES_A_PAGE)
        self.show_button.setEnabled(bool(total))

    def _lay_out(self, section: AdminSection) -> None:
        bar, foot = QHBoxLayout(), QHBoxLayout()
        for line in (bar, foot):
            line.setSpacing(Space.S)
        bar.addWidget(self.clients)
        bar.addWidget(self.show_button)
        bar.addStretch(1)
        foot.addWidget(self.message, 1)
        foot.addWidget(self.newer)
        foot.addWidget(self.older)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(section.label, "title"))
        layout.addWidget(plain_label(section.about, "muted"))
        layout.addLayout(bar)
        layout.addWidget(self.table, 1)
        layout.addLayout(foot)
        self.lead_to(self.table)


class DeliveryDialog(QDialog):
    """Show one delivery: what became of it, and its body as it came."""

    def __init__(self, context: Context, delivery: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Delivery")
        self.resize(_WIDTH, _HEIGHT)
        record = dict(delivery)
        body = record.get("body", "")
        self.body = QPlainTextEdit()
        self.body.setPlainText(body)
        self.body.setReadOnly(True)
        self.body.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.body.setAccessibleName("What came")
        self.body.setVisible(bool(body))
        self.told = plain_label(outcome_words(record))
        work_order = str(record.get("work_order_id", ""))
        about = joined(record.get("client_name", ""), f"work order {work_order}" if work_order else "")
        order = record.get("service_number", "")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        if body:
            copy = push_button("C&opy", lambda: QGuiApplication.clipboard().setText(body))
            copy.setIcon(context.icons.icon("copy", "muted"))
            buttons.addWidget(copy)
        buttons.addWidget(push_button("C&lose", self.reject))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label("Delivery", "title"))
        layout.addWidget(plain_label(joined(about, event_words(record), f"order {order}" if order else ""), "muted"))
        layout.addWidget(self.told)
        layout.addWidget(self.body, 1)
        if not body:
            layout.addWidget(plain_label(_NOT_KEPT, "muted"))
            layout.addStretch(1)
        layout.addLayout(buttons)
