"""Look before a change or a removal goes out to a back end that guards no revisions (`docs/sync.md` §2.11)."""

from __future__ import annotations

from techdesk.application.accounts import Profile
from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.merge import clashes
from techdesk.application.outbox import Operation, Outcome, OutcomeClass, Verb
from techdesk.application.ports import Connector

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
        return Outcome(kind=OutcomeClass.NOT_SENT, reason=read.reason)
    if read.sighting is Sighting.GONE:
        return Outcome(kind=OutcomeClass.GONE, reason=NO_LONGER_THERE)
    if read.record is None or not (read.is_newer or clashes(operation, read.record)):
        return None
    return Outcome(
        kind=OutcomeClass.PRECONDITION,
        server_id=read.server_id,
        record=read.record,
        revision=read.revision,
        raw=read.raw,
    )
