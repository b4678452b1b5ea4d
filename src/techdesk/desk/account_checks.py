"""Check an account before it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from techdesk.application.accounts import COLORS, Account, free_color
from techdesk.application.desk_services import SystemInfo, system_of
from techdesk.application.network import NETWORK_SETTINGS, web_address
from techdesk.desk.networks import checked_network_settings
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.text import checked_text

_WRITTEN_COLOR = re.compile(r"#[0-9a-f]{6}")

EMBEDDED = "embedded"
"""The setting that marks the account of the built-in server; its address is new with every start of that server."""


def checked_account(account: Account, others: Iterable[Account], systems: Sequence[SystemInfo]) -> Account:
    """Return the account as it is to be kept: its name trimmed, its address without a slash at the end.

    Raises:
        InvalidInputError: The name is empty or taken, or the system, the address or a setting is wrong; `field` says
            which.
    """
    others = [one for one in others if one.account_id != account.account_id]
    name = checked_text(account.name).strip()
    if not name:
        raise InvalidInputError("The account needs a name", field="name")
    if any(one.name.casefold() == name.casefold() for one in others):
        raise InvalidInputError(f"There is already an account “{name}”", "Choose another name", field="name")
    system = system_of(systems, account)
    if system is None:
        known = ", ".join(one.name for one in systems)
        raise InvalidInputError(f"There is no system “{account.system}”", f"There are: {known}", field="system")
    unknown = sorted(account.settings.keys() - system.settings.keys() - {EMBEDDED, *NETWORK_SETTINGS})
    if unknown:
        known = ", ".join((*system.settings, *NETWORK_SETTINGS))
        raise InvalidInputError(f"There is no setting “{unknown[0]}”", f"There are: {known}", field=unknown[0])
    system.check_settings(account.settings)
    color = _checked_color(account.color) or free_color(others)
    settings = {name: text for name, text in account.settings.items() if name not in NETWORK_SETTINGS}
    settings |= checked_network_settings(account.settings)
    return replace(account, name=name, address=checked_address(account.address), color=color, settings=settings)


def _checked_color(color: str) -> str:
    """Return a colour without blanks around; empty for none.

    Raises:
        InvalidInputError: It is neither one of `COLORS` nor written as `#rrggbb`.
    """
    trimmed = color.strip().lower()
    if trimmed and trimmed not in COLORS and not _WRITTEN_COLOR.fullmatch(trimmed):
        raise InvalidInputError(f"There is no colour “{color[:40]}”", f"There are: {', '.join(COLORS)}", field="color")
    return trimmed


def checked_address(address: str) -> str:
    """Return an address without blanks around and without a slash at the end.

    Raises:
        InvalidInputError: It is no http or https address, or holds a password.
    """
    trimmed = checked_text(address).strip().rstrip("/")
    parts = web_address(trimmed)
    if parts is None or parts.query or parts.fragment:
        raise InvalidInputError(
            "This is no address of a server", "It looks like https://techdesk.example.com", field="address"
        )
    if parts.username or parts.password:
        raise InvalidInputError(
            "A sign-in does not belong into the address", "Give the token by itself", field="address"
        )
    return trimmed
