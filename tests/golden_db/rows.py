"""Everything that a golden store holds: every state of an operation, each with what makes it hard to bring along.

Written once into files that are never made again; a later program must find all of it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from techdesk.application.exchange import BadRecord
from techdesk.application.outbox import Clash, FrozenRequest, Operation, OpState, Outcome, OutcomeClass, Verb
from techdesk.application.ports import OrderStore, StoredRecord, Urgency, WriteTransaction
from techdesk.domain.documents import RecordType, overlay
from tests.support.builders import MORNING, an_account, an_order, order_document
from tests.support.store_records import a_page, pulled, pulled_event

EVERY_BYTE = bytes(range(256))
TEXT = "Ærlig talt: “Ω” \u0000 🔧 <b>"
ORDER = "so-1"
_KNOWS_PARTS = 5
_STAGES = 6
MADE_HERE = "tmp_0190f3e2000070008000000000000900"


@dataclass(frozen=True)
class Golden:
    """An operation in one state, with the record it stands on, what was tried and where it clashes."""

    operation: Operation
    record: StoredRecord
    attempts: tuple[Outcome | None, ...] = ()
    clashes: tuple[Clash, ...] = ()


def golden_rows(version: int) -> Iterator[Golden]:
    """Yield what a store of a version holds: an operation of every state, and what that version had beside them."""
    for number, state in enumerate(OpState, 1):
        yield _golden(number, state)
    replaced = _golden(8, OpState.CANCELLED).operation
    yield Golden(
        operation=replace(
            _golden(9, OpState.QUEUED).operation, replaces=replaced.op_id, position=8, needs=(_op_id(1), _op_id(7))
        ),
        record=_part(9),
    )
    if version >= _KNOWS_PARTS:
        sent = _golden(10, OpState.AMBIGUOUS)
        yield replace(sent, operation=replace(sent.operation, known=("i-2", TEXT)))


def put_golden(store: OrderStore, version: int) -> None:
    """Write everything that a version had into an empty store."""
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(settings={"settle": 5, "nested": {"a": [1, 2.5, None]}}, color="#0a84ff"))
        tx.save_account(an_account(account_id="a2", name="Other", enabled=False))
        tx.save_references("a1", "users", [{"tenant_user_uid": "u-kim", "display_name": TEXT}])
        bad = [BadRecord(server_id="bad-1", reason="no order", raw=EVERY_BYTE)]
        order = pulled(ORDER, pulled_event("e-1", notes=TEXT), **order_document(an_order(title="Radio")))
        tx.apply_page("a1", a_page(replace(order, raw=b'{"raw": 1.10}'), pulled("so-gone"), cursor="c-77", bad=bad))
        tx.save_note("as_of:a1", "2026-06-01T09:12:00.000Z")
        tx.save_note("device_id", "0190f3e2-0000-7000-8000-0000000000de")
        tx.save_record(_made_here())
        for one in golden_rows(version):
            _put(tx, one)
        tx.apply_page("a1", a_page(cursor="c-78", deleted=["so-gone"]))
        if version >= _STAGES:
            tx.stage_page("a1", a_page(pulled("so-staged", title=TEXT)))


def _put(tx: WriteTransaction, one: Golden) -> None:
    tx.save_record(one.record)
    tx.add_operation(one.operation)
    for number, outcome in enumerate(one.attempts):
        tx.add_attempt(
            one.operation.op_id, MORNING + timedelta(minutes=number), "answer" if outcome else "sent", outcome
        )
    tx.save_clashes(one.operation.op_id, one.clashes)


def _golden(number: int, state: OpState) -> Golden:
    record = _part(number)
    tried = state not in (OpState.QUEUED, OpState.CONFLICT)
    outcome = Outcome(kind=OutcomeClass.AMBIGUOUS, http_status=502, reason=TEXT, code="bad_gateway")
    operation = Operation(
        op_id=_op_id(number),
        account_id="a1",
        order_id=ORDER if number % 2 else MADE_HERE,
        record_type=RecordType.ITEM,
        record_id=record.record_id,
        verb=Verb.CREATE if number % 2 else Verb.UPDATE,
        intent={"name": TEXT, "quantity": number, "nested": {"list": [1, 2.5, "x"]}},
        base={} if number % 2 else {"name": "before"},
        created_at=MORNING + timedelta(seconds=number, microseconds=123456),
        created_by="Kim Larsen",
        seq=number,
        position=number,
        state=state,
        attempts=number if tried else 0,
        first_sent_at=MORNING if tried else None,
        last_sent_at=MORNING + timedelta(hours=number) if tried else None,
        not_before=MORNING + timedelta(days=1) if state in (OpState.QUEUED, OpState.AMBIGUOUS) else None,
        settle_reads=number if state is OpState.AMBIGUOUS else 0,
        request=_request(number) if tried else None,
        http_status=502 if tried else None,
        reason=TEXT if state.needs_person else "",
        done_at=MORNING + timedelta(days=2) if state.is_settled else None,
    )
    clash = Clash(op_id=operation.op_id, field="name", base="before", mine=TEXT, theirs={"a": [None, 1]}, choice="mine")
    return Golden(
        operation=operation,
        record=record,
        attempts=(None, outcome) * number if tried else (),
        clashes=(clash, replace(clash, field="price", theirs=None, choice="")) if state is OpState.CONFLICT else (),
    )


def _request(number: int) -> FrozenRequest:
    headers = {"Idempotency-Key": _op_id(number), "If-Match": '"r-1"'}
    return FrozenRequest(
        method="POST", path=f"/orders/{ORDER}/items?x={TEXT}", headers=headers, body=EVERY_BYTE * number
    )


def _part(number: int) -> StoredRecord:
    base = None if number % 2 else {"name": "before", "unknown": {"kept": True}}
    order_id = ORDER if number % 2 else MADE_HERE
    intent = {"name": TEXT, "quantity": number, "nested": {"list": [1, 2.5, "x"]}}
    return StoredRecord(
        account_id="a1",
        record_type=RecordType.ITEM,
        record_id=f"tmp_{_op_id(number).replace('-', '')}",
        order_id=order_id,
        server_id=None if number % 2 else f"i-{number}",
        revision=None if number % 2 else '"r-1"',
        base=base,
        view=overlay(base or {}, intent),
        raw=None if number % 2 else EVERY_BYTE,
    )


def _made_here() -> StoredRecord:
    document = order_document(an_order(title=TEXT, service_number="10099"))
    return StoredRecord(
        account_id="a1", record_type=RecordType.ORDER, record_id=MADE_HERE, order_id=MADE_HERE, view=document
    )


def _op_id(number: int) -> str:
    return f"0190f3e2-0000-7000-8000-{number:012x}"
