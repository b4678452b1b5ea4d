"""The desk in windows: open the desk, wire it to the main window, serve other processes, and close all in order."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices
from techdesk.application.settings import THEME
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.desk.clock import SystemClock
from techdesk.desk.desk import Desk
from techdesk.desk.logs import REDACTION
from techdesk.desk.opening import Opening, open_in_background
from techdesk.desk.places import Places
from techdesk.domain.errors import (
    NoKeyringError,
    SecretsError,
    StoreCorruptError,
    StoreError,
    StoreLockedError,
    StoreNotUpdatedError,
    StoreTooNewError,
    TechDeskError,
    WrongRecoveryCodeError,
)
from techdesk.store.settings_file import SettingsFile
from techdesk.ui import crash
from techdesk.ui.context import Context
from techdesk.ui.formats import Formats
from techdesk.ui.icons import Icons
from techdesk.ui.main_window import MainWindow, show_fitting
from techdesk.ui.notices import Notices
from techdesk.ui.phrases import joined
from techdesk.ui.signals import QuitOnSignal
from techdesk.ui.tasks import Tasks
from techdesk.ui.theme import Theme
from techdesk.ui.tidying import Tidying

if TYPE_CHECKING:
    from techdesk.instance.claim import Claim
    from techdesk.ui.opening.opening_window import OpeningWindow
    from techdesk.ui.opening.unlock import CodeUse, OpeningFailed

AnswerRequest = Callable[[DeskServices, Mapping[str, Any], Callable[[Changes], object]], Mapping[str, Any]]
"""Runs a command that another process asked for; the command line's, handed in because windows do not know it."""


def run(places: Places, claim: Claim, options: WindowOptions, answer_request: AnswerRequest) -> int:
    """Open the window on a claimed desk and return the exit code for the shell once it is closed.

    Raises:
        StoreError: Other processes cannot be served.
    """
    app = QApplication(["techdesk"])
    front = Front(app, places, options)
    claim.serve(lambda request: front.answer(request, answer_request))
    front.await_desk(options.opening)
    signals = QuitOnSignal(app)
    code = app.exec()
    signals.close()
    claim.stop_serving()
    front.close()
    return code


_FIRST_PAINT_MS = 250
_PATIENCE_MS = 400
"""So long a person waits before the first window without a word."""

_BUG = 70
"""Exit code where the desk could not be opened for a fault of our own (`EX_SOFTWARE` of sysexits.h)."""

_BACKUP_WORDS: Mapping[str, str] = {
    BackupReason.HOURLY: "hourly",
    BackupReason.BEFORE_MIGRATION: "before TechDesk was updated",
    BackupReason.BEFORE_BASELINE: "before everything was fetched anew",
    BackupReason.SIGN_OUT: "before a sign-out",
}
"""Why a backup was made."""

_OPENING_PATIENCE_S = 15.0
"""A command that comes while the desk is being opened waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOptions:
    """What the command line says about the window.

    Attributes:
        opening: The desk, which began to open before Qt was imported.
        sample: Sign in to the built-in server, with this many sample orders if it has none; None for no.
        theme: `light`, `dark` or `system` for this run; empty for the person's own choice.
    """

    opening: Opening
    sample: int | None = None
    theme: str = ""


class Front(QObject):
    """One run of the window, from the first thread to the last."""

    _done = Signal(object)
    _raise_wished = Signal()
    _store_told = Signal(object)

    def __init__(self, app: QApplication, places: Places, options: WindowOptions) -> None:
        super().__init__()
        self._app = app
        self._places = places
        self._options = options
        self._theme = Theme()
        self._shown: QWidget | None = None
        self._desk: Desk | None = None
        self._tasks: Tasks | None = None
        self._tidying: Tidying | None = None
        self._settled = threading.Event()
        self._after_paint = QTimer(self, singleShot=True, interval=_FIRST_PAINT_MS)
        self._opening = options.opening
        self._password = ""
        self._opening_window: OpeningWindow | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._show_opening)
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._raise_wished.connect(self._raise)
        app.setQuitOnLastWindowClosed(False)  # between a password and the main window there is none
        app.setApplicationName("TechDesk")
        app.setDesktopFileName("techdesk")
        self._theme.install(app)

    def await_desk(self, opening: Opening) -> None:
        """Show the main window once the desk is open, or say why it is not; where it takes long, say what is done."""
        self._opening = opening
        self._patience.start()
        opening.add_done_callback(self._done.emit)

    def answer(self, request: Mapping[str, Any], answer_request: AnswerRequest) -> Mapping[str, Any]:
        """Answer another process; called from the socket's threads."""
        if "raise" in request:
            self._raise_wished.emit()
            return {"raised": True}
        self._settled.wait(_OPENING_PATIENCE_S)
        desk, tasks = self._desk, self._tasks
        if desk is None or tasks is None:
            return {"exit": 2, "out": "", "err": "techdesk: The window has not opened its data yet\n"}
        return answer_request(desk, request, tasks.report_changes)

    def close(self) -> None:
        """Finish what runs, stop all threads and close the desk."""
        self._after_paint.stop()
        self._patience.stop()
        if self._tidying:
            self._tidying.close()
        if self._tasks:
            self._tasks.close()
        if self._desk:
            self._desk.close()

    def _take(self, opening: Opening) -> None:
        """Go on with what the opening brought; in the window's thread."""
        self._patience.stop()
        told, self._opening_window = self._opening_window, None
        error = opening.exception()
        if error is not None and not isinstance(error, TechDeskError):
            self._app.exit(_BUG)  # the opening's thread has told what it is
        elif told is not None and not told.isVisible():
            self._leave(opening)
        elif error is not None:
            self._explain(error)
        else:
            self._show(opening.result())
        if told:
            told.close()
            told.deleteLater()

    def _show_opening(self) -> None:
        """Say what is done, as it takes long."""
        from techdesk.ui.opening.opening_window import OpeningWindow

        gc.enable()
        self._dress_early()
        opening = self._opening
        self._shown = self._opening_window = OpeningWindow(lambda: opening.step)
        self._shown.show()

    def _leave(self, opening: Opening) -> None:
        """End, as the person closed the window that said what is done; an error is told by the next start."""
        self._shown = None
        self._settled.set()
        if opening.exception() is None:
            self._desk = opening.result()
        self._app.quit()

    def _dress_early(self) -> None:
        """Put on the colours of the person's choice, and the icon, before there is a desk."""
        chosen = SettingsFile(self._places.settings_file).get(THEME, "system")
        self._theme.apply(self._app, self._options.theme or chosen)
        self._app.setWindowIcon(Icons(self._theme).task_bar_icon("techdesk", "accent"))

    def _show(self, desk: Desk) -> None:
        """Show the main window over the opened desk."""
        self._theme.choose(self._app, self._options.theme or desk.settings.get(THEME, "system"))
        tasks = Tasks(desk.store)
        self._desk, self._tasks = desk, tasks
        self._settled.set()
        notices = Notices()
        self._store_told.connect(partial(_tell_about_store, notices), Qt.ConnectionType.QueuedConnection)
        context = Context(
            services=desk,
            tasks=tasks,
            theme=self._theme,
            icons=Icons(self._theme),
            formats=Formats(desk.clock),
            notices=notices,
        )
        crash.install(crash.CrashReports(self._places.log / "crashes", REDACTION.redacted), context.notices)
        threading.excepthook = _as_crash
        window = self._shown = MainWindow(context)
        self._theme.dress(self._app)
        show_fitting(window, window.screen().availableSize())
        self._app.setQuitOnLastWindowClosed(True)
        self._after_paint.timeout.connect(partial(self._go_on, desk, tasks, window))
        self._after_paint.start()
        if self._options.sample is not None:
            window.opens.sample(window.welcome, self._options.sample)

    def _go_on(self, desk: Desk, tasks: Tasks, window: MainWindow) -> None:
        """Do what the first rows need not wait for, one thing after the other, as each slows down the others."""
        self._tidying = Tidying(tasks, self)
        desk.look_after_store(self._store_told.emit)
        window.work.table.viewport()  # the first one that Qt hands out makes Python learn every kind of widget: 7 ms

        def make_pane(_: object) -> None:
            try:
                window.work.make_pane()
            finally:
                tasks.background(partial(_start_sync, desk, tasks), lambda _: None)

        tasks.background(_import_pane, make_pane, owner=window)

    def _explain(self, error: TechDeskError) -> None:
        """Say why the desk did not open, and ask for what helps."""
        gc.enable()
        self._settled.set()
        self._dress_early()
        from techdesk.ui.opening.unlock import OpeningFailed

        asks_password = self._asks_password(error)
        backups = () if asks_password else self._backups(error)
        dialog = OpeningFailed(error, asks_password, self._code_use(error), backups)
        if isinstance(error, StoreTooNewError):
            self._add_newer_data(dialog, error.unsent)
        dialog.restore_wished.connect(self._restore)
        dialog.try_again.connect(self._try_again)
        dialog.rejected.connect(self._app.quit)
        self._shown = dialog
        dialog.show()

    def _add_newer_data(self, dialog: OpeningFailed, unsent: int | None) -> None:
        """Let the person save what is unsent in data that this TechDesk does not open."""
        from techdesk.desk.newer import save_newer_in_background
        from techdesk.ui.fitting import grow
        from techdesk.ui.opening.newer_data import NewerData

        block = NewerData(unsent, lambda path: save_newer_in_background(self._places, path, self._password or None))
        block.grown.connect(partial(grow, dialog))
        dialog.add(block)

    def _try_again(self, password: str, code: str) -> None:
        self._password = password or self._password
        self.await_desk(open_in_background(self._places, password, code))

    def _restore(self, name: str) -> None:
        from techdesk.desk.restoring import restore_in_background

        self.await_desk(restore_in_background(self._places, name, self._password or None))

    def _asks_password(self, error: TechDeskError) -> bool:
        """Say whether a master password helps: an old one opens the sealed file, a new one stands in for a keyring."""
        if self._places.sealed.exists():
            return isinstance(error, StoreLockedError | SecretsError)
        return isinstance(error, NoKeyringError) and not self._places.has_data

    def _backups(self, error: TechDeskError) -> list[tuple[str, str]]:
        """Return the name and the words of each backup to choose from, where going back to one helps."""
        if not isinstance(error, StoreCorruptError | StoreLockedError | StoreNotUpdatedError | StoreTooNewError):
            return []
        from techdesk.desk.restoring import backups_of

        formats = Formats(SystemClock())
        fitting = error.backups if isinstance(error, StoreTooNewError) else None
        return [
            (one.name, joined(formats.when(one.taken_at), _BACKUP_WORDS.get(one.reason, one.reason.replace("-", " "))))
            for one in backups_of(self._places)
            if fitting is None or one.name in fitting
        ]

    def _code_use(self, error: TechDeskError) -> CodeUse:
        """Say whether the recovery code helps: it opens a store that is there, and whose key cannot be had."""
        from techdesk.ui.opening.unlock import CodeUse

        is_locked = isinstance(error, StoreLockedError | SecretsError | WrongRecoveryCodeError)
        if not is_locked or not self._places.has_data:
            return CodeUse.NONE
        has_keyring = not self._places.sealed.exists() and not isinstance(error, NoKeyringError)
        return CodeUse.KEYRING if has_keyring else CodeUse.SEALED_FILE

    def _raise(self) -> None:
        if self._shown:
            self._shown.setWindowState(self._shown.windowState() & ~Qt.WindowState.WindowMinimized)
            self._shown.show()
            self._shown.raise_()
            self._shown.activateWindow()


def _import_pane() -> None:
    """Import beside the window what it would stop for when the first order shows, which tells what cannot be."""
    with suppress(ImportError):
        import_module("techdesk.ui.detail.pane")
        import_module("techdesk.application.commands")


def _start_sync(desk: Desk, tasks: Tasks) -> None:
    """Begin to sync, and import what the account dialog needs; the window would stop for either's imports."""
    desk.start_sync(tasks.report_sync, tasks.report_changes)
    desk.systems()


def _tell_about_store(notices: Notices, news: StoreNews) -> None:
    """Show what the store tells by itself; what is bad stays until it is closed."""
    if news.is_bad:
        notices.error(StoreError(news.title, news.hint))
    else:
        notices.tell(news.title, news.hint)


def _as_crash(crashed: threading.ExceptHookArgs) -> None:
    """Report a bug of any thread as one of the window's own."""
    if crashed.exc_value is not None:
        sys.excepthook(crashed.exc_type, crashed.exc_value, crashed.exc_traceback)
