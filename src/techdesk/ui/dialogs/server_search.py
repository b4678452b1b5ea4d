"""Ask a server for orders that this computer does not hold, and bring the chosen ones here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.exchange import PulledOrder, ServerQuery
from techdesk.application.finding import SearchForm
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import TechDeskError
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.blocks import MessageLine, emptied, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.dialogs.search_fields import Options, SearchFields, read_options
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.found_orders import FoundOrders
from techdesk.ui.online_errors import for_online
from techdesk.ui.phrases import count_in_words
from techdesk.ui.theme import Space

_KINDS = {ServiceKind.DEPOT: "Depot", ServiceKind.ONSITE: "Onsite"}
_WIDTH, _HEIGHT = 960, 640
_NOTHING_ASKED = SearchForm()
_NOTHING_YET = (
    "What the server finds is listed here, also orders that are not on this computer.\n"
    "You choose which of them to bring here; they are then kept and worked on like all others."
)


@dataclass(frozen=True, slots=True)
class Source:
    """An account that may be asked, and what it can be asked for."""

    account: Account
    form: SearchForm


class ServerSearch(QDialog):
    """Search on a server; what it asks for follows from the account.

    Signals:
        order_wished: An `OrderRef` to show; the dialog closes.
    """

    order_wished = Signal(object)

    def __init__(self, context: Context, sources: Sequence[Source], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Search on the server")
        self.setMinimumSize(720, 420)
        self.resize(_WIDTH, _HEIGHT)
        self._context = context
        self._sources = {one.account.account_id: one for one in sources}
        self._number = 0
        self.account = ListEditor([(one.account.account_id, _name(one)) for one in sources])
        self._grey_those_that_cannot()
        self.text = QLineEdit()
        self.text.setClearButtonEnabled(True)
        self.text_label = plain_label("", "section", wrap=False)
        self.kind = SegmentsEditor(_KINDS)
        self.fields = SearchFields((), {}, context.services.clock.now().date())
        self.more = push_button("&More fields", self._unfold)
        self.more.setCheckable(True)
        self.find_button = push_button("&Search", self.search, "Ask the server (Enter)", "primary")
        self.found = FoundOrders(context)
        self.message = MessageLine()
        self.pages = QStackedWidget()
        self.bring_button = push_button("&Bring here", self._bring, "Fetch the chosen orders whole")
        self.open_button = push_button("&Open", self._open, "Show the order (Enter)")
        self._fields_place = QVBoxLayout()
        self._lay_out()
        self.account.changed.connect(self._show_account)
        self.text.returnPressed.connect(self.search)
        self.text.textChanged.connect(lambda _: self._switch())
        self.found.itemSelectionChanged.connect(self._enable)
        self.found.entered.connect(self._enter)
        context.tasks.changed.connect(self._changed)
        self._enable()

    def begin(self, account_id: str, text: str) -> None:
        """Choose an account, else the first that can be asked, and ask at once where there is a text."""
        fit = [name for name, one in self._sources.items() if not one.form.refusal]
        self.account.set_value(account_id if account_id in fit else next(iter(fit), None))
        self.text.setText(text)
        self.text.setFocus()
        if not fit:
            self.message.say("None of your accounts can be asked for orders", "error")
        elif text:
            self.search()

    def query(self) -> ServerQuery:
        """Return what is asked for.

        Raises:
            InvalidInputError: What was typed is no date.
        """
        text = self.text.text().strip()
        kind = self.kind.value() if self._form.asks_kind else None
        return ServerQuery(text=text, service_kind=kind, **self.fields.values())

    def search(self) -> None:
        """Ask the server; an answer to an older question is dropped."""
        account_id, services = self.account.value(), self._context.services
        if not account_id:
            return
        try:
            wanted = self.query()
        except TechDeskError as error:
            self.message.say(str(error), "error")
            return
        self._number += 1
        number = self._number
        self.message.say("Asking the server…")
        self._context.tasks.background(
            lambda: services.find_orders(account_id, wanted),
            partial(self._take, number),
            partial(self._fail, number),
            self,
        )

    @property
    def _form(self) -> SearchForm:
        source = self._sources.get(self.account.value())
        return source.form if source else _NOTHING_ASKED

    def _grey_those_that_cannot(self) -> None:
        model = self.account.combo.model()
        assert isinstance(model, QStandardItemModel)  # noqa: S101 - Qt's own model of a drop-down list
        for row, one in enumerate(self._sources.values()):
            model.item(row).setEnabled(not one.form.refusal)

    def _show_account(self) -> None:
        """Ask for what this account can be asked; what the one before had found goes."""
        form, account_id = self._form, self.account.value()
        self._number += 1
        self.text_label.setText(form.label)
        self.text.setPlaceholderText(form.hint)
        self.text.setAccessibleName(form.label)
        self.kind.setVisible(form.asks_kind)
        self.more.setVisible(bool(form.fields))
        self._put_fields(SearchFields((), {}, self._context.services.clock.now().date()))
        self._show_found([])
        self.message.say("")
        if form.fields:
            self._context.tasks.query(
                lambda view: read_options(view, account_id),
                lambda options: self._show_fields(form, options),
                self,
                "of",
            )

    def _show_fields(self, form: SearchForm, options: Options) -> None:
        fields = SearchFields(form.fields, options, self._context.services.clock.now().date())
        fields.search_wished.connect(self.search)
        self._put_fields(fields)
        self._switch()
        self._unfold()

    def _put_fields(self, fields: SearchFields) -> None:
        emptied(self._fields_place)
        self.fields = fields
        fields.setVisible(False)
        self._fields_place.addWidget(fields)

    def _unfold(self) -> None:
        self.fields.setVisible(self.more.isChecked() and bool(self._form.fields))

    def _switch(self) -> None:
        self.fields.switch_off(bool(self.text.text().strip()))

    def _take(self, number: int, found: Sequence[PulledOrder]) -> None:
        if number != self._number:
            return
        self._show_found(found)
        most = self._form.most
        more = " There may be more: ask more closely." if most and len(found) >= most else ""
        self.message.say(f"{count_in_words(len(found), 'order')} found.{more}" if found else "The server finds none.")
        if found:
            self.found.setFocus()

    def _show_found(self, found: Sequence[PulledOrder]) -> None:
        self.found.show_found(found)
        self.pages.setCurrentIndex(1 if found else 0)
        self._enable()
        if found:
            self._look_here()

    def _fail(self, number: int, error: TechDeskError) -> None:
        if number == self._number:
            self.message.say(str(for_online(error)), "error")
            self._enable()

    def _look_here(self) -> None:
        """Find out which of the found orders are on this computer."""
        account_id, ids = self.account.value(), self.found.server_ids
        self._context.tasks.query(lambda view: _here(view, account_id, ids), self._show_here, self, "here")

    def _show_here(self, here: Mapping[str, OrderRef]) -> None:
        self.found.show_here(here)
        self._enable()

    def _changed(self, changes: Changes) -> None:
        if changes.list_changed and self.found.rowCount():
            self._look_here()

    def _enable(self) -> None:
        missing = len(self.found.missing)
        self.bring_button.setText(f"&Bring {missing} here" if missing > 1 else "&Bring here")
        self.bring_button.setEnabled(missing > 0)
        self.open_button.setEnabled(self.found.current_here is not None)
        self.find_button.setEnabled(self.account.value() is not None)

    def _enter(self) -> None:
        """Open the order that is here; bring it where it is not."""
        if self.found.current_here:
            self._open()
        else:
            self._bring()

    def _open(self) -> None:
        ref = self.found.current_here
        if ref:
            self.order_wished.emit(ref)
            self.accept()

    def _bring(self) -> None:
        account_id, services, missing = self.account.value(), self._context.services, self.found.missing
        if not missing:
            return
        self.bring_button.setEnabled(False)
        number = self._number
        self.message.say(f"Fetching {count_in_words(len(missing), 'order')}…")
        self._context.tasks.background(
            lambda: services.bring_orders(account_id, missing),
            self._brought,
            lambda error: self._fail(number, error),
            self,
        )

    def _brought(self, changes: Changes) -> None:
        verb = "is" if len(changes.orders) == 1 else "are"
        self.message.say(f"{count_in_words(len(changes.orders), 'order')} {verb} here now. Enter opens it.", "good")
        self._look_here()
        self._context.tasks.report_changes(changes)

    def _lay_out(self) -> None:
        where, what = QVBoxLayout(), QVBoxLayout()
        for column in (where, what):
            column.setSpacing(Space.XS)
        where.addWidget(plain_label("Account", "section", wrap=False))
        where.addWidget(self.account)
        what.addWidget(self.text_label)
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        for widget, stretch in ((self.text, 1), (self.kind, 0), (self.find_button, 0), (self.more, 0)):
            line.addWidget(widget, stretch)
        what.addLayout(line)
        top = QHBoxLayout()
        top.setSpacing(Space.M)
        top.addLayout(where, 1)
        top.addLayout(what, 3)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.message, 1)
        for button in (push_button("&Close", self.reject), self.open_button, self.bring_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addLayout(top)
        layout.addLayout(self._fields_place)
        nothing = plain_label(_NOTHING_YET, "muted")
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages.addWidget(nothing)
        self.pages.addWidget(self.found)
        layout.addWidget(self.pages, 1)
        layout.addLayout(buttons)
        self._put_fields(self.fields)


def _name(source: Source) -> str:
    return f"{source.account.name} – {source.form.refusal}" if source.form.refusal else source.account.name


def _here(view: ReadTransaction, account_id: str, server_ids: Sequence[str]) -> Mapping[str, OrderRef]:
    known = ((one, view.record_by_server_id(account_id, RecordType.ORDER, one)) for one in server_ids)
    return {server_id: OrderRef(account_id, one.record_id) for server_id, one in known if one and not one.deleted}
