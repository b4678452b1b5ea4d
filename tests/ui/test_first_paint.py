"""What makes the window slow to appear is not there before it appears."""

from __future__ import annotations

import subprocess
import sys


def test_the_window_is_there_before_anything_that_only_an_open_order_needs() -> None:
    heavy = (
        "techdesk.application.order_detail",
        "techdesk.application.commands",
        "techdesk.application.exchange",
        "techdesk.application.sync.account_warnings",
        "techdesk.desk.restoring",
        "techdesk.domain.events",
        "techdesk.domain.money",
        "techdesk.domain.orders",
        "techdesk.domain.records",
        "techdesk.store.repair",
        "techdesk.store.writing",
        "techdesk.ui.dialogs",
        "techdesk.ui.opening.newer_data",
        "techdesk.ui.opening.opening_window",
        "techdesk.ui.opening.unlock",
        "techdesk.ui.wording",
        "techdesk.papers",
        "fpdf",
        "httpx",
        "pydantic",
        "pypdfium2",
        "PySide6.QtPrintSupport",
    )
    look = f"print([one for one in {heavy} if one in sys.modules])"
    command = [sys.executable, "-c", f"import sys, techdesk.window, techdesk.ui.main_window; {look}"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.strip() == "[]"


def test_qt_is_imported_whatever_the_thread_that_opens_the_desk_imports_meanwhile() -> None:
    program = """
import sys, threading
from techdesk.__main__ import open_beside_qt
from techdesk.desk import opening

def import_without_a_pause(places):
    def work():
        for number in range(10**6):
            sys.modules[f"beside_{number}"] = sys
    sys.setswitchinterval(1e-6)
    threading.Thread(target=work, daemon=True).start()

opening.open_in_background = import_without_a_pause
open_beside_qt(None)
import PySide6.QtWidgets
sys.stdout.write("imported")
sys.stdout.flush()
__import__("os")._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "imported"), done.stderr[-2000:]
