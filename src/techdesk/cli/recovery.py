"""Show the recovery code, and ask for it where the store's key is lost."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace

from techdesk.application.desk_services import DeskServices
from techdesk.cli.answer import Answer
from techdesk.cli.patience import told_if_slow
from techdesk.desk.desk import Desk
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.desk.withheld import RECOVERY_CODE
from techdesk.domain.errors import SecretsError, StoreLockedError
from techdesk.domain.recovery_code import recovery_sheet


def show_code(services: DeskServices, _: Namespace) -> Answer:
    """Print the recovery code with its groups numbered.

    Raises:
        StoreLockedError: The key is no longer where it was kept.
        SecretsError: The keyring or the sealed file cannot be used.
    """
    code = services.recovery_code()
    return Answer({"recoveryCode": code}, recovery_sheet(code).rstrip("\n"))


def open_desk_asking(places: Places, *, may_ask: bool) -> Desk:
    """Open the desk; where its key cannot be had, ask a person at a terminal for the recovery code, never shown.

    Raises:
        WrongRecoveryCodeError: The code has a slip.
        SecretsError: The keyring or the sealed file cannot be used, and nobody gave a code.
        StoreError: The store cannot be opened; nothing was changed.
    """
    try:
        with told_if_slow() as doing:
            return open_desk(places, doing=doing)
    except (SecretsError, StoreLockedError) as error:
        if not may_ask or not places.has_data or not sys.stdin.isatty():
            raise
        sys.stderr.write(f"techdesk: {error}\n")
    code = getpass.getpass("Recovery code (empty to stop): ").strip()
    if not code:
        raise StoreLockedError("TechDesk's data stays locked", f"{RECOVERY_CODE} holds the recovery code for scripts")
    with told_if_slow() as doing:
        return open_desk(places, code=code, doing=doing)
