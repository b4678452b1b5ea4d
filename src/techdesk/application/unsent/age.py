"""Tell for how long work has been unsent, and from when on a person has to hear of it.

Nothing limits how often work is tried (`docs/sync.md` §5.4), so its age has to speak instead (§5.9). All that is not
settled counts, also what waits for a person's decision or because they work offline: nobody else has it either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from techdesk.application.outbox import OpState, needing_person_in, unsent_in
from techdesk.application.ports import ReadTransaction

SHOWN_AFTER = timedelta(hours=1)
"""No wait of ours is longer than an hour (`docs/sync.md` §5.5): what is older is held up, so its age is seen (§5.9)."""

TOLD_AFTER = timedelta(hours=24)
"""A working day has passed, and each way home with a network: a person is told (`docs/sync.md` §5.9)."""

CARRIED_AFTER = timedelta(hours=72)
"""A weekend has passed: somebody else may have to send it, from another computer (`docs/sync.md` §5.9)."""


class AgeLevel(IntEnum):
    """How loudly the age of unsent work is told; a higher one tells what those below it tell, and more."""

    QUIET = 0
    SHOWN = 1
    TOLD = 2
    CARRIED = 3


_FIRST_AGES = ((CARRIED_AFTER, AgeLevel.CARRIED), (TOLD_AFTER, AgeLevel.TOLD), (SHOWN_AFTER, AgeLevel.SHOWN))


@dataclass(frozen=True, slots=True)
class UnsentWork:
    """What is unsent, and since when.

    Attributes:
        counts: How many operations are in each state.
        since: When the oldest unsent operation of each account that has one was made, by the account's id.
        kept: How many changes of accounts that are signed out are kept here unsent.
        kept_since: The same as `since` of these accounts.
    """

    counts: Mapping[OpState, int] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    kept: int = 0
    kept_since: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Return how many changes are unsent."""
        return unsent_in(self.counts)

    @property
    def needs_person(self) -> int:
        """Return how many of them wait for a person."""
        return needing_person_in(self.counts)

    @property
    def oldest_at(self) -> datetime | None:
        """Return when the oldest of all was made, None where nothing is unsent."""
        return min(self.since.values(), default=None)

    @property
    def oldest_kept_at(self) -> datetime | None:
        """Return when the oldest of what is kept was made, None where nothing is."""
        return min(self.kept_since.values(), default=None)

    def level(self, now: datetime) -> AgeLevel:
        """Return how loudly the age of what is unsent is to be told."""
        return age_level(self.oldest_at, now)

    def kept_level(self, now: datetime) -> AgeLevel:
        """Return how loudly the age of what is kept is to be told."""
        return age_level(self.oldest_kept_at, now)

    def late_accounts(self, now: datetime) -> list[str]:
        """Return the ids of the accounts whose work is so old that a person is told, the oldest first."""
        late = [one for one, since in self.since.items() if age_level(since, now) >= AgeLevel.TOLD]
        return sorted(late, key=lambda one: self.since[one])


def unsent_work(view: ReadTransaction) -> UnsentWork:
    """Return what is unsent, and apart from it what is kept of accounts that are signed out.

    Raises:
        StoreError: The store could not be read.
    """
    kept_since = view.oldest_unsent(signed_out=True)
    kept = sum(unsent_in(view.outbox_counts(one)) for one in kept_since)
    return UnsentWork(view.outbox_counts(), view.oldest_unsent(), kept, kept_since)


def age_level(since: datetime | None, now: datetime) -> AgeLevel:
    """Return how loudly it is to be told that something is unsent since then; None is nothing unsent."""
    if since is None:
        return AgeLevel.QUIET
    return next((level for first, level in _FIRST_AGES if now - since >= first), AgeLevel.QUIET)
