"""Work the real main window over a real desk as a person would: with keys, clicks and typed text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytest import MonkeyPatch
from pytestqt.qtbot import QtBot

from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.instants import zone
from techdesk.instance.claim import claim
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.blocks import StateBadge
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.editors.base import Editor
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor, InstantsEditor
from techdesk.ui.editors.metadata import MetadataEditor
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from techdesk.ui.formats import Formats
from techdesk.ui.icons import Icons
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import Notices
from techdesk.ui.tabs.events import EventCard, EventsTab
from techdesk.ui.tasks import Tasks
from techdesk.ui.theme import Theme
from tests.support.shown_widgets import let_go_of_windows

PATIENCE_MS = 40_000
ZONE = "Europe/Oslo"
"""Where the person sits; what they type is that zone's time."""

_Widget = TypeVar("_Widget", bound=QWidget)


@dataclass(frozen=True)
class At:
    """A date and time as it is typed."""

    text: str

    @property
    def when(self) -> datetime:
        return datetime.strptime(self.text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(ZONE))

    @property
    def epoch_ms(self) -> int:
        return int(self.when.timestamp()) * 1000


class DrivenWindow:
    """A main window on a desk of its own below `home`, put together as `techdesk.window` does."""

    def __init__(self, qtbot: QtBot, home: Path) -> None:
        self.qtbot = qtbot
        places = Places.below(home)
        self._claim = claim(places.run)
        assert self._claim is not None
        self.desk = open_desk(places)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme = Theme()
        theme.install(app, "light")
        self.tasks = Tasks(self.desk.store)
        context = Context(
            services=self.desk,
            tasks=self.tasks,
            theme=theme,
            icons=Icons(theme),
            formats=Formats(self.desk.clock, zone(ZONE)),
            notices=Notices(),
        )
        self.window = MainWindow(context)
        self.window.show()
        self.desk.start_sync(self.tasks.report_sync, self.tasks.report_changes)
        self.wait(lambda: QApplication.activeWindow() is self.window)

    def close(self) -> None:
        """Close the window and the desk, and let go of everything."""
        self.window.close()
        self.tasks.close()
        self.desk.close()
        assert self._claim is not None
        self._claim.release()
        let_go_of_windows()

    def wait(self, is_so: Callable[[], object]) -> None:
        """Let the window live until a condition holds."""
        self.qtbot.waitUntil(lambda: bool(is_so()), timeout=PATIENCE_MS)

    def press(self, keys: str, widget: QWidget | None = None) -> None:
        """Press a key or a shortcut such as `Ctrl+1`."""
        QTest.keySequence(widget or self.window, QKeySequence(keys))

    def click(self, widget: QWidget) -> None:
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)

    def type_over(self, entry: QWidget, text: str) -> None:
        """Replace what an entry holds; what no key of the test keyboard writes is pasted."""
        self.press("Ctrl+A", entry)
        if text.isascii() and "\n" not in text:
            self.qtbot.keyClicks(entry, text)
        else:
            QGuiApplication.clipboard().setText(text)
            self.press("Ctrl+V", entry)

    def dialog(self, kind: type[_Widget]) -> _Widget:
        """Wait for a dialog to have the keyboard."""
        self.wait(lambda: isinstance(QApplication.activeWindow(), kind))
        found = QApplication.activeWindow()
        assert isinstance(found, kind)
        return found

    def sign_in(self, address: str, token: str, system: str = "", **settings: str) -> None:
        """Connect the first account, and wait until all of its orders are here.

        Args:
            address: Where its server is.
            token: Its credential.
            system: What its system is called on the screen; empty for the one that is offered first.
            settings: Further rows of the dialog, each with what is typed or pressed there.
        """
        self.wait(self.window.welcome.isVisible)
        self.click(self.window.welcome.connect_account)
        dialog = self.dialog(AccountDialog)
        if system:
            self.type_into(dialog.form.editor("system"), system)
        for line, text in ((dialog.name, "Workshop"), (dialog.address, address), (dialog.secret, token)):
            self.type_over(line, text)
        for name, text in settings.items():
            if not dialog.form.is_shown(name):
                self.click(dialog.more)
            self.type_into(dialog.form.editor(name), text)
        self.click(dialog.save)
        self.come_back()
        self.wait(self.window.work.isVisible)
        self.wait(lambda: self.connection == "Online" and "as of" in self.window.status.as_of)

    @property
    def connection(self) -> str:
        """What the status bar says about the network."""
        return self.window.status.words

    @property
    def unsent(self) -> str:
        """What the status bar says about unsent work."""
        return self.window.status.unsent.text()

    def open_order(self, number: str) -> None:
        """Find an order in the list and open it with its events."""
        work = self.window.work
        self.press("F9")
        self.press("Ctrl+F")
        search = work.search
        self.wait(search.hasFocus)
        self.type_over(search, number)
        self.wait(lambda: work.table.orders.rowCount() == 1 and self._first_number() == number)
        self.press("Return", search)
        self.wait(lambda: work.pane.detail is not None and work.pane.detail.order.service_number == number)
        self.press("Alt+2")
        self.wait(self.events.isVisible)

    def record(self, keys: str, typed: Mapping[str, Any]) -> str:
        """Record an event by its key, every field of its dialog typed; returns our id of the event."""
        self.press(keys)
        dialog = self.dialog(SavingDialog)
        assert sorted(dialog.form.names) == sorted(typed), "this dialog has other fields"
        for name, value in typed.items():
            self.type_into(dialog.form.editor(name), value)
        return self.save(dialog)

    def save(self, dialog: SavingDialog) -> str:
        """Save a dialog with its key; returns our id of the record it saved."""
        with self.qtbot.waitSignal(dialog.saved, timeout=PATIENCE_MS) as saved:
            self.press("Ctrl+Return", dialog)
        (op_id,) = saved.args[0].op_ids
        self.come_back()
        with self.desk.store.read() as view:
            operation = view.operation(op_id)
        assert operation is not None
        return operation.record_id

    def type_into(self, editor: Editor, value: Any) -> None:
        """Type a value into the editor of its type."""
        if isinstance(editor, TextEditor | LongTextEditor):
            self.type_over(editor.entry(), value)
        elif isinstance(editor, InstantEditor):
            self.type_over(editor.when.line, value.text)
        elif isinstance(editor, InstantsEditor):
            for one in value:
                self.type_over(editor.next_slot.line, one.text)
                self.press("Return", editor.next_slot.line)
        elif isinstance(editor, SegmentsEditor):
            self.click(editor.buttons[value])
        elif isinstance(editor, ListEditor):
            self.qtbot.keyClicks(editor.combo, value)
        else:
            assert isinstance(editor, MetadataEditor)
            self._type_pairs(editor, value)

    def _type_pairs(self, editor: MetadataEditor, pairs: Mapping[str, str]) -> None:
        for place, (name, text) in enumerate(pairs.items()):
            if place:
                self.click(editor.add_button)
            self.type_over(editor.rows[place].name, name)
            self.type_over(editor.rows[place].value, text)

    @property
    def events(self) -> EventsTab:
        """The timeline of the open order."""
        tab = self.window.work.pane.tabs.widget(1)
        assert isinstance(tab, EventsTab)
        return tab

    def card(self, record_id: str) -> EventCard | None:
        """Return an event's card on the timeline."""
        return next((one for one in self.events.cards if one.shown.record_id == record_id), None)

    def badges(self, record_ids: Sequence[str]) -> list[str | None]:
        """Return the words of several events' badges."""
        return [self.badge(one) for one in record_ids]

    def badge(self, record_id: str) -> str | None:
        """Return the words of an event's badge, empty where it has none; None while there is no such card."""
        card = self.card(record_id)
        badge = card.findChild(StateBadge) if card else None
        if badge is None:
            return None
        return badge.text() if badge.isVisible() else ""

    def come_back(self) -> None:
        """Wait for a dialog to close, and give the keyboard back to the window as a window manager does."""
        self.wait(lambda: QApplication.activeModalWidget() is None)
        self.window.activateWindow()
        self.wait(lambda: QApplication.activeWindow() is self.window)

    def _first_number(self) -> str:
        row = self.window.work.table.orders.row_at(0)
        return row.number if row else ""


@contextmanager
def driven_window(qtbot: QtBot, home: Path, monkeypatch: MonkeyPatch) -> Iterator[DrivenWindow]:
    """Open a window on a new desk below `home`, and close it."""
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", "horse battery")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    driven = DrivenWindow(qtbot, home)
    try:
        yield driven
    finally:
        driven.close()
