"""Name what the store tells a person by itself: that it was repaired, is damaged, or cannot be backed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """How a store is.

    Attributes:
        is_whole: Its file and indexes were read from end to end and are as they were written.
        schema: The version of its form.
        engine: What reads it, with its version.
        size: Bytes of the file.
        copies: How many backups there are.
        newest_copy: When the newest was taken.
    """

    is_whole: bool
    schema: int
    engine: str
    size: int
    copies: int = 0
    newest_copy: datetime | None = None
