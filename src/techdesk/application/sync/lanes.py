"""Choose what goes next in a lane, and say why not where nothing can (`docs/sync.md` §2.8–2.10, §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.exchange import FreezeTarget
from techdesk.application.merge import joined_notes, rebase
from techdesk.application.outbox import TAKEN_IN, UNSETTLED, Clash, FrozenRequest, Operation, OpState, Verb
from techdesk.application.ports import Connector, ReadTransaction, WriteTransaction
from techdesk.application.sync.backoff import is_due, later
from techdesk.application.sync.duplicates import watch
from techdesk.application.sync.standing import compared
from techdesk.application.sync.verdicts import how_told
from techdesk.domain.errors import NotSupportedError, OwnIdError
from techdesk.domain.records import RecordType

KEY_LIFE_USED = 0.8
"""How much of a key's life we trust; the rest is for clocks and slow requests."""

LOOKS_NEEDED = 2
"""One look that finds nothing proves nothing: what a list shows may lag behind."""

PARENT_REFUSED = "What it belongs to was not created"
RECORD_GONE = "What it belongs to is no longer here"
LOOK_FIRST = "It may have arrived. Look there, then say whether it did"
ELSEWHERE = "The computer it came from may still send it. It has not arrived yet; send it again if that one never will"
OVERTAKEN = "It may have arrived, and somebody else changed the same. Look there, then say whether it did"
CHANGED_ELSEWHERE = "Somebody else changed this too"


@dataclass(frozen=True, slots=True)
class Pick:
    """What a lane has to offer.

    Attributes:
        send: The operation that goes out now, already `inflight` in this transaction.
        look: The operation whose effect is to be looked for now; its lane is held meanwhile.
        wait_until: Nothing can go before this instant.
        needs_others: Nothing can go before operations of other orders are done.
        changed: Operations of the lane moved.
    """

    send: Operation | None = None
    look: Operation | None = None
    wait_until: datetime | None = None
    needs_others: bool = False
    changed: bool = False

    @property
    def takes_room(self) -> bool:
        """Say whether it makes a request."""
        return self.send is not None or self.look is not None


class LanePicker:
    """Look through one lane inside a write transaction."""

    def __init__(self, connector: Connector, tx: WriteTransaction, now: datetime) -> None:
        """Keep who renders requests, the transaction and the time."""
        self._connector = connector
        self._tx = tx
        self._now = now
        self._changed = False

    def pick(self, account_id: str, order_id: str) -> Pick:
        """Return what the lane's order has to send; the transaction then holds it as `inflight`."""
        while True:
            lane = self._tx.operations(account_id=account_id, order_id=order_id, states=UNSETTLED)
            found = self._first(self._with_parents(lane), order_id)
            if found is not None:
                return replace(found, changed=self._changed)

    def _with_parents(self, lane: Sequence[Operation]) -> list[Operation]:
        """Refuse what stands on something refused, and release it when that is tried again."""
        refused: dict[str, str] = {}
        looked_at = []
        for operation in lane:
            parent = refused.get(operation.record_id) or refused.get(operation.order_id)
            known = self._with_parent(operation, parent or _refused_need(self._tx, operation))
            if _is_refused_create(known):
                refused[known.record_id] = known.op_id
            looked_at.append(known)
        return looked_at

    def _with_parent(self, operation: Operation, refused: str | None) -> Operation:
        if operation.state is OpState.QUEUED and refused:
            needs = tuple(dict.fromkeys((refused, *operation.needs)))
            return self._save(replace(operation, state=OpState.REJECTED, needs=needs, reason=PARENT_REFUSED))
        if operation.state is OpState.REJECTED and _never_sent(operation) and operation.needs and not refused:
            return self._save(replace(operation, state=OpState.QUEUED, reason=""))
        return operation

    def _first(self, lane: Sequence[Operation], order_id: str) -> Pick | None:
        """Return what the first operation that matters says; None if one was set aside and the lane looks new."""
        made_here = {one.record_id for one in lane if one.verb is Verb.CREATE and one.record_id == order_id}
        stuck: set[str] = set()
        for operation in lane:
            if operation.state is OpState.INFLIGHT:
                return Pick()
            if operation.state is OpState.AMBIGUOUS:
                return self._find_out(operation)
            if operation.state is OpState.NEEDS_CHECK and not is_due(operation.not_before, self._now):
                # it may still take effect, and must not do so after what would go out next
                return Pick(wait_until=operation.not_before)
            if operation.state is OpState.QUEUED and not stuck & {operation.record_id, *made_here}:
                return self._queued(operation)
            stuck.add(operation.record_id)
        return Pick()

    def _queued(self, operation: Operation) -> Pick | None:
        if not all(_is_done(self._tx, one) for one in operation.needs):
            return Pick(needs_others=True)
        if not is_due(operation.not_before, self._now):
            return Pick(wait_until=operation.not_before)
        operation, found = self._compared(operation)
        if found and self._join(operation, found):
            return None
        if found:
            self._tx.save_clashes(operation.op_id, found)
            self._save(replace(operation, state=OpState.CONFLICT, reason=CHANGED_ELSEWHERE))
            return None
        if operation.may_be_elsewhere and how_told(operation, self._connector.profile) is not Dedup.IDEMPOTENT:
            self._doubt(operation)
            return None
        return self._send(operation)

    def _compared(self, operation: Operation) -> tuple[Operation, tuple[Clash, ...]]:
        """Compare an operation with the server's truth as last known."""
        record = self._tx.record(operation.account_id, operation.record_type, operation.record_id)
        if record is None:
            return operation, ()
        standing, found = compared(self._tx, operation, record.base or {})
        return (operation if standing is operation else self._save(standing)), found

    def _join(self, operation: Operation, found: Sequence[Clash]) -> bool:
        """Let a note to which both added hold both; what was sent already keeps its bytes."""
        joined = joined_notes(operation, found) if operation.request is None else None
        record = self._tx.record(operation.account_id, operation.record_type, operation.record_id)
        if joined is None or record is None:
            return False
        self._save(joined)
        pending = self._tx.operations(account_id=operation.account_id, record_id=operation.record_id, states=UNSETTLED)
        self._tx.save_record(replace(record, view=rebase(record.base, pending)))
        return True

    def _doubt(self, operation: Operation) -> None:
        """Find out first what another computer may have sent; it settles from now, as that may be sending still."""
        frozen = self._rendered(operation)
        if frozen:
            self._save(replace(frozen, state=OpState.AMBIGUOUS, last_sent_at=self._now, settle_reads=0))

    def _find_out(self, operation: Operation) -> Pick | None:
        """Decide about an operation whose outcome is unknown: repeat it, let it settle, or ask a person."""
        if not is_due(operation.not_before, self._now):
            return Pick(wait_until=operation.not_before)
        profile = self._connector.profile
        if _may_repeat_at_once(operation, profile, self._now):
            return self._send_again(operation, operation.attempts)
        if profile.reads_back or how_told(operation, profile) is Dedup.READ_BACK:
            return self._look_for(operation)
        settled_at = settles_at(operation, profile, self._now)
        if not is_due(settled_at, self._now):
            return Pick(wait_until=settled_at)
        if how_told(operation, profile) is Dedup.IDEMPOTENT:
            return self._repeat(operation, operation.attempts)
        self._save(replace(operation, state=OpState.NEEDS_CHECK, reason=LOOK_FIRST))
        return None

    def _repeat(self, operation: Operation, attempts: int) -> Pick | None:
        """Repeat what has settled, but not over an edit that a pull has shown since."""
        operation, found = self._compared(operation)
        if found:
            self._save(replace(operation, state=OpState.NEEDS_CHECK, reason=OVERTAKEN))
            return None
        return self._send_again(operation, attempts)

    def _look_for(self, operation: Operation) -> Pick | None:
        """Look for the effect; once it was seen to be absent, what was sent counts as never processed."""
        if operation.settle_reads < LOOKS_NEEDED:
            return Pick(look=operation)
        if self._may_come_from_elsewhere(operation):
            self._save(replace(operation, state=OpState.NEEDS_CHECK, reason=ELSEWHERE))
            return None
        return self._repeat(operation, attempts=0)

    def _may_come_from_elsewhere(self, operation: Operation) -> bool:
        """Say whether it came in a file, was not sent from here since, and its maker may send it any time."""
        told = (one.phase for one in reversed(self._tx.attempts(operation.op_id)))
        return next((one for one in told if one == "send" or one.startswith(TAKEN_IN)), "send") != "send"

    def _send_again(self, operation: Operation, attempts: int) -> Pick | None:
        """Send what may have arrived before, and look out for a second copy of it."""
        watch(self._tx, operation, operation.first_sent_at or self._now, self._now)
        return self._send(replace(operation, attempts=attempts))

    def _send(self, operation: Operation) -> Pick | None:
        """Freeze the request if that is still to be done, and note the attempt before it is made."""
        frozen = self._rendered(operation)
        if frozen is None:
            return None
        sent = replace(
            frozen,
            state=OpState.INFLIGHT,
            attempts=operation.attempts + 1,
            first_sent_at=operation.first_sent_at if operation.attempts else self._now,
            last_sent_at=self._now,
            not_before=None,
            settle_reads=0,
            reason="",
            known=_known(self._tx, operation),
        )
        self._tx.add_attempt(operation.op_id, self._now, "send", None)
        return Pick(send=self._save(sent))

    def _rendered(self, operation: Operation) -> Operation | None:
        """Return the operation with its request; one that cannot be rendered is refused."""
        try:
            return replace(operation, request=operation.request or self._frozen(operation))
        except NotSupportedError as error:
            # without its needs: those would release it at the next look, for ever
            self._save(replace(operation, state=OpState.REJECTED, needs=(), reason=str(error)))
            return None

    def _frozen(self, operation: Operation) -> FrozenRequest:
        """Return the bytes of an operation.

        Raises:
            NotSupportedError: The back end cannot take it, or it names what only this computer knows.
        """
        request = self._connector.freeze(operation, _target(self._tx, operation))
        if request.names_our_own:
            held_back = OwnIdError()
            raise NotSupportedError(held_back.title, held_back.hint)
        return request

    def _save(self, operation: Operation) -> Operation:
        self._tx.save_operation(operation)
        self._changed = True
        return operation


def settles_at(operation: Operation, profile: Profile, now: datetime) -> datetime:
    """Return when a request can no longer take effect or hide (`docs/sync.md` §3.4)."""
    return later(operation.last_sent_at or now, profile.settle_s)


def _may_repeat_at_once(operation: Operation, profile: Profile, now: datetime) -> bool:
    told = how_told(operation, profile)
    if told is Dedup.KEYED:
        trusted = timedelta(seconds=KEY_LIFE_USED * profile.key_life_s)
        return now - (operation.first_sent_at or now) < trusted
    return told is Dedup.IDEMPOTENT and profile.has_etags


def _target(tx: ReadTransaction, operation: Operation) -> FreezeTarget:
    """Return the server's ids for an operation.

    Raises:
        NotSupportedError: The server does not have what the operation is about, so there is nothing to address.
    """
    account_id, order_id = operation.account_id, operation.order_id
    order = tx.record(account_id, RecordType.ORDER, order_id)
    record = tx.record(account_id, operation.record_type, operation.record_id)
    makes = operation.verb is Verb.CREATE
    if not record or not order or not (makes or record.server_id):
        raise NotSupportedError(RECORD_GONE)
    if order.server_id is None and operation.record_id != order_id:
        raise NotSupportedError(RECORD_GONE)
    return FreezeTarget(
        order_server_id=order.server_id,
        record_server_id=record.server_id,
        revision=record.revision,
        base=record.base,
        raw=record.raw,
        order=order.base or order.view,
    )


def _known(tx: ReadTransaction, operation: Operation) -> tuple[str, ...] | None:
    """Return which parts like the one to be made the order is known to have before the first attempt."""
    if operation.known is not None or operation.verb is not Verb.CREATE:
        return operation.known
    parts = tx.parts(operation.account_id, operation.order_id, operation.record_type)
    return tuple(one.server_id for one in parts if one.server_id)


def _refused_need(tx: ReadTransaction, operation: Operation) -> str | None:
    """Return a needed operation that was refused or withdrawn, if there is one."""
    found = (_standing_for(tx, need) for need in operation.needs)
    lost = (OpState.REJECTED, OpState.CANCELLED)
    return next((one.op_id for one in found if one and one.state in lost), None)


def _is_refused_create(operation: Operation) -> bool:
    return operation.verb is Verb.CREATE and operation.state is OpState.REJECTED


def _never_sent(operation: Operation) -> bool:
    return operation.attempts == 0 and operation.request is None


def _is_done(tx: ReadTransaction, op_id: str) -> bool:
    """Say whether a needed operation is done; one that has been cleared away was."""
    found = _standing_for(tx, op_id)
    return found is None or found.state is OpState.DONE


def _standing_for(tx: ReadTransaction, op_id: str) -> Operation | None:
    """Return an operation, or the one that took its place."""
    found = tx.operation(op_id)
    while found and found.state is OpState.CANCELLED:
        others = tx.operations(account_id=found.account_id, record_id=found.record_id)
        successor = next((one for one in others if one.replaces == found.op_id), None)
        if successor is None:
            return found
        found = successor
    return found
