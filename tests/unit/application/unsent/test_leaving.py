"""Signing out loses no work, and nobody sends another person's without knowing it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.accounts import Account
from techdesk.application.behalf import why_not_theirs
from techdesk.application.editing.drafts import Drafts, FormDraft, open_forms
from techdesk.application.exchange import AccountFacts
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.sync.pulling import Puller
from techdesk.application.unsent.leaving import remove_account, unsent_by_state, withdraw_handed_over
from techdesk.application.unsent.outbox_list import outbox_list
from techdesk.application.unsent.rescue import Maker, RescueWork, gather
from techdesk.domain.errors import NotAllowedError, OfflineError, WrongCredentialsError
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from tests.support.bench import Bench, diagnose
from tests.support.builders import MORNING, an_account, put_part
from tests.support.fake_server import KEYED


@pytest.fixture
def order(bench: Bench) -> OrderRef:
    return bench.order()


def packed(bench: Bench) -> RescueWork:
    maker = Maker(user="Kim", computer="van-3", made_at=bench.clock.now(), version="1", reason="handed over")
    with bench.store.read() as view:
        return gather(view, maker, ["a1"], is_handed_over=True)


def hand_over(bench: Bench, work: RescueWork) -> None:
    with bench.store.write(Urgency.PERSON) as tx:
        withdraw_handed_over(tx, work, "monday", bench.clock.now())


def change_account(bench: Bench, **changes: object) -> None:
    with bench.store.write(Urgency.PERSON) as tx:
        tx.save_account(replace(an_account(), **changes))  # type: ignore[arg-type]  # each test names its own fields


def test_what_was_handed_over_is_withdrawn_here_in_every_state_and_says_where_it_went(bench, order):
    kept = [diagnose(bench, order) for _ in range(6)]
    unsettled = [one for one in OpState if not one.is_settled]
    for operation, state in zip(kept, unsettled, strict=True):
        bench.change(operation, state=state)
    hand_over(bench, packed(bench))
    now = [bench.now(one) for one in kept]
    assert {(one.state, one.reason) for one in now} == {(OpState.CANCELLED, "handed over in monday")}
    assert [one.intent for one in now] == [one.intent for one in kept]
    assert {one.done_at for one in now} == {bench.clock.now()}
    assert bench.start() == []


def test_orders_look_again_as_the_server_has_them_once_their_work_is_handed_over(bench, order):
    bench.commands.change_order(order, {"title": "Mine"}, bench.view(order))
    diagnose(bench, order)
    put_part(bench.store, order, Item(name="Fuse"), record_type=RecordType.ITEM, server_id="i-1")
    bench.commands.remove(order, RecordType.ITEM, "i-1")
    bench.commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    made = OrderRef("a1", bench.last().order_id)
    diagnose(bench, made)
    hand_over(bench, packed(bench))
    with bench.store.read() as view:
        assert view.record("a1", RecordType.ORDER, made.order_id) is None
        assert [one.record_id for one in view.parts("a1", order.order_id)] == ["i-1"]
    assert bench.view(order)["title"] == "No power"


def test_work_of_an_order_that_is_gone_is_handed_over_too(bench, order):
    bench.commands.change_order(order, {"title": "Mine"}, bench.view(order))
    work = packed(bench)
    with bench.store.write(Urgency.PERSON) as tx:
        tx.remove_record("a1", RecordType.ORDER, order.order_id)
    hand_over(bench, work)
    assert bench.last().state is OpState.CANCELLED


def test_what_was_saved_meanwhile_stops_the_hand_over(bench, order):
    first = diagnose(bench, order)
    work = packed(bench)
    diagnose(bench, order)
    with pytest.raises(NotAllowedError, match="saved meanwhile"):
        hand_over(bench, work)
    assert bench.now(first).state is OpState.QUEUED


def test_an_account_with_unsent_work_is_removed_only_when_that_is_given_up(bench, order):
    diagnose(bench, order)
    with bench.store.read() as view:
        assert unsent_by_state(view, "a1") == {OpState.QUEUED: 1}
    with pytest.raises(NotAllowedError, match="1 unsent entry"), bench.store.write(Urgency.PERSON) as tx:
        remove_account(tx, an_account(), unsent_too=False)
    diagnose(bench, order)
    with pytest.raises(NotAllowedError, match="2 unsent entries"), bench.store.write(Urgency.PERSON) as tx:
        remove_account(tx, an_account(), unsent_too=False)
    with bench.store.write(Urgency.PERSON) as tx:
        remove_account(tx, an_account(), unsent_too=True)
    with bench.store.read() as view:
        assert (view.accounts(), view.operations()) == ([], [])


def draft(account_id: str) -> FormDraft:
    return FormDraft(
        draft_id=f"d-{account_id}",
        account_id=account_id,
        order_id="so-1",
        form="event",
        title="Product diagnosed",
        kept_at=MORNING,
        typed={"notes": "half a sentence"},
    )


def test_what_stood_in_the_forms_of_an_account_goes_with_it(bench):
    drafts = Drafts(bench.store)
    for account_id in ("a1", "a2"):
        drafts.keep(draft(account_id))
    with bench.store.write(Urgency.PERSON) as tx:
        remove_account(tx, an_account(), unsent_too=False)
    with bench.store.read() as view:
        assert [one.account_id for one in open_forms(view)] == ["a2"]
    with bench.store.write(Urgency.PERSON) as tx:
        remove_account(tx, an_account(account_id="a7"), unsent_too=False)
    with bench.store.read() as view:
        assert [one.account_id for one in open_forms(view)] == ["a2"]


def test_who_is_signed_out_is_shown_nowhere_and_all_of_it_comes_back(bench, order):
    diagnose(bench, order)
    Drafts(bench.store).keep(draft("a1"))
    change_account(bench, signed_out=True)
    with bench.store.read() as view:
        assert (outbox_list(view), open_forms(view)) == ([], [])
        assert len(outbox_list(view, "a1")) == 1
    change_account(bench, signed_out=False)
    with bench.store.read() as view:
        assert (len(outbox_list(view)), len(open_forms(view))) == (1, 1)


# Another person's sign-in.


def facts(user_uid: str, user_name: str = "Ola Nord") -> AccountFacts:
    return AccountFacts(user_uid=user_uid, user_name=user_name, role="technician", profile=KEYED, references={})


def refusal(bench: Bench, brought: AccountFacts, account: Account | None = None) -> WrongCredentialsError | None:
    with bench.store.write(Urgency.PERSON) as tx:
        tx.save_account(account or an_account())
    with bench.store.read() as view:
        return why_not_theirs(view, "a1", brought)


def test_another_persons_sign_in_does_not_send_the_work_that_is_here(bench, order):
    diagnose(bench, order)
    refused = refusal(bench, facts("u-ola"))
    assert refused is not None
    assert "the sign-in of Ola Nord, and the unsent work is of Kim Larsen" in str(refused)
    assert refusal(bench, facts("u-kim")) is None
    nameless = refusal(bench, facts("u-ola", ""), an_account(user_name=""))
    assert "somebody else, and the unsent work is of another person" in str(nameless)


def test_a_server_that_knows_the_same_person_anew_is_told_with_the_way_out(bench, order):
    diagnose(bench, order)
    refused = refusal(bench, facts("u-kim-anew", "Kim Larsen"))
    assert refused is not None
    assert refused.title == "The server knows Kim Larsen anew, and not as who did the unsent work"
    assert "take that file in" in refused.hint
    assert "unsent work is of Kim" not in str(refused)


def test_a_sign_in_that_says_nothing_of_who_it_is_or_finds_no_work_is_taken(bench, order):
    diagnose(bench, order)
    assert refusal(bench, facts("")) is None
    assert refusal(bench, facts("u-ola"), an_account(user_uid="")) is None
    bench.sync()
    assert refusal(bench, facts("u-ola")) is None
    with bench.store.read() as view:
        assert why_not_theirs(view, "no-account", facts("u-ola")) is None


def test_the_puller_hands_on_what_signing_in_brought_or_why_not(bench, order):
    change_account(bench)
    puller = Puller("a1", bench.store)
    offline = OfflineError()
    assert puller.checked(offline) is offline
    assert puller.checked(facts("u-ola")) == facts("u-ola")
    diagnose(bench, order)
    assert isinstance(puller.checked(facts("u-ola")), WrongCredentialsError)
    assert bench.clock.now() == MORNING
