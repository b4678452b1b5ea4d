"""What was done last is taken back whole while nothing of it has left; afterwards it is put right in the open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.accounts import Deed, Profile
from techdesk.application.changes import Changes
from techdesk.application.editing.undo import Remedy, correction, regret_of
from techdesk.application.outbox import FrozenRequest, Operation, OpState, OrderRef, Verb
from techdesk.application.ports import Urgency
from techdesk.domain.errors import AlreadySentError, NotAllowedError, NotFoundError
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Role, ServiceKind
from tests.support.builders import KEYED, MORNING, an_account, an_item, put_order, put_part
from tests.support.memory_store import MemoryStore


@pytest.fixture
def order(store, commands) -> OrderRef:
    return put_order(store)


def unsettled(store: MemoryStore) -> list[Operation]:
    return [one for one in store.tables.operations.values() if not one.state.is_settled]


def view_of(store: MemoryStore, order: OrderRef) -> dict[str, object]:
    return store.tables.records[order.account_id, RecordType.ORDER, order.order_id].view


def send(store: MemoryStore, changes: Changes, state: OpState = OpState.DONE) -> None:
    """Let an operation go on its way as far as a state."""
    (op_id,) = changes.op_ids
    request = FrozenRequest(method="POST", path="/", headers={}, body=b"")
    with store.write(Urgency.BACKGROUND) as tx:
        going = replace(store.tables.operations[op_id], state=OpState.INFLIGHT, attempts=1, request=request)
        tx.save_operation(going)
        if state is not OpState.INFLIGHT:
            tx.save_operation(replace(going, state=state, done_at=MORNING))


def the_correction(store: MemoryStore, changes: Changes, profile: Profile = KEYED):
    with store.read() as view:
        return correction(view, changes.steps[0], lambda _: profile)


def test_a_record_that_was_made_goes_and_its_text_stays_in_the_history(store, commands, order):
    made = commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Fuse"))
    undone = commands.undo.take_back(made.steps)
    assert undone.orders == {order.order_id}
    (operation,) = store.tables.operations.values()
    assert (operation.state, operation.reason) == (OpState.CANCELLED, "taken back")
    assert operation.intent["data"]["diagnosticExplanation"] == "Fuse"
    with store.read() as view:
        assert view.parts(*order) == []


def test_a_change_goes_and_the_record_shows_what_stood_there(store, commands, order):
    before = dict(view_of(store, order))
    changed = commands.change_order(order, {"title": "Mine"}, before)
    assert view_of(store, order)["title"] == "Mine"
    commands.undo.take_back(changed.steps)
    assert view_of(store, order) == before
    assert unsettled(store) == []


def test_of_two_changes_in_one_operation_only_the_last_is_taken_back(store, commands, order):
    commands.change_order(order, {"title": "First"}, view_of(store, order))
    second = commands.change_order(order, {"title": "Second", "description": "More"}, view_of(store, order))
    commands.undo.take_back(second.steps)
    assert view_of(store, order)["title"] == "First"
    assert [one.intent for one in unsettled(store)] == [{"title": "First"}]


def test_a_change_back_that_left_nothing_to_send_is_taken_back_too(store, commands, order):
    original = view_of(store, order)["title"]
    commands.change_order(order, {"title": "First"}, view_of(store, order))
    back = commands.change_order(order, {"title": original}, view_of(store, order))
    assert unsettled(store) == []
    commands.undo.take_back(back.steps)
    assert view_of(store, order)["title"] == "First"
    assert [one.intent for one in unsettled(store)] == [{"title": "First"}]


def test_a_change_of_several_orders_is_taken_back_in_all(store, commands, order):
    other = put_order(store, server_id="so-2")
    changed = commands.change_orders([order, other], {"location_label": "Shelf 4"})
    commands.undo.take_back(changed.steps)
    assert unsettled(store) == []
    assert "location_label" not in {**view_of(store, order), **view_of(store, other)}


def test_a_removal_is_taken_back(store, commands, order):
    put_part(store, order, an_item(), record_type=RecordType.ITEM, server_id="i-1")
    removed = commands.remove(order, RecordType.ITEM, "i-1")
    commands.undo.take_back(removed.steps)
    with store.read() as view:
        assert [one.record_id for one in view.parts(*order)] == ["i-1"]
    assert unsettled(store) == []


def test_a_removal_of_what_never_left_brings_it_back_with_all_that_was_changed(store, commands, order):
    commands.add_item(order, Item(name="Fuse"))
    with store.read() as view:
        (item,) = view.parts(*order)
    removed = commands.remove(order, RecordType.ITEM, item.record_id)
    commands.undo.take_back(removed.steps)
    with store.read() as view:
        (again,) = view.parts(*order)
    assert (again.record_id, again.view) == (item.record_id, item.view)
    assert [one.verb for one in unsettled(store)] == [Verb.CREATE]


def test_what_a_removal_withdrew_comes_back_with_it(store, commands, order):
    put_part(store, order, an_item(note="old"), record_type=RecordType.ITEM, server_id="i-1")
    commands.change_item(order, "i-1", {"note": "mine"}, {"note": "old"})
    removed = commands.remove(order, RecordType.ITEM, "i-1")
    commands.undo.take_back(removed.steps)
    with store.read() as view:
        (item,) = view.parts(*order)
    assert item.view["note"] == "mine"
    assert [one.intent for one in unsettled(store)] == [{"note": "mine"}]


@pytest.mark.parametrize("state", [OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.DONE])
def test_what_may_have_left_is_not_withdrawn(store, commands, order, state):
    made = commands.add_item(order, Item(name="Fuse"))
    send(store, made, state)
    before = dict(store.tables.operations)
    with pytest.raises(AlreadySentError):
        commands.undo.take_back(made.steps)
    assert store.tables.operations == before


def test_an_order_with_later_work_on_it_stays(store, commands):
    made = commands.create_order("a1", Order(title="Dead", service_type_uid="t-depot"))
    ref = OrderRef("a1", next(iter(made.orders)))
    item = commands.add_item(ref, Item(name="Fuse"))
    with pytest.raises(NotAllowedError, match="Later unsent work"):
        commands.undo.take_back(made.steps)
    commands.undo.take_back(item.steps)
    commands.undo.take_back(made.steps)
    assert unsettled(store) == []
    assert store.tables.records == {}


def test_a_step_of_an_account_that_is_gone_says_so(store, commands, order):
    made = commands.add_item(order, Item(name="Fuse"))
    with store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    with pytest.raises(NotFoundError):
        commands.undo.take_back(made.steps)


def test_a_sent_item_can_be_removed_on_the_server(store, commands, order):
    made = commands.add_item(order, Item(name="Fuse"))
    send(store, made)
    wanted = the_correction(store, made)
    assert (wanted.what, wanted.remedy, wanted.order) == ("Item added: Fuse", Remedy.REMOVE, order)


def test_a_sent_event_of_a_system_that_removes_none_is_corrected_by_another(store, commands, order):
    made = commands.record_event(order, ProductDiagnosed())
    send(store, made)
    profile = replace(KEYED, refusals={Deed(RecordType.EVENT, Verb.DELETE): "Extend removes no events"})
    wanted = the_correction(store, made, profile)
    assert (wanted.remedy, wanted.why) == (Remedy.RECORD, "Extend removes no events")


def test_a_sent_item_of_a_system_that_removes_none_stays(store, commands, order):
    made = commands.add_item(order, Item(name="Fuse"))
    send(store, made)
    profile = replace(KEYED, refusals={Deed(RecordType.ITEM, Verb.DELETE): "It removes no items"})
    assert the_correction(store, made, profile).remedy is Remedy.NONE


def test_a_sent_change_is_set_back_by_another_change(store, commands, order):
    before = view_of(store, order)["title"]
    changed = commands.change_order(order, {"title": "Mine", "location_label": "Shelf 4"}, view_of(store, order))
    send(store, changed)
    wanted = the_correction(store, changed)
    assert wanted.remedy is Remedy.CHANGE_BACK
    commands.undo.change_back(wanted)
    (operation,) = unsettled(store)
    assert operation.intent == {"title": before, "location_label": ""}
    assert operation.base == {"title": "Mine", "location_label": "Shelf 4"}


def test_a_sent_change_of_a_system_that_takes_no_changes_stays(store, commands, order):
    changed = commands.change_order(order, {"title": "Mine"}, view_of(store, order))
    send(store, changed)
    profile = replace(KEYED, refusals={Deed(RecordType.ORDER, Verb.UPDATE): "It takes no changes"})
    assert the_correction(store, changed, profile).why == "It takes no changes"


def test_what_is_on_its_way_can_only_be_waited_for(store, commands, order):
    made = commands.add_item(order, Item(name="Fuse"))
    send(store, made, OpState.INFLIGHT)
    wanted = the_correction(store, made)
    assert wanted.remedy is Remedy.NONE
    assert "being sent" in wanted.why


@pytest.mark.parametrize("state", [OpState.CONFLICT, OpState.REJECTED, OpState.NEEDS_CHECK])
def test_what_waits_for_a_person_is_decided_first(store, commands, order, state):
    made = commands.add_item(order, Item(name="Fuse"))
    send(store, made, state)
    wanted = the_correction(store, made)
    assert (wanted.remedy, wanted.why) == (Remedy.NONE, "It needs your decision first (Ctrl+Shift+U)")


def test_an_acceptance_that_was_sent_stays(store, commands, order):
    accepted = commands.accept(order, True)
    send(store, accepted)
    assert the_correction(store, accepted).remedy is Remedy.NONE


def the_regret(store: MemoryStore, changes: Changes, profile: Profile = KEYED):
    with store.read() as view:
        return regret_of(view, changes.steps, lambda _: profile)


def send_one(store: MemoryStore, changes: Changes, order: OrderRef, state: OpState = OpState.DONE) -> None:
    """Let the operation of one of several orders go on its way."""
    (op_id,) = [one for one in changes.op_ids if store.tables.operations[one].order_id == order.order_id]
    send(store, replace(changes, op_ids=(op_id,)), state)


def test_a_change_of_several_orders_is_withdrawn_where_it_never_left_and_set_back_where_it_did(store, commands, order):
    other = put_order(store, server_id="so-2")
    before = view_of(store, order)["title"]
    changed = commands.change_orders([order, other], {"title": "Mine"})
    send_one(store, changed, order)
    regret = the_regret(store, changed)
    assert ([one.order for one in regret.back], len(regret.unsent), regret.overtaken) == ([order], 1, 0)
    put_right = commands.undo.put_right(regret)
    assert (view_of(store, order)["title"], view_of(store, other)["title"]) == (before, before)
    assert [(one.order_id, one.intent) for one in unsettled(store)] == [(order.order_id, {"title": before})]
    assert len(put_right.steps) == 1, "it can be undone in its turn"


def test_of_several_changes_the_one_that_was_overtaken_stays(store, commands, order):
    other = put_order(store, server_id="so-2")
    changed = commands.change_orders([order, other], {"title": "Mine"})
    for one in (order, other):
        send_one(store, changed, one)
    commands.change_order(other, {"title": "Theirs"}, view_of(store, other))
    regret = the_regret(store, changed)
    assert ([one.order for one in regret.back], regret.overtaken, regret.why_not) == ([order], 1, "")


def test_several_changes_of_which_one_is_on_its_way_wait_for_it(store, commands, order):
    other = put_order(store, server_id="so-2")
    changed = commands.change_orders([order, other], {"title": "Mine"})
    send_one(store, changed, other, OpState.INFLIGHT)
    regret = the_regret(store, changed)
    assert "being sent" in regret.why_not
    assert (regret.unsent, regret.back) == ((), ())


def test_what_was_added_among_several_steps_is_left_to_its_order(store, commands, order):
    made = commands.add_item(order, Item(name="Fuse"))
    send(store, made)
    assert the_regret(store, made).why_not == "Take back what was added in the orders themselves"


@pytest.mark.parametrize(
    ("role", "remedy", "why"),
    [
        (Role.TECHNICIAN, Remedy.NONE, "Only a supervisor removes an order; you can give it another status"),
        (Role.SUPERVISOR, Remedy.REMOVE, ""),
    ],
)
def test_an_order_that_was_sent_is_removed_by_a_supervisor_only(store, commands, order, role, remedy, why):
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(role=role))
    made = commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    send(store, made)
    wanted = the_correction(store, made)
    assert (wanted.remedy, wanted.why) == (remedy, why)
