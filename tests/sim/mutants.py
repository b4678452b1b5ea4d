"""Break the engine on purpose, one rule at a time; the oracles must notice each (`docs/sync.md` §8).

A mutant patches one thing and nothing else. What it breaks is what somebody could plausibly write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from techdesk.application import merge
from techdesk.application.changes import Changes
from techdesk.application.editing import saving
from techdesk.application.exchange import PulledPart, ReadBack, Sighting
from techdesk.application.outbox import Operation, OpState, Outcome, OutcomeClass, Verb
from techdesk.application.ports import StoredRecord, Urgency
from techdesk.application.sync import engine, lanes, looking_first, pulling, settling, standing, verdicts
from techdesk.application.sync.backoff import later
from techdesk.application.sync.engine import SyncEngine
from techdesk.application.sync.lanes import LanePicker, Pick
from techdesk.application.sync.settling import Settlement
from techdesk.application.sync.verdicts import Verdict
from techdesk.application.unsent import deciding
from tests.sim.network import Network
from tests.support.memory_store import MemoryStore, MemoryTransaction

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def a_new_key_for_each_attempt(patch: Patch) -> None:
    def send(self: Network, operation: Operation) -> Outcome:
        request = operation.request
        assert request is not None
        if "Idempotency-Key" in request.headers:
            key = {"Idempotency-Key": f"{operation.op_id}-{operation.attempts}"}
            operation = replace(operation, request=replace(request, headers=key))
        return original(self, operation)

    original = Network.send
    patch.setattr(Network, "send", send)


def a_restart_queues_what_was_in_flight_anew(patch: Patch) -> None:
    def recover(self: SyncEngine, now: datetime) -> Changes:
        with self._store.write(Urgency.BACKGROUND) as tx:
            for operation in tx.operations(account_id="a1", states=[OpState.INFLIGHT]):
                Settlement(tx, self._new_id, now, 0.0)._succeed(operation, None)
        return original(self, now)

    original = SyncEngine.recover
    patch.setattr(SyncEngine, "recover", recover)


def the_mark_comes_after_the_send(patch: Patch) -> None:
    """The store hears of the attempt only with its outcome."""

    def save(self: LanePicker, operation: Operation) -> Operation:
        return operation if operation.state is OpState.INFLIGHT else original_save(self, operation)

    def settle(self: SyncEngine, op_id: str, outcome: Outcome, now: datetime) -> Changes:
        with self._store.write(Urgency.BACKGROUND) as tx:
            found = tx.operation(op_id)
            if found is not None and found.state in (OpState.QUEUED, OpState.AMBIGUOUS):
                marked = replace(found, state=OpState.INFLIGHT, attempts=found.attempts + 1, last_sent_at=now)
                tx.save_operation(replace(marked, first_sent_at=found.first_sent_at or now))
        return original_settle(self, op_id, outcome, now)

    original_save, original_settle = LanePicker._save, SyncEngine.settle
    patch.setattr(LanePicker, "_save", save)
    patch.setattr(SyncEngine, "settle", settle)


def nobody_looks_before_a_change_without_revisions_goes_out(patch: Patch) -> None:
    patch.setattr(looking_first, "_needs_a_look", lambda operation, profile: False)


def nothing_ever_clashes(patch: Patch) -> None:
    for module in (standing, looking_first, merge):
        patch.setattr(module, "clashes", lambda operation, theirs: ())


def writes_carry_no_revision(patch: Patch) -> None:
    def send(self: Network, operation: Operation) -> Outcome:
        request = operation.request
        assert request is not None
        headers = {name: value for name, value in request.headers.items() if name != "If-Match"}
        return original(self, replace(operation, request=replace(request, headers=headers)))

    original = Network.send
    patch.setattr(Network, "send", send)


def an_unknown_outcome_does_not_hold_its_lane(patch: Patch) -> None:
    def first(self: LanePicker, lane: Any, order_id: str) -> Pick | None:
        due = [one for one in lane if one.state is OpState.AMBIGUOUS and one.not_before and one.not_before > self._now]
        return original(self, [one for one in lane if one not in due], order_id)

    original = LanePicker._first
    patch.setattr(LanePicker, "_first", first)


def a_lane_sends_all_it_has(patch: Patch) -> None:
    """Several operations of an order are in flight at once."""

    def first(self: LanePicker, lane: Any, order_id: str) -> Pick | None:
        return original(self, [one for one in lane if one.state is not OpState.INFLIGHT], order_id)

    def note(self: Any, order_id: str, pick: Pick) -> None:
        original_note(self, order_id, pick)
        if pick.send:
            self.ready[order_id] = None

    original, original_note = LanePicker._first, engine._Lanes.note
    patch.setattr(LanePicker, "_first", first)
    patch.setattr(engine._Lanes, "note", note)


def the_server_id_is_not_kept(patch: Patch) -> None:
    def answered(record: StoredRecord, operation: Operation, outcome: Outcome) -> StoredRecord:
        return replace(original(record, operation, outcome), server_id=record.server_id)

    original = settling._answered
    patch.setattr(settling, "_answered", answered)


def a_server_error_counts_as_not_applied(patch: Patch) -> None:
    """Whoever believes that nothing happened makes the request anew, with a new key."""

    def wait(self: Settlement, operation: Operation, outcome: Outcome, state: OpState) -> None:
        if outcome.kind is OutcomeClass.AMBIGUOUS:
            self._succeed(operation, None)
        else:
            original(self, operation, outcome, state)

    original = Settlement._wait
    patch.setattr(Settlement, "_wait", wait)


def _table(patch: Patch, outcome: OutcomeClass, *decided: Verdict) -> None:
    patch.setitem(verdicts.TABLE, outcome, decided * 6 if len(decided) == 1 else decided)


def an_unknown_outcome_counts_as_done(patch: Patch) -> None:
    _table(patch, OutcomeClass.AMBIGUOUS, Verdict.DONE)


def a_refused_sign_in_costs_the_operation(patch: Patch) -> None:
    _table(patch, OutcomeClass.AUTH, Verdict.REJECTED)


def what_was_not_sent_is_refused_after_an_unknown_outcome(patch: Patch) -> None:
    def settle(self: Settlement, operation: Operation, outcome: Outcome, profile: Any) -> bool:
        if outcome.kind is OutcomeClass.NOT_SENT and operation.attempts > 1:
            outcome = replace(outcome, kind=OutcomeClass.REJECTED)
        return original(self, operation, outcome, profile)

    original = Settlement.settle
    patch.setattr(Settlement, "settle", settle)


def a_412_counts_as_done(patch: Patch) -> None:
    _table(patch, OutcomeClass.PRECONDITION, Verdict.DONE)


def a_dead_key_is_trusted(patch: Patch) -> None:
    patch.setattr(lanes, "KEY_LIFE_USED", 1e6)


def the_servers_wish_is_forgotten_at_a_restart(patch: Patch) -> None:
    patch.setattr(SyncEngine, "_keep_silence", lambda self, tx, host: None)


def the_servers_wish_is_not_heard(patch: Patch) -> None:
    def settle(self: SyncEngine, op_id: str, outcome: Outcome, now: datetime) -> Changes:
        return original(self, op_id, replace(outcome, retry_after_s=None), now)

    original = SyncEngine.settle
    patch.setattr(SyncEngine, "settle", settle)


def a_pull_overwrites_what_is_under_way(patch: Patch) -> None:
    def apply(self: MemoryTransaction, account_id: str, pulled: PulledPart, order_id: str | None) -> StoredRecord:
        record = original(self, account_id, pulled, order_id)
        for operation in self._pending(record):
            if operation.verb is Verb.UPDATE and operation.state is OpState.QUEUED:
                self.save_operation(replace(operation, intent={**operation.intent, **pulled.document}))
        return record

    original = MemoryTransaction._apply
    patch.setattr(MemoryTransaction, "_apply", apply)


def a_cursor_is_saved_without_its_page(patch: Patch) -> None:
    def apply_page(self: MemoryTransaction, account_id: str, page: Any) -> Any:
        kept = page.orders[1:] if len(page.orders) > 1 else page.orders
        return original(self, account_id, replace(page, orders=kept))

    original = MemoryTransaction.apply_page
    patch.setattr(MemoryTransaction, "apply_page", apply_page)


def a_refused_operation_blocks_its_lane(patch: Patch) -> None:
    def first(self: LanePicker, lane: Any, order_id: str) -> Pick | None:
        return Pick() if lane and lane[0].state.needs_person else original(self, lane, order_id)

    original = LanePicker._first
    patch.setattr(LanePicker, "_first", first)


def the_twin_that_a_pull_brought_stays(patch: Patch) -> None:
    patch.setattr(Settlement, "_without_twin", lambda self, record: record)
    patch.setattr(pulling, "LONGEST_HOLD", timedelta())


def nothing_wakes_a_lane_that_waits(patch: Patch) -> None:
    patch.setattr(engine._Lanes, "wake", lambda self, now: None)


def one_empty_look_is_believed_at_once(patch: Patch) -> None:
    patch.setattr(lanes, "LOOKS_NEEDED", 1)
    patch.setattr(settling, "settles_at", lambda operation, profile, now: operation.last_sent_at)


def what_was_looked_for_in_vain_is_done(patch: Patch) -> None:
    def sighted(self: Settlement, operation: Operation, read: ReadBack, profile: Any, asked_at: datetime) -> bool:
        found = Sighting.FOUND if read.sighting is Sighting.ABSENT else read.sighting
        return original(self, operation, replace(read, sighting=found), profile, asked_at)

    original = Settlement.sighted
    patch.setattr(Settlement, "sighted", sighted)


def what_can_be_read_back_is_sent_again_without_a_look(patch: Patch) -> None:
    patch.setattr(LanePicker, "_look_for", lambda self, operation: self._send(operation))


def a_lane_goes_on_while_its_effect_is_looked_for(patch: Patch) -> None:
    def first(self: LanePicker, lane: Any, order_id: str) -> Pick | None:
        unknown = [one for one in lane if one.state is OpState.AMBIGUOUS]
        others = [one for one in lane if one not in unknown]
        return original(self, others, order_id) if others and unknown else original(self, lane, order_id)

    original = LanePicker._first
    patch.setattr(LanePicker, "_first", first)


def an_unknown_outcome_is_sent_again_at_once(patch: Patch) -> None:
    patch.setattr(LanePicker, "_find_out", lambda self, operation: self._send(operation))


def a_sign_in_page_counts_as_done(patch: Patch) -> None:
    _table(patch, OutcomeClass.CAPTIVE, Verdict.DONE)


def an_answer_that_broke_off_counts_as_done(patch: Patch) -> None:
    _table(patch, OutcomeClass.APPLIED_UNPARSED, Verdict.DONE)
    patch.setattr(settling, "_comes_with_a_pull", lambda operation, outcome, profile: False)


def the_confirmation_and_the_server_id_are_saved_apart(patch: Patch) -> None:
    """A process that dies between the two knows that it arrived, and not as what."""

    def answered(record: StoredRecord, operation: Operation, outcome: Outcome) -> StoredRecord:
        return replace(original(record, operation, outcome), server_id=record.server_id)

    def settle(self: SyncEngine, op_id: str, outcome: Outcome, now: datetime) -> Changes:
        changes = original_settle(self, op_id, outcome, now)
        with self._store.write(Urgency.BACKGROUND) as tx:
            operation = tx.operation(op_id)
            record = operation and tx.record("a1", operation.record_type, operation.record_id)
            if record and outcome.server_id and not record.server_id:
                tx.save_record(replace(record, server_id=outcome.server_id))
        return changes

    original, original_settle = settling._answered, SyncEngine.settle
    patch.setattr(settling, "_answered", answered)
    patch.setattr(SyncEngine, "settle", settle)


def a_change_goes_into_what_was_sent_before(patch: Patch) -> None:
    def foldable(operations: Sequence[Operation]) -> Operation | None:
        unsettled = [one for one in operations if one.state is OpState.QUEUED]
        return unsettled[-1] if unsettled and unsettled[-1].verb in (Verb.CREATE, Verb.UPDATE) else None

    patch.setattr(saving, "foldable", foldable)


def a_request_is_thought_to_settle_sooner_than_it_does(patch: Patch) -> None:
    for module in (lanes, settling):
        patch.setattr(module, "settles_at", lambda operation, profile, now: later(operation.last_sent_at or now, 10.0))


def nothing_waits_for_what_it_needs_on_another_order(patch: Patch) -> None:
    patch.setattr(lanes, "_is_done", lambda tx, op_id: True)


def each_attempt_makes_its_bytes_anew(patch: Patch) -> None:
    """The request is rendered from what is known now, under the same id."""

    def send(self: LanePicker, operation: Operation) -> Pick | None:
        return original(self, replace(operation, request=None))

    def save_operation(self: MemoryTransaction, operation: Operation) -> None:
        self._tables.operations[operation.op_id] = operation

    original = LanePicker._send
    patch.setattr(LanePicker, "_send", send)
    patch.setattr(MemoryTransaction, "save_operation", save_operation)


def texts_are_taken_unchecked(patch: Patch) -> None:
    for module in (saving, deciding):
        patch.setattr(module, "checked", lambda value: value)


def a_lane_is_ordered_by_the_clock(patch: Patch) -> None:
    def operations(self: MemoryTransaction, **wanted: Any) -> list[Operation]:
        return sorted(original(self, **wanted), key=lambda one: (one.created_at, one.seq))

    original = MemoryTransaction.operations
    patch.setattr(MemoryTransaction, "operations", operations)


def what_was_said_not_to_be_saved_is_saved(patch: Patch) -> None:
    """A full disk is noticed only after half of the work was stored."""

    @contextmanager
    def write(self: MemoryStore, urgency: Urgency) -> Iterator[MemoryTransaction]:
        transaction = MemoryTransaction(self.tables.copied())
        yield transaction
        transaction.finish()
        self.tables = transaction._tables
        self.before_commit()
        self.after_commit()

    patch.setattr(MemoryStore, "write", write)


MUTANTS: dict[Mutant, int] = {
    one_empty_look_is_believed_at_once: 400,
    what_was_looked_for_in_vain_is_done: 200,
    what_can_be_read_back_is_sent_again_without_a_look: 200,
    a_lane_goes_on_while_its_effect_is_looked_for: 100,
    a_new_key_for_each_attempt: 100,
    a_restart_queues_what_was_in_flight_anew: 200,
    the_mark_comes_after_the_send: 400,
    nothing_ever_clashes: 700,
    nobody_looks_before_a_change_without_revisions_goes_out: 2000,
    writes_carry_no_revision: 100,
    an_unknown_outcome_does_not_hold_its_lane: 200,
    a_lane_sends_all_it_has: 100,
    the_server_id_is_not_kept: 60,
    a_server_error_counts_as_not_applied: 60,
    an_unknown_outcome_counts_as_done: 60,
    a_refused_sign_in_costs_the_operation: 400,
    what_was_not_sent_is_refused_after_an_unknown_outcome: 600,
    a_412_counts_as_done: 200,
    a_dead_key_is_trusted: 1400,
    the_servers_wish_is_forgotten_at_a_restart: 4000,
    the_servers_wish_is_not_heard: 200,
    a_pull_overwrites_what_is_under_way: 1000,
    a_cursor_is_saved_without_its_page: 60,
    a_refused_operation_blocks_its_lane: 400,
    the_twin_that_a_pull_brought_stays: 700,
    nothing_wakes_a_lane_that_waits: 100,
    an_unknown_outcome_is_sent_again_at_once: 2000,
    a_sign_in_page_counts_as_done: 2000,
    an_answer_that_broke_off_counts_as_done: 2000,
    the_confirmation_and_the_server_id_are_saved_apart: 2000,
    a_change_goes_into_what_was_sent_before: 2000,
    a_request_is_thought_to_settle_sooner_than_it_does: 2000,
    nothing_waits_for_what_it_needs_on_another_order: 4000,
    each_attempt_makes_its_bytes_anew: 2000,
    texts_are_taken_unchecked: 2000,
    a_lane_is_ordered_by_the_clock: 2000,
    what_was_said_not_to_be_saved_is_saved: 2000,
}
"""Mutant → schedules within which it must be noticed: 13.8 ÷ its measured rate, a miss in a million by chance."""
