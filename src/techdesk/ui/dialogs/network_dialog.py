"""Ask how servers are reached from this computer, and sign in to a proxy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.network import CA_FILE, NO_PROXY, PROXY, SYSTEM_PROXY, checked_proxy
from techdesk.domain.errors import InvalidInputError
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.editors.text import TextEditor
from techdesk.ui.forms import Form, FormRow, Section

_AT, _USER, _PASSWORD = "at", "user", "password"


class NetworkDialog(SavingDialog):
    """Set the proxy and the certificates of all accounts that name none of their own."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, "Network", "For every account that says nothing of its own", parent)
        known = context.services.network()
        proxy, certificates, at, user, password = (TextEditor() for _ in range(5))
        proxy.set_value(known.get(PROXY) or None)
        proxy.offer([SYSTEM_PROXY, NO_PROXY])
        proxy.line.setPlaceholderText(
            f"{SYSTEM_PROXY} (as this computer says) · {NO_PROXY} · http://proxy.example.com:8080"
        )
        certificates.set_value(known.get(CA_FILE) or None)
        certificates.line.setPlaceholderText("/etc/ssl/company.pem · empty to trust only whom this computer trusts")
        at.line.setPlaceholderText("The one above, or one that an account names")
        user.line.setPlaceholderText("Empty to keep the sign-in as it is")
        password.line.setEchoMode(QLineEdit.EchoMode.Password)
        rows: list[FormRow | Section] = [
            FormRow(PROXY, "Proxy", proxy),
            FormRow(CA_FILE, "CA certificates file", certificates),
            Section("Sign in to the proxy"),
            FormRow(_AT, "Address of that proxy", at),
            FormRow(_USER, "User name", user),
            FormRow(_PASSWORD, "Password, kept in the keyring", password),
        ]
        self.show_form(Form(rows, BUTTON_KEYS))

    @override
    def _command(self) -> Command:
        values = {name: str(value or "") for name, value in self.form.values().items()}
        wanted = {name: values[name] for name in (PROXY, CA_FILE)}
        if not values[_USER].strip():
            return self._keeping(wanted)
        proxy = checked_proxy(values[_AT] or values[PROXY])
        if proxy in ("", SYSTEM_PROXY, NO_PROXY):
            raise InvalidInputError("Give its address", "It looks like http://proxy.example.com:8080", field=_AT)
        return self._keeping(wanted, lambda: self._sign_in(proxy, values))

    @override
    def _start(self, command: Command) -> None:
        """Save beside the writer: the keyring is waited for, and what is being sent."""
        self.context.tasks.background(command, self._saved, self._failed)

    def _keeping(self, wanted: dict[str, str], then: Callable[[], None] = lambda: None) -> Command:
        services = self.context.services

        def save() -> Changes:
            services.change_network(wanted)
            then()
            return Changes()

        return save

    def _sign_in(self, proxy: str, values: dict[str, str]) -> None:
        self.context.services.sign_in_to_proxy(proxy, values[_USER], values[_PASSWORD])
