"""Work that leaves a computer in a file: nothing of it is lost on the way, and nothing happens twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from techdesk.application.accounts import Account, Dedup, Profile
from techdesk.application.behalf import made_by, on_behalf_of
from techdesk.application.commands import Commands
from techdesk.application.outbox import OpState, OrderRef, OutcomeClass
from techdesk.application.ports import Urgency
from techdesk.application.sync.lanes import CHANGED_ELSEWHERE, ELSEWHERE, LOOK_FIRST, PARENT_REFUSED
from techdesk.application.unsent.outbox_list import OutboxAction, outbox_list
from techdesk.application.unsent.rescue import Maker, RescuedAccount, RescueWork, gather
from techdesk.application.unsent.rescue_import import LONG_AGO, Import, senders_of
from techdesk.domain.errors import AmbiguousError, NotAllowedError, NotFoundError, NotSupportedError
from techdesk.domain.records import RecordType
from tests.support.bench import REFUSED, UNKNOWN, Bench, diagnose, new_order, retitle
from tests.support.builders import MORNING, Ids, an_account
from tests.support.fake_server import KEYED, FakeServer

READABLE = replace(KEYED, creates=Dedup.READ_BACK, key_life_s=0.0, late_commit_s=120.0, visibility_lag_s=60.0)
BLIND = Profile(creates=Dedup.BLIND, late_commit_s=120.0, visibility_lag_s=60.0)
SETTLES_S = 180.0


def desks(profile: Profile = KEYED, *, same_user: bool = True) -> tuple[Bench, Bench]:
    """Two computers at one server; at the second sits the same person, or Ola."""
    server = FakeServer()
    van, shop = Bench(profile=profile, server=server), Bench(profile=profile, server=server)
    shop.commands = Commands(shop.store, shop.clock, Ids(count(5000)), lambda _: profile)
    shop.new_id = Ids(count(20000))
    shop.restart()
    with shop.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account() if same_user else an_account(user_uid="u-ola", user_name="Ola Nord"))
    return van, shop


def order_on_both(van: Bench, shop: Bench) -> OrderRef:
    order = van.order()
    shop.pull()
    return order


def packed(bench: Bench, *, handed_over: bool = False) -> RescueWork:
    maker = Maker(user="Kim Larsen", computer="van-3", made_at=bench.clock.now(), version="1", reason="exported")
    with bench.store.read() as view:
        return gather(view, maker, ["a1"], is_handed_over=handed_over)


def unpack(bench: Bench, work: RescueWork) -> list[str]:
    with bench.store.write(Urgency.PERSON) as tx:
        taking = Import(tx, work, senders_of(work.accounts, tx.accounts()), bench.clock.now())
        changes = taking.take_in()
    assert changes.op_ids == tuple(taking.op_ids)
    assert bool(changes) is bool(taking.op_ids)
    return taking.op_ids


def handed_on(profile: Profile = KEYED, *, same_user: bool = True) -> tuple[Bench, Bench, OrderRef]:
    van, shop = desks(profile, same_user=same_user)
    return van, shop, order_on_both(van, shop)


# What goes into the file.


def test_everything_of_an_operation_goes_into_the_file():
    van, _ = desks()
    order = van.order()
    diagnose(van, order)
    (sent,) = van.start()
    unknown = van.answer(sent, UNKNOWN)
    (entry,) = packed(van).entries
    assert entry.operation == unknown
    assert entry.operation.request is not None
    assert [(one.phase, one.kind) for one in entry.attempts] == [
        ("send", None),
        ("answer", OutcomeClass.AMBIGUOUS),
    ]
    assert (entry.what, entry.number, entry.title) == ("Product diagnosed", "10042", "No power")
    assert entry.line == f"10042 No power: Product diagnosed ({unknown.support_code}, sending)"


def test_an_order_without_number_and_title_is_named_by_its_id():
    van, _ = desks()
    diagnose(van, van.order(service_number="", title=""))
    assert packed(van).entries[0].line.startswith("so-1: ")


def test_what_is_confirmed_stays_out_and_the_accounts_settings_too():
    van, _ = desks()
    order = van.order()
    diagnose(van, order, "sent")
    van.sync()
    assert packed(van) == replace(packed(van), entries=(), records=(), accounts=())
    diagnose(van, order, "unsent")
    work = packed(van)
    assert [one.operation.intent["data"]["diagnosticExplanation"] for one in work.unsent] == ["unsent"]
    assert work.accounts == (
        RescuedAccount(
            account_id="a1",
            name="Bench",
            system="flow_retail",
            address="http://127.0.0.1:1",
            user_uid="u-kim",
            user_name="Kim Larsen",
        ),
    )


def test_the_fields_in_conflict_and_the_withdrawn_parents_go_along():
    van, _ = desks()
    order = van.order()
    change = retitle(van, order, "Mine")
    van.server.edit(order.order_id, title="Theirs")
    van.pull()
    van.sync()
    made, _ = new_order(van)
    retitled = van.commands.change_order(OrderRef("a1", made.order_id), {"title": "Newer"}, {"title": "New"})
    assert retitled.op_ids == (made.op_id,)
    van.change(made, state=OpState.CANCELLED)
    child = diagnose(van, order)
    van.change(child, needs=(made.op_id, "long gone"))
    work = packed(van)
    by_id = {one.operation.op_id: one for one in work.entries}
    assert by_id.keys() == {change.op_id, made.op_id, child.op_id}
    assert [(one.field, one.theirs) for one in by_id[change.op_id].clashes] == [("title", "Theirs")]
    assert {one.operation.op_id for one in work.unsent} == {change.op_id, child.op_id}


# How it begins on another computer.


def test_the_same_file_twice_changes_nothing():
    van, shop, order = handed_on()
    diagnose(van, order)
    work = packed(van)
    assert len(unpack(shop, work)) == 1
    before = shop.store.tables.copied()
    assert unpack(shop, work) == []
    assert shop.store.tables == before


def test_a_file_changes_nothing_on_the_computer_that_made_it():
    van, _ = desks()
    diagnose(van, van.order())
    before = van.store.tables.copied()
    assert unpack(van, packed(van)) == []
    assert van.store.tables == before


def test_it_is_sent_under_the_other_sign_in_and_says_whose_work_it_is():
    van, shop, order = handed_on(same_user=False)
    diagnose(van, order)
    unpack(shop, packed(van))
    taken = shop.last()
    assert (taken.created_by, taken.account_id) == ("Kim Larsen", "a1")
    with shop.store.read() as view:
        (account,) = view.accounts()
        audit = view.attempts(taken.op_id)
    assert on_behalf_of(taken, account) == "Kim Larsen"
    assert audit[-1].phase == "taken in from van-3, work of Kim Larsen"
    assert made_by(taken, account) == "Kim Larsen, sent by Ola Nord on their behalf"
    for own in (replace(account, user_name="Kim Larsen"), replace(account, user_name="")):
        assert (on_behalf_of(taken, own), made_by(taken, own)) == ("", "Kim Larsen")


@pytest.mark.parametrize("sends_too", [True, False])
def test_an_event_that_both_computers_send_with_a_key_happens_once(sends_too):
    van, shop, order = handed_on()
    diagnose(van, order)
    unpack(shop, packed(van))
    if sends_too:
        van.sync()
    shop.sync()
    assert shop.last().state is OpState.DONE
    van.sync()
    assert len(van.server.effects) == 1


def test_after_the_keys_life_a_person_is_asked():
    van, shop, order = handed_on()
    diagnose(van, order)
    work = packed(van)
    shop.clock.advance(30 * 86400.0)
    unpack(shop, work)
    assert shop.start() == []
    shop.clock.advance(SETTLES_S)
    assert shop.start() == []
    assert (shop.last().state, shop.last().reason) == (OpState.NEEDS_CHECK, LOOK_FIRST)


@pytest.mark.parametrize("arrived", [True, False])
def test_where_it_can_be_read_the_event_is_looked_for_first(arrived):
    van, shop, order = handed_on(READABLE)
    diagnose(van, order)
    unpack(shop, packed(van))
    if arrived:
        van.sync()
    (wanted,) = shop.looks()
    assert wanted.request is not None
    assert shop.look(wanted).state is (OpState.DONE if arrived else OpState.AMBIGUOUS)
    if not arrived:
        look_twice(shop)
        assert shop.start() == []
        assert (shop.last().state, shop.last().reason) == (OpState.NEEDS_CHECK, ELSEWHERE)
    assert len(van.server.effects) == arrived


def look_twice(shop: Bench) -> None:
    shop.clock.advance(SETTLES_S)
    for _ in range(2):
        shop.look(shop.looks()[0])
        shop.clock.advance(60)


def test_what_a_person_sends_again_from_here_goes_its_usual_way_from_then_on():
    van, shop, order = handed_on(READABLE)
    diagnose(van, order)
    unpack(shop, packed(van))
    shop.look(shop.looks()[0])
    look_twice(shop)
    assert shop.start() == []
    shop.commands.outbox.send_again(shop.last().op_id)
    (sent,) = shop.start()
    shop.answer(sent, UNKNOWN)
    shop.clock.advance(SETTLES_S + 5)
    look_twice(shop)
    shop.sync()
    assert shop.last().state is OpState.DONE


def test_what_was_handed_over_with_an_unknown_outcome_is_looked_for_and_sent_again():
    van, shop, order = handed_on(READABLE)
    diagnose(van, order)
    (sent,) = van.start()
    van.answer(sent, UNKNOWN)
    unpack(shop, packed(van, handed_over=True))
    shop.look(shop.looks()[0])
    look_twice(shop)
    shop.sync()
    assert shop.last().state is OpState.DONE
    assert len(van.server.effects) == 1


@pytest.mark.parametrize("was_sent", [True, False])
def test_another_persons_key_protects_nothing_here(was_sent):
    van, shop, order = handed_on(same_user=False)
    diagnose(van, order)
    if was_sent:
        (sent,) = van.start()
        van.answer(sent, UNKNOWN)
    unpack(shop, packed(van))
    assert shop.last().first_sent_at == LONG_AGO
    assert shop.start() == []
    shop.clock.advance(SETTLES_S)
    assert shop.start() == []
    assert shop.last().state is OpState.NEEDS_CHECK
    assert van.server.effects == []


def test_where_nothing_can_be_told_a_person_is_asked():
    _, shop, _ = handed_on_blind()
    assert shop.start() == []
    shop.clock.advance(SETTLES_S)
    assert shop.start() == []
    assert shop.last().state is OpState.NEEDS_CHECK


def handed_on_blind(*, handed_over: bool = False) -> tuple[Bench, Bench, OrderRef]:
    van, shop, order = handed_on(BLIND)
    diagnose(van, order)
    unpack(shop, packed(van, handed_over=handed_over))
    return van, shop, order


def test_what_was_handed_over_and_never_sent_simply_goes_out():
    van, shop, _ = handed_on_blind(handed_over=True)
    assert shop.last().is_untouched
    shop.sync()
    assert shop.last().state is OpState.DONE
    assert len(van.server.effects) == 1


@pytest.mark.parametrize("handed_over", [True, False])
@pytest.mark.parametrize("state", [OpState.INFLIGHT, OpState.AMBIGUOUS])
def test_what_was_sent_is_unknown_here_too_and_settles_anew(state, handed_over):
    van, shop, order = handed_on(READABLE)
    diagnose(van, order)
    (sent,) = van.start()
    van.server.handle(sent)
    if state is OpState.AMBIGUOUS:
        van.answer(sent, UNKNOWN)
    shop.clock.advance(3600)
    unpack(shop, packed(van, handed_over=handed_over))
    taken = shop.last()
    assert (taken.state, taken.request) == (OpState.AMBIGUOUS, sent.request)
    assert (taken.first_sent_at, taken.last_sent_at) == (MORNING, shop.clock.now())
    assert shop.look(shop.looks()[0]).state is OpState.DONE
    assert len(van.server.effects) == 1


def test_a_key_does_not_live_longer_because_the_other_clock_is_ahead():
    van, shop, order = handed_on()
    van.clock.advance(86400)
    diagnose(van, order)
    unpack(shop, packed(van))
    assert shop.last().first_sent_at == MORNING


def test_a_change_is_compared_before_it_is_sent_from_here():
    van, shop, order = handed_on()
    retitle(van, order, "Mine")
    unpack(shop, packed(van))
    shop.server.edit(order.order_id, title="Theirs")
    shop.pull()
    assert shop.start() == []
    assert (shop.last().state, shop.last().reason) == (OpState.CONFLICT, CHANGED_ELSEWHERE)


def test_a_change_that_nobody_crossed_goes_out_and_its_refusal_asks_a_person():
    van, shop, order = handed_on()
    retitle(van, order, "Mine")
    unpack(shop, packed(van))
    (sent,) = shop.start()
    assert sent.attempts == 2
    assert shop.answer(sent, REFUSED).state is OpState.NEEDS_CHECK


def test_an_order_made_there_comes_with_what_stands_on_it():
    van, shop, _ = handed_on()
    made, order = new_order(van)
    event = diagnose(van, order)
    unpack(shop, packed(van))
    assert shop.view(order)["title"] == "New"
    shop.sync()
    assert [shop.now(one).state for one in (made, event)] == [OpState.DONE] * 2
    van.sync()
    assert len(van.server.effects) == 2
    assert [van.now(one).state for one in (made, event)] == [OpState.DONE] * 2


def test_an_order_made_there_and_known_here_by_the_servers_id_is_one_order():
    van, shop, _ = handed_on()
    made, order = new_order(van)
    van.sync()
    server_id = van.record(made).server_id
    assert server_id
    shop.pull()
    event = diagnose(van, order)
    unpack(shop, packed(van))
    assert shop.now(event).order_id == server_id != order.order_id
    assert shop.record(shop.now(event)).order_id == server_id
    assert ("a1", RecordType.ORDER, order.order_id) not in shop.store.tables.records


def test_an_order_that_was_never_pulled_here_comes_along():
    van, shop = desks()
    order = van.order()
    diagnose(van, order)
    unpack(shop, packed(van))
    assert shop.view(order)["title"] == "No power"
    shop.sync()
    assert shop.last().state is OpState.DONE


def test_work_on_an_order_that_is_gone_comes_in_refused_with_its_content():
    van, shop, order = handed_on()
    kept = diagnose(van, order)
    van.change(kept, state=OpState.REJECTED, reason="gone")
    for key in [*van.store.tables.records]:
        del van.store.tables.records[key]
    unpack(shop, packed(van))
    assert (shop.last().state, shop.last().reason, shop.last().intent) == (OpState.REJECTED, "gone", kept.intent)


def test_what_was_refused_with_its_parent_is_not_released_here_by_itself():
    van, shop, order = handed_on()
    made, _ = new_order(van)
    van.change(made, state=OpState.REJECTED, attempts=1)
    child = diagnose(van, order)
    van.change(child, state=OpState.REJECTED, needs=(made.op_id,), reason=PARENT_REFUSED)
    unpack(shop, packed(van))
    shop.commands.outbox.retry(made.op_id)
    shop.sync()
    assert shop.now(child).state is OpState.REJECTED
    shop.commands.outbox.retry(child.op_id)
    shop.sync()
    assert shop.last().state is OpState.DONE


# What a person can do with it here.


def test_what_may_be_elsewhere_can_be_withdrawn_but_not_changed():
    van, shop, order = handed_on()
    diagnose(van, order)
    unpack(shop, packed(van))
    with shop.store.read() as view:
        (entry,) = outbox_list(view)
    assert entry.actions == (OutboxAction.RETRY, OutboxAction.DISCARD, OutboxAction.COPY)
    with pytest.raises(NotAllowedError):
        shop.commands.outbox.edit(entry.operation.op_id, {"notes": "x"})
    shop.commands.outbox.discard(entry.operation.op_id)
    shop.sync()
    assert shop.last().state is OpState.CANCELLED
    assert shop.server.effects == []


def test_a_later_change_does_not_melt_into_what_may_be_elsewhere():
    van, shop, order = handed_on()
    first = retitle(van, order, "Mine")
    unpack(shop, packed(van))
    second = retitle(shop, order, "Later")
    assert second.op_id != first.op_id
    shop.sync()
    assert [shop.now(one).state for one in (first, second)] == [OpState.DONE] * 2
    assert shop.view(order)["title"] == "Later"


def test_what_cannot_be_rendered_here_is_refused():
    van, shop, order = handed_on()
    diagnose(van, order)
    unpack(shop, packed(van))

    def refuse(*_: object) -> None:
        raise NotSupportedError("This system takes no events")

    shop.connector.freeze = refuse  # type: ignore[assignment,method-assign]  # a back end that refuses this kind
    assert shop.start() == []
    assert (shop.last().state, shop.last().reason) == (OpState.REJECTED, "This system takes no events")


# Who sends it.


def theirs(**changes: str) -> RescuedAccount:
    values = {"account_id": "x", "name": "Van", "system": "flow_retail", "address": "http://127.0.0.1:1"}
    return RescuedAccount(**values | changes)


def sender(rescued: RescuedAccount, *ours: Account, wanted: Account | None = None) -> str:
    return senders_of([rescued], ours, wanted)[rescued.account_id].account_id


def test_the_account_with_the_same_system_and_address_sends_it():
    others = [an_account(account_id="a2", address="http://else"), an_account(account_id="a3", system="extend")]
    assert sender(theirs(), an_account(), *others) == "a1"


def test_the_very_account_sends_it_though_its_address_moved():
    assert sender(theirs(account_id="a2"), an_account(), an_account(account_id="a2", address="http://moved")) == "a2"


def test_without_an_account_for_it_the_missing_one_is_named():
    with pytest.raises(NotFoundError, match=r"“Van” .http://127\.0\.0\.1:1"):
        sender(theirs(), an_account(system="extend"))


def test_of_several_accounts_the_persons_own_sends_it_else_they_are_named():
    ours = [an_account(name="Kim"), an_account(account_id="a2", name="Ola", user_uid="u-ola")]
    assert sender(theirs(user_uid="u-ola"), *ours) == "a2"
    for user_uid in ("u-nobody", ""):
        with pytest.raises(AmbiguousError, match="Choose: Kim, Ola"):
            sender(theirs(user_uid=user_uid), *ours)
    assert sender(theirs(), *ours, wanted=ours[0]) == "a1"


def test_a_chosen_account_may_be_elsewhere_but_must_be_of_the_same_system():
    moved = an_account(address="http://moved")
    assert sender(theirs(), moved, wanted=moved) == "a1"
    with pytest.raises(NotFoundError):
        sender(theirs(system="extend"), moved, wanted=moved)


def test_answers_of_the_audit_come_along_with_their_words():
    van, shop, order = handed_on()
    diagnose(van, order)
    (sent,) = van.start()
    van.answer(sent, REFUSED)
    unpack(shop, packed(van))
    with shop.store.read() as view:
        _, answer, _ = view.attempts(sent.op_id)
    assert (answer.kind, answer.http_status, answer.reason) == (
        OutcomeClass.REJECTED,
        409,
        "The order is closed",
    )
    assert answer.at == MORNING


def test_work_of_nobody_in_particular_names_nobody():
    van, shop, order = handed_on()
    van.change(diagnose(van, order), created_by="")
    unpack(shop, packed(van))
    with shop.store.read() as view:
        assert view.attempts(shop.last().op_id)[-1].phase == "taken in from van-3"
