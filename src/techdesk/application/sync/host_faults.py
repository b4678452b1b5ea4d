"""Say what a class of outcome means as an error for a person, and what a read says about the host."""

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


def as_outcome(error: ConnectionFailedError | None) -> Outcome:
    """Return what a read says about the host, failed or not."""
    if error is None:
        return Outcome(kind=OutcomeClass.APPLIED)
    if isinstance(error, NotShownError):
        return Outcome(kind=OutcomeClass.REJECTED)
    if isinstance(error, WrongCredentialsError):
        return Outcome(kind=OutcomeClass.AUTH)
    if isinstance(error, BusyError):
        kind = OutcomeClass.AMBIGUOUS if error.retry_after_s is None else OutcomeClass.THROTTLED
        return Outcome(kind=kind, retry_after_s=error.retry_after_s)
    return Outcome(kind=OutcomeClass.CAPTIVE if isinstance(error, CaptivePageError) else OutcomeClass.NOT_SENT)


def tells_of_host(outcome: Outcome) -> bool:
    """Say whether an attempt tells how the host does; one that nothing answered may only have lost its answer."""
    return outcome.kind is not OutcomeClass.AMBIGUOUS or outcome.http_status is not None


def failure_in(outcome: Outcome) -> ConnectionFailedError | None:
    """Return what to tell of an attempt as an error for a person; None where the server did its part."""
    if outcome.fault is not None:
        return outcome.fault
    return FAULTS[outcome.kind]() if outcome.kind in FAULTS else None


def got_through(failure: ConnectionFailedError | None) -> bool:
    """Say whether the call that ended so reached the server."""
    return failure is None or isinstance(failure, BusyError | WrongCredentialsError)
