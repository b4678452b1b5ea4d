"""Run one command on a desk, for this process or for another that asked over the private socket."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices
from techdesk.cli import accounts, doctor, finding, outbox, record, recovery, rescue, showing, sync
from techdesk.cli.answer import Answer, Exit
from techdesk.cli.arguments import parse
from techdesk.domain.errors import TechDeskError

COMMANDS: dict[str, Callable[[DeskServices, Namespace], Answer]] = {
    "account add": accounts.add,
    "account change": accounts.change,
    "account list": accounts.list_all,
    "account test": accounts.test,
    "account remove": accounts.remove,
    "orders": finding.list_orders,
    "follow": finding.follow,
    "unfollow": finding.unfollow,
    "open": finding.open_file,
    "record": record.record,
    "sync": sync.sync_once,
    "doctor": doctor.examine,
    "outbox list": outbox.list_outbox,
    "outbox retry": outbox.retry,
    "outbox discard": outbox.discard,
    "outbox resolve": outbox.resolve,
    "outbox show": showing.show,
    "outbox export": rescue.export,
    "outbox import": rescue.import_file,
    "recovery-code": recovery.show_code,
}

Announce = Callable[[Changes], object]
Said = Mapping[str, Any]
"""What goes over the socket and to the terminal: `{"exit": int, "out": str, "err": str}`."""


def _tell_nobody(_: Changes) -> None:
    """Say nothing: no window is open."""


def request_for(arguments: Sequence[str], token: str) -> dict[str, Any]:
    """Return the request that has another process run a command."""
    return {"command": list(arguments), "token": token, "folder": _folder()}


def _folder() -> str:
    """Return where this process is; one that was deleted is named all the same, and then no file is found in it."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return os.environ.get("PWD") or os.devnull


def answer_request(services: DeskServices, request: Mapping[str, Any], announce: Announce = _tell_nobody) -> Said:
    """Run the command of a request; never raises for the world's faults. A desk without windows raises none."""
    if "command" not in request:
        return {"raised": False}
    return run(services, request["command"], request["token"], announce, request["folder"])


def run(
    services: DeskServices,
    arguments: Sequence[str],
    token: str,
    announce: Announce = _tell_nobody,
    folder: str = "",
) -> Said:
    """Run a command; a failure is one plain line and exit code 2.

    Args:
        services: The desk.
        arguments: The words after the program's name.
        token: What was given on standard input, where the command reads a token from there.
        announce: Told what changed, if anything did.
        folder: Where the names of files begin; empty for this process's own.
    """
    try:
        options = parse(arguments)
        options.token = token
        options.folder = folder
        answer = COMMANDS[options.command](services, options)
    except TechDeskError as error:
        return failure(error)
    if answer.changes:
        announce(answer.changes)
    return {"exit": int(answer.exit_code), "out": answer.printed(options.json), "err": ""}


def failure(error: TechDeskError) -> Said:
    """Return what is said about a failure, in one line."""
    return {"exit": int(Exit.FAILED), "out": "", "err": "techdesk: " + " ".join(str(error).split()) + "\n"}
