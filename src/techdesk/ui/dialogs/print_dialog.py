"""Show an order's papers as they will be printed; print them or save them as PDF.

Made here, without a network, or fetched from the server where it makes some.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from techdesk.application.order_detail import OrderDetail, hours_with_prices, items_with_totals
from techdesk.domain.errors import FileNotSavedError, TechDeskError
from techdesk.domain.records import RecordedEvent
from techdesk.papers import PaperKind, Sheet, file_name, make_paper, with_installed_fonts
from techdesk.ui.blocks import MessageLine, emptied, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.own_folder import own_folder
from techdesk.ui.pages import missing_characters, page_images, print_pages, take_paper
from techdesk.ui.phrases import shortened
from techdesk.ui.theme import Space

_LACKS_SHOWN = 60
_SHOWN_PAGES = 12
"""A preview of more would cost more memory than it is worth; printed are all."""

_PAGE_WIDTH = 600
_TYPING_MS = 400
_SHOP = "papers.shop"

_Made = tuple[bytes, list[QImage], int, str]


class PrintDialog(QDialog):
    """Offer the papers of one order, as it was when the dialog was opened."""

    def __init__(self, context: Context, detail: OrderDetail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Print")
        self.setMinimumSize(520, 460)
        self.resize(720, 680)
        self._context = context
        self._setting = f"{_SHOP}.{detail.account.account_id}"
        shop = context.services.settings.get(self._setting) or detail.account.name
        self._sheet = sheet_of(detail, shop, context)
        self._number = 0
        self._pdf = b""
        self.kinds = QTabBar()
        self.kinds.setAccessibleName("Paper")
        self.kinds.setExpanding(False)
        for kind in PaperKind:
            self.kinds.addTab(kind.label)
        self.shop = QLineEdit(shop)
        self.shop.setAccessibleName("Name at the top")
        self.shop.setMaxLength(80)
        self.from_server = QCheckBox("&From the server")
        reason = _why_not_from_server(context, detail)
        self.from_server.setEnabled(not reason)
        self.from_server.setToolTip(reason or "Show the paper that the server makes, without unsent work")
        self._fetch = partial(context.services.report, detail.ref.account_id, detail.shown.document)
        self.message = MessageLine()
        self.pages = QWidget()
        self.save_button = push_button("&Save as PDF…", self._ask_where)
        self.print_button = push_button("&Print…", self._ask_printer, "Choose a printer", "primary")
        self._typing = QTimer(self, interval=_TYPING_MS, singleShot=True)
        self._lay_out()
        self._typing.timeout.connect(self._make)
        self.kinds.currentChanged.connect(lambda _: self._make())
        self.from_server.toggled.connect(lambda _: self._make())
        self.shop.textEdited.connect(lambda _: self._typing.start())
        self._make()

    @property
    def kind(self) -> PaperKind:
        """Return the paper that is shown."""
        return list(PaperKind)[self.kinds.currentIndex()]

    @property
    def is_ready(self) -> bool:
        """Say whether the paper is shown and can be printed."""
        return bool(self._pdf)

    def save_to(self, path: Path) -> None:
        """Write the paper that is shown to a file."""
        pdf = self._pdf
        self._context.tasks.background(
            lambda: _write(path, pdf), lambda _: self.message.say(f"Saved as {path}"), self._tell, self
        )

    def print_on(self, printer: QPrinter) -> None:
        """Print the paper that is shown, in its exact size whatever the printer was set to."""
        pdf = self._pdf
        take_paper(printer, pdf)
        self.message.say("Printing…")
        self._context.tasks.background(
            lambda: print_pages(pdf, printer), lambda _: self.message.say("Printed"), self._tell, self
        )

    def _make(self) -> None:
        """Make the paper and its pictures elsewhere; the answer to an older wish is dropped."""
        self._typing.stop()
        self._number += 1
        self._show_ready(b"")
        number, kind, fetched = self._number, self.kind, self.from_server.isChecked()
        self.message.say("Asking the server…" if fetched else "")
        self._sheet = replace(self._sheet, shop=self.shop.text().strip())
        self.shop.setEnabled(kind is not PaperKind.LABEL and not fetched)
        sheet, width = self._sheet, round(_PAGE_WIDTH * self.devicePixelRatioF())

        def make() -> _Made:
            pdf = self._fetch(kind.value) if fetched else make_paper(kind, with_installed_fonts(sheet))
            return pdf, *page_images(pdf, width, _SHOWN_PAGES), missing_characters(pdf)

        tasks = self._context.tasks
        tasks.background(make, lambda made: self._show(number, made), lambda error: self._fail(number, error), self)
        if self.shop.isModified():
            self.shop.setModified(False)
            self._context.keep(self._setting, sheet.shop)

    def _show(self, number: int, made: _Made) -> None:
        if number != self._number:
            return
        pdf, images, count, missing = made
        lacks = f"No font here has these characters; □ stands for each: {shortened(missing, _LACKS_SHOWN)}"
        self.message.say(lacks if missing else "")
        layout = self._emptied_pages()
        for image in images:
            layout.addWidget(self._page(image))
        if count > len(images):
            layout.addWidget(plain_label(f"and {count - len(images)} more pages", "muted"))
        self._show_ready(pdf)

    def _fail(self, number: int, error: TechDeskError) -> None:
        """Say why there is no paper; the one that was shown before must not be taken for it."""
        if number == self._number:
            self._emptied_pages()
            self._tell(error)

    def _emptied_pages(self) -> QLayout:
        layout = self.pages.layout()
        assert layout is not None  # noqa: S101 - made in `_lay_out`
        emptied(layout)
        return layout

    def _page(self, image: QImage) -> QLabel:
        image.setDevicePixelRatio(self.devicePixelRatioF())
        page = QLabel()
        page.setPixmap(QPixmap.fromImage(image))
        page.setProperty("role", "page")
        page.setAccessibleName(f"{self.kind.label} of order {self._sheet.number}")
        return page

    def _show_ready(self, pdf: bytes) -> None:
        self._pdf = pdf
        for button in (self.save_button, self.print_button):
            button.setEnabled(bool(pdf))

    def _ask_where(self) -> None:
        path = own_folder() / file_name(self.kind, self._sheet)
        chooser = QFileDialog(self, "Save as PDF", str(path), "PDF (*.pdf)")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix("pdf")
        chooser.selectFile(path.name)
        chooser.fileSelected.connect(lambda name: self.save_to(Path(name)))
        chooser.open()

    def _ask_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(file_name(self.kind, self._sheet))
        take_paper(printer, self._pdf)
        chooser = QPrintDialog(printer, self)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.accepted.connect(lambda: self.print_on(printer))
        QDialog.open(chooser)

    def _tell(self, error: TechDeskError) -> None:
        self.message.say(str(error), "error")

    def _lay_out(self) -> None:
        pages = QVBoxLayout(self.pages)
        pages.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        pages.setSpacing(Space.M)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.pages)
        scroll.setAccessibleName("Preview")
        name = QHBoxLayout()
        label = plain_label("&Name at the top", "muted", wrap=False)
        label.setBuddy(self.shop)
        name.addWidget(label)
        name.addWidget(self.shop, 1)
        name.addWidget(self.from_server)
        buttons = QHBoxLayout()
        buttons.addWidget(self.message, 1)
        for button in (push_button("&Close", self.reject), self.save_button, self.print_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(self.kinds)
        layout.addWidget(scroll, 1)
        layout.addLayout(name)
        layout.addLayout(buttons)


def sheet_of(detail: OrderDetail, shop: str, context: Context) -> Sheet:
    """Return what an order's papers are made from, unsent work counted in, events in the order they happened."""
    order = replace(detail.order, items=items_with_totals(detail))
    events = sorted((one.value for one in detail.events), key=_happened)
    return Sheet(
        order=order, hours=hours_with_prices(detail), events=tuple(events), shop=shop, zone=context.formats.zone
    )


def _why_not_from_server(context: Context, detail: OrderDetail) -> str:
    """Return why the server gives no paper of the order, or empty text if it does."""
    reason = context.services.profile(detail.ref.account_id).no_reports
    return reason or ("" if detail.order.service_order_uid else "The server does not have this order yet")


def _happened(event: RecordedEvent) -> float:
    return event.occurred_at.timestamp() if event.occurred_at else 0.0


def _write(path: Path, pdf: bytes) -> None:
    try:
        path.write_bytes(pdf)
    except OSError as error:
        raise FileNotSavedError from error
