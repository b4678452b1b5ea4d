"""Prove what the desk does with accounts, credentials, sync threads and the built-in server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

import pytest

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.exchange import ServerQuery
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.application.sync.pulling import Puller
from techdesk.application.sync.state import RoundResult, SyncPhase, SyncState
from techdesk.desk.desk import Desk
from techdesk.desk.rounds import TRIES
from techdesk.desk.sign_ins import SignIns
from techdesk.domain.errors import (
    BusyError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    OfflineError,
    SecretsError,
    WrongCredentialsError,
)
from techdesk.domain.events import ProductReceived
from techdesk.domain.records import Document, RecordType
from tests.support.builders import an_account, put_order
from tests.support.fake_administration import FakeAdministration
from tests.unit.desk.fakes import WITHOUT_FEED, Workbench


def add(desk: Desk, **changes: Any) -> Account:
    return desk.add_account(an_account(**changes), "token")


def a_recorded_event(desk: Desk, bench: Workbench) -> OrderRef:
    order = put_order(bench.store)
    desk.commands.record_event(order, ProductReceived(received_by="Kim"))
    return order


def states_of(desk: Desk, bench: Workbench) -> list[OpState]:
    with bench.store.read() as view:
        return [one.state for one in view.operations()]


def wait_for(states: SimpleQueue[SyncState], *phases: SyncPhase) -> SyncState:
    """Return the next state in one of these phases."""
    while True:
        state = states.get(timeout=5)
        if state.phase in phases:
            return state


def wait_for_call(bench: Workbench, wanted: str) -> None:
    """Wait until the back end was asked for this."""
    bench.system.called.clear()
    while wanted not in [what for what, _, _ in bench.system.asked]:
        assert bench.system.called.wait(5)
        bench.system.called.clear()


# Accounts.


def test_an_account_is_kept_with_its_credential_and_without_the_network(desk: Desk, bench: Workbench) -> None:
    added = add(desk, address=" http://x.test/ ")
    assert added.address == "http://x.test"
    assert bench.secrets.kept == {"a1": "token"}
    assert bench.system.asked == []


def test_an_account_whose_credential_cannot_be_kept_is_not_kept_either(desk: Desk, bench: Workbench) -> None:
    bench.secrets.locked = True
    with pytest.raises(SecretsError):
        add(desk)
    with bench.store.read() as view:
        assert view.accounts() == []


def test_a_token_for_this_session_is_not_written(desk: Desk, bench: Workbench) -> None:
    bench.secrets.locked = True
    desk.add_account(an_account(), "token", session_only=True)
    assert bench.secrets.kept == {}
    assert bench.secrets.session == {"a1": "token"}


def test_an_account_without_a_token_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInputError, match="token is missing"):
        desk.add_account(an_account(), " \n")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "bENCH"}, "name"),
        ({"system": "sap"}, "system"),
        ({"settings": {"tenant": "x"}}, "tenant"),
        ({"address": "x.test"}, "address"),
        ({"address": "ftp://x.test"}, "address"),
        ({"address": "http://"}, "address"),
        ({"address": "http://x.test:99999"}, "address"),
        ({"address": "http://kim:secret@x.test"}, "address"),
        ({"address": "http://x.test?a=b"}, "address"),
        ({"settings": {"tenantUid": "no such"}}, "tenantUid"),
        ({"color": "mauve"}, "color"),
    ],
)
def test_what_is_wrong_with_an_account_is_told_by_field(desk: Desk, changes: dict[str, Any], field: str) -> None:
    add(desk)
    with pytest.raises(InvalidInputError) as refused:
        desk.add_account(an_account(**{"account_id": "a2", "name": "Van", **changes}), "token")
    assert refused.value.field == field


def test_a_test_signs_in_and_keeps_nothing(desk: Desk, bench: Workbench) -> None:
    assert desk.test_account(an_account(), " token ").user_name == "Kim Larsen"
    assert bench.system.asked == [("facts", "http://127.0.0.1:1", "token")]
    assert all(one.closed for one in bench.system.built)
    assert bench.secrets.kept == {}


def test_orders_that_are_not_here_are_asked_for_and_brought(desk: Desk, bench: Workbench) -> None:
    add(desk)
    found = desk.find_orders("a1", ServerQuery(text="Kettle"))
    changes = desk.bring_orders("a1", found)
    with bench.store.read() as view:
        kept = view.record_by_server_id("a1", RecordType.ORDER, "s-Kettle")
        assert kept is not None
        assert kept.view == {"title": "Kettle"}
        assert changes.orders == {kept.record_id}


def test_a_system_is_administered_through_the_accounts_own_sign_in(desk: Desk, bench: Workbench) -> None:
    bench.system.administered = FakeAdministration()
    add(desk)
    assert desk.administration("a1") is bench.system.administered
    assert bench.system.asked == [("administration", "http://127.0.0.1:1", "token")]


def test_a_system_without_administration_says_so(desk: Desk) -> None:
    add(desk)
    with pytest.raises(NotSupportedError, match="no administration"):
        desk.administration("a1")


def test_nothing_is_administered_while_the_person_works_offline(desk: Desk, bench: Workbench) -> None:
    bench.system.administered = FakeAdministration()
    add(desk)
    desk.work_offline(True)
    with pytest.raises(OfflineError, match="You work offline"):
        desk.administration("a1")
    assert bench.system.asked == []


def test_what_one_can_choose_from_is_fetched_anew(desk: Desk, bench: Workbench) -> None:
    add(desk)
    assert desk.renew_references("a1") == Changes(references=True)
    with bench.store.read() as view:
        assert [one.user_name for one in view.accounts()] == ["Kim Larsen"]


def test_papers_and_pages_come_from_the_accounts_own_system(desk: Desk, bench: Workbench) -> None:
    bench.system.makes_papers = True
    account = add(desk)
    order: Document = {"service_number": "10042", "public_page_hash": "h-1"}
    assert desk.report(account.account_id, order, "label") == b"%PDF-10042"
    assert desk.public_address(account.account_id, order) == f"{account.address}/public/h-1"
    assert desk.public_page(account.account_id, order).service_number == "10042"
    assert [what for what, _, _ in bench.system.asked] == ["report label", "public page"]
    assert desk.profile(account.account_id) == WITHOUT_FEED


def test_a_system_without_papers_says_so(desk: Desk) -> None:
    add(desk)
    with pytest.raises(NotSupportedError, match="no papers"):
        desk.report("a1", {}, "label")


def test_a_kept_account_is_checked_with_its_kept_token(desk: Desk, bench: Workbench) -> None:
    add(desk)
    desk.check_account("a1")
    assert bench.system.asked == [("facts", "http://127.0.0.1:1", "token")]


def test_a_new_token_is_used_from_the_next_call_on(desk: Desk, bench: Workbench) -> None:
    account = add(desk)
    desk.check_account("a1")
    desk.change_account(account, "new token")
    desk.check_account("a1")
    assert [secret for _, _, secret in bench.system.asked] == ["token", "new token"]


@pytest.mark.parametrize(
    ("changes", "cursor"),
    [({"settings": {"tenantUid": "oslo"}}, ""), ({"name": "Another"}, "c1"), ({"address": "http://y.test"}, "c1")],
)
def test_orders_of_a_store_that_an_account_no_longer_works_in_do_not_stay_unseen(
    desk: Desk, bench: Workbench, changes: Mapping[str, Any], cursor: str
) -> None:
    account = add(desk)
    put_order(bench.store)
    with bench.store.write(Urgency.PERSON) as tx:
        tx.save_cursor("a1", "c1")
    desk.change_account(replace(account, **changes))
    assert Puller("a1", bench.store).cursor() == cursor


def test_a_changed_address_keeps_the_token_and_the_unsent_work(desk: Desk, bench: Workbench) -> None:
    account = add(desk)
    a_recorded_event(desk, bench)
    desk.change_account(replace(account, address="http://y.test"))
    assert desk.sync_once().confirmed == 1
    assert {address for _, address, _ in bench.system.asked} == {"http://y.test"}


def test_an_account_that_is_not_here_cannot_be_changed(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.change_account(an_account(), "token")


def test_a_token_that_is_gone_asks_to_sign_in_again(desk: Desk, bench: Workbench) -> None:
    add(desk)
    bench.secrets.kept.clear()
    with pytest.raises(WrongCredentialsError, match="not on this computer"):
        desk.check_account("a1")


def test_an_account_is_removed_with_its_rows_and_its_token(desk: Desk, bench: Workbench) -> None:
    add(desk)
    put_order(bench.store)
    assert desk.remove_account("a1")
    assert bench.secrets.kept == {}
    assert bench.store.backups == [BackupReason.SIGN_OUT]
    with bench.store.read() as view:
        assert view.accounts() == []
        assert view.find_orders("10042") == []


def test_what_the_store_tells_goes_to_the_front(desk: Desk, bench: Workbench) -> None:
    told: list[StoreNews] = []
    desk.look_after_store(told.append)
    bench.store.tell(StoreNews("The disk is full"))
    assert [one.title for one in told] == ["The disk is full"]


def test_an_account_with_unsent_work_is_not_removed(desk: Desk, bench: Workbench) -> None:
    add(desk)
    a_recorded_event(desk, bench)
    with pytest.raises(NotAllowedError, match="1 unsent entry"):
        desk.remove_account("a1")
    assert bench.secrets.kept == {"a1": "token"}
    assert states_of(desk, bench) == [OpState.QUEUED]


def test_an_account_is_removed_also_where_the_keyring_is_locked(desk: Desk, bench: Workbench) -> None:
    add(desk)
    bench.secrets.locked = True
    desk.remove_account("a1")
    with bench.store.read() as view:
        assert view.accounts() == []


# One round.


def test_a_round_sends_what_was_recorded(desk: Desk, bench: Workbench) -> None:
    add(desk)
    a_recorded_event(desk, bench)
    result = desk.sync_once()
    assert (result.sent, result.confirmed, result.unsent) == (1, 1, 0)
    assert states_of(desk, bench) == [OpState.DONE]


def test_a_round_goes_over_all_accounts_or_over_one(desk: Desk, bench: Workbench) -> None:
    add(desk)
    add(desk, account_id="a2", name="Van", address="http://y.test")
    desk.sync_once("a2")
    assert {address for _, address, _ in bench.system.asked} == {"http://y.test"}
    desk.sync_once()
    assert {address for _, address, _ in bench.system.asked} == {"http://127.0.0.1:1", "http://y.test"}


def test_a_round_without_a_network_is_offline_and_loses_nothing(desk: Desk, bench: Workbench) -> None:
    add(desk)
    a_recorded_event(desk, bench)
    bench.system.refusal = OfflineError()
    result = desk.sync_once()
    assert (result.online, result.unsent, result.confirmed) == (False, 1, 0)
    bench.system.refusal = None
    bench.clock.advance(60)
    assert desk.sync_once().confirmed == 1


def test_a_server_that_fails_is_told_and_tried_a_few_times(desk: Desk, bench: Workbench) -> None:
    add(desk)
    bench.system.refusal = BusyError()
    result = desk.sync_once()
    assert (result.online, result.trouble, result.refused) == (True, str(BusyError()), False)
    assert len([one for one in bench.system.asked if "facts" in one]) == TRIES


def test_one_account_whose_sign_in_is_refused_holds_up_no_other(desk: Desk, bench: Workbench) -> None:
    add(desk)
    desk.add_account(an_account(account_id="a0", name="Another"), "other")
    a_recorded_event(desk, bench)
    bench.system.refused_token = "other"
    result = desk.sync_once()
    assert (result.confirmed, result.refused) == (1, True)
    assert result.trouble == f"Another: {WrongCredentialsError()}"


def test_a_round_with_a_locked_keyring_says_to_unlock_it(desk: Desk, bench: Workbench) -> None:
    add(desk)
    bench.secrets.locked = True
    with pytest.raises(WrongCredentialsError, match="The keyring is locked"):
        desk.sync_once()


def test_who_works_offline_calls_nobody_also_after_a_restart(desk: Desk, bench: Workbench) -> None:
    add(desk)
    a_recorded_event(desk, bench)
    desk.work_offline(True)
    assert desk.sync_once() == RoundResult(unsent=1, online=False)
    assert bench.open().sync_once() == RoundResult(unsent=1, online=False)
    assert bench.system.asked == []
    desk.work_offline(False)
    assert desk.sync_once().confirmed == 1


# Threads.


def test_started_sync_sends_what_is_recorded_as_soon_as_it_is_woken(desk: Desk, bench: Workbench) -> None:
    add(desk)
    states: SimpleQueue[SyncState] = SimpleQueue()
    changes: SimpleQueue[object] = SimpleQueue()
    desk.start_sync(states.put, changes.put)
    wait_for(states, SyncPhase.IDLE)
    order = a_recorded_event(desk, bench)
    desk.sync_now("a1", [order.order_id])
    while states_of(desk, bench) != [OpState.DONE]:
        changes.get(timeout=5)


def test_an_account_that_is_added_later_is_synced_too(desk: Desk) -> None:
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    add(desk)
    assert wait_for(states, SyncPhase.IDLE).account_id == "a1"


def test_an_account_that_is_added_while_the_sync_is_started_is_synced_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_yet(_: SignIns) -> list[str]:
        add(desk)
        return []

    monkeypatch.setattr(SignIns, "signed_in", nobody_yet)
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    assert wait_for(states, SyncPhase.IDLE).account_id == "a1"


def test_a_round_beside_running_threads_has_the_account_to_itself(desk: Desk, bench: Workbench) -> None:
    add(desk)
    states: SimpleQueue[SyncState] = SimpleQueue()
    changes: SimpleQueue[Changes] = SimpleQueue()
    desk.start_sync(states.put, changes.put)
    wait_for(states, SyncPhase.IDLE)
    order = a_recorded_event(desk, bench)
    assert desk.sync_once("a1").confirmed == 1
    assert len(bench.system.sent) == 1
    wait_for(states, SyncPhase.IDLE)
    assert any(order.order_id in changes.get_nowait().orders for _ in range(changes.qsize()))


def test_working_offline_pauses_the_threads_and_working_online_resumes_them(desk: Desk) -> None:
    add(desk)
    desk.work_offline(True)
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    wait_for(states, SyncPhase.PAUSED)
    desk.work_offline(False)
    wait_for(states, SyncPhase.IDLE)


def test_a_removed_account_is_synced_no_more(desk: Desk, bench: Workbench) -> None:
    add(desk)
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    wait_for(states, SyncPhase.IDLE)
    desk.remove_account("a1")
    bench.system.asked.clear()
    desk.sync_now()
    assert bench.system.asked == []


def test_an_account_that_may_not_be_removed_goes_on_syncing(desk: Desk, bench: Workbench) -> None:
    add(desk)
    bench.system.refusal = OfflineError()
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    wait_for(states, SyncPhase.OFFLINE)
    a_recorded_event(desk, bench)
    with pytest.raises(NotAllowedError):
        desk.remove_account("a1")
    bench.system.refusal = None
    while states_of(desk, bench) != [OpState.DONE]:
        bench.clock.advance(60)
        desk.sync_now()
        states.get(timeout=5)


def test_a_locked_keyring_shows_as_a_sign_in_that_is_needed(desk: Desk, bench: Workbench) -> None:
    add(desk)
    bench.secrets.locked = True
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    state = wait_for(states, SyncPhase.SIGN_IN)
    assert state.title == "The keyring is locked"


def test_closing_stops_everything_and_a_second_desk_goes_on(bench: Workbench) -> None:
    first = bench.open()
    add(first)
    first.start_sync(lambda _: None, lambda _: None)
    assert bench.system.called.wait(5)
    first.close()
    assert bench.store.closed
    assert bench.closings == ["log"]
    assert all(one.closed for one in bench.system.built)
    second = bench.open()
    a_recorded_event(second, bench)
    assert second.sync_once().confirmed == 1
    second.close()


def test_closing_breaks_off_what_hangs_and_the_next_start_finds_out(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("techdesk.desk.desk._FINISH_WITHIN_S", 0.1)
    first = bench.open()
    add(first)
    bench.system.hangs = True
    a_recorded_event(first, bench)
    first.start_sync(lambda _: None, lambda _: None)
    wait_for_call(bench, "send")
    first.close()
    assert bench.store.closed
    assert states_of(first, bench)[0] in (OpState.INFLIGHT, OpState.AMBIGUOUS)
    bench.system.hangs = False
    second = bench.open()
    bench.clock.advance(60)
    assert second.sync_once().confirmed == 1
    second.close()


# The built-in server.


def test_the_sample_is_an_account_at_the_built_in_server(desk: Desk, bench: Workbench) -> None:
    account = desk.add_sample_account(300)
    assert bench.server.samples == [300]
    assert (account.name, account.address, account.user_name) == (
        "Sample workshop",
        "http://127.0.0.1:9001",
        "Kim Larsen",
    )
    assert bench.secrets.kept[account.account_id] == "sample-token"


def test_the_sample_has_an_account_a_system_each_in_a_colour_of_its_own(desk: Desk, bench: Workbench) -> None:
    desk.add_sample_account(300)
    with bench.store.read() as view:
        accounts = {one.system: one for one in view.accounts()}
    assert {name: one.address for name, one in accounts.items()} == {
        "flow_retail": "http://127.0.0.1:9001",
        "extend": "http://127.0.0.1:9001/extend",
        "resource_scheduler": "http://127.0.0.1:9001/RSMCP",
    }
    assert len({one.color for one in accounts.values()}) == 3
    assert accounts["resource_scheduler"].settings["userName"] == "Kim Larsen"
    secrets = {name: bench.secrets.kept[one.account_id] for name, one in accounts.items()}
    assert secrets == {
        "flow_retail": "sample-token",
        "extend": "sample-token",
        "resource_scheduler": "sample-password",
    }


def test_the_sample_follows_some_claims_at_once(desk: Desk, bench: Workbench) -> None:
    desk.add_sample_account(300)
    with bench.store.read() as view:
        extend = next(one for one in view.accounts() if one.system == "extend")
        assert view.order_server_ids(extend.account_id) == ["s-CLAIM-1", "s-CLAIM-2"]


def test_a_sample_whose_claims_cannot_be_fetched_is_there_without_them(desk: Desk, bench: Workbench) -> None:
    bench.system.refusal = OfflineError()
    desk.add_sample_account(300)
    with bench.store.read() as view:
        assert len(view.accounts()) == 3


@pytest.mark.parametrize(("given", "kept"), [("", "blue"), ("PINK", "pink"), ("#A1B2C3", "#a1b2c3")])
def test_an_account_has_a_colour(desk: Desk, given: str, kept: str) -> None:
    assert desk.add_account(replace(an_account(), color=given), "token").color == kept


def test_an_account_takes_a_colour_that_no_other_has(desk: Desk) -> None:
    assert [add(desk, account_id=name, name=name).color for name in ("One", "Two", "Three")] == [
        "blue",
        "orange",
        "green",
    ]


def test_the_sample_is_added_once(desk: Desk, bench: Workbench) -> None:
    assert desk.add_sample_account(300) == desk.add_sample_account(300)
    assert bench.server.samples == [300]


def test_a_sample_beside_an_account_of_the_same_name_gets_another(desk: Desk) -> None:
    add(desk, name="sample WORKSHOP")
    assert desk.add_sample_account(300).name == "Sample workshop 2"


def test_the_built_in_server_is_found_again_wherever_it_moved(bench: Workbench) -> None:
    first = bench.open()
    account = first.add_sample_account(300)
    first.close()
    assert not bench.server.runs
    second = bench.open()
    bench.system.asked.clear()
    assert second.sync_once().online
    moved = {f"http://127.0.0.1:9002{path}" for path in ("", "/extend", "/RSMCP")}
    assert {address for _, address, _ in bench.system.asked} == moved
    with bench.store.read() as view:
        assert {one.address for one in view.accounts()} == moved
    bench.server.runs = False
    second.check_account(account.account_id)
    assert bench.system.asked[-1][1] == "http://127.0.0.1:9003"
    second.close()


def test_a_built_in_server_that_was_killed_is_started_again_in_passing(bench: Workbench) -> None:
    desk = bench.open()
    desk.add_sample_account(300)
    states: SimpleQueue[SyncState] = SimpleQueue()
    desk.start_sync(states.put, lambda _: None)
    wait_for(states, SyncPhase.IDLE)
    bench.server.runs = False
    bench.system.asked.clear()
    desk.sync_now()
    wait_for_call(bench, "pull")
    assert {address.removesuffix("/extend").removesuffix("/RSMCP") for _, address, _ in bench.system.asked} == {
        "http://127.0.0.1:9002"
    }
    desk.close()


def test_a_built_in_server_that_does_not_start_is_offline_not_a_crash(bench: Workbench) -> None:
    first = bench.open()
    first.add_sample_account(300)
    first.close()
    bench.server.broken = True
    second = bench.open()
    a_recorded_event_in_sample(second, bench)
    result = second.sync_once()
    assert (result.online, result.unsent) == (False, 1)
    second.close()


def a_recorded_event_in_sample(desk: Desk, bench: Workbench) -> None:
    with bench.store.read() as view:
        account = next(one for one in view.accounts() if one.system == "flow_retail")
    put_order(bench.store)
    with bench.store.write(Urgency.BACKGROUND) as tx:
        record = tx.find_orders("10042")[0]
        tx.remove_record(record.account_id, record.record_type, record.record_id)
        tx.save_record(replace(record, account_id=account.account_id))
    desk.commands.record_event(OrderRef(account.account_id, record.record_id), ProductReceived())
