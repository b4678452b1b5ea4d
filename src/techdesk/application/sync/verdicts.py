"""Decide what an outcome does to the operation that was in flight: the decision table of `docs/sync.md` §3."""

from __future__ import annotations

from enum import StrEnum

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.outbox import Operation, OutcomeClass, Verb


class Verdict(StrEnum):
    """What happens to an operation next."""

    DONE = "done"
    QUEUED = "queued"
    AMBIGUOUS = "ambiguous"
    MERGE = "merge"
    NEEDS_CHECK = "needs_check"
    REJECTED = "rejected"
    GONE = "gone"


_DONE, _QUEUED, _AMBIGUOUS = Verdict.DONE, Verdict.QUEUED, Verdict.AMBIGUOUS
_MERGE, _CHECK, _REJECTED, _GONE = Verdict.MERGE, Verdict.NEEDS_CHECK, Verdict.REJECTED, Verdict.GONE
_NOT_PROCESSED = (_QUEUED, _AMBIGUOUS, _QUEUED, _AMBIGUOUS, _QUEUED, _QUEUED)

TABLE: dict[OutcomeClass, tuple[Verdict, ...]] = {
    OutcomeClass.APPLIED: (_DONE,) * 6,
    OutcomeClass.NOT_SENT: _NOT_PROCESSED,
    OutcomeClass.THROTTLED: _NOT_PROCESSED,
    OutcomeClass.AUTH: _NOT_PROCESSED,
    OutcomeClass.CAPTIVE: _NOT_PROCESSED,
    OutcomeClass.PRECONDITION: (_REJECTED, _REJECTED, _MERGE, _MERGE, _REJECTED, _REJECTED),
    OutcomeClass.KEY_BUSY: (_AMBIGUOUS,) * 6,
    OutcomeClass.KEY_CLASH: (_CHECK,) * 6,
    OutcomeClass.REJECTED: (_REJECTED, _REJECTED, _REJECTED, _CHECK, _REJECTED, _REJECTED),
    OutcomeClass.GONE: (_REJECTED, _REJECTED, _GONE, _GONE, _REJECTED, _REJECTED),
    OutcomeClass.APPLIED_UNPARSED: (_AMBIGUOUS, _AMBIGUOUS, _AMBIGUOUS, _AMBIGUOUS, _AMBIGUOUS, _DONE),
    OutcomeClass.AMBIGUOUS: (_AMBIGUOUS,) * 6,
}
"""Outcome → verdicts for: keyed first, keyed again, repeatable first, repeatable again, read back, blind.

What is read back is sent again only after its absence was seen, so every attempt of it is a first one."""

_COLUMNS = {Dedup.READ_BACK: 4, Dedup.BLIND: 5}

WITHOUT_EFFECT = frozenset(
    {
        OutcomeClass.NOT_SENT,
        OutcomeClass.THROTTLED,
        OutcomeClass.AUTH,
        OutcomeClass.CAPTIVE,
    }
)
"""Outcomes of requests that were provably not processed: they take their attempt back."""


def how_told(operation: Operation, profile: Profile) -> Dedup:
    """Return how a second copy of an operation is told from the first."""
    return Dedup.IDEMPOTENT if operation.verb in (Verb.UPDATE, Verb.DELETE) else profile.creates


def verdict(operation: Operation, profile: Profile, outcome: OutcomeClass) -> Verdict:
    """Return what an outcome does to an operation in flight."""
    told = how_told(operation, profile)
    if told in _COLUMNS:
        return TABLE[outcome][_COLUMNS[told]]
    column = 0 if told is Dedup.KEYED else 2
    return TABLE[outcome][column + is_again(operation)]


def is_again(operation: Operation) -> bool:
    """Say whether an attempt before the present one may have had an effect."""
    return operation.attempts > 1
