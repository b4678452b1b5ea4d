"""Take in what became of an attempt, inside one write transaction (`docs/sync.md` §2.5–2.7, §4.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from techdesk.application.accounts import Profile
from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.merge import changed_by_others, is_applied, joined_notes, laid_over
from techdesk.application.outbox import MERGED, REPLACED, UNSETTLED, Operation, OpState, Outcome, OutcomeClass, Verb
from techdesk.application.ports import StoredRecord, WriteTransaction
from techdesk.application.sync.acks import is_older, remember_ack
from techdesk.application.sync.backoff import delay_s, later
from techdesk.application.sync.duplicates import watch
from techdesk.application.sync.lanes import CHANGED_ELSEWHERE, LOOKS_NEEDED, settles_at
from techdesk.application.sync.looking_first import NO_LONGER_THERE
from techdesk.application.sync.recognizing import LOOKS_ALIKE
from techdesk.application.sync.rereading import begin_rereading, last_pull
from techdesk.application.sync.standing import compared, stand_on
from techdesk.application.sync.verdicts import WITHOUT_EFFECT, Verdict, is_again, verdict
from techdesk.domain.errors import BusyError
from techdesk.domain.records import RecordType, overlay

AFTER_NEXT_PULL_S = 30.0
"""How long a successor waits that was made without knowing what the server has now."""

LOOK_AGAIN_S = 30.0
"""How long a look waits that could not be taken."""

HIDDEN_FOR_S = 600.0
"""For so long after an operation has settled a server may answer with something else before a person is asked."""

UNSEEN_FOR_S = 45.0
"""How long what the server fails to show waits: longer than its host is left alone, so that a pull goes between."""

_NOT_TAKEN = (Sighting.UNKNOWN, Sighting.HIDDEN)

_MOVABLE = tuple(state for state in UNSETTLED if state is not OpState.INFLIGHT)


class Settlement:
    """Apply one outcome to one operation in flight.

    Attributes:
        saw_older: An answer showed a record older than it is here: what is known of it stays, as it tells what is gone.
    """

    def __init__(self, tx: WriteTransaction, new_id: Callable[[], str], now: datetime, fraction: float) -> None:
        """Keep the transaction, what makes ids, the time, and a random number in 0..1."""
        self._tx = tx
        self._new_id = new_id
        self._now = now
        self._fraction = fraction
        self.saw_older = False

    def settle(self, operation: Operation, outcome: Outcome, profile: Profile) -> bool:
        """Move the operation as the decision table says, and its record with it; say whether it is now confirmed."""
        self._tx.add_attempt(operation.op_id, self._now, "answer", outcome)
        told = replace(operation, http_status=outcome.http_status, reason=outcome.reason)
        decided = verdict(operation, profile, outcome.kind)
        if decided is Verdict.GONE:
            decided = Verdict.DONE if operation.verb is Verb.DELETE else Verdict.REJECTED
        if decided is Verdict.DONE and _comes_with_a_pull(told, outcome, profile):
            self._close(told)
            self._tx.remove_record(told.account_id, told.record_type, told.record_id)
        elif decided is Verdict.DONE:
            self._done(told, outcome)
        elif decided is Verdict.MERGE:
            return self._merge(told, outcome)
        elif decided in (Verdict.QUEUED, Verdict.AMBIGUOUS):
            self._wait(told, outcome, OpState(decided))
        else:
            held_until = settles_at(told, profile, self._now) if decided is Verdict.NEEDS_CHECK else None
            self._tx.save_operation(replace(told, state=OpState(decided), not_before=held_until))
        return decided is Verdict.DONE

    def sighted(self, operation: Operation, read: ReadBack, profile: Profile, asked_at: datetime) -> bool:
        """Take in what a look for an operation's effect brought; say whether it is now confirmed.

        But for a mark, a look counts only if it began when the request could no longer take effect or hide.
        """
        settled_at = settles_at(operation, profile, self._now)
        is_blind = read.sighting is Sighting.HIDDEN and asked_at >= later(settled_at, HIDDEN_FOR_S)
        is_too_early = read.by_likeness and asked_at < settled_at
        if read.sighting not in _NOT_TAKEN:
            self._tx.add_attempt(operation.op_id, self._now, "look", None if is_too_early else _told(read))
        if read.sighting is Sighting.FOUND and not read.by_likeness:
            return self._found(operation, read)
        if is_blind:
            waits = replace(operation, state=OpState.NEEDS_CHECK, reason=read.reason)
        elif read.sighting in _NOT_TAKEN:
            waits = replace(operation, not_before=later(self._now, LOOK_AGAIN_S), reason=read.reason)
        elif asked_at < settled_at:
            waits = replace(operation, not_before=settled_at)
        else:
            return self._seen_settled(operation, read, profile)
        self._tx.save_operation(waits)
        return False

    def _seen_settled(self, operation: Operation, read: ReadBack, profile: Profile) -> bool:
        """Take in a look that began after the request had settled."""
        looks = operation.settle_reads + 1
        if read.sighting is Sighting.FOUND and not self._is_anothers(operation, read):
            return self._found(operation, read)
        if read.sighting is Sighting.GONE and operation.verb is Verb.DELETE:
            self._done(operation, read.as_outcome(OutcomeClass.APPLIED))
            return True
        if read.sighting is Sighting.SHOWN and looks >= LOOKS_NEEDED:
            return self._merge(operation, read.as_outcome(OutcomeClass.APPLIED))
        if read.sighting is Sighting.GONE:
            waits = replace(operation, state=OpState.REJECTED, reason=read.reason or NO_LONGER_THERE)
        elif read.sighting in (Sighting.FOUND, Sighting.UNCLEAR):
            waits = replace(operation, state=OpState.NEEDS_CHECK, reason=read.reason or LOOKS_ALIKE)
        else:
            again = later(self._now, profile.visibility_lag_s)
            waits = replace(operation, settle_reads=looks, not_before=again)
        self._tx.save_operation(waits)
        return False

    def _found(self, operation: Operation, read: ReadBack) -> bool:
        if read.is_double:
            watch(self._tx, operation, operation.first_sent_at or self._now, self._now)
        self._done(operation, read.as_outcome(OutcomeClass.APPLIED), is_own_answer=False)
        return True

    def adopt(self, operation: Operation, read: ReadBack) -> None:
        """Give a record that was made here what a person found to be it; what a pull brought of it goes."""
        record = _record(self._tx, operation)
        if record is not None:
            self._show(self._without_twin(_answered(record, operation, read.as_outcome(OutcomeClass.APPLIED))))

    def _is_anothers(self, operation: Operation, read: ReadBack) -> bool:
        """Say whether what was found is what another operation of this computer made."""
        account_id, record_type = operation.account_id, operation.record_type
        found = self._tx.record_by_server_id(account_id, record_type, read.server_id or "")
        return found is not None and found.record_id not in (operation.record_id, found.server_id)

    def show_moved(self, sent: Operation, operation: Operation) -> None:
        """Show an operation with the record to which its outcome moved it; nothing changes if it did not move."""
        record = _record(self._tx, operation) if operation != sent else None
        if record:
            self._show(record)

    def _wait(self, operation: Operation, outcome: Outcome, state: OpState) -> None:
        if state is OpState.AMBIGUOUS:
            # the clock may have been set since it was sent; by this instant it had been sent under either clock
            operation = replace(operation, last_sent_at=self._now)
        if outcome.kind in WITHOUT_EFFECT:
            is_faulty = isinstance(outcome.fault, BusyError) and outcome.kind is OutcomeClass.NOT_SENT
            not_before = later(self._now, UNSEEN_FOR_S) if is_faulty else None
            attempts = operation.attempts - 1
            self._tx.save_operation(replace(operation, state=state, attempts=attempts, not_before=not_before))
            return
        seconds = delay_s(operation.attempts, self._fraction, outcome.retry_after_s)
        self._tx.save_operation(replace(operation, state=state, not_before=later(self._now, seconds)))

    def _done(self, operation: Operation, outcome: Outcome, *, is_own_answer: bool = True) -> None:
        """Confirm it; what a look shows may hold another's edit, so only an answer tells how values were tidied up."""
        self._close(operation)
        record = _record(self._tx, operation)
        if record is None:
            return
        if operation.verb is Verb.DELETE:
            remember_ack(self._tx, record, is_removed=True)
            self._tx.remove_record(record.account_id, record.record_type, record.record_id)
            return
        if outcome.record is not None and is_own_answer:
            stand_on(self._tx, operation, outcome.record)
        if is_own_answer and self._is_from_before(operation, record, outcome):
            self._show(record)
            return
        record = _answered(record, operation, outcome)
        is_proof = not (is_own_answer and _may_be_removed(self._tx, operation))
        if is_proof:
            remember_ack(self._tx, record)
        self._show(self._without_twin(record))
        if not is_proof:
            begin_rereading(self._tx, record.account_id)

    def _merge(self, operation: Operation, outcome: Outcome) -> bool:
        """Compare with what the server has now: it is there already, it clashes, or a successor is sent."""
        record = _record(self._tx, operation)
        if outcome.record is None or record is None or self._is_from_before(operation, record, outcome):
            # an older record is a server's that went back: what is known stays, so that its loss can be told
            self._succeed(operation, later(self._now, AFTER_NEXT_PULL_S))
            return False
        is_there = is_applied(operation, outcome.record)
        operation, found = compared(self._tx, operation, outcome.record)
        joined = joined_notes(operation, found)
        if is_there:
            self._close(operation)
        elif joined:
            self._say_merged(operation, changed_by_others(record.base, outcome.record))
            self._succeed(operation, None, joined)
        else:
            self._tx.save_clashes(operation.op_id, found)
            self._tx.save_operation(replace(operation, state=OpState.CONFLICT, reason=CHANGED_ELSEWHERE))
        self._show(replace(record, base=outcome.record, revision=outcome.revision, raw=outcome.raw))
        return is_there

    def _is_from_before(self, operation: Operation, record: StoredRecord, outcome: Outcome) -> bool:
        """Say whether an answer to a change shows an older record; what is made and told by its key may be older."""
        is_older_now = operation.verb is Verb.UPDATE and is_older(outcome.revision, record.revision)
        self.saw_older = self.saw_older or is_older_now
        return is_older_now

    def _close(self, operation: Operation) -> None:
        self._tx.save_operation(replace(operation, state=OpState.DONE, done_at=self._now, reason=""))

    def _say_merged(self, operation: Operation, fields: Sequence[str]) -> None:
        """Tell in the history that somebody else changed something too, and that both changes were kept."""
        if fields:
            names = ", ".join(one.removesuffix("_uid").replace("_", " ") for one in fields)
            told = Outcome(kind=OutcomeClass.PRECONDITION, reason=f"somebody else changed {names}; both were kept")
            self._tx.add_attempt(operation.op_id, self._now, MERGED, told)

    def _succeed(self, operation: Operation, not_before: datetime | None, merged: Operation | None = None) -> None:
        """Put a new operation in the place of one whose bytes are out of date; `merged` is what it says now."""
        self._tx.save_operation(replace(operation, state=OpState.CANCELLED, done_at=self._now, reason=REPLACED))
        self._tx.add_operation(
            replace(
                merged or operation,
                op_id=self._new_id(),
                seq=0,
                state=OpState.QUEUED,
                attempts=0,
                first_sent_at=None,
                last_sent_at=None,
                not_before=not_before,
                request=None,
                http_status=None,
                reason="",
                replaces=operation.op_id,
            )
        )

    def _without_twin(self, record: StoredRecord) -> StoredRecord:
        """Take over a record that a pull brought under the same server id: its base is the newer one."""
        account_id, server_id = record.account_id, record.server_id
        twin = server_id and self._tx.record_by_server_id(account_id, record.record_type, server_id)
        if not twin or twin.record_id == record.record_id:
            return record
        if twin.record_type is RecordType.ORDER:
            for part in self._tx.parts(account_id, twin.record_id):
                self._tx.save_record(replace(part, order_id=record.record_id))
        for operation in self._tx.operations(account_id=account_id, order_id=twin.order_id, states=_MOVABLE):
            self._move(operation, twin, record)
        self._tx.remove_record(account_id, twin.record_type, twin.record_id, heir=record.record_id)
        return replace(record, base=twin.base, revision=twin.revision, raw=twin.raw)

    def _move(self, operation: Operation, twin: StoredRecord, record: StoredRecord) -> None:
        moved = replace(
            operation,
            order_id=record.order_id if operation.order_id == twin.order_id else operation.order_id,
            record_id=record.record_id if operation.record_id == twin.record_id else operation.record_id,
        )
        if moved != operation:
            self._tx.save_operation(moved)

    def _show(self, record: StoredRecord) -> None:
        """Lay the intents that are still under way over the record's base."""
        pending = _unsettled(self._tx, record.account_id, record.record_id)
        self._tx.save_record(laid_over(record, pending))


def _comes_with_a_pull(operation: Operation, outcome: Outcome, profile: Profile) -> bool:
    """Say whether what was made is known to be there, but not by which id: with the next pull it would stand twice.

    Only of a back end without keys and marks, as every other one is asked again.
    """
    is_unnamed = operation.verb is Verb.CREATE and outcome.kind is OutcomeClass.APPLIED_UNPARSED
    return is_unnamed and profile.can_be_read


def _may_be_removed(tx: WriteTransaction, operation: Operation) -> bool:
    """Say whether a pull may have told that somebody removed what was made, before its name was known here.

    What its key replays is as old as the first attempt, so it does not tell.
    """
    if operation.verb is not Verb.CREATE or not is_again(operation):
        return False
    sent_at, pulled_at = operation.first_sent_at, last_pull(tx, operation.account_id)
    return bool(sent_at and pulled_at and pulled_at > sent_at)


def _answered(record: StoredRecord, operation: Operation, outcome: Outcome) -> StoredRecord:
    """Return the record with the server's answer as its base.

    What a key replays is as old as the first attempt, and a pull may have brought something newer: then that stays, and
    the pull that follows every push brings what is still missing.
    """
    server_id = outcome.server_id or record.server_id
    if is_again(operation) and operation.verb is Verb.ACCEPT:
        return record
    if outcome.record is None:
        return replace(record, server_id=server_id, base=overlay(record.base or {}, operation.intent))
    return replace(record, server_id=server_id, base=outcome.record, revision=outcome.revision, raw=outcome.raw)


def _told(read: ReadBack) -> Outcome | None:
    """Return what a look told, as an outcome; None where it saw nothing."""
    if read.sighting is Sighting.UNCLEAR:
        return Outcome(kind=OutcomeClass.AMBIGUOUS, reason=read.reason)
    if read.sighting is Sighting.GONE:
        return Outcome(kind=OutcomeClass.GONE, reason=read.reason or NO_LONGER_THERE)
    if read.sighting is Sighting.SHOWN:
        return read.as_outcome(OutcomeClass.PRECONDITION)
    return read.as_outcome(OutcomeClass.APPLIED) if read.sighting is Sighting.FOUND else None


def at_home(tx: WriteTransaction, operation: Operation) -> Operation:
    """Return an operation where it belongs now: what it was sent for may have been found to be ours meanwhile.

    `_without_twin` moves the rest of the work on such a record; what was in flight then moves when its outcome comes.
    """
    account_id = operation.account_id
    order_id = _ours(tx, account_id, RecordType.ORDER, operation.order_id)
    record_id = _ours(tx, account_id, operation.record_type, operation.record_id)
    return replace(operation, order_id=order_id, record_id=record_id)


def _ours(tx: WriteTransaction, account_id: str, record_type: RecordType, record_id: str) -> str:
    if tx.record(account_id, record_type, record_id):
        return record_id
    found = tx.record_by_server_id(account_id, record_type, record_id)
    return found.record_id if found else record_id


def _record(tx: WriteTransaction, operation: Operation) -> StoredRecord | None:
    return tx.record(operation.account_id, operation.record_type, operation.record_id)


def _unsettled(tx: WriteTransaction, account_id: str, record_id: str) -> list[Operation]:
    return tx.operations(account_id=account_id, record_id=record_id, states=UNSETTLED)
