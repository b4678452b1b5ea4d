"""Take back what a person did: withdrawn while nothing of it has left, corrected afterwards (`docs/sync.md` §9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from techdesk.application.accounts import Deed, Profile
from techdesk.application.changes import Changes, Step
from techdesk.application.editing.saving import Saver, show_again
from techdesk.application.lookups import account_of, record_of
from techdesk.application.outbox import Operation, OpState, OrderRef, Verb
from techdesk.application.phrases import what
from techdesk.application.ports import Clock, OrderStore, ReadTransaction, StoredRecord, Urgency, WriteTransaction
from techdesk.application.sync.standing import stand_on
from techdesk.domain.documents import Document, RecordType, same
from techdesk.domain.errors import AlreadySentError, NotAllowedError, NotFoundError
from techdesk.domain.vocabulary import Role


class Remedy(Enum):
    """How something that was sent is put right."""

    REMOVE = "remove it"
    CHANGE_BACK = "change it back"
    RECORD = "record a correction"
    NONE = "nothing can be done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What can be done about something that was sent.

    Attributes:
        what: What was done, as a phrase.
        remedy: What puts it right.
        why: Why it is no more than that; empty where nothing stands in the way.
        before: The values to set again, for `Remedy.CHANGE_BACK`.
    """

    operation: Operation
    what: str
    remedy: Remedy
    why: str = ""
    before: Document = field(default_factory=dict)

    @property
    def order(self) -> OrderRef:
        """Return the order it was done to."""
        return OrderRef(self.operation.account_id, self.operation.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """What can be put right of several changes of which something was sent.

    Attributes:
        unsent: The steps that never left and are withdrawn.
        back: The changes that are set back.
        overtaken: How many stay as they are: the same was changed again since.
        why_not: Why nothing can be put right together now; empty where it can.
    """

    unsent: Sequence[Step] = ()
    back: Sequence[Correction] = ()
    overtaken: int = 0
    why_not: str = ""


class Undo:
    """Take back steps."""

    def __init__(self, store: OrderStore, clock: Clock, new_id: Callable[[], str], saver: Saver) -> None:
        """Keep what is needed; `new_id` makes a UUIDv7 as text."""
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._saver = saver

    def take_back(self, steps: Sequence[Step]) -> Changes:
        """Withdraw what was done in these steps, all or none of it; what was typed stays in the history.

        Raises:
            AlreadySentError: Something of it has left this computer, or may have.
            NotAllowedError: Later work stands on it.
            NotFoundError: It is no longer here.
            StoreError: It was not saved.
        """
        changes = Changes()
        with self._store.write(Urgency.PERSON) as tx:
            for step in reversed(steps):
                changes |= self._take_back(tx, step)
        return changes

    def change_back(self, wanted: Correction) -> Changes:
        """Set again what stood there before a change that was sent; an ordinary change, which is sent like any other.

        Raises:
            NotAllowedError: The order or the role forbids it now.
            NotFoundError: The record is no longer here.
            StoreError: It was not saved.
        """
        return self.put_right(Regret(back=[wanted]))

    def put_right(self, regret: Regret) -> Changes:
        """Withdraw what never left and set back what was sent, all or none of it.

        Raises:
            AlreadySentError: Something that had not left has left by now.
            NotAllowedError: The order or the role forbids it now.
            NotFoundError: A record is no longer here.
            StoreError: It was not saved.
        """
        changes = Changes()
        with self._store.write(Urgency.PERSON) as tx:
            for step in reversed(regret.unsent):
                changes |= self._take_back(tx, step)
            for wanted in regret.back:
                operation = wanted.operation
                record = record_of(tx, wanted.order, operation.record_type, operation.record_id)
                changes |= self._saver.change(tx, record, wanted.before, record.view)
        return changes

    def _take_back(self, tx: WriteTransaction, step: Step) -> Changes:
        operation = operation_of(tx, step)
        if step.before and operation.state is OpState.CANCELLED:
            self._make_again(tx, step.before)
        elif not operation.is_untouched:
            raise AlreadySentError
        elif step.before:
            tx.save_operation(replace(operation, intent=step.before.intent, base=step.before.base))
        else:
            self._withdraw(tx, operation)
        show_again(tx, operation)
        return Changes(orders=frozenset({operation.order_id}), list_changed=True, outbox=True)

    def _withdraw(self, tx: WriteTransaction, operation: Operation) -> None:
        if operation.verb is Verb.CREATE:
            standing = _standing_on(tx, operation)
            if standing:
                raise NotAllowedError("Later unsent work stands on this", "Withdraw that first")
            tx.remove_record(operation.account_id, operation.record_type, operation.record_id)
        tx.save_operation(replace(operation, state=OpState.CANCELLED, done_at=self._clock.now(), reason="taken back"))
        stand_on(tx, operation, operation.base)

    def _make_again(self, tx: WriteTransaction, before: Operation) -> None:
        """Do again what was withdrawn: a new operation, as a cancelled one stays so."""
        if before.verb is Verb.CREATE and tx.record(before.account_id, before.record_type, before.record_id) is None:
            tx.save_record(
                StoredRecord(
                    account_id=before.account_id,
                    record_type=before.record_type,
                    record_id=before.record_id,
                    order_id=before.order_id,
                )
            )
        tx.add_operation(replace(before, op_id=self._new_id(), seq=0, position=0, replaces=before.op_id))


def correction(view: ReadTransaction, step: Step, profile_of: Callable[[str], Profile]) -> Correction:
    """Return what can be done about a step that was sent.

    Raises:
        NotFoundError: It is no longer here.
        StoreError: The store could not be read.
    """
    operation = operation_of(view, step)
    words = what(operation)
    if not operation.state.is_settled:
        decide, wait = "It needs your decision first (Ctrl+Shift+U)", "It is being sent; wait until it is confirmed"
        why = decide if operation.state.needs_person else wait
        return Correction(operation=operation, what=words, remedy=Remedy.NONE, why=why)
    record = view.record(operation.account_id, operation.record_type, operation.record_id)
    if record is None or operation.verb in (Verb.DELETE, Verb.ACCEPT):
        why = "The server has taken it, and nothing sent later takes it back; its text is in the history"
        return Correction(operation=operation, what=words, remedy=Remedy.NONE, why=why)
    refusals = profile_of(operation.account_id).refusals
    if operation.verb is Verb.UPDATE:
        before = {name: operation.base.get(name, "") for name in operation.intent}
        why = refusals.get(Deed(operation.record_type, Verb.UPDATE), "")
        remedy = Remedy.NONE if why else Remedy.CHANGE_BACK
        return Correction(operation=operation, what=words, remedy=remedy, why=why, before=before)
    why = refusals.get(Deed(operation.record_type, Verb.DELETE), "")
    if operation.record_type is RecordType.ORDER and account_of(view, operation.account_id).role is Role.TECHNICIAN:
        why = why or "Only a supervisor removes an order; you can give it another status"
    otherwise = Remedy.RECORD if operation.record_type is RecordType.EVENT else Remedy.NONE
    return Correction(operation=operation, what=words, remedy=otherwise if why else Remedy.REMOVE, why=why)


def regret_of(view: ReadTransaction, steps: Sequence[Step], profile_of: Callable[[str], Profile]) -> Regret:
    """Return what can be put right of several changes; what somebody changed again since is left alone.

    Raises:
        NotFoundError: Something is no longer here.
        StoreError: The store could not be read.
    """
    unsent, back = [], []
    for step in steps:
        if operation_of(view, step).is_untouched:
            unsent.append(step)
            continue
        wanted = correction(view, step, profile_of)
        if wanted.remedy is not Remedy.CHANGE_BACK:
            return Regret(why_not=wanted.why or "Take back what was added in the orders themselves")
        if not _is_overtaken(view, wanted):
            back.append(wanted)
    return Regret(unsent=unsent, back=back, overtaken=len(steps) - len(unsent) - len(back))


def _is_overtaken(view: ReadTransaction, wanted: Correction) -> bool:
    """Say whether a field says something else by now than the change had set."""
    operation = wanted.operation
    shown = record_of(view, wanted.order, operation.record_type, operation.record_id).view
    return any(not same(shown.get(name), value) for name, value in operation.intent.items())


def operation_of(view: ReadTransaction, step: Step) -> Operation:
    """Return the operation that holds a step.

    Raises:
        NotFoundError: It is no longer here.
    """
    operation = view.operation(step.op_id)
    if operation is None:
        raise NotFoundError("This is no longer here", "Its account may have been signed out")
    return operation


def _standing_on(tx: ReadTransaction, operation: Operation) -> list[Operation]:
    """Return unsettled work that needs the record which an operation creates."""
    others = tx.operations(account_id=operation.account_id, order_id=operation.order_id)
    makes_order = operation.order_id == operation.record_id
    return [
        one
        for one in others
        if not one.state.is_settled
        and one.op_id != operation.op_id
        and (makes_order or one.record_id == operation.record_id)
    ]
