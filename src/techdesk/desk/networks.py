"""Keep how servers are reached: the desk's own settings, and the sign-in of each proxy in the keyring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from techdesk.application.accounts import Account
from techdesk.application.network import CA_FILE, NETWORK_SETTINGS, PROXY, Network, checked_proxy, wanted_network
from techdesk.application.ports import Secrets
from techdesk.application.settings import Settings
from techdesk.domain.errors import InvalidInputError

_SETTING = "network."
_SECRET = "proxy "  # noqa: S105 - the beginning of a name among the secrets


class Networks:
    """How the desk and its accounts reach servers; safe to use from several threads."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        """Keep where the settings and the sign-ins are."""
        self._settings = settings
        self._secrets = secrets

    def of_desk(self) -> Mapping[str, str]:
        """Return what holds for every account that says nothing of its own."""
        return {name: self._settings.get(_SETTING + name) for name in NETWORK_SETTINGS}

    def keep(self, wanted: Mapping[str, str]) -> None:
        """Keep what holds for every account that says nothing of its own.

        Raises:
            InvalidInputError: A setting cannot be so; nothing was changed.
            StoreError: It could not be written.
        """
        checked = checked_network_settings(wanted)
        for name in NETWORK_SETTINGS:
            self._settings.set(_SETTING + name, checked.get(name, ""))

    def of_account(self, account: Account, *, signed_in: bool = True) -> Network:
        """Return how an account's address is reached.

        Args:
            account: Whose it is.
            signed_in: With the proxy's sign-in, for which the keyring is waited for.

        Raises:
            SecretsError: The sign-in cannot be read.
        """
        wanted = wanted_network(account.settings, self.of_desk(), account.address)
        kept = self._secrets.read(_SECRET + wanted.proxy) if wanted.has_own_proxy and signed_in else None
        if kept is None:
            return wanted
        user_name, password = json.loads(kept)
        return replace(wanted, user_name=user_name, password=password)

    def sign_in_to_proxy(self, proxy: str, user_name: str, password: str) -> None:
        """Keep the sign-in of a proxy; an empty user name forgets it.

        Raises:
            InvalidInputError: It is no address of a proxy.
            SecretsError: It could not be kept.
        """
        address = checked_proxy(proxy)
        if not Network(proxy=address).has_own_proxy or not address:
            raise InvalidInputError("Give the address of the proxy first", field=PROXY)
        if user_name.strip():
            self._secrets.write(_SECRET + address, json.dumps([user_name.strip(), password]))
        else:
            self._secrets.delete(_SECRET + address)


def checked_network_settings(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the settings of the network as they are to be kept, those that are set.

    Raises:
        InvalidInputError: The proxy is none, or the file holds no certificates; `field` says which.
    """
    checked = {PROXY: checked_proxy(given.get(PROXY, "")), CA_FILE: given.get(CA_FILE, "").strip()}
    if checked[CA_FILE]:
        _check_certificates(Path(checked[CA_FILE]))
    return {name: text for name, text in checked.items() if text}


def _check_certificates(file: Path) -> None:
    import ssl  # only here, as it takes its time at the start of the window

    if not file.is_absolute():
        raise InvalidInputError("Give the whole path of the file", "It begins with /", field=CA_FILE)
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        words = "This file holds no certificates in PEM form"
        raise InvalidInputError(words, "It has lines like -----BEGIN CERTIFICATE-----", field=CA_FILE) from error
    except OSError as error:
        raise InvalidInputError("This file cannot be read", error.strerror or "", field=CA_FILE) from error
