"""Turn records, operations and accounts into rows and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from techdesk.application.accounts import Account
from techdesk.application.outbox import Attempt, Clash, FrozenRequest, Operation, OpState, OutcomeClass, Verb
from techdesk.application.ports import StoredRecord
from techdesk.domain.documents import Document, RecordType
from techdesk.domain.vocabulary import Role

RECORD_TYPES = tuple(RecordType)
"""Records are stored under the place of their type here; add at the end only."""

TYPE_NUMBER: dict[RecordType, int] = {one: number for number, one in enumerate(RECORD_TYPES)}

PRESSING = (
    OpState.CONFLICT,
    OpState.REJECTED,
    OpState.NEEDS_CHECK,
    OpState.AMBIGUOUS,
    OpState.INFLIGHT,
    OpState.QUEUED,
)
"""Unsettled states, the one to show of several first; an order's badge is a place in here."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def encoded(value: Any) -> str:
    """Return a JSON value as text that SQLite can keep.

    Raises:
        ValueError: It holds half of a surrogate pair, or a number that JSON has no form for.
    """
    text = _encode(value)
    if not text.isascii():
        text.encode("utf-8")
    return text


RECORD_COLUMNS = (
    "record_no, account_no, record_type, record_id, order_id, server_id, revision, deleted, gone, change_no, "
    "base, view, raw"
)


class RecordRow(NamedTuple):
    """A row of `records`; base and view are JSON, and view is None where it equals base.

    `gone` tells that the server removed the order or part, and only unsent work keeps it here.
    """

    record_no: int
    account_no: int
    record_type: int
    record_id: str
    order_id: str
    server_id: str | None
    revision: str | None
    deleted: int
    gone: int
    change_no: int
    base: str | None
    view: str | None
    raw: bytes | None

    def record(self, account_id: str) -> StoredRecord:
        """Return the record of this row."""
        base: Document | None = json.loads(self.base) if self.base is not None else None
        view: Document = json.loads(self.view) if self.view is not None else dict(base or {})
        return StoredRecord(
            account_id=account_id,
            record_type=RECORD_TYPES[self.record_type],
            record_id=self.record_id,
            order_id=self.order_id,
            server_id=self.server_id,
            revision=self.revision,
            base=base,
            view=view,
            raw=self.raw,
            deleted=bool(self.deleted),
            change_no=self.change_no,
        )


def view_text(base: Document | None, view: Document) -> str | None:
    """Return what to store for a view: None where it equals the base."""
    return None if base == view else encoded(view)


OPERATION_COLUMNS = (
    "position, op_id, account_no, order_id, record_type, record_id, verb, intent, base, created_at, created_by, needs, "
    "state, settled, attempts, first_sent_at, last_sent_at, not_before, settle_reads, request_head, request_body, "
    "http_status, reason, replaces, done_at, known"
)


def operation_values(operation: Operation, account_no: int) -> tuple[Any, ...]:
    """Return the values of `OPERATION_COLUMNS`."""
    request = operation.request
    return (
        operation.position,
        operation.op_id,
        account_no,
        operation.order_id,
        TYPE_NUMBER[operation.record_type],
        operation.record_id,
        str(operation.verb),
        encoded(operation.intent),
        encoded(operation.base),
        operation.created_at.isoformat(),
        operation.created_by,
        encoded(list(operation.needs)),
        str(operation.state),
        int(operation.state.is_settled),
        operation.attempts,
        _text(operation.first_sent_at),
        _text(operation.last_sent_at),
        _text(operation.not_before),
        operation.settle_reads,
        request and encoded([request.method, request.path, dict(request.headers)]),
        request and request.body,
        operation.http_status,
        operation.reason,
        operation.replaces,
        _text(operation.done_at),
        None if operation.known is None else encoded(list(operation.known)),
    )


def operation_of(row: Sequence[Any], name: Callable[[int], str]) -> Operation:
    """Return the operation of a row of `seq` and `OPERATION_COLUMNS`; `name` gives an account's id."""
    (seq, position, op_id, account_no, order_id, record_type, record_id, verb, intent, base, *rest) = row
    (created_at, created_by, needs, state, _, attempts, first_sent_at, last_sent_at, not_before, *rest) = rest
    (settle_reads, request_head, request_body, http_status, reason, replaces, done_at, known) = rest
    return Operation(
        op_id=op_id,
        account_id=name(account_no),
        order_id=order_id,
        record_type=RECORD_TYPES[record_type],
        record_id=record_id,
        verb=Verb(verb),
        intent=json.loads(intent),
        base=json.loads(base),
        created_at=datetime.fromisoformat(created_at),
        created_by=created_by,
        seq=seq,
        position=position,
        needs=tuple(json.loads(needs)),
        state=OpState(state),
        attempts=attempts,
        first_sent_at=_instant(first_sent_at),
        last_sent_at=_instant(last_sent_at),
        not_before=_instant(not_before),
        settle_reads=settle_reads,
        request=_request(request_head, request_body),
        http_status=http_status,
        reason=reason,
        replaces=replaces,
        done_at=_instant(done_at),
        known=None if known is None else tuple(json.loads(known)),
    )


def account_text(account: Account) -> str:
    """Return an account as JSON text."""
    return encoded(
        {
            "account_id": account.account_id,
            "name": account.name,
            "system": account.system,
            "address": account.address,
            "color": account.color,
            "settings": dict(account.settings),
            "user_uid": account.user_uid,
            "user_name": account.user_name,
            "role": str(account.role),
            "enabled": account.enabled,
            "signed_out": account.signed_out,
        }
    )


def account_of(text: str) -> Account:
    """Return the account of a JSON text."""
    values: Mapping[str, Any] = json.loads(text)
    return Account(**{**values, "role": Role(values["role"])})


def _request(head: str | None, body: bytes | None) -> FrozenRequest | None:
    if head is None:
        return None
    method, path, headers = json.loads(head)
    return FrozenRequest(method=method, path=path, headers=headers, body=body or b"")


def _text(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def attempt_of(row: Sequence[Any]) -> Attempt:
    """Return the line of the audit in a row of `attempts`."""
    at, phase, outcome, http_status, code, reason = row
    kind = None if outcome is None else OutcomeClass(outcome)
    return Attempt(
        at=datetime.fromisoformat(at), phase=phase, kind=kind, http_status=http_status, code=code, reason=reason
    )


def clash_of(op_id: str, row: Sequence[Any]) -> Clash:
    """Return the field in conflict in a row of `clashes`."""
    field, base, mine, theirs, choice = row
    return Clash(
        op_id=op_id,
        field=field,
        base=json.loads(base),
        mine=json.loads(mine),
        theirs=json.loads(theirs),
        choice=choice,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
