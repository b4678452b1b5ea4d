"""Say what a class of outcome means as an error for a person, and what a failed read says about the host."""

from __future__ import annotations

from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    NotShownError,
    OfflineError,
    WrongCredentialsError,
)

FAULTS: dict[OutcomeClass, type[ConnectionFailedError]] = {
    OutcomeClass.NOT_SENT: OfflineError,
    OutcomeClass.CAPTIVE: CaptivePageError,
    OutcomeClass.AUTH: WrongCredentialsError,
    OutcomeClass.THROTTLED: BusyError,
}


def as_outcome(error: ConnectionFailedError) -> Outcome:
    """Return what a failed read says about the host."""
    if isinstance(error, NotShownError):
        return Outcome(kind=OutcomeClass.REJECTED)
    if isinstance(error, WrongCredentialsError):
        return Outcome(kind=OutcomeClass.AUTH)
    if isinstance(error, BusyError):
        kind = OutcomeClass.AMBIGUOUS if error.retry_after_s is None else OutcomeClass.THROTTLED
        return Outcome(kind=kind, retry_after_s=error.retry_after_s)
    return Outcome(kind=OutcomeClass.CAPTIVE if isinstance(error, CaptivePageError) else OutcomeClass.NOT_SENT)


def failure_in(outcome: Outcome) -> ConnectionFailedError | None:
    """Return what to tell of an attempt as an error for a person; None where the server did its part."""
    if outcome.unseen is not None:
        return outcome.unseen
    return FAULTS[outcome.kind]() if outcome.kind in FAULTS else None


def got_through(outcome: Outcome) -> bool:
    """Say whether an attempt, or the look before it, reached the server."""
    return isinstance(outcome.unseen, BusyError) or outcome.kind not in (OutcomeClass.NOT_SENT, OutcomeClass.CAPTIVE)
