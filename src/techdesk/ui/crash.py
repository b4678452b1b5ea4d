"""Turn a bug of ours into a report on disk and one calm sentence; nothing that was saved is touched."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from techdesk import __version__
from techdesk.ui.notices import Notices

_KEPT_REPORTS = 20


class CrashReports:
    """Write what an unexpected exception says, without the values of variables, which may hold secrets."""

    def __init__(self, folder: Path, redact: Callable[[str], str]) -> None:
        """Keep the folder and what removes secrets from text."""
        self._folder = folder
        self._redact = redact

    def write(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Path:
        """Write a report and return its path; only the newest are kept.

        Raises:
            OSError: The folder cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        text = "".join(traceback.format_exception(kind, error, trace))
        path.write_text(f"TechDesk {__version__} on {sys.platform}\n\n{self._redact(text)}", encoding="utf-8")
        for old in sorted(self._folder.glob("*.txt"))[:-_KEPT_REPORTS]:
            old.unlink(missing_ok=True)
        return path


def install(reports: CrashReports, notices: Notices) -> None:
    """Let every exception that nobody caught become a report and a notice; the window goes on."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        sys.__excepthook__(kind, error, trace)
        try:
            path = reports.write(kind, error, trace)
        except OSError:
            notices.tell("Something went wrong inside TechDesk", "What was saved is safe. The report could not be kept")
            return
        notices.tell("Something went wrong inside TechDesk", f"What was saved is safe. The report is in {path}")

    sys.excepthook = report
