"""Look before a change or a removal goes out to a back end that guards no revisions (`docs/sync.md` §2.11)."""

from __future__ import annotations

from techdesk.application.accounts import Profile
from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.merge import clashes
from techdesk.application.outbox import Operation, Outcome, OutcomeClass, Verb
from techdesk.application.ports import Connector
from techdesk.application.sync.host_faults import as_outcome
from techdesk.domain.errors import BusyError, WrongCredentialsError

NO_LONGER_THERE = "The server no longer has this"


def sent_after_a_look(connector: Connector, operation: Operation) -> Outcome:
    """Send an operation, unless a look shows that it would overwrite what the person did not see.

    Returns:
        What came of it; where the look stopped it, what a back end with revisions would have answered.
    """
    if not _needs_a_look(operation, connector.profile):
        return connector.send(operation)
    return _in_the_way(operation, connector.read_back(operation)) or connector.send(operation)


def _needs_a_look(operation: Operation, profile: Profile) -> bool:
    replaces = operation.verb in (Verb.UPDATE, Verb.DELETE)
    return replaces and profile.reads_back and not profile.has_etags


def _in_the_way(operation: Operation, read: ReadBack) -> Outcome | None:
    """Return what a look says against sending; None where it says nothing, or cannot be taken at all."""
    if read.sighting is Sighting.UNKNOWN:
        return _kept_here(read)
    if read.sighting is Sighting.GONE:
        return Outcome(kind=OutcomeClass.GONE, reason=read.reason or NO_LONGER_THERE)
    if read.record is None or not (read.is_newer or clashes(operation, read.record)):
        return None
    return read.as_outcome(OutcomeClass.PRECONDITION)


def _kept_here(read: ReadBack) -> Outcome | None:
    """Return that nothing was sent, with what the look told of the host; who may not look sends, to be told why not."""
    failure = read.failure or BusyError(read.reason)
    if isinstance(failure, WrongCredentialsError):
        return None
    told = as_outcome(failure)
    kind = OutcomeClass.NOT_SENT if told.kind is OutcomeClass.AMBIGUOUS else told.kind
    return Outcome(kind=kind, reason=read.reason, retry_after_s=told.retry_after_s, fault=failure)
