"""Read files that hold one order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from techdesk.application.accounts import Account
from techdesk.application.desk_services import SystemInfo, system_of
from techdesk.application.exchange import PulledOrder
from techdesk.domain.errors import InvalidInputError, NotFoundError, NotSupportedError

LARGEST = 16 * 1024 * 1024
"""Bytes; an order with thousands of items fits."""


def read_order_file(path: Path, account: Account, systems: Sequence[SystemInfo]) -> PulledOrder:
    """Return the order in a file, as an order of an account.

    Raises:
        NotSupportedError: The account's system has no such files.
        NotFoundError: The file cannot be read.
        InvalidInputError: It holds no order of this system.
    """
    system = system_of(systems, account)
    if system is None or system.read_file is None:
        raise NotSupportedError(f"{account.name} takes no orders from files")
    raw = _bytes_of(path)
    try:
        return system.read_file(raw, account.settings)
    except InvalidInputError as error:
        hint = f"It must be one order as {system.label} gives it. What is wrong: {error}"
        raise InvalidInputError(f"“{path.name}” holds no order of {system.label}", hint) from error


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise NotFoundError(f"“{path.name}” cannot be read", error.strerror or "") from error
    if len(raw) > LARGEST:
        raise InvalidInputError(f"“{path.name}” is too large for one order", "Choose the file of one order")
    return raw
