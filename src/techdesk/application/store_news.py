"""Name what the store tells a person by itself: that it was repaired, is damaged, or cannot be backed up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BackupReason(StrEnum):
    """Why a backup was made; part of its name."""

    HOURLY = "hourly"
    BEFORE_MIGRATION = "before-migration"
    BEFORE_BASELINE = "before-baseline"
    SIGN_OUT = "sign-out"


@dataclass(frozen=True, slots=True)
class StoreNews:
    """One thing to tell.

    Attributes:
        title: What happened, in one short sentence.
        hint: What was saved, where things are, what to do.
        is_bad: It stays on the screen until it is closed.
    """

    title: str
    hint: str = ""
    is_bad: bool = True
