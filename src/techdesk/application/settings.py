"""Describe this computer's settings; where they are kept is the store's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Settings(Protocol):
    """Small settings of the window and the desk, as text by name."""

    def get(self, name: str, default: str = "") -> str:
        """Return the setting called `name`."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep a setting; durable when this returns."""
        ...

    def all(self) -> Mapping[str, str]:
        """Return every setting that was set."""
        ...


THEME = "theme"
"""`light`, `dark` or `system`."""

WORK_OFFLINE = "work_offline"
"""`yes` while the person chose to work offline."""

TECHNICIAN = "technician"
"""The name that dialogs fill in for "me" where an account has none."""

SYNC_EVERY_S = "sync_every_s"
"""How many seconds pass between two looks at a server; a whole number, 20 where none is set."""
_SECONDS = range(5, 3601)


def seconds_between_looks(settings: Settings, usual: float) -> float:
    """Return the seconds of `SYNC_EVERY_S`, held between five and an hour; `usual` where they are no number."""
    text = settings.get(SYNC_EVERY_S)
    return min(max(int(text), _SECONDS[0]), _SECONDS[-1]) if text.isdecimal() else usual
