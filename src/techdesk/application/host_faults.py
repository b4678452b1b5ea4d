"""Say what a class of outcome means as an error for a person, and what a failed read says about the host."""

from __future__ import annotations

from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
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
    if isinstance(error, WrongCredentialsError):
        return Outcome(kind=OutcomeClass.AUTH)
    if isinstance(error, BusyError):
        kind = OutcomeClass.AMBIGUOUS if error.retry_after_s is None else OutcomeClass.THROTTLED
        return Outcome(kind=kind, retry_after_s=error.retry_after_s)
    return Outcome(kind=OutcomeClass.CAPTIVE if isinstance(error, CaptivePageError) else OutcomeClass.NOT_SENT)
