"""Show one section of an account's administration: its records and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from techdesk.application.administration import Administration, AdminKind, Made, position_at
from techdesk.domain.errors import OutcomeUnknownError, TechDeskError
from techdesk.domain.records import Document
from techdesk.ui.administration.online import Online
from techdesk.ui.administration.record_dialog import RecordDialog
from techdesk.ui.administration.records import RecordTable
from techdesk.ui.administration.secrets_dialog import SecretsDialog
from techdesk.ui.administration.sections import AdminSection, Around
from techdesk.ui.asking import ask
from techdesk.ui.blocks import MessageLine, plain_label, push_button
from techdesk.ui.leading import Leading
from techdesk.ui.phrases import count_in_words
from techdesk.ui.theme import Space

LOST = "The answer was lost on the way. This is what the server has now"
_LOST_SECRETS = {
    AdminKind.TOKEN: "The token was made, but its text was lost on the way. Revoke it and make another",
    AdminKind.CLIENT: "The client was made, but its keys were lost on the way. Give it new keys",
}
_SHOWN_TO_CHOOSE = frozenset({AdminKind.STATUS, AdminKind.SERVICE_TYPE, AdminKind.HOURLY_RATE, AdminKind.USER})
_SECRET_WORDS = {
    "token": "Token",
    "access_key": "Access key",
    "signing_key": "Signing key",
    "signing_secret": "Signing secret",
}

_Found = tuple[Sequence[Document], Sequence[Document]]


class RecordsPage(Leading):
    """List the records of a section."""

    def __init__(self, online: Online, section: AdminSection, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._online = online
        self._context = online.context
        self.section = section
        self._around = around
        self._is_busy = False
        self._told: tuple[str, str] | None = None
        self._wanted_id = ""
        self.table = RecordTable(self._context, section.columns(around), self)
        self.table.setAccessibleName(section.label)
        self.message = MessageLine()
        self.again = push_button("Try a&gain", self.read)
        self.again.hide()
        self.buttons: dict[str, QPushButton] = {}
        self._bar = QHBoxLayout()
        self._bar.setSpacing(Space.S)
        self._add_buttons()
        self._lay_out()
        self._connect()
        self.read()

    def read(self) -> None:
        """Read the records again."""
        kind = self.section.kind
        self.again.hide()
        if self._told is None:
            self.message.say("Reading…")

        def look(admin: Administration) -> _Found:
            people = admin.records(AdminKind.USER) if kind is AdminKind.TOKEN else ()
            return admin.records(kind), people

        self._online.ask(look, self._show, self._not_read, self)

    def add(self) -> None:
        """Open the dialog for a new record."""
        if self.section.adds and not self._is_busy:
            self._open(None)

    def change(self) -> None:
        """Open the dialog for the chosen record."""
        if self.section.changes and self.table.chosen and not self._is_busy:
            self._open(self.table.chosen)

    def bring(self, at: int, to: int) -> None:
        """Bring the record at one place to another."""
        records = self.table.records
        if at == to or not 0 <= at < len(records) or not 0 <= to < len(records) or self._is_busy:
            return
        position, record_id = position_at(records, at, to), self.section.kind.id_of(records[at])
        moved = [*records[:at], *records[at + 1 :]]
        self.table.show_records([*moved[:to], records[at], *moved[to:]], to)
        change = {"position": position}
        self._do(lambda admin: admin.change(self.section.kind, record_id, change), lambda _: self._done("Moved"))

    def revoke(self) -> None:
        """Ask, then make the chosen token worthless."""
        chosen = self.table.chosen
        if self.section.kind is not AdminKind.TOKEN or not chosen or "revoked_at" in chosen or self._is_busy:
            return
        token_uid, name = str(chosen["token_uid"]), chosen.get("display_name", "")
        question = f"Revoke this token of {name}? Whoever uses it cannot sign in with it any more."

        def act() -> None:
            self._do(lambda admin: admin.revoke_token(token_uid), lambda _: self._done("Revoked"))

        ask(self.window(), question, "Revoke", act)

    def renew_keys(self) -> None:
        """Ask, then give the chosen client new keys."""
        chosen = self.table.chosen
        if self.section.kind is not AdminKind.CLIENT or not chosen or self._is_busy:
            return
        client_id, name = str(chosen["client_id"]), chosen.get("name", "")
        question = f"Give “{name}” new keys? The old ones are worthless at once."

        def act() -> None:
            self._do(lambda admin: admin.renew_keys(client_id), lambda made: self._made(made, is_new=False))

        ask(self.window(), question, "New keys", act)

    def _open(self, record: Document | None) -> None:
        dialog = RecordDialog(self._online, self.section, self._around, record, self.window())
        dialog.know(self.table.records)
        dialog.made.connect(lambda made: self._made(made, is_new=record is None))
        dialog.open()

    def _do(self, work: Callable[[Administration], Any], done: Callable[[Any], None]) -> None:
        """Do something at once; the list is read again whatever comes of it."""
        self._set_busy(True)
        self.message.say("Saving…")
        self._online.ask(work, done, self._failed, self)

    def _made(self, came: Made, *, is_new: bool) -> None:
        """Show what a record's dialog or new keys brought."""
        kind = self.section.kind
        self._wanted_id = kind.id_of(came.record) or self._wanted_id
        lost = is_new and kind in _LOST_SECRETS and not came.secrets
        if came.secrets:
            shown = {words: came.secrets[name] for name, words in _SECRET_WORDS.items() if name in came.secrets}
            title = f"New {self.section.noun}" if is_new else "New keys"
            SecretsDialog(self._context, title, self._address(came.record) | shown, self.window()).open()
        self._done(_LOST_SECRETS[kind] if lost else "Saved", "warn" if lost else "good")

    def _done(self, words: str, role: str = "good") -> None:
        self._set_busy(False)
        if self.section.kind in _SHOWN_TO_CHOOSE:
            self._online.renew(self._context.notices.error, self)
        self._told = words, role
        self.read()

    def _failed(self, error: TechDeskError) -> None:
        self._set_busy(False)
        self._told = (LOST if isinstance(error, OutcomeUnknownError) else str(error)), "error"
        self.read()

    def _address(self, record: Document) -> dict[str, str]:
        """Return where a client delivers to; nothing for a token."""
        client_id = record.get("client_id")
        if not client_id:
            return {}
        address = f"{self._online.account.address}/v1/Clients/{client_id}/ServiceChannelWorkOrders"
        return {"Delivers to": address, "Client id": str(client_id)}

    def _show(self, found: _Found) -> None:
        records, people = found
        kind = self.section.kind
        if people:
            active = {str(one["tenant_user_uid"]): one.get("display_name", "") for one in people if one.get("active")}
            self._around = replace(self._around, people=active)
        chosen = self._wanted_id or (kind.id_of(self.table.chosen) if self.table.chosen else "")
        self._wanted_id = ""
        place = next((at for at, one in enumerate(records) if kind.id_of(one) == chosen), self.table.place)
        self.table.show_records(records, place)
        if self._told:
            self.message.say(*self._told)
        else:
            self.message.say(count_in_words(len(records), self.section.noun, self.section.nouns))
        self._told = None
        self._enable()

    def _not_read(self, error: TechDeskError) -> None:
        words, role = self._told or (str(error), "error")
        self.message.say(words if self._told is None else f"{words}. {error}", role)
        self._told = None
        self.again.show()

    def _set_busy(self, busy: bool) -> None:
        self._is_busy = busy
        self._enable()

    def _enable(self) -> None:
        """Grey what cannot be done with the chosen record now."""
        table, chosen = self.table, self.table.chosen
        can = {
            "add": True,
            "change": chosen is not None,
            "up": table.place > 0,
            "down": 0 <= table.place < len(table.records) - 1,
            "revoke": chosen is not None and "revoked_at" not in chosen,
            "keys": chosen is not None and chosen.get("active", True),
        }
        for name, button in self.buttons.items():
            button.setEnabled(not self._is_busy and can[name])

    def _add_buttons(self) -> None:
        section, kind = self.section, self.section.kind
        offered = {
            "add": (section.adds, f"&Add {section.noun}…", self.add, "Insert"),
            "change": (section.changes, "C&hange…", self.change, "Enter"),
            "up": (section.moves, "Move &up", lambda: self._shift(-1), "Alt+Up"),
            "down": (section.moves, "Move &down", lambda: self._shift(1), "Alt+Down"),
            "revoke": (kind is AdminKind.TOKEN, "&Revoke…", self.revoke, "Delete"),
            "keys": (kind is AdminKind.CLIENT, "New &keys…", self.renew_keys, "The old ones are worthless then"),
        }
        for name, (is_offered, words, pressed, tip) in offered.items():
            if is_offered:
                self.buttons[name] = push_button(words, pressed, tip)
                self._bar.addWidget(self.buttons[name])
        self._bar.addStretch(1)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.message, 1)
        foot.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(self.section.label, "title"))
        layout.addWidget(plain_label(self.section.about, "muted"))
        layout.addLayout(self._bar)
        layout.addWidget(self.table, 1)
        layout.addLayout(foot)
        self.lead_to(self.table)

    def _connect(self) -> None:
        table = self.table
        table.doubleClicked.connect(lambda _: self.change())
        table.key_pressed.connect(lambda key: self.revoke() if key == Qt.Key.Key_Delete else self.change())
        table.selectionModel().currentChanged.connect(lambda *_: self._enable())
        keys: dict[str, Callable[[], None]] = {"Insert": self.add, "F5": self.read}
        if self.section.moves:
            table.let_move()
            table.move_wished.connect(self.bring)
            keys |= {"Alt+Up": lambda: self._shift(-1), "Alt+Down": lambda: self._shift(1)}
        for key, act in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _shift(self, step: int) -> None:
        self.bring(self.table.place, self.table.place + step)
