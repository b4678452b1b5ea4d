"""The recovery code in the window: shown by groups, printed, saved as text for its owner alone."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QLabel

from techdesk.domain.errors import KeyringSlowError
from techdesk.domain.recovery_code import key_of_code, recovery_sheet
from techdesk.ui.actions import ACTIONS
from techdesk.ui.dialogs.recovery_dialog import RecoveryDialog
from techdesk.ui.on_demand import OnDemand
from techdesk.ui.opening.welcome import Welcome
from tests.support.ui_desk import UiDesk


def opened(desk: UiDesk) -> RecoveryDialog:
    dialog = RecoveryDialog(desk.context)
    dialog.show()
    desk.qtbot.waitUntil(lambda: bool(dialog.shown))
    return dialog


def test_it_shows_the_code_in_numbered_groups(desk: UiDesk) -> None:
    dialog = opened(desk)
    texts = [one.text() for one in dialog.findChildren(QLabel)]
    assert key_of_code(dialog.shown) == bytes(range(32))
    assert [group for group in dialog.shown.split("-") if group not in texts] == []
    assert [str(number) for number in range(1, 15) if str(number) not in texts] == []


def test_a_saved_code_is_its_owners_alone(desk: UiDesk, tmp_path: Path) -> None:
    dialog, path = opened(desk), tmp_path / "code.txt"
    dialog.save_to(path)
    desk.qtbot.waitUntil(lambda: dialog.message.text() == f"Saved as {path}")
    assert path.read_text() == recovery_sheet(dialog.shown)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_it_cannot_be_saved_is_told(desk: UiDesk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.save_to(tmp_path / "no folder" / "code.txt")
    desk.qtbot.waitUntil(
        lambda: "could not be" in dialog.message.text() or "not saved" in dialog.message.text().lower()
    )


def test_it_is_printed_whole_on_one_page(desk: UiDesk, tmp_path: Path) -> None:
    dialog, path = opened(desk), tmp_path / "code.pdf"
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    dialog.print_on(printer)
    desk.qtbot.waitUntil(lambda: dialog.message.text() == "Printed", timeout=15_000)
    document = pypdfium2.PdfDocument(io.BytesIO(path.read_bytes()))
    assert len(document) == 1
    printed = document[0].get_textpage().get_text_bounded()
    assert [group for group in dialog.shown.split("-") if group not in printed] == []
    document.close()


def test_a_keyring_that_does_not_answer_is_told_and_nothing_can_be_printed(desk: UiDesk) -> None:
    desk.desk.key_refusal = KeyringSlowError()
    dialog = RecoveryDialog(desk.context)
    dialog.show()
    desk.qtbot.waitUntil(lambda: dialog.message.text() == str(KeyringSlowError()))
    assert not dialog.print_button.isEnabled()
    assert not dialog.save_button.isEnabled()


def test_the_menu_and_the_first_page_lead_to_it(desk: UiDesk) -> None:
    (action,) = [one for one in ACTIONS if one.name == "recovery_code"]
    assert (action.menu, action.plain_label) == ("Help", "Recovery code…")
    welcome = Welcome(desk.context)
    desk.qtbot.addWidget(welcome)
    on_demand = OnDemand(desk.context, welcome)
    welcome.recovery_wished.connect(on_demand.recovery_code)
    welcome.show()
    welcome.recovery.click()
    (dialog,) = welcome.findChildren(RecoveryDialog)
    desk.qtbot.waitUntil(lambda: bool(dialog.shown))
    dialog.close()
