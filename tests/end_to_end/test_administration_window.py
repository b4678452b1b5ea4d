"""An administrator at the window, by keys alone: a status gets another name and place, and the order list shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import httpx
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from techdesk.ui.administration.dialog import AdministrationDialog
from techdesk.ui.administration.page import RecordsPage
from techdesk.ui.administration.record_dialog import RecordDialog
from tests.support.server_process import ServerProcess, running_server
from tests.support.window_driver import DrivenWindow

pytestmark = [
    pytest.mark.slow,
    # what the invisible screen says about the names offered below a line
    pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)"),
]


def names_at(server: ServerProcess) -> list[str]:
    """Return the names of the server's statuses in their order, asked for without the desk."""
    headers = {"Authorization": f"Bearer {server.admin_token}"}
    me = httpx.get(f"{server.address}/v2/me", headers=headers).json()
    path = f"{server.address}/v2/tenants/{me['tenantUid']}/serviceorders/statuses?sortBy=position"
    return [one["name"] for one in httpx.get(path, headers=headers).json()["items"]]


def test_a_status_is_renamed_and_moved_by_keys_alone_and_the_list_follows(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", "horse battery")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    (tmp_path / "server").mkdir()
    with running_server(tmp_path / "server", "--sample", "30") as server:
        before = names_at(server)
        driven = DrivenWindow(qtbot, tmp_path / "home")
        try:
            driven.sign_in(server.address, server.admin_token)
            rename_and_move_the_first(driven)
            driven.press("F9")
            driven.wait(lambda: "Fresh in" in statuses_in_list(driven))
        finally:
            driven.close()
        assert names_at(server) == [before[1], "Fresh in", *before[2:]]


def rename_and_move_the_first(driven: DrivenWindow) -> None:
    driven.press("Ctrl+Shift+M")
    administration = driven.dialog(AdministrationDialog)
    driven.wait(lambda: isinstance(administration.page, RecordsPage) and administration.page.table.records)
    page = administration.page
    assert isinstance(page, RecordsPage)
    driven.press("Return", QApplication.focusWidget())
    driven.press("Return", QApplication.focusWidget())
    form = driven.dialog(RecordDialog)
    typed = QApplication.focusWidget()
    assert typed is not None
    driven.type_over(typed, "Fresh in")
    driven.press("Ctrl+Return", form)
    driven.wait(lambda: page.message.text() == "Saved")
    give_back_keyboard(driven, administration)
    driven.press("Alt+Down", QApplication.focusWidget())
    driven.wait(lambda: page.message.text() == "Moved")
    driven.press("Esc", administration)
    driven.wait(lambda: QApplication.activeModalWidget() is None)
    give_back_keyboard(driven, driven.window)


def give_back_keyboard(driven: DrivenWindow, window: QWidget) -> None:
    """Give the keyboard back to the window below a closed dialog, as a window manager does."""
    window.activateWindow()
    driven.wait(lambda: QApplication.activeWindow() is window)


def statuses_in_list(driven: DrivenWindow) -> set[str]:
    """Return every text of the rows that the window's list shows."""
    model = driven.window.work.table.orders
    return {
        str(model.index(row, column).data()) for row in range(model.rowCount()) for column in range(model.columnCount())
    }
