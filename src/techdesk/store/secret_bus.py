"""Ask the desktop's Secret Service for one secret, in the three calls that its specification names for it.

https://specifications.freedesktop.org/secret-service. The session is a `plain` one: docs/architecture.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, new_method_call  # type: ignore[import-untyped]  # it has no types
from jeepney.io.blocking import DBusConnection, open_dbus_connection  # type: ignore[import-untyped]  # as above
from jeepney.wrappers import unwrap_msg  # type: ignore[import-untyped]  # as above

ALGORITHM = "plain"
"""How a secret is told over the bus. Only a Unix socket is ever connected to: jeepney knows no other bus."""

_SERVICE = "/org/freedesktop/secrets"
_DEFAULT_RING = "/org/freedesktop/secrets/aliases/default"
_VALUE = 2
"""Where a `Secret` has its value: it is (session, parameters, value, content type)."""


def read_plainly(attributes: Mapping[str, str]) -> str | None:
    """Return the first secret with these attributes in the default ring; None unless it lies open there."""
    try:
        with closing(open_dbus_connection()) as bus:
            return _read(bus, attributes)
    except (KeyError, ValueError, RuntimeError):  # no bus in the environment, or none that jeepney can talk to
        return None
    except (OSError, DBusErrorResponse):  # nobody answers; no such ring, it is locked, or no plain session is given
        return None


def _read(bus: DBusConnection, attributes: Mapping[str, str]) -> str | None:
    _, session = _call(bus, _SERVICE, "Service.OpenSession", "sv", ALGORITHM, ("s", ""))
    (found,) = _call(bus, _DEFAULT_RING, "Collection.SearchItems", "a{ss}", attributes)
    if not found:
        return None
    (secret,) = _call(bus, found[0], "Item.GetSecret", "o", session)
    return bytes(secret[_VALUE]).decode()


def _call(bus: DBusConnection, path: str, method: str, signature: str, *arguments: object) -> Any:
    interface, _, member = method.partition(".")
    address = DBusAddress(path, "org.freedesktop.secrets", f"org.freedesktop.Secret.{interface}")
    return unwrap_msg(bus.send_and_get_reply(new_method_call(address, member, signature, arguments)))
