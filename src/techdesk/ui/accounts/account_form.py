"""Make the form of an account from what its system says about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QLineEdit

from techdesk.application.account_settings import NO, YES, Setting, SettingKind
from techdesk.application.accounts import COLORS, Account
from techdesk.application.desk_services import SystemInfo
from techdesk.application.network import CA_FILE, NO_PROXY, PROXY, SYSTEM_PROXY
from techdesk.ui.editors.account_color import AccountColorEditor
from techdesk.ui.editors.base import Editor
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.text import TextEditor
from techdesk.ui.forms import Form, FormRow, Section
from techdesk.ui.phrases import joined
from techdesk.ui.theme import Theme

MORE = "more"
"""Name of the section that is folded away."""

SECRET = "secret"  # noqa: S105 - the name of a row
BUTTON_KEYS = "ecvm"
"""Alt+letters of the buttons: Test, Cancel, Save, More settings."""

NETWORK_ROWS: Mapping[str, Setting] = {
    PROXY: Setting(
        label="Proxy",
        hint="none, system, or http://proxy.example.com:8080",
        choices={NO_PROXY: "No proxy", SYSTEM_PROXY: "As this computer says"},
        rare=True,
    ),
    CA_FILE: Setting(label="CA certificates file", hint="/etc/ssl/company.pem", rare=True),
}
"""What every account can set about the network; empty means as the desk says."""


class AccountForm(Form):
    """The rows of one system: what every account has, its own settings, and the rare ones in a section to unfold."""

    def __init__(self, theme: Theme, info: SystemInfo, systems: Sequence[SystemInfo], given: Mapping[str, Any]) -> None:
        """Fill the rows in.

        Args:
            theme: Has the colours.
            info: The account's system.
            systems: All that can be chosen.
            given: Row name → value; what is missing is empty.
        """
        self._info = info
        self._given = given
        self.offered = {**info.settings, **NETWORK_ROWS}
        system = ListEditor([(one.name, one.label) for one in systems])
        name, address, secret = TextEditor(), TextEditor(), TextEditor()
        name.line.setPlaceholderText("What you call it, for example Workshop")
        address.line.setPlaceholderText(info.address_hint)
        secret.line.setEchoMode(QLineEdit.EchoMode.Password)
        rows: list[FormRow | Section] = [
            FormRow("system", "System", system),
            FormRow("name", "Name", name),
            FormRow("color", "Colour", AccountColorEditor(theme, COLORS)),
            FormRow("address", "Address", address),
        ]
        usual = [(name, one) for name, one in self.offered.items() if not one.rare]
        rare = [(name, one) for name, one in self.offered.items() if one.rare]
        rows += [_row(name, one, given.get(name)) for name, one in usual]
        rows += [FormRow(SECRET, info.secret_label, secret), Section("More settings", name=MORE)]
        rows += [_row(name, one, given.get(name)) for name, one in rare]
        super().__init__(rows, BUTTON_KEYS)
        for one in ("name", "color", "address", SECRET):
            self.editor(one).set_value(given.get(one) or None)
        self.editor("system").set_value(info.name)
        self.show_section(MORE, False)

    def line(self, name: str) -> QLineEdit:
        """Return the line in which something is typed."""
        entry = self.editor(name).entry()
        if not isinstance(entry, QLineEdit):
            raise TypeError(f"{name} is not typed")
        return entry

    def _typed_settings(self) -> dict[str, str]:
        """Return what is set, without what holds anyway."""
        values = {name: str(self.editor(name).value() or "").strip() for name in self.offered}
        return {
            name: text for name, text in values.items() if text and (name in self._given or text != self._default(name))
        }

    def _default(self, name: str) -> str:
        return self.offered[name].default

    def account(self, known: Account | None, account_id: str) -> Account:
        """Return the account as it was typed; what this form does not show stays as it was."""
        kept = {name: text for name, text in (known.settings if known else {}).items() if name not in self.offered}
        values = self.values()
        return Account(
            account_id=account_id,
            name=(values["name"] or "").strip() or self._info.label,
            system=self._info.name,
            address=(values["address"] or "").strip().rstrip("/"),
            settings=kept | self._typed_settings(),
            color=values["color"] or "",
            user_uid=known.user_uid if known else "",
            user_name=known.user_name if known else "",
        )


def _row(name: str, setting: Setting, given: str | None) -> FormRow:
    editor = _editor(setting, given)
    editor.set_value(given or (setting.default if not isinstance(editor, TextEditor) else "") or None)
    editor.setToolTip(setting.hint)
    return FormRow(name, setting.label, editor, f"{setting.label} is missing" if setting.required else "")


def _editor(setting: Setting, given: str | None) -> Editor:
    """Return the editor of a setting; a kept value that is not among the choices is shown as it is."""
    choices = {YES: "Yes", NO: "No"} if setting.kind is SettingKind.FLAG else setting.choices
    if setting.kind in (SettingKind.FLAG, SettingKind.CHOICE):
        is_known = not given or given in choices
        return SegmentsEditor(choices) if is_known else ListEditor(list(choices.items()), missing=str(given))
    text = TextEditor()
    text.line.setPlaceholderText(joined(setting.default, setting.hint) or "Optional")
    if choices:
        text.offer(list(choices))
    return text
