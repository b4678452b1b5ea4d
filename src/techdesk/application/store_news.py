"""Name what the store tells a person by itself: that it is being repaired, was repaired, or cannot be backed up."""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class OpeningStep:
    """What is done with the data now that may hold up the opening of the desk.

    Attributes:
        title: What is done, in a few words without a full stop.
        words: The part of it that is done now, as a sentence.
    """

    title: str
    words: str


TellStep = Callable[[OpeningStep], object]
"""Is told each step as it begins, by the thread that opens the store."""


def tell_nobody(_: OpeningStep) -> None:
    """Let a step pass: nobody waits for the store to open."""


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
