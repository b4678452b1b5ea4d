"""Take in the work of a rescue file so that nothing is lost and nothing happens twice (`docs/sync.md`, "Rescue")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.merge import laid_over
from techdesk.application.outbox import HANDED_ON, TAKEN_IN, UNSETTLED, Attempt, Operation, OpState, Outcome
from techdesk.application.ports import StoredRecord, WriteTransaction
from techdesk.application.unsent.rescue import Rescued, RescuedAccount, RescueWork
from techdesk.domain.documents import RecordType
from techdesk.domain.errors import AmbiguousError, NoAccountError

_UNKNOWN = (OpState.INFLIGHT, OpState.AMBIGUOUS)
_NOT_SENT_YET = (OpState.QUEUED, OpState.REJECTED)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When an operation was first sent whose key does not protect it: before every key's life."""

_Key = tuple[str, RecordType, str]


def senders_of(
    theirs: Iterable[RescuedAccount], ours: Sequence[Account], wanted: Account | None = None
) -> dict[str, Account]:
    """Return for each account of a file the account of this computer that sends its work.

    Args:
        theirs: The accounts of the file.
        ours: The accounts of this computer.
        wanted: The one that a person chose; a file of several systems has one each.

    Raises:
        NoAccountError: There is none for it here.
        AmbiguousError: Several fit.
    """
    ours = [wanted] if wanted else [one for one in ours if not one.signed_out]
    return {one.account_id: _sender_of(one, ours, is_chosen=wanted is not None) for one in theirs}


def _sender_of(theirs: RescuedAccount, ours: Sequence[Account], *, is_chosen: bool) -> Account:
    of_system = [one for one in ours if one.system == theirs.system]
    same = [one for one in of_system if one.account_id == theirs.account_id]
    found = same or [one for one in of_system if is_chosen or one.address == theirs.address]
    own = [one for one in found if theirs.user_uid and one.user_uid == theirs.user_uid]
    if len(found) > 1 and len(own) != 1:
        names = ", ".join(one.name for one in found)
        raise AmbiguousError(f"{len(found)} accounts here could send the work of “{theirs.name}”", f"Choose: {names}")
    if not found:
        raise NoAccountError(
            f"There is no account here for “{theirs.name}” ({theirs.address})",
            "Sign in there first, then take the file in again; nothing was taken in",
        )
    return own[0] if len(found) > 1 else found[0]


class Import:
    """Take in one file inside a write transaction.

    Attributes:
        op_ids: The operations that are new here, once `take_in` has run.
    """

    def __init__(self, tx: WriteTransaction, work: RescueWork, senders: Mapping[str, Account], now: datetime) -> None:
        """Keep the transaction, the file's work, who sends it, and the time."""
        self._tx = tx
        self._work = work
        self._senders = senders
        self._now = now
        self._ids: dict[_Key, str] = {}
        self.op_ids: list[str] = []

    def take_in(self) -> Changes:
        """Add what is not here yet; what is, in whatever state, stays as it is."""
        fresh = [one for one in self._work.entries if self._tx.operation(one.operation.op_id) is None]
        wanted = {key for one in fresh for key in _keys(one.operation)}
        for record in sorted(self._work.records, key=lambda one: one.record_type is not RecordType.ORDER):
            if _key(record) in wanted:
                self._place(record)
        added = [self._add(one) for one in fresh]
        for account_id, record_type, record_id in dict.fromkeys(_keys(one)[1] for one in added):
            self._show(account_id, record_type, record_id)
        self.op_ids = [one.op_id for one in added]
        orders = frozenset(one.order_id for one in added)
        return Changes(orders=orders, list_changed=bool(orders), outbox=bool(orders), op_ids=tuple(self.op_ids))

    def _place(self, record: StoredRecord) -> None:
        """Find a record of the file here, by the server's id or by its own, else bring it."""
        account_id = self._senders[record.account_id].account_id
        of_server = record.server_id and self._tx.record_by_server_id(account_id, record.record_type, record.server_id)
        known = of_server or self._tx.record(account_id, record.record_type, record.record_id)
        self._ids[_key(record)] = known.record_id if known else record.record_id
        if known is None:
            order_id = self._id_of(record.account_id, RecordType.ORDER, record.order_id)
            self._tx.save_record(replace(record, account_id=account_id, order_id=order_id))

    def _id_of(self, account_id: str, record_type: RecordType, record_id: str) -> str:
        return self._ids.get((account_id, record_type, record_id), record_id)

    def _add(self, rescued: Rescued) -> Operation:
        theirs = rescued.operation
        placed = replace(
            theirs,
            account_id=self._senders[theirs.account_id].account_id,
            order_id=self._id_of(theirs.account_id, RecordType.ORDER, theirs.order_id),
            record_id=self._id_of(theirs.account_id, theirs.record_type, theirs.record_id),
            seq=0,
            position=0,
            not_before=None,
        )
        maker = self._work.maker
        their_account = next(one for one in self._work.accounts if one.account_id == theirs.account_id)
        sender = self._senders[theirs.account_id]
        same_user = bool(sender.user_uid) and sender.user_uid == their_account.user_uid
        added = self._tx.add_operation(_taken_in(placed, self._work, self._now, same_user=same_user))
        for one in rescued.attempts:
            self._tx.add_attempt(theirs.op_id, one.at, one.phase, _outcome(one))
        how = HANDED_ON if self._work.is_handed_over else TAKEN_IN
        by = f", work of {theirs.created_by}" if theirs.created_by else ""
        self._tx.add_attempt(theirs.op_id, self._now, f"{how}{maker.computer}{by}", None)
        self._tx.save_clashes(theirs.op_id, rescued.clashes)
        return added

    def _show(self, account_id: str, record_type: RecordType, record_id: str) -> None:
        """Lay all that is under way here over the record."""
        record = self._tx.record(account_id, record_type, record_id)
        if record is not None:
            pending = self._tx.operations(account_id=account_id, record_id=record_id, states=UNSETTLED)
            self._tx.save_record(laid_over(record, pending))


def _taken_in(operation: Operation, work: RescueWork, now: datetime, *, same_user: bool) -> Operation:
    """Return an operation of a file as it begins here.

    Whatever may have been sent, from there or from anywhere, is found out before it is sent from here: `queued` with an
    attempt says so. Its key's life counts from the first moment at which it may have been sent; servers keep keys by
    user, so another person's protects nothing here.
    """
    made_at = min(work.maker.made_at, now) if same_user else LONG_AGO
    if operation.state in _UNKNOWN:
        first = min(operation.first_sent_at or made_at, made_at if not same_user else now)
        return replace(operation, state=OpState.AMBIGUOUS, first_sent_at=first, last_sent_at=now, settle_reads=0)
    if operation.state in _NOT_SENT_YET and not operation.attempts and not work.is_handed_over:
        return replace(operation, attempts=1, first_sent_at=made_at)
    return operation


def _outcome(attempt: Attempt) -> Outcome | None:
    if attempt.kind is None:
        return None
    return Outcome(kind=attempt.kind, http_status=attempt.http_status, code=attempt.code, reason=attempt.reason)


def _key(record: StoredRecord) -> _Key:
    return record.account_id, record.record_type, record.record_id


def _keys(operation: Operation) -> tuple[_Key, _Key]:
    order = (operation.account_id, RecordType.ORDER, operation.order_id)
    return order, (operation.account_id, operation.record_type, operation.record_id)
