"""Carry unsent work to another computer in a signed file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from techdesk.application.desk_services import DeskServices
from techdesk.application.unsent.rescue import RescueFile
from techdesk.cli.accounts import wanted_account
from techdesk.cli.answer import Answer
from techdesk.domain.errors import RescueFileError
from techdesk.domain.instants import instant_text
from techdesk.domain.text import printable


def export(services: DeskServices, options: Namespace) -> Answer:
    """Write the unsent work into a file; it stays here and is sent from here.

    Raises:
        TechDeskError: There is no such account or no unsent work, or the file could not be written.
    """
    made = services.rescue.export(Path(options.folder, options.file), wanted_account(services, options))
    text = "It stays here and is sent from here."
    return Answer(document_of_file(made), "\n".join([f"Saved in {made.path}. {text}", *lines_of_file(made)]))


def import_file(services: DeskServices, options: Namespace) -> Answer:
    """Take in the work of a file, or only look what is in it.

    Raises:
        TechDeskError: The file is not as it was written or by somebody else, or no account here can send its work.
    """
    path = Path(options.folder, options.file)
    file = services.rescue.read(path)
    if options.key and _letters(options.key) != _letters(file.fingerprint):
        raise RescueFileError(f"“{path.name}” is signed with another key: {file.fingerprint}", "Nothing was taken in")
    if options.check:
        return Answer(document_of_file(file), "\n".join([f"{path.name} is whole.", *lines_of_file(file)]))
    taken = services.rescue.take_in(path, wanted_account(services, options))
    for account_id in dict.fromkeys(taken.account_ids):
        services.sync_now(account_id)
    document = document_of_file(file) | {"takenIn": list(taken.op_ids), "known": taken.known}
    known = f" {taken.known} were here already." if taken.known else ""
    text = f"Took in {len(taken.op_ids)} from {path.name}.{known}"
    return Answer(document, "\n".join([text, *lines_of_file(file)]), changes=taken.changes)


def document_of_file(file: RescueFile) -> dict[str, Any]:
    """Return a rescue file as `--json` prints it."""
    maker = file.work.maker
    return {
        "file": str(file.path),
        "key": file.fingerprint,
        "madeBy": maker.user,
        "computer": maker.computer,
        "madeAt": instant_text(maker.made_at),
        "version": maker.version,
        "reason": maker.reason,
        "handedOver": file.work.is_handed_over,
        "accounts": [
            {"name": one.name, "system": one.system, "address": one.address, "userName": one.user_name}
            for one in file.work.accounts
        ],
        "operations": [
            {
                "opId": one.operation.op_id,
                "supportCode": one.operation.support_code,
                "state": one.operation.state.value,
                "what": one.what,
                "orderNumber": one.number,
                "title": one.title,
            }
            for one in file.work.unsent
        ],
    }


def lines_of_file(file: RescueFile) -> list[str]:
    """Return for people who made a rescue file, its key, and what is in it."""
    maker = file.work.maker
    made = f"Made by {maker.user} on {maker.computer}, {maker.made_at.astimezone():%Y-%m-%d %H:%M}: {maker.reason}"
    key = f"Key {file.fingerprint}"
    return [printable(made), key, *(printable(f"  {one.line}") for one in file.work.unsent)]


def _letters(fingerprint: str) -> str:
    return fingerprint.replace("-", "").replace(" ", "").upper()
