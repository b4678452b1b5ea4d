"""Take what opens the data out of the environment, which every program that is started from here inherits."""

from __future__ import annotations

import os
from typing import Final

MASTER_PASSWORD: Final = "TECHDESK_MASTER_PASSWORD"  # noqa: S105 - the name of a variable
RECOVERY_CODE: Final = "TECHDESK_RECOVERY_CODE"

_withheld: dict[str, str] = {}


def withhold() -> None:
    """Keep them to this process from now on: a browser that shows a link has no use for them."""
    for name in (MASTER_PASSWORD, RECOVERY_CODE):
        value = os.environ.pop(name, None)
        if value:
            _withheld[name] = value


def given(name: str) -> str:
    """Return what was given in a variable of the environment; empty if nothing was."""
    return os.environ.get(name) or _withheld.get(name, "")


def master_password(typed: str | None) -> str | None:
    """Return the master password that was typed, else the one of the environment; None if neither is there."""
    return typed or given(MASTER_PASSWORD) or None
