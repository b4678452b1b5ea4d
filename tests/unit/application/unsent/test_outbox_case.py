"""What a person needs to decide about an operation is read with it, and what lost can be brought back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.accounts import Deed
from techdesk.application.commands import Commands
from techdesk.application.editing.order_history import order_history
from techdesk.application.outbox import Clash, FrozenRequest, Operation, OpState, OrderRef, Outcome, OutcomeClass, Verb
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.unsent.deciding import Decided
from techdesk.application.unsent.outbox_case import Case, most_pressing, outbox_case
from techdesk.application.unsent.outbox_list import outbox_entries
from techdesk.domain.errors import NotFoundError, NotSupportedError
from techdesk.domain.events import OtherEvent
from techdesk.domain.instants import instant_text
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING, FakeClock, commands_over, put_order, put_part
from tests.support.fake_server import KEYED
from tests.support.outbox_states import put_in_state

GONE = "0190f3e2-0000-7000-8000-00000000ffff"


def last(store: OrderStore) -> Operation:
    with store.read() as view:
        return max(view.operations(), key=lambda one: one.seq)


def set_base(store: OrderStore, order: OrderRef, **fields: str) -> None:
    """Let the server have other values by now."""
    with store.write(Urgency.BACKGROUND) as tx:
        record = tx.record(order.account_id, RecordType.ORDER, order.order_id)
        assert record is not None
        tx.save_record(replace(record, base={**(record.base or {}), **fields}))


def conflict(store: OrderStore, commands: Commands, order: OrderRef, **theirs: str) -> str:
    """Change fields of an order that somebody else changed too, and return the operation's id."""
    seen = dict.fromkeys(theirs, "Before")
    commands.change_order(order, dict.fromkeys(theirs, "Mine"), seen)
    op_id = last(store).op_id
    clashes = [Clash(op_id=op_id, field=name, base="Before", mine="Mine", theirs=text) for name, text in theirs.items()]
    put_in_state(store, op_id, OpState.CONFLICT, "Changed", clashes)
    set_base(store, order, **theirs)
    return op_id


def case_of(store: OrderStore, op_id: str) -> Case:
    with store.read() as view:
        found = outbox_case(view, op_id)
    assert found is not None
    return found


def view_of(store: OrderStore, order: OrderRef) -> dict[str, object]:
    with store.read() as view:
        record = view.record(order.account_id, RecordType.ORDER, order.order_id)
    assert record is not None
    return dict(record.view)


def test_a_case_tells_where_it_goes_what_happened_and_who_was_there(store, commands):
    order = put_order(store)
    op_id = conflict(store, commands, order, title="Theirs")
    set_base(store, order, last_modified_by="Ana Ruiz", last_modified_at=instant_text(MORNING))
    with store.write(Urgency.BACKGROUND) as tx:
        tx.add_attempt(op_id, MORNING, "send", None)
        tx.add_attempt(op_id, MORNING, "answer", Outcome(kind=OutcomeClass.PRECONDITION))
    case = case_of(store, op_id)
    assert (case.account.account_id, case.changed_by, case.changed_at) == ("a1", "Ana Ruiz", MORNING)
    assert [(one.phase, one.kind) for one in case.attempts] == [("send", None), ("answer", OutcomeClass.PRECONDITION)]
    assert [one.theirs for one in case.entry.clashes] == ["Theirs"]


@pytest.mark.parametrize(("now", "shown"), [("Later still", "Later still"), ("Before", "Theirs"), ("Theirs", "Theirs")])
def test_a_conflict_shows_what_the_server_has_by_now(store, commands, now, shown):
    order = put_order(store)
    op_id = conflict(store, commands, order, title="Theirs")
    set_base(store, order, title=now)
    assert [one.theirs for one in case_of(store, op_id).entry.clashes] == [shown]


def test_a_conflict_of_what_is_gone_shows_what_was_recorded_and_a_time_that_is_none_is_left_out(store, commands):
    order = put_order(store)
    op_id = conflict(store, commands, order, title="Theirs")
    set_base(store, order, last_modified_at="yesterday")
    assert case_of(store, op_id).changed_at is None
    with store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, order.order_id)
    case = case_of(store, op_id)
    assert ([one.theirs for one in case.entry.clashes], case.changed_by, case.changed_at) == (["Theirs"], "", None)


def test_what_is_no_longer_here_has_no_case_and_is_left_out_of_a_list(store, commands):
    commands.record_event(put_order(store), OtherEvent(event="x"))
    op_id = last(store).op_id
    with store.read() as view:
        assert outbox_case(view, GONE) is None
        assert [one.operation.op_id for one in outbox_entries(view, [GONE, op_id])] == [op_id]


def test_the_most_pressing_operation_of_an_order_is_a_conflict_then_a_check_then_a_refusal(store, commands):
    order = put_order(store)
    made: list[str] = []
    for state in (OpState.QUEUED, OpState.REJECTED, OpState.NEEDS_CHECK, OpState.CONFLICT):
        with store.read() as view:
            assert most_pressing(view, order) == (made[-1] if len(made) > 1 else None)
        commands.record_event(order, OtherEvent(event="x"))
        made.append(last(store).op_id)
        if state is not OpState.QUEUED:
            put_in_state(store, made[-1], state)
    with store.read() as view:
        assert most_pressing(view, order) == made[-1]


def test_my_text_that_lost_is_brought_back_as_a_change_of_what_is_there_now(store, commands):
    order = put_order(store)
    op_id = conflict(store, commands, order, title="Theirs", description="Theirs too")
    commands.outbox.settle_clashes(op_id, {"title": "theirs", "description": "mine"})
    commands.restoring.restore(op_id)
    restored = last(store)
    assert restored.verb is Verb.UPDATE
    assert (restored.intent["title"], restored.base["title"]) == ("Mine", "Theirs")
    assert view_of(store, order)["title"] == "Mine"


def test_their_text_that_lost_is_brought_back_and_a_field_that_leads_others_is_not(store, commands):
    order = put_order(store)
    op_id = conflict(store, commands, order, title="Theirs", service_status_uid="s-done")
    commands.outbox.settle_clashes(op_id, {"title": "mine", "service_status_uid": "mine"})
    with store.read() as view:
        (past,) = order_history(view, view.operations(account_id="a1", order_id=order.order_id))
    assert past.lost == {"theirs": {"title": "Theirs"}}
    commands.restoring.restore(op_id, "theirs")
    assert view_of(store, order)["title"] == "Theirs"


def test_after_a_text_of_ones_own_both_can_be_brought_back(store, commands):
    order = put_order(store)
    op_id = conflict(store, commands, order, title="Theirs")
    commands.outbox.settle_clashes(op_id, {"title": "own"}, Decided(own={"title": "Both"}))
    commands.restoring.restore(op_id, "theirs")
    assert view_of(store, order)["title"] == "Theirs"
    commands.restoring.restore(op_id, "mine")
    assert view_of(store, order)["title"] == "Mine"


def test_a_part_that_was_withdrawn_is_made_again(store, commands):
    order = put_order(store)
    commands.add_item(order, Item(name="Fuse"))
    made = last(store)
    commands.outbox.discard(made.op_id)
    commands.restoring.restore(made.op_id)
    again = last(store)
    assert (again.verb, again.intent["name"]) == (Verb.CREATE, "Fuse")
    assert again.record_id != made.record_id


def test_an_order_that_was_withdrawn_with_its_record_is_gone(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "Mine"}, {"title": "No power"})
    commands.outbox.discard(last(store).op_id)
    with store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, order.order_id)
    with pytest.raises(NotFoundError):
        commands.restoring.restore(last(store).op_id)


def test_there_is_nothing_to_bring_back_of_a_removal_or_of_what_is_on_its_way_or_unknown(store, commands):
    order = put_order(store)
    put_part(store, order, Item(name="Fuse"), record_type=RecordType.ITEM, server_id="i1")
    commands.remove(order, RecordType.ITEM, "i1")
    removal = last(store).op_id
    for op_id in (GONE, removal):
        with pytest.raises(NotFoundError):
            commands.restoring.restore(op_id)
    commands.outbox.discard(removal)
    with pytest.raises(NotFoundError):
        commands.restoring.restore(removal)


def test_what_the_system_no_longer_takes_is_not_brought_back(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "Mine"}, {"title": "No power"})
    op_id = last(store).op_id
    request = FrozenRequest(method="PATCH", path="/x")
    with store.write(Urgency.BACKGROUND) as tx:
        sent = replace(last(store), state=OpState.INFLIGHT, attempts=1, request=request)
        tx.save_operation(sent)
        tx.save_operation(replace(sent, state=OpState.REJECTED))
    commands.outbox.discard(op_id)
    refusing = commands_over(store, FakeClock(), replace(KEYED, refusals={Deed(RecordType.ORDER, Verb.UPDATE): "No"}))
    with pytest.raises(NotSupportedError):
        refusing.restoring.restore(op_id)
