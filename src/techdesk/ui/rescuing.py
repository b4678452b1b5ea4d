"""Save unsent work in a file that another computer can go on with, and take such a file in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from techdesk.application.accounts import Account
from techdesk.application.unsent.rescue import SUFFIX, RescueFile, TakenIn
from techdesk.domain.errors import NotFoundError, TechDeskError
from techdesk.ui.context import Context
from techdesk.ui.dialogs.rescue_dialog import RescueDialog
from techdesk.ui.own_folder import own_folder
from techdesk.ui.phrases import count_in_words

_FILTER = f"Rescue files (*{SUFFIX})"


def choose_where_to_save(context: Context, window: QWidget) -> None:
    """Let the person choose a file, and save all unsent work in it; it stays here, too."""
    day = context.services.clock.now().astimezone(context.formats.zone)
    ask_where_to_save(window, f"{day:%Y-%m-%d}", partial(save, context))


def ask_where_to_save(window: QWidget, day: str, save_in: Callable[[Path], object]) -> None:
    """Let the person choose a new file for unsent work, and go on with it."""
    chooser = _chooser(window, "Save unsent work", f"Unsent work {day}{SUFFIX}")
    chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    chooser.setOption(QFileDialog.Option.DontConfirmOverwrite)  # a file that is there is never written over
    chooser.setDefaultSuffix(SUFFIX.removeprefix("."))
    chooser.fileSelected.connect(lambda name: save_in(Path(name)))
    chooser.open()


def choose_what_to_take_in(context: Context, window: QWidget) -> None:
    """Let the person choose a file, show what is in it, and take it in when they say so."""
    chooser = _chooser(window, "Take in unsent work", "")
    chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
    chooser.fileSelected.connect(lambda name: look_into(context, window, Path(name)))
    chooser.open()


def save(context: Context, path: Path) -> None:
    """Save all unsent work in a file and say how many changes it holds."""

    def told(made: RescueFile) -> None:
        number = len(made.work.unsent)
        stays = "It is" if number == 1 else "They are"
        saved = f"Saved {count_in_words(number, 'change')} in {made.path.name}"
        context.notices.tell(saved, f"{stays} still sent from here. {_key(made)}")

    def failed(error: TechDeskError) -> None:
        if isinstance(error, NotFoundError):
            context.notices.tell(error.title, "Everything you did has been confirmed")
        else:
            context.notices.error(error)

    context.tasks.background(partial(context.services.rescue.export, path), told, failed)


def look_into(context: Context, window: QWidget, path: Path) -> None:
    """Read a file and show what is in it."""
    services = context.services

    def read() -> tuple[RescueFile, list[Account]]:
        with services.store.read() as view:
            accounts = [one for one in view.accounts() if not one.signed_out]
        return services.rescue.read(path), accounts

    def show(found: tuple[RescueFile, list[Account]]) -> None:
        dialog = RescueDialog(context, *found, window)
        dialog.wanted.connect(lambda account_id: _take_in(context, path, account_id))
        dialog.open()

    context.tasks.background(read, show, owner=window)


def _take_in(context: Context, path: Path, account_id: str) -> None:
    def told(taken: TakenIn) -> None:
        context.tasks.report_changes(taken.changes)
        known = f"{taken.known} were here already. " if taken.known else ""
        number = count_in_words(len(taken.op_ids), "change")
        context.notices.tell(f"Took in {number}", f"{known}TechDesk finds out what was sent before it sends anything")
        for one in dict.fromkeys(taken.account_ids):
            context.services.sync_now(one)

    context.tasks.background(partial(context.services.rescue.take_in, path, account_id or None), told)


def _chooser(window: QWidget, title: str, name: str) -> QFileDialog:
    chooser = QFileDialog(window, title, str(own_folder() / name), _FILTER)
    chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return chooser


def _key(file: RescueFile) -> str:
    return f"Its key is {file.fingerprint}"
