"""Let a person decide about operations: try again, change, discard, choose between two texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from techdesk.application.accounts import Profile
from techdesk.application.changes import Changes
from techdesk.application.editing.coalesce import fold
from techdesk.application.editing.saving import check_stands_alone, checked, show_again
from techdesk.application.outbox import REPLACED, Clash, Operation, OpState, Verb
from techdesk.application.ports import Clock, OrderStore, Urgency, WriteTransaction
from techdesk.application.sync.duplicates import watch
from techdesk.application.sync.standing import stand_on
from techdesk.domain.errors import InvalidInputError, NotAllowedError, NotFoundError
from techdesk.domain.records import FOLLOWS, Document, overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What goes with the choices in a conflict.

    Attributes:
        own: Field → the text that is neither of the two.
        seen: Field → what the person saw as the server's, where that is newer than what the conflict recorded.
    """

    own: Mapping[str, Any] = field(default_factory=dict)
    seen: Mapping[str, Any] = field(default_factory=dict)


_AS_RECORDED = Decided()
_STOPPED = (OpState.REJECTED, OpState.NEEDS_CHECK, OpState.CONFLICT)


class OutboxCommands:
    """What a person can do with an operation; nothing here changes bytes that have been sent.

    An operation that was attempted keeps its bytes for ever, so trying again means a successor: a new operation in the
    same place of the lane, and the old one withdrawn and linked.
    """

    def __init__(
        self, store: OrderStore, clock: Clock, new_id: Callable[[], str], profile_of: Callable[[str], Profile]
    ) -> None:
        """Keep what is needed; `new_id` makes a UUIDv7 as text, `profile_of` tells what an account guarantees."""
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._profile_of = profile_of

    def retry(self, op_id: str) -> Changes:
        """Try an operation again at once.

        Raises:
            NotAllowedError: It is settled, or its outcome is still open and only a check can tell.
            NotFoundError: There is no such operation.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = _operation(tx, op_id)
            if operation.state in (OpState.QUEUED, OpState.AMBIGUOUS):
                tx.save_operation(replace(operation, not_before=None))
                return _changed(operation, op_id)
            if operation.state is not OpState.REJECTED:
                raise NotAllowedError("This cannot simply be tried again")
            return self._succeed(tx, operation, operation.intent, operation.base)

    def edit(self, op_id: str, intent: Document) -> Changes:
        """Replace what an operation sets, and send it so.

        Raises:
            InvalidTextError: A text cannot be stored.
            NotAllowedError: It is being sent, or settled.
            NotFoundError: There is no such operation.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = _operation(tx, op_id)
            intent = checked(intent)
            base = _with_seen(tx, operation, intent)
            if operation.is_untouched:
                folded = fold(operation, intent, base)
                tx.save_operation(folded or self._cancelled(operation, "nothing was left to change"))
                stand_on(tx, operation, {**operation.base, **(folded.intent if folded else {})})
                show_again(tx, operation)
                return _changed(operation, op_id)
            _check_stopped(operation)
            made_new = operation.verb is Verb.CREATE  # which says nothing of what stays empty, as when it was made
            wanted = overlay(operation.intent, intent) if made_new else {**operation.intent, **intent}
            return self._succeed(tx, operation, wanted, base)

    def discard(self, op_id: str) -> Changes:
        """Withdraw an operation; it stays in the history with its content.

        Raises:
            NotAllowedError: It is being sent or settled, or other work stands on the record it creates.
            NotFoundError: There is no such operation.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = _operation(tx, op_id)
            if not (operation.is_untouched or operation.may_be_elsewhere):
                _check_stopped(operation)
            if operation.verb is Verb.CREATE:
                self._discard_made_record(tx, operation)
            else:
                tx.save_operation(self._cancelled(operation, "discarded"))
                if operation.is_untouched or operation.state is OpState.REJECTED:
                    stand_on(tx, operation, operation.base)
                show_again(tx, operation)
            return _changed(operation)

    def settle_clashes(self, op_id: str, choices: Mapping[str, str], decided: Decided = _AS_RECORDED) -> Changes:
        """Choose `mine`, `theirs` or `own` for every field in conflict; all texts stay in the history.

        Raises:
            InvalidInputError: A field has no choice, or another word, or no text of its own.
            InvalidTextError: A text of one's own cannot be stored.
            NotAllowedError: The operation is not in conflict.
            NotFoundError: There is no such operation.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = _operation(tx, op_id)
            if operation.state is not OpState.CONFLICT:
                raise NotAllowedError("This is not in conflict")
            clashes = [_chosen(one, choices, decided) for one in tx.clashes(op_id)]
            tx.save_clashes(op_id, clashes)
            theirs = {one.field: one.theirs for one in clashes}
            dropped = {one.field for one in clashes if one.choice == "theirs"}
            own = {one.field: checked(decided.own[one.field]) for one in clashes if one.choice == "own"}
            wanted = {**operation.intent, **own}
            intent = {name: value for name, value in wanted.items() if not dropped & {name, FOLLOWS.get(name)}}
            is_withdrawn = bool(dropped) if operation.verb is Verb.DELETE else not intent
            if is_withdrawn:
                tx.save_operation(self._cancelled(operation, "theirs was kept"))
                show_again(tx, operation)
                return _changed(operation)
            return self._succeed(tx, operation, intent, {**operation.base, **theirs})

    def it_arrived(self, op_id: str) -> Changes:
        """Note that a person found the operation's effect at the back end.

        What was made becomes one with what a pull brought of it. If none has, or more than one may be it, it goes, as
        the next pull brings it; where nothing is ever pulled, it stays as it was sent.

        Raises:
            NotAllowedError: It does not wait for a check.
            NotFoundError: There is no such operation.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = _needs_check(tx, op_id)
            tx.save_operation(replace(operation, state=OpState.DONE, done_at=self._clock.now(), reason="found by hand"))
            if not self._profile_of(operation.account_id).can_be_read:
                _take_as_sent(tx, operation)
            elif operation.verb is Verb.CREATE:
                from techdesk.application.unsent.found_by_hand import take_for_ours

                if not take_for_ours(tx, operation, self._new_id, self._clock.now()):
                    tx.remove_record(operation.account_id, operation.record_type, operation.record_id)
                return _changed(operation)
            show_again(tx, operation)
            return _changed(operation)

    def send_again(self, op_id: str) -> Changes:
        """Send an operation again after a person looked and did not find its effect.

        Raises:
            NotAllowedError: It does not wait for a check.
            NotFoundError: There is no such operation.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = _needs_check(tx, op_id)
            changes = self._succeed(tx, operation, operation.intent, operation.base)
            now = self._clock.now()
            for successor in changes.op_ids:
                watch(tx, replace(operation, op_id=successor), operation.first_sent_at or now, now)
            return changes

    def _succeed(self, tx: WriteTransaction, operation: Operation, intent: Document, base: Document) -> Changes:
        """Put a successor in the operation's place; what waited for the old one waits for the new one."""
        tx.save_operation(self._cancelled(operation, REPLACED))
        stand_on(tx, operation, {**operation.intent, **intent})
        successor = tx.add_operation(
            Operation(
                op_id=self._new_id(),
                account_id=operation.account_id,
                order_id=operation.order_id,
                record_type=operation.record_type,
                record_id=operation.record_id,
                verb=operation.verb,
                intent=intent,
                base=_still_compared(operation, intent, base),
                created_at=operation.created_at,
                created_by=operation.created_by,
                position=operation.position,
                needs=operation.needs,
                replaces=operation.op_id,
                known=operation.known,
            )
        )
        show_again(tx, operation)
        return _changed(operation, successor.op_id)

    def _discard_made_record(self, tx: WriteTransaction, operation: Operation) -> None:
        check_stands_alone(tx, operation.account_id, operation.record_id)
        for one in tx.operations(account_id=operation.account_id, record_id=operation.record_id):
            if not one.state.is_settled:
                tx.save_operation(self._cancelled(one, "discarded"))
        tx.remove_record(operation.account_id, operation.record_type, operation.record_id)

    def _cancelled(self, operation: Operation, reason: str) -> Operation:
        return replace(operation, state=OpState.CANCELLED, done_at=self._clock.now(), reason=reason)


def _take_as_sent(tx: WriteTransaction, operation: Operation) -> None:
    """Let a record stand on what was sent, as if the back end had answered it."""
    record = tx.record(operation.account_id, operation.record_type, operation.record_id)
    if record is not None:
        tx.save_record(replace(record, base=overlay(record.base or {}, operation.intent)))


def _with_seen(tx: WriteTransaction, operation: Operation, intent: Document) -> Document:
    """Return what an edited change is compared with: also the values that the person saw in fields it did not set."""
    record = tx.record(operation.account_id, operation.record_type, operation.record_id)
    if operation.verb is not Verb.UPDATE or record is None:
        return operation.base
    fresh = {name: record.view[name] for name in intent if name in record.view and name not in operation.intent}
    return {**fresh, **operation.base}


def _still_compared(operation: Operation, intent: Document, base: Document) -> Document:
    """Return what a successor is compared with: all that was seen for a removal, else the fields it sets."""
    if operation.verb is Verb.DELETE:
        return base
    return {name: value for name, value in base.items() if name in intent}


def _operation(tx: WriteTransaction, op_id: str) -> Operation:
    """Return an operation that can still be decided on.

    Raises:
        NotAllowedError: It was settled meanwhile, by an answer of the server or by a decision before this one.
        NotFoundError: There is no such operation.
    """
    operation = tx.operation(op_id)
    if operation is None:
        raise NotFoundError("This operation is not on this computer")
    if operation.state is OpState.DONE:
        raise NotAllowedError("This is confirmed already", "The order shows it; it can be corrected there")
    if operation.state is OpState.CANCELLED:
        raise NotAllowedError("This was withdrawn or replaced already")
    return operation


def _needs_check(tx: WriteTransaction, op_id: str) -> Operation:
    operation = _operation(tx, op_id)
    if operation.state is not OpState.NEEDS_CHECK:
        raise NotAllowedError("This does not wait for a check")
    return operation


def _check_stopped(operation: Operation) -> None:
    if operation.state not in _STOPPED:
        raise NotAllowedError(
            "This is on its way and can no longer be changed", "Wait until it is confirmed or refused"
        )


def _chosen(clash: Clash, choices: Mapping[str, str], decided: Decided) -> Clash:
    choice = choices.get(clash.field, "")
    if choice not in ("mine", "theirs") and not (choice == "own" and clash.field in decided.own):
        raise InvalidInputError("Choose one of the two texts for every field, or write your own", field=clash.field)
    return replace(clash, choice=choice, theirs=decided.seen.get(clash.field, clash.theirs))


def _changed(operation: Operation, *op_ids: str) -> Changes:
    return Changes(orders=frozenset({operation.order_id}), list_changed=True, outbox=True, op_ids=op_ids)
