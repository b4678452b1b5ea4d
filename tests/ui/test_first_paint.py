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
