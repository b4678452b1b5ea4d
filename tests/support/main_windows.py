"""Open the main window over a desk in memory."""

from __future__ import annotations

from techdesk.ui.main_window import MainWindow
from tests.support.ui_desk import UiDesk


def window_on_all_orders(desk: UiDesk) -> MainWindow:
    """Return a window that shows all orders, once it has counted them and has the keyboard."""
    desk.desk.settings.set("list.view", "all")
    made = MainWindow(desk.context)
    made.show()
    desk.qtbot.waitUntil(lambda: made.status._count.text() != "")
    desk.wait_active(made)
    return made
