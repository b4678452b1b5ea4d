"""The print dialog: papers of the open order, shown as they are printed, saved and printed in their exact size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from fpdf import FPDF
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from techdesk.domain.errors import OfflineError
from techdesk.domain.events import RepairStarted
from techdesk.domain.items import Item
from techdesk.domain.money import parse_money
from techdesk.domain.orders import Customer
from techdesk.papers import LABEL_MM, PaperKind, Sheet, make_paper
from techdesk.ui.dialogs.print_dialog import PrintDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.pages import missing_characters
from tests.support.builders import an_order
from tests.support.pdf_text import text_of
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


def opened(desk: UiDesk, kind: PaperKind = PaperKind.WORK_ORDER) -> PrintDialog:
    """Return the dialog of the desk's order with a paper shown."""
    dialog = PrintDialog(desk.context, desk.detail())
    dialog.show()
    dialog.kinds.setCurrentIndex(list(PaperKind).index(kind))
    ready(desk, dialog)
    return dialog


def ready(desk: UiDesk, dialog: PrintDialog) -> None:
    desk.qtbot.waitUntil(lambda: dialog.is_ready and bool(previews(dialog)), timeout=15_000)


def previews(dialog: PrintDialog) -> list[QLabel]:
    return [one for one in dialog.pages.findChildren(QLabel) if not one.pixmap().isNull() and one.isVisible()]


def saved(desk: UiDesk, dialog: PrintDialog, path: Path) -> str:
    """Save the paper and return its text."""
    dialog.save_to(path)
    desk.qtbot.waitUntil(lambda: dialog.message.text() == f"Saved as {path}", timeout=15_000)
    return text_of(path.read_bytes())


def page_and_ink_mm(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return width and height of the first page, and the left, top, right and bottom edge of what is black on it."""
    document = pypdfium2.PdfDocument(path.read_bytes())
    picture = document[0].render(scale=3, grayscale=True)
    dark = [divmod(at, picture.stride) for at, one in enumerate(bytes(picture.buffer)) if one < 90]
    rows, columns = {row for row, _ in dark}, {column for _, column in dark}
    size = tuple(points / 72 * 25.4 for points in document[0].get_size())
    document.close()
    edges = (min(columns), min(rows), max(columns), max(rows))
    return size, tuple(edge / 3 / 72 * 25.4 for edge in edges)


def test_the_papers_of_the_open_order_have_their_key(desk: UiDesk) -> None:
    desk.desk.settings.set("list.view", "all")
    window = MainWindow(desk.context)
    window.show()
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None, timeout=15_000)
    desk.wait_active(window)
    action = window.findChild(QAction, "print")
    assert action is not None
    desk.qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(PrintDialog)))
    dialog = window.findChildren(PrintDialog)[0]
    ready(desk, dialog)
    assert len(previews(dialog)) == 1


def test_without_one_order_the_window_says_why_there_are_no_papers(desk: UiDesk) -> None:
    window = MainWindow(desk.context)
    window.print_order()
    assert desk.told[-1].title == "Select one order"
    assert not window.findChildren(PrintDialog)


def test_each_paper_shows_the_order_with_its_unsent_work(desk: UiDesk, tmp_path: Path) -> None:
    desk.desk.commands.record_event(desk.order, RepairStarted(notes="With the new fuse"))
    desk.desk.commands.add_item(desk.order, Item(name="Fuse 5 A", price=parse_money("39.00 NOK")))
    dialog = opened(desk)
    text = saved(desk, dialog, tmp_path / "work.pdf")
    for wanted in (
        "Work order",
        "10042",
        "Johanna Berg",
        "Dead after a thunderstorm",
        "With the new fuse",
        "39.00 NOK",
    ):
        assert wanted in text
    assert "1 Jun 2026, 11:12" in text, "in the person's zone"
    dialog.kinds.setCurrentIndex(1)
    ready(desk, dialog)
    text = saved(desk, dialog, tmp_path / "receipt.pdf")
    assert "Receipt" in text
    assert "With the new fuse" not in text
    dialog.kinds.setCurrentIndex(2)
    ready(desk, dialog)
    assert "Johanna Berg" in saved(desk, dialog, tmp_path / "label.pdf")


def test_the_preview_has_the_papers_shape_and_ink(desk: UiDesk) -> None:
    dialog = opened(desk, PaperKind.LABEL)
    (page,) = previews(dialog)
    picture = page.pixmap().toImage()
    assert picture.width() / picture.height() == pytest.approx(LABEL_MM[0] / LABEL_MM[1], abs=0.01)
    colors = {picture.pixelColor(x, picture.height() * 12 // 29).name() for x in range(picture.width())}
    assert {"#000000", "#ffffff"} <= colors


def test_what_no_font_can_write_on_the_papers_is_told_before_it_is_printed(desk: UiDesk) -> None:
    desk.put(an_order(title="Kettle", description="محمد ok محمد", customer=Customer(name="Zoë")))
    dialog = opened(desk)
    said = "No font here has these characters; □ stands for each: م ح د"
    assert dialog.message.text() == said
    dialog.kinds.setCurrentIndex(2)
    ready(desk, dialog)
    assert dialog.message.text() == "", "the label does not have the description"


def test_the_keywords_of_somebody_elses_paper_say_nothing_about_characters() -> None:
    foreign = FPDF()
    foreign.add_page()
    foreign.set_keywords("repair bill")
    assert missing_characters(bytes(foreign.output())) == ""


def test_a_very_long_order_shows_its_first_pages_and_how_many_follow(desk: UiDesk) -> None:
    desk.put(an_order(description="Dead after a thunderstorm. " * 3000))
    dialog = opened(desk)
    assert len(previews(dialog)) == 12
    assert any(one.text().endswith("more pages") for one in dialog.pages.findChildren(QLabel))


def test_only_the_latest_wish_is_shown(desk: UiDesk, tmp_path: Path) -> None:
    dialog = PrintDialog(desk.context, desk.detail())
    dialog.show()
    for at in (1, 2, 0, 2):
        dialog.kinds.setCurrentIndex(at)
    ready(desk, dialog)
    text = saved(desk, dialog, tmp_path / "label.pdf")
    assert "Work order" not in text
    assert len(previews(dialog)) == 1


def test_the_name_at_the_top_is_the_accounts_until_it_is_changed_and_is_then_kept(desk: UiDesk, tmp_path: Path) -> None:
    dialog = opened(desk)
    assert "Bench" in saved(desk, dialog, tmp_path / "before.pdf").splitlines()[0]
    dialog.shop.selectAll()
    desk.qtbot.keyClicks(dialog.shop, "Nordic Repair")
    desk.qtbot.waitUntil(lambda: desk.desk.settings.get("papers.shop.a1") == "Nordic Repair", timeout=15_000)
    ready(desk, dialog)
    assert "Nordic Repair" in saved(desk, dialog, tmp_path / "after.pdf").splitlines()[0]
    assert opened(desk).shop.text() == "Nordic Repair"


def test_save_asks_where_and_offers_the_orders_number(desk: UiDesk, tmp_path: Path) -> None:
    dialog = opened(desk)
    desk.qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    chooser = dialog.findChild(QFileDialog)
    assert chooser is not None
    assert Path(chooser.selectedFiles()[0]).name == "workorder-10042.pdf"
    chooser.fileSelected.emit(str(tmp_path / "chosen.pdf"))
    desk.qtbot.waitUntil((tmp_path / "chosen.pdf").exists, timeout=15_000)
    chooser.reject()


def test_a_folder_that_takes_no_file_is_told_in_words(desk: UiDesk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.save_to(tmp_path / "nowhere" / "x.pdf")
    desk.qtbot.waitUntil(lambda: dialog.message.text().startswith("The file could not be saved. Choose another folder"))


@pytest.mark.parametrize("kind", [PaperKind.LABEL, PaperKind.WORK_ORDER])
def test_a_page_is_printed_in_its_exact_size_whatever_the_printer_was_set_to(
    desk: UiDesk, tmp_path: Path, kind: PaperKind
) -> None:
    dialog = opened(desk, kind)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    dialog.print_on(printer)
    desk.qtbot.waitUntil(lambda: dialog.message.text() == "Printed", timeout=30_000)
    dialog.save_to(tmp_path / "saved.pdf")
    desk.qtbot.waitUntil(lambda: dialog.message.text().startswith("Saved"), timeout=15_000)
    size, ink = page_and_ink_mm(tmp_path / "printed.pdf")
    wanted = LABEL_MM if kind is PaperKind.LABEL else (210.0, 297.0)
    assert size == pytest.approx(wanted, abs=0.4)
    assert ink == pytest.approx(page_and_ink_mm(tmp_path / "saved.pdf")[1], abs=0.4)


@pytest.mark.qt_log_ignore("QPainter::begin", extend=True)
def test_a_printer_that_takes_nothing_is_told_in_words(desk: UiDesk, tmp_path: Path) -> None:
    dialog = opened(desk, PaperKind.LABEL)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "nowhere" / "printed.pdf"))
    dialog.print_on(printer)
    desk.qtbot.waitUntil(lambda: dialog.message.text().startswith("The printer did not take it"), timeout=15_000)


def test_print_asks_for_a_printer(desk: UiDesk) -> None:
    dialog = opened(desk, PaperKind.LABEL)
    desk.qtbot.mouseClick(dialog.print_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: bool(dialog.findChildren(QPrintDialog)))
    dialog.findChildren(QPrintDialog)[0].reject()


def test_a_dialog_that_was_closed_in_the_meantime_gets_no_answer(desk: UiDesk) -> None:
    dialog = PrintDialog(desk.context, desk.detail())
    dialog.show()
    dialog.close()
    QApplication.sendPostedEvents()
    again = opened(desk)
    assert previews(again)


# From the server.


def on_the_server(desk: UiDesk) -> PrintDialog:
    """Return the dialog of an order that the server has, with the paper made here shown."""
    desk.put(an_order(service_order_uid="so-1"))
    return opened(desk)


def test_the_servers_paper_is_fetched_shown_and_saved(desk: UiDesk, tmp_path: Path) -> None:
    dialog = on_the_server(desk)
    desk.desk.paper = make_paper(PaperKind.RECEIPT, Sheet(order=an_order(service_number="SERVER-7"), shop="Shop"))
    dialog.from_server.click()
    ready(desk, dialog)
    assert not dialog.shop.isEnabled()
    assert "SERVER-7" in saved(desk, dialog, tmp_path / "server.pdf")
    dialog.kinds.setCurrentIndex(list(PaperKind).index(PaperKind.LABEL))
    ready(desk, dialog)
    assert desk.desk.reports == ["workorder", "label"]
    dialog.from_server.click()
    ready(desk, dialog)
    assert "10042" in saved(desk, dialog, tmp_path / "here.pdf")


def test_without_the_server_its_paper_is_not_shown_and_the_reason_is(desk: UiDesk) -> None:
    dialog = on_the_server(desk)
    desk.desk.refusal = OfflineError()
    dialog.from_server.click()
    desk.qtbot.waitUntil(lambda: dialog.message.text() == str(OfflineError()))
    assert not dialog.is_ready
    assert previews(dialog) == []
    assert not dialog.print_button.isEnabled()


def test_a_damaged_paper_of_the_server_is_told_so(desk: UiDesk) -> None:
    dialog = on_the_server(desk)
    desk.desk.paper = b"%PDF-1.7 and nothing more"
    dialog.from_server.click()
    desk.qtbot.waitUntil(lambda: "damaged" in dialog.message.text())
    assert (dialog.is_ready, dialog.message.property("role")) == (False, "error")
    dialog.from_server.click()
    ready(desk, dialog)
    assert (dialog.message.text(), dialog.message.property("role")) == ("", "muted")


def test_where_the_server_gives_no_paper_the_way_is_grey_with_the_reason(desk: UiDesk) -> None:
    dialog = opened(desk)
    assert not dialog.from_server.isEnabled()
    assert dialog.from_server.toolTip() == "The server does not have this order yet"
    desk.desk.use(replace(desk.desk.guarantees, no_reports="Extend makes no papers"))
    dialog = on_the_server(desk)
    assert (dialog.from_server.isEnabled(), dialog.from_server.toolTip()) == (False, "Extend makes no papers")
