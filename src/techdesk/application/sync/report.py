"""Say how an account's sync stands, and what one round brought."""

from __future__ import annotations

from datetime import datetime

from techdesk.application.outbox import OpState, needing_person_in, unsent_in
from techdesk.application.ports import OrderStore
from techdesk.application.sync.backoff import is_due
from techdesk.application.sync.host_health import FAILURES_TO_OPEN
from techdesk.application.sync.round import SyncRound
from techdesk.application.sync.state import RoundResult, SyncPhase, SyncState
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    NotShownError,
    OfflineError,
    StoreError,
    StoreTakenError,
)

_WITH_NEXT_TRY = (SyncPhase.OFFLINE, SyncPhase.WAITING, SyncPhase.SIGN_IN)


_CIRCUIT_OPEN = (
    "The server's answers are lost on the way",
    "One request every 30 seconds tries whether it works again. Your work is kept here and sent then",
)


def phase(one: SyncRound, now: datetime) -> SyncPhase:
    """Return what an account's sync is doing."""
    if isinstance(one.failure, StoreTakenError):
        return SyncPhase.TAKEN
    if one.paused:
        return SyncPhase.PAUSED
    if one.engine.host.signed_out:
        return SyncPhase.SIGN_IN
    if one.failure:
        return (
            SyncPhase.WAITING if isinstance(one.failure, BusyError | StoreError | NotShownError) else SyncPhase.OFFLINE
        )
    if not one.knows_profile:
        return SyncPhase.STARTING
    if one.engine.in_flight:
        return SyncPhase.PUSHING
    if one.engine.host.wake_at(now):
        return SyncPhase.WAITING
    return SyncPhase.PULLING if one.fetching and one.puller.taken else SyncPhase.IDLE


def sync_state(one: SyncRound, store: OrderStore, account_id: str, now: datetime) -> SyncState:
    """Return how an account's sync stands.

    Raises:
        StoreError: The store could not be read.
    """
    with store.read() as view:
        counts = view.outbox_counts(account_id)
    doing = phase(one, now)
    title, hint = _trouble(one)
    return SyncState(
        account_id=account_id,
        phase=doing,
        online=one.online,
        unsent=unsent_in(counts),
        needs_person=needing_person_in(counts),
        as_of=one.puller.as_of(),
        pulled=one.puller.taken,
        title=title,
        hint=hint,
        clock_skew_s=one.puller.clock_skew_s,
        next_try_at=one.wake_at() if doing in _WITH_NEXT_TRY else None,
    )


def _trouble(one: SyncRound) -> tuple[str, str]:
    """Return what is wrong and what happens now, both empty where nothing is."""
    if one.failure:
        return one.failure.title, one.failure.hint
    return _CIRCUIT_OPEN if one.engine.host.failures >= FAILURES_TO_OPEN else ("", "")


def round_result(one: SyncRound, store: OrderStore, account_id: str, now: datetime) -> RoundResult:
    """Return what a finished round brought.

    Raises:
        ConnectionFailedError: Only a person can mend why the server could not be used (sign-in, address, certificate).
        StoreError: The store failed.
    """
    if one.failure and not isinstance(one.failure, OfflineError | CaptivePageError | BusyError):
        raise one.failure
    with store.read() as view:
        counts = view.outbox_counts(account_id)
    on_their_way = (OpState.QUEUED, OpState.INFLIGHT, OpState.AMBIGUOUS)
    silent_until = one.engine.host.silent_until
    is_wished = silent_until is not None and not is_due(silent_until, now)
    return RoundResult(
        sent=one.engine.sent,
        confirmed=one.engine.confirmed,
        unsent=unsent_in(counts),
        needs_person=needing_person_in(counts),
        pulled=one.puller.taken,
        online=not isinstance(one.failure, OfflineError | CaptivePageError),
        must_wait=any(counts.get(state, 0) for state in on_their_way),
        trouble=str(one.failure or ""),
        waits_until=silent_until if is_wished else one.engine.wake_at(now),
        is_wished=is_wished,
    )
