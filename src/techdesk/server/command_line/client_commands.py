"""Manage ServiceChannel's clients on the command line."""

from __future__ import annotations

from argparse import Namespace

from techdesk.server.command_line.commands import Outcome, Say, now_text, opened
from techdesk.server.service_channel import clients


def add_client(options: Namespace, _: Say) -> Outcome:
    """Add a client; its keys are shown this once."""
    with opened(options) as database, database.write() as connection:
        keys = clients.add_client(
            connection, options.name, now_text(), create_missing=options.create_missing, signed=options.hmac
        )
    return _keys_shown(keys)


def list_clients(options: Namespace, _: Say) -> Outcome:
    """List all clients without their keys."""
    with opened(options) as database, database.read() as connection:
        found = clients.clients_listed(connection)
    lines = [f"{one['clientId']} {one['name']} {'' if one['active'] else 'disabled'}".rstrip() for one in found]
    return Outcome({"clients": found}, lines)


def rotate_client(options: Namespace, _: Say) -> Outcome:
    """Give a client new keys; the old ones are worthless at once."""
    with opened(options) as database, database.write() as connection:
        keys = clients.rotate_keys(connection, options.client, now_text())
    return _keys_shown(keys)


def disable_client(options: Namespace, _: Say) -> Outcome:
    """Switch a client off: its keys stop working at once, what it delivered stays."""
    with opened(options) as database, database.write() as connection:
        shown = clients.change_client(connection, options.client, {"active": False})
    return Outcome(shown, [f"{shown['name']} can no longer deliver"])


def _keys_shown(keys: clients.Keys) -> Outcome:
    shown = keys.shown()
    lines = [f"{name:<14} {value}" for name, value in shown.items() if value is not None]
    path = f"/v1/Clients/{keys.client_uid}/ServiceChannelWorkOrders?accessKey=…&signingKey=…"
    return Outcome(dict(shown), [*lines, f"{'address':<14} {path}"])
