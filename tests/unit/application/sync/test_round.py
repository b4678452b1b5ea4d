"""A round: learn, push, pull, and what to do when the world is at fault."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from techdesk.application.accounts import Account, Dedup
from techdesk.application.exchange import AccountFacts, PullPage
from techdesk.application.outbox import Operation, OpState, OrderRef, Outcome, OutcomeClass
from techdesk.application.ports import Urgency
from techdesk.application.sync.host_health import (
    FAILURES_TO_OPEN,
    PROBE_EVERY_S,
    SIGN_IN_AGAIN_S,
    SIGN_IN_EVERY_S,
    HostHealth,
)
from techdesk.application.sync.report import phase, round_result, sync_state
from techdesk.application.sync.rereading import begin_rereading, rereading_at
from techdesk.application.sync.round import (
    FIRST_SIGN_IN_AGAIN_S,
    LONGEST_PUSH_S,
    POLL_EVERY_S,
    REFERENCES_EVERY_S,
    STORE_AGAIN_S,
    Answered,
    Call,
    Fetched,
    SyncPorts,
    SyncRound,
)
from techdesk.application.sync.state import SyncPhase
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    CursorExpiredError,
    DiskFullError,
    NotShownError,
    OfflineError,
    StoreTakenError,
    WrongAddressError,
    WrongCredentialsError,
)
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Role, ServiceKind
from tests.support.builders import FakeClock, Ids, an_order, commands_over, order_document
from tests.support.fake_server import KEYED, FakeConnector, FakeServer
from tests.support.memory_store import MemoryStore

UNKNOWN = Outcome(kind=OutcomeClass.AMBIGUOUS)


class Table:
    """A round whose calls lie on a table until somebody makes them."""

    def __init__(self) -> None:
        self.store, self.clock, self.server = MemoryStore(), FakeClock(), FakeServer()
        self.commands = commands_over(self.store, self.clock)
        self.connector = FakeConnector(self.server)
        self.calls: deque[Call] = deque()
        self.new_id = Ids(iter(range(1000, 9999)))
        self.poll_every_s = POLL_EVERY_S
        self.restart()

    def restart(self) -> None:
        ports = SyncPorts(
            account_id="a1",
            store=self.store,
            connector=self.connector,
            clock=self.clock,
            new_id=self.new_id,
            fraction=lambda: 1.0,
            poll_every_s=self.poll_every_s,
        )
        self.round = SyncRound(ports, self.calls.append)
        self.round.advance()

    def make(self, *, instead: Outcome | None = None) -> None:
        """Make the next call and give its news to the round."""
        news = self.calls.popleft()()
        if instead is not None:
            assert isinstance(news, Answered)
            news = Answered(news.op_id, instead)
        self.round.take(news)
        self.round.advance()

    def make_all(self) -> None:
        while self.calls:
            self.make()

    def order(self, server_id: str = "so-1") -> OrderRef:
        self.server.put_order(server_id, **order_document(an_order()))
        return OrderRef("a1", server_id)

    def diagnose(self, order: OrderRef) -> None:
        self.commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Dead fuse"))
        self.round.hurry([order.order_id])
        self.round.advance()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.round.advance()

    @property
    def state(self) -> SyncPhase:
        return phase(self.round, self.clock.now())

    def in_s(self) -> float | None:
        wake_at = self.round.wake_at()
        return None if wake_at is None else (wake_at - self.clock.now()).total_seconds()


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def ready(table: Table) -> Table:
    """Return a table whose round has learned and pulled one order, and rests."""
    table.order()
    table.make_all()
    return table


def failing(error: Exception):
    def fail(*_: object):
        raise error

    return fail


def test_it_learns_what_the_server_guarantees_before_anything_is_sent(table):
    assert (len(table.calls), table.state, table.round.online) == (1, SyncPhase.STARTING, None)
    table.make()
    assert table.round.knows_profile
    assert (len(table.calls), table.round.online) == (1, True)
    with table.store.read() as view:
        assert view.references("a1", "users") == [{"tenant_user_uid": "u-kim", "display_name": "Kim Larsen"}]


def test_it_learns_who_we_are_there(table):
    def facts() -> AccountFacts:
        return AccountFacts(
            user_uid="u9", user_name="Bo", role="supervisor", profile=table.connector.profile, references={}
        )

    with table.store.write(urgency=None) as tx:
        tx.save_account(Account(account_id="a2", name="Other", system="flow_retail", address="http://x"))
    table.connector.facts = facts
    table.make()
    with table.store.read() as view:
        ours, other = view.accounts()
    assert (ours.user_uid, ours.user_name, ours.role) == ("u9", "Bo", Role.SUPERVISOR)
    assert other.user_uid == ""


def test_a_role_that_nobody_knows_changes_no_rights(table):
    def facts() -> AccountFacts:
        return AccountFacts(
            user_uid="u9", user_name="Bo", role="wizard", profile=table.connector.profile, references={}
        )

    table.connector.facts = facts
    table.make()
    with table.store.read() as view:
        assert view.accounts()[0].role is Role.TECHNICIAN


def test_it_polls_as_often_as_was_wished(table):
    table.calls.clear()
    table.poll_every_s = 60.0
    table.restart()
    table.make_all()
    assert table.in_s() == 60.0


def test_it_pulls_until_there_is_nothing_more_and_then_polls(ready):
    assert ready.state is SyncPhase.IDLE
    assert ready.round.puller.taken == 1
    assert ready.round.puller.as_of() == ready.clock.now()
    assert ready.in_s() == POLL_EVERY_S
    ready.advance(POLL_EVERY_S)
    assert len(ready.calls) == 1


def test_what_changed_is_told_once(ready):
    changes = ready.round.take_changes()
    assert changes.orders == {"so-1"}
    assert changes.references
    assert not ready.round.take_changes()


def test_the_next_page_is_fetched_while_one_is_taken_in(table):
    for number in range(5):
        table.order(f"so-{number}")
    table.connector.pull = lambda cursor, followed: table.server.page(cursor, size=2)
    table.make()
    table.make()
    assert len(table.calls) == 1
    with table.store.read() as view:
        assert view.cursor("a1") == "2"
    assert table.state is SyncPhase.PULLING
    table.make_all()
    assert table.round.puller.taken == 5


def test_work_goes_out_first_and_the_news_follow(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    assert ready.state is SyncPhase.PUSHING
    assert len(ready.calls) == 1
    ready.make()
    assert len(ready.server.effects) == 1
    assert len(ready.calls) == 1
    ready.make()
    assert not ready.calls


def test_a_page_that_is_older_than_what_was_sent_is_fetched_again(ready):
    ready.advance(POLL_EVERY_S)
    page = ready.calls.popleft()()
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make()
    assert not ready.calls
    ready.round.take(page)
    ready.round.advance()
    assert len(ready.calls) == 1
    ready.make()
    assert ready.in_s() == POLL_EVERY_S


def test_the_clocks_difference_is_told(ready):
    server_time = ready.clock.now() - timedelta(seconds=90)
    ready.round.take(
        Fetched(0, ready.round.puller.cursor(), PullPage(orders=[], cursor="1", more=False, server_time=server_time))
    )
    ready.round.advance()
    state = sync_state(ready.round, ready.store, "a1", ready.clock.now())
    assert state.clock_skew_s == 90.0


def test_a_feed_that_does_not_move_is_left_until_the_next_poll(ready):
    ready.connector.pull = lambda cursor, followed: PullPage(orders=[], cursor=cursor, more=True)
    ready.advance(POLL_EVERY_S)
    ready.make()
    assert not ready.calls
    assert ready.in_s() == POLL_EVERY_S


def test_an_unknown_cursor_starts_the_feed_over(ready):
    ready.advance(POLL_EVERY_S)
    ready.connector.pull = failing(CursorExpiredError())
    ready.make()
    with ready.store.read() as view:
        assert view.cursor("a1") == ""
    del ready.connector.pull
    ready.make_all()
    assert ready.round.failure is None
    assert ready.round.puller.taken == 1


def test_a_server_that_knows_no_cursor_at_all_is_a_failure(table):
    table.connector.pull = failing(CursorExpiredError())
    table.make()
    table.make()
    assert isinstance(table.round.failure, CursorExpiredError)
    assert not table.calls


def test_being_offline_is_a_state_with_a_time_to_try_again(table):
    table.connector.facts = failing(OfflineError())
    table.make()
    state = sync_state(table.round, table.store, "a1", table.clock.now())
    assert (state.phase, state.online, state.title) == (SyncPhase.OFFLINE, False, OfflineError.default_title)
    assert state.next_try_at == table.clock.now() + timedelta(seconds=FIRST_SIGN_IN_AGAIN_S)
    del table.connector.facts
    table.advance(FIRST_SIGN_IN_AGAIN_S)
    table.make_all()
    assert table.state is SyncPhase.IDLE


def test_sync_now_does_not_wait_for_the_next_try(table):
    table.connector.facts = failing(OfflineError())
    table.make()
    assert not table.calls
    del table.connector.facts
    table.round.hurry()
    table.round.advance()
    table.make_all()
    assert table.state is SyncPhase.IDLE


def test_a_poll_that_fails_is_tried_again(ready):
    ready.advance(POLL_EVERY_S)
    ready.connector.pull = failing(OfflineError())
    ready.make()
    assert ready.state is SyncPhase.OFFLINE
    assert ready.in_s() == POLL_EVERY_S


@pytest.mark.parametrize(
    ("error", "state", "online"),
    [
        (BusyError(retry_after_s=60.0), SyncPhase.WAITING, True),
        (BusyError(), SyncPhase.WAITING, True),
        (CaptivePageError(), SyncPhase.OFFLINE, False),
        (WrongAddressError(), SyncPhase.OFFLINE, False),
        (WrongCredentialsError(), SyncPhase.SIGN_IN, True),
    ],
)
def test_every_fault_of_the_server_is_a_state_in_words(table, error, state, online):
    table.connector.facts = failing(error)
    table.make()
    told = sync_state(table.round, table.store, "a1", table.clock.now())
    assert (told.phase, told.online, told.title, told.hint) == (state, online, error.title, error.hint)
    assert told.next_try_at is not None
    assert not table.calls


def test_a_busy_server_is_left_alone_as_long_as_it_asks(ready):
    ready.advance(POLL_EVERY_S)
    ready.connector.pull = failing(BusyError(retry_after_s=90.0))
    ready.make()
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.round.hurry()
    ready.advance(89)
    assert not ready.calls
    ready.advance(1)
    assert ready.calls


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (OutcomeClass.NOT_SENT, OfflineError),
        (OutcomeClass.CAPTIVE, CaptivePageError),
        (OutcomeClass.AUTH, WrongCredentialsError),
        (OutcomeClass.THROTTLED, BusyError),
    ],
)
def test_a_fault_that_a_send_met_is_shown_as_well(ready, kind, fault):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=kind, retry_after_s=60.0))
    assert isinstance(ready.round.failure, fault)


def test_an_unknown_outcome_says_nothing_about_the_network(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=UNKNOWN)
    assert ready.round.failure is None
    assert ready.round.online


def test_a_log_in_page_that_leaves_the_outcome_open_is_told_at_once(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=OutcomeClass.NOT_SENT))
    assert isinstance(ready.round.failure, OfflineError)
    ready.advance(POLL_EVERY_S)
    ready.make(instead=replace(UNKNOWN, http_status=200, fault=CaptivePageError()))
    told = sync_state(ready.round, ready.store, "a1", ready.clock.now())
    assert (told.phase, told.online, told.title) == (SyncPhase.OFFLINE, False, CaptivePageError.default_title)


def test_a_server_that_answers_is_not_called_silent_although_the_outcome_is_open(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=OutcomeClass.NOT_SENT))
    ready.advance(POLL_EVERY_S)
    ready.make(instead=replace(UNKNOWN, http_status=200, reason="The server spoke of an error"))
    assert (ready.round.failure, ready.round.online) == (None, True)


def test_a_server_that_fails_each_time_is_not_said_to_lose_its_answers_on_the_way(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    for lost in range(1, FAILURES_TO_OPEN + 1):
        ready.make(instead=replace(UNKNOWN, http_status=500, fault=BusyError()))
        ready.advance(2**lost)
    told = sync_state(ready.round, ready.store, "a1", ready.clock.now())
    assert (told.phase, told.online, told.title) == (SyncPhase.WAITING, True, BusyError.default_title)


def test_answers_that_are_lost_one_after_the_other_are_told_with_the_next_try(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    for lost in range(1, FAILURES_TO_OPEN + 1):
        assert sync_state(ready.round, ready.store, "a1", ready.clock.now()).title == ""
        ready.make(instead=UNKNOWN)
        if lost < FAILURES_TO_OPEN:
            ready.advance(2**lost)
    told = sync_state(ready.round, ready.store, "a1", ready.clock.now())
    assert (told.phase, told.title) == (SyncPhase.WAITING, "The server's answers are lost on the way")
    assert told.next_try_at == ready.clock.now() + timedelta(seconds=PROBE_EVERY_S)
    ready.advance(2**FAILURES_TO_OPEN)
    ready.make()
    assert sync_state(ready.round, ready.store, "a1", ready.clock.now()).title == ""


def test_a_refused_sign_in_is_checked_soon_and_work_goes_on_when_it_works(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=OutcomeClass.AUTH, http_status=401))
    assert ready.in_s() == SIGN_IN_AGAIN_S
    ready.advance(SIGN_IN_AGAIN_S)
    ready.make()
    assert ready.round.engine.in_flight == 1
    ready.make_all()
    assert ready.state is SyncPhase.IDLE


def test_a_sign_in_that_a_pull_finds_refused_is_checked_soon_then_seldom(ready):
    ready.advance(POLL_EVERY_S)
    ready.connector.pull = failing(WrongCredentialsError())
    ready.make()
    assert ready.in_s() == SIGN_IN_AGAIN_S
    ready.connector.facts = failing(WrongCredentialsError())
    ready.advance(SIGN_IN_AGAIN_S)
    ready.make()
    assert ready.state is SyncPhase.SIGN_IN
    assert ready.in_s() == SIGN_IN_EVERY_S


def test_a_sign_in_that_works_but_is_refused_again_and_again_is_tried_less_and_less(ready):
    ready.connector.pull = failing(WrongCredentialsError())
    waits: list[float | None] = []
    while len(waits) < 7:
        ready.advance(ready.in_s())
        ready.make_all()
        if ready.state is SyncPhase.SIGN_IN:
            waits.append(ready.in_s())
    assert waits == [10.0, 20.0, 40.0, 80.0, 160.0, SIGN_IN_EVERY_S, SIGN_IN_EVERY_S]
    del ready.connector.pull
    ready.advance(SIGN_IN_EVERY_S)
    ready.make_all()
    ready.connector.pull = failing(WrongCredentialsError())
    ready.advance(POLL_EVERY_S)
    ready.make()
    assert ready.in_s() == SIGN_IN_AGAIN_S


def test_orders_that_are_not_shown_are_no_refused_sign_in(ready):
    ready.advance(POLL_EVERY_S)
    ready.connector.pull = failing(NotShownError("The server does not show its orders to your sign-in"))
    ready.make()
    assert (ready.state, ready.round.online, ready.in_s()) == (SyncPhase.WAITING, True, POLL_EVERY_S)
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make_all()
    assert len(ready.server.effects) == 1


def test_a_page_that_was_asked_for_before_everything_is_to_be_read_anew_is_no_whole_list(ready):
    ready.order("so-2")
    ready.advance(POLL_EVERY_S)
    ready.make()
    ready.server.edit("so-2", title="Theirs")
    ready.advance(POLL_EVERY_S)
    with ready.store.write(Urgency.PERSON) as tx:
        begin_rereading(tx, "a1")
    ready.make_all()
    with ready.store.read() as view:
        assert view.order_server_ids("a1") == ["so-1", "so-2"]
        assert rereading_at(view, "a1") is None


def test_sync_now_checks_a_refused_sign_in_at_once(ready):
    ready.advance(POLL_EVERY_S)
    ready.connector.pull = failing(WrongCredentialsError())
    ready.make()
    ready.round.hurry()
    ready.round.advance()
    assert len(ready.calls) == 1


def test_what_can_be_chosen_from_is_fetched_every_hour(ready):
    ready.clock.advance(REFERENCES_EVERY_S)
    ready.round.advance()
    ready.make()
    assert ready.round.take_changes().references


def test_working_offline_makes_no_call_and_ends_at_once(ready):
    ready.round.pause(True)
    ready.advance(10 * POLL_EVERY_S)
    assert (ready.calls, ready.state, ready.in_s()) == (deque(), SyncPhase.PAUSED, None)
    ready.round.pause(False)
    ready.round.advance()
    assert len(ready.calls) == 1


def test_a_pull_that_runs_when_work_offline_is_chosen_keeps_its_page_and_stops(table):
    for number in range(3):
        table.order(f"so-{number}")
    table.connector.pull = lambda cursor, followed: table.server.page(cursor, size=2)
    table.make()
    table.round.pause(True)
    table.make()
    assert not table.calls
    assert table.round.puller.taken == 2


def test_a_full_disk_keeps_the_outcome_and_sends_nothing_more(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.store.before_commit = failing(DiskFullError())
    ready.make()
    assert isinstance(ready.round.failure, DiskFullError)
    assert ready.state is SyncPhase.WAITING
    assert not ready.calls
    assert ready.in_s() == STORE_AGAIN_S
    ready.round.advance()
    ready.store.before_commit = lambda: None
    ready.advance(STORE_AGAIN_S)
    assert ready.round.failure is None
    (operation,) = ready.store.tables.operations.values()
    assert operation.state is OpState.DONE
    assert len(ready.server.effects) == 1


def test_a_page_that_found_no_room_is_fetched_again_and_none_is_skipped(table):
    for number in range(4):
        table.order(f"so-{number}")
    table.connector.pull = lambda cursor, followed: table.server.page(cursor, size=2)
    table.make()
    table.store.before_commit = failing(DiskFullError())
    table.make()
    assert isinstance(table.round.failure, DiskFullError)
    table.store.before_commit = lambda: None
    table.clock.advance(STORE_AGAIN_S)
    table.make_all()
    with table.store.read() as view:
        assert len(view.find_orders("10042")) == 4


def test_a_store_that_fails_at_the_start_is_tried_again(table):
    table.calls.clear()
    table.store.before_commit = failing(DiskFullError())
    table.restart()
    assert not table.calls
    table.store.before_commit = lambda: None
    table.advance(STORE_AGAIN_S)
    assert len(table.calls) == 1


def test_sync_now_does_not_wait_for_the_store_to_be_tried(table):
    table.calls.clear()
    table.store.before_commit = failing(DiskFullError())
    table.restart()
    table.store.before_commit = lambda: None
    table.round.hurry()
    table.round.advance()
    assert len(table.calls) == 1


def test_nothing_is_pulled_while_it_is_unknown_whether_what_we_made_arrived(ready):
    ready.commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    ready.round.hurry()
    ready.round.advance()
    ready.make(instead=UNKNOWN)
    assert not ready.calls
    assert ready.in_s() == 2.0
    ready.advance(2)
    ready.make_all()
    orders = [one for one in ready.store.tables.records.values() if one.record_id == one.order_id]
    assert len(orders) == 2


def test_what_was_not_answered_is_looked_for_where_there_are_no_keys(ready):
    ready.connector.profile = replace(KEYED, creates=Dedup.READ_BACK)
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=UNKNOWN)
    ready.advance(2)
    ready.make()
    assert [one.state for one in ready.store.tables.operations.values()] == [OpState.DONE]
    assert ready.calls, "the news are fetched that the effect made"


def test_a_full_disk_keeps_what_a_look_brought(ready):
    ready.connector.profile = replace(KEYED, creates=Dedup.READ_BACK)
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=UNKNOWN)
    ready.advance(2)
    ready.store.before_commit = failing(DiskFullError())
    ready.make()
    assert isinstance(ready.round.failure, DiskFullError)
    ready.store.before_commit = lambda: None
    ready.advance(5)
    assert [one.state for one in ready.store.tables.operations.values()] == [OpState.DONE]


def test_a_clock_that_is_set_while_an_effect_is_looked_for_makes_it_settle_anew(ready):
    ready.connector.profile = replace(KEYED, creates=Dedup.READ_BACK)
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=UNKNOWN)
    ready.clock.at += timedelta(hours=5)
    ready.round.advance()
    (operation,) = ready.store.tables.operations.values()
    assert operation.last_sent_at == ready.clock.now()


def test_orders_are_asked_for_one_by_one_where_the_back_end_wants_it(ready):
    asked = []

    def pull(cursor, followed):
        asked.append(list(followed))
        return ready.server.page(cursor)

    ready.connector.pull = pull
    ready.round.hurry()
    ready.round.advance()
    ready.make_all()
    ready.connector.profile = replace(KEYED, pulls_followed=True)
    ready.round.hurry()
    ready.round.advance()
    ready.make_all()
    assert asked == [[], ["so-1"]]


def test_a_deadline_under_a_clock_that_was_set_back_is_not_waited_for(ready):
    ready.clock.at -= timedelta(days=1)
    ready.round.advance()
    assert len(ready.calls) == 1


def test_the_result_counts_what_the_store_holds(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=OutcomeClass.REJECTED, http_status=409))
    ready.make(instead=UNKNOWN)
    result = round_result(ready.round, ready.store, "a1", ready.clock.now())
    assert (result.sent, result.confirmed, result.unsent, result.needs_person) == (2, 0, 2, 1)
    assert result.must_wait
    assert result.online
    assert (result.trouble, result.is_wished) == ("", False)
    assert result.waits_until == ready.clock.now() + timedelta(seconds=2)


def test_a_result_says_until_when_the_server_wants_to_be_left_alone(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=OutcomeClass.THROTTLED, retry_after_s=90.0))
    until = ready.clock.now() + timedelta(seconds=90)
    ready.restart()
    result = round_result(ready.round, ready.store, "a1", ready.clock.now())
    assert (result.waits_until, result.is_wished, result.trouble) == (until, True, "")


def test_a_result_says_that_nothing_answered(table):
    table.connector.facts = failing(OfflineError())
    table.make()
    result = round_result(table.round, table.store, "a1", table.clock.now())
    assert (result.online, result.trouble) == (False, str(OfflineError()))


def test_a_result_that_only_a_person_can_mend_is_raised(table):
    table.connector.facts = failing(WrongCredentialsError())
    table.make()
    with pytest.raises(WrongCredentialsError):
        round_result(table.round, table.store, "a1", table.clock.now())


def test_unsent_work_and_what_needs_a_person_are_counted_in_the_state(ready):
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.make(instead=Outcome(kind=OutcomeClass.REJECTED, http_status=409))
    state = sync_state(ready.round, ready.store, "a1", ready.clock.now())
    assert (state.unsent, state.needs_person) == (2, 1)


def test_waiting_for_our_own_patience_is_a_state(ready):
    ready.round.engine.host = HostHealth(failures=5, retry_at=ready.clock.now() + timedelta(seconds=30))
    assert ready.state is SyncPhase.WAITING


def test_who_was_overtaken_by_another_desk_sends_nothing_any_more(ready):
    ready.store.before_commit = failing(StoreTakenError())
    ready.round.hurry({"so-1"})
    ready.clock.advance(POLL_EVERY_S)
    ready.round.advance()
    ready.make_all()
    assert phase(ready.round, ready.clock.now()) is SyncPhase.TAKEN
    ready.store.before_commit = lambda: None
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.clock.advance(3600)
    ready.round.hurry()
    ready.round.advance()
    assert not ready.calls
    assert ready.round.wake_at() is None
    assert ready.round.is_over


@pytest.fixture
def ready_with_two(table: Table) -> Table:
    """Return a table whose round has learned and pulled two orders, and rests."""
    table.order("so-2")
    table.order()
    table.make_all()
    return table


def pushing_without_a_pause(table: Table, seconds: float) -> None:
    """Leave an order's lane with more to send than that takes, and the next request in flight."""
    for _ in range(40):
        table.commands.record_event(OrderRef("a1", "so-1"), ProductDiagnosed(diagnostic_explanation="Dead fuse"))
    table.round.hurry(["so-1"])
    table.round.advance()
    for _ in range(int(seconds // 10)):
        table.clock.advance(10)
        table.make()


def test_the_news_come_in_between_where_work_goes_out_without_a_pause(ready_with_two):
    ready = ready_with_two
    pushing_without_a_pause(ready, LONGEST_PUSH_S - 10)
    assert len(ready.server.effects) == 5
    seen = ready.round.puller.as_of()
    ready.clock.advance(10)
    ready.diagnose(OrderRef("a1", "so-1"))
    ready.diagnose(OrderRef("a1", "so-2"))
    assert len(ready.calls) == 1, "the feed's turn has come"
    ready.make()
    assert len(ready.server.effects) == 6
    assert len(ready.calls) == 1
    assert ready.in_s() is None, "it waits for the page and does not spin"
    ready.make()
    assert ready.round.puller.as_of() == ready.clock.now() > seen
    pushing_without_a_pause(ready, LONGEST_PUSH_S - 10)
    ready.make_all()
    assert len(ready.server.effects) == 82
    assert ready.round.puller.taken


def test_of_a_long_feed_one_page_at_a_time_comes_in_between(ready):
    for number in range(5):
        ready.server.put_order(f"so-{number + 2}", **order_document(an_order()))
    ready.connector.pull = lambda cursor, followed: ready.server.page(cursor, size=2)
    pushing_without_a_pause(ready, LONGEST_PUSH_S)
    ready.make()
    assert ready.round.puller.taken == 2
    assert isinstance(ready.calls.popleft()(), Fetched)
    assert isinstance(ready.calls.popleft()(), Answered), "it goes on sending"


def test_news_that_do_not_come_hold_the_work_up_no_longer(ready):
    ready.connector.pull = failing(OfflineError())
    pushing_without_a_pause(ready, LONGEST_PUSH_S)
    sent = len(ready.server.effects)
    ready.make()
    assert isinstance(ready.round.failure, OfflineError)
    ready.advance(POLL_EVERY_S)
    ready.make()
    assert len(ready.server.effects) == sent + 1


def test_news_that_must_wait_for_an_unknown_record_do_not_hold_the_work_up(ready_with_two):
    ready = ready_with_two

    def answers_no_new_order(operation: Operation) -> Outcome:
        return UNKNOWN if operation.record_type is RecordType.ORDER else ready.server.handle(operation)

    ready.connector.send = answers_no_new_order
    ready.commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    ready.round.hurry()
    ready.round.advance()
    seen = ready.round.puller.as_of()
    pushing_without_a_pause(ready, 2 * LONGEST_PUSH_S)
    ready.diagnose(OrderRef("a1", "so-2"))
    assert len(ready.calls) == 3, "the work of all three orders goes out side by side"
    ready.make_all()
    assert len(ready.server.effects) == 41
    assert ready.round.puller.as_of() == seen
