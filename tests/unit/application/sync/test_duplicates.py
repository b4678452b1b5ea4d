"""What went out twice is watched, and what stands there twice is offered to a person, who decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from techdesk.application.accounts import Dedup, Deed
from techdesk.application.outbox import Operation, OpState, OrderRef, Verb
from techdesk.application.ports import Urgency, WriteTransaction
from techdesk.application.sync.duplicates import Duplicate, duplicates, note_duplicates
from techdesk.application.sync.pulling import Puller
from techdesk.domain.errors import NotFoundError, NotSupportedError
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from tests.support.bench import UNKNOWN, Bench
from tests.support.fake_server import KEYED

READABLE = replace(KEYED, creates=Dedup.READ_BACK, key_life_s=0.0, late_commit_s=120.0, visibility_lag_s=60.0)
BLIND = replace(READABLE, creates=Dedup.BLIND)


class Watched:
    """A bench whose pulls go the way of the desk's."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.puller = Puller("a1", bench.store)

    def pull(self) -> bool:
        """Take in all that is new; say whether the outbox is to be read again."""
        return self.puller.take(self.bench.server.page(self.puller.cursor()), self.bench.clock.now()).outbox

    def offered(self) -> list[Duplicate]:
        with self.bench.store.read() as view:
            return duplicates(view)

    def notes(self) -> list[str]:
        return [name for name in ("sent_again:a1", "duplicates:a1") if name in self.bench.store.tables.notes]


@pytest.fixture
def bench() -> Bench:
    return Bench(profile=READABLE)


@pytest.fixture
def desk(bench: Bench) -> Watched:
    return Watched(bench)


@pytest.fixture
def order(bench: Bench) -> OrderRef:
    return bench.order()


def sent_again(bench: Bench) -> Operation:
    """Lose the answer of what goes out, see twice that it is not there, and send it again."""
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(180)
    for _ in range(2):
        bench.look(bench.looks()[0])
        bench.clock.advance(60)
    (again,) = bench.start()
    return again


def twice(bench: Bench) -> Operation:
    """Let both copies of what goes out take effect, the first of them too late."""
    again = sent_again(bench)
    bench.server.handle(again)
    return bench.answer(again)


def add_item(bench: Bench, order: OrderRef, **fields: Any) -> Operation:
    bench.commands.add_item(order, Item(name="Fuse", **fields))
    return bench.last()


def test_a_second_copy_is_offered_with_the_one_that_is_ours(bench, desk, order):
    add_item(bench, order)
    done = twice(bench)
    assert desk.offered() == []
    assert desk.pull()
    (offered,) = desk.offered()
    late, ours = (one.server_id for one in bench.server.effects)
    assert bench.record(done).server_id == ours
    assert offered == Duplicate(
        account_id="a1",
        order=order,
        record_type=RecordType.ITEM,
        kept_server_id=ours,
        extra_record_id=late,
        what="Item: Fuse",
    )
    assert not desk.pull()
    assert desk.offered() == [offered]


def test_the_one_too_many_is_removed_by_an_ordinary_operation(bench, desk, order):
    add_item(bench, order)
    twice(bench)
    desk.pull()
    (offered,) = desk.offered()
    assert bench.commands.duplicates.remove(offered).outbox
    assert desk.offered() == []
    assert (bench.last().verb, bench.last().record_id) == (Verb.DELETE, offered.extra_record_id)
    bench.sync()
    desk.pull()
    assert offered.extra_record_id not in bench.server.things
    assert offered.kept_server_id in bench.server.things
    assert desk.offered() == []


def test_where_nothing_can_be_removed_it_says_so(order, bench, desk):
    add_item(bench, order)
    twice(bench)
    desk.pull()
    refusing = replace(READABLE, refusals={Deed(RecordType.ITEM, Verb.DELETE): "Items stay"})
    commands = Bench(profile=refusing, store=bench.store, clock=bench.clock).commands
    with pytest.raises(NotSupportedError, match="Items stay"):
        commands.duplicates.remove(desk.offered()[0])


def test_both_can_be_kept_and_are_not_offered_again(bench, desk, order):
    add_item(bench, order)
    twice(bench)
    desk.pull()
    (offered,) = desk.offered()
    assert bench.commands.duplicates.keep_both(offered).outbox
    bench.server.edit(offered.extra_record_id, note="meant so")
    desk.pull()
    assert desk.offered() == []
    with pytest.raises(NotFoundError):
        bench.commands.duplicates.keep_both(replace(offered, extra_record_id="another"))


def test_a_copy_that_a_pull_brings_before_the_answer_is_offered_once_it_is_known_which_is_ours(bench, desk, order):
    add_item(bench, order)
    again = sent_again(bench)
    bench.server.handle(again)
    desk.pull()
    assert desk.offered() == []
    bench.answer(again)
    assert [one.extra_record_id for one in desk.offered()] == [bench.server.effects[0].server_id]


def test_our_own_record_that_a_pull_brings_before_the_answer_is_no_copy(bench, desk, order):
    add_item(bench, order)
    again = sent_again(bench)
    answer = bench.server.handle(again)
    desk.pull()
    bench.answer(again, answer)
    desk.pull()
    assert desk.offered() == []


@pytest.mark.parametrize(
    ("differs", "is_offered"),
    [
        ({}, True),
        ({"note": "  "}, True),
        ({"name": "Relay"}, False),
        ({"quantity": 7}, False),
        ({"created_by": "Ole"}, True),
        ({"created_at": "2020-01-01T00:00:00.000Z"}, True),
    ],
)
def test_only_what_says_the_same_is_a_copy(bench, desk, order, differs, is_offered):
    add_item(bench, order)
    done = bench.answer(sent_again(bench))
    same = dict(bench.server.things[bench.record(done).server_id or ""].document)
    bench.server.put_part("so-1", "by-hand", RecordType.ITEM, **same | differs)
    desk.pull()
    assert [one.extra_record_id for one in desk.offered()] == ["by-hand"] * is_offered


def test_what_another_person_made_is_no_copy(bench, desk, order):
    bench.commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Dead fuse"))
    done = bench.answer(sent_again(bench))
    same = dict(bench.server.things[bench.record(done).server_id or ""].document)
    bench.server.put_part("so-1", "kims", RecordType.EVENT, **same)
    bench.server.put_part("so-1", "oles", RecordType.EVENT, **same | {"created_by": "Ole"})
    desk.pull()
    assert [(one.extra_record_id, one.what) for one in desk.offered()] == [("kims", "Event: Product diagnosed")]


def test_what_was_there_before_and_what_was_made_here_are_no_copies(bench, desk, order):
    bench.server.put_part("so-1", "older", RecordType.ITEM, name="Fuse", quantity="1")
    desk.pull()
    made = add_item(bench, order)
    assert bench.now(made).known is None
    again = sent_again(bench)
    assert again.known == ("older",)
    bench.answer(again)
    add_item(bench, order)
    bench.sync()
    desk.pull()
    assert len(bench.server.effects) == 2
    assert desk.offered() == []


def test_a_copy_is_known_by_what_the_server_wrote_where_it_tidied_up(bench, desk, order):
    add_item(bench, order, note="Spare")
    again = sent_again(bench)
    for outcome in (bench.server.handle(again), bench.server.handle(again)):
        bench.server.edit(outcome.server_id or "", note="SPARE")
    answer = replace(outcome, record={**(outcome.record or {}), "note": "SPARE"})
    bench.answer(again, answer)
    desk.pull()
    assert [one.extra_record_id for one in desk.offered()] == [bench.server.effects[0].server_id]


def test_a_second_copy_of_a_whole_order_is_offered(bench, desk):
    bench.commands.create_order("a1", Order(title="Kettle", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    twice(bench)
    bench.server.put_order("other", title="Toaster")
    desk.pull()
    (offered,) = desk.offered()
    late = bench.server.effects[0].server_id
    assert (offered.order, offered.extra_record_id, offered.what) == (OrderRef("a1", late), late, "Order: Kettle")


def test_an_order_that_was_there_before_is_no_copy(bench, desk):
    bench.commands.create_order("a1", Order(title="Kettle", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    same = dict(bench.last().intent)
    bench.answer(sent_again(bench))
    bench.server.put_order("last-year", **same | {"created_at": "2020-01-01T00:00:00.000Z"})
    bench.server.put_order("undated", **same | {"created_at": ""})
    desk.pull()
    assert [one.extra_record_id for one in desk.offered()] == ["undated"]


def test_hours_without_a_note_are_called_hours(bench, desk, order):
    bench.commands.add_hours(order, HoursEntry(started_at=bench.clock.now(), minutes=30))
    twice(bench)
    desk.pull()
    assert [one.what for one in desk.offered()] == ["Hours"]


def test_what_a_person_sent_again_is_watched_too(desk):
    bench = Bench(profile=BLIND)
    desk = Watched(bench)
    add_item(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(600)
    bench.start()
    bench.commands.outbox.send_again(sent.op_id)
    bench.server.handle(sent)
    (successor,) = bench.start()
    assert successor.known == ()
    bench.answer(successor)
    desk.pull()
    assert [one.extra_record_id for one in desk.offered()] == [bench.server.effects[0].server_id]


def test_a_key_is_watched_only_from_its_second_time_out(desk):
    bench = Bench()
    desk = Watched(bench)
    add_item(bench, bench.order())
    (sent,) = bench.start()
    assert desk.notes() == []
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(10)
    (again,) = bench.start()
    assert desk.notes() == ["sent_again:a1"]
    bench.answer(again)
    desk.pull()
    assert desk.offered() == []


def test_a_change_that_goes_out_again_is_not_watched(desk):
    bench = Bench()
    order = bench.order()
    bench.commands.change_order(order, {"title": "New"}, bench.view(order))
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(10)
    assert len(bench.start()) == 1
    assert Watched(bench).notes() == []


def test_the_watch_ends_after_two_whole_pulls_and_two_hours(bench, desk, order):
    add_item(bench, order)
    bench.answer(sent_again(bench))
    desk.pull()
    desk.pull()
    assert desk.notes() == ["sent_again:a1"]
    bench.clock.advance(timedelta(hours=2).total_seconds())
    desk.pull()
    assert desk.notes() == []


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_the_watch_begins_anew_when_the_clock_was_set(bench, desk, order, jump):
    add_item(bench, order)
    bench.answer(sent_again(bench))
    bench.engine.check_clock(bench.clock.now(), bench.clock.now())
    bench.clock.at += jump
    bench.engine.check_clock(bench.clock.now(), bench.clock.now())
    for _ in range(3):
        desk.pull()
    assert desk.notes() == ["sent_again:a1"]
    bench.clock.advance(timedelta(hours=2).total_seconds())
    desk.pull()
    assert desk.notes() == []


def test_a_page_in_the_middle_of_a_pull_does_not_end_the_watch(bench, desk, order):
    add_item(bench, order)
    bench.answer(sent_again(bench))
    bench.clock.advance(timedelta(hours=2).total_seconds())
    for _ in range(3):
        page = replace(bench.server.page(desk.puller.cursor()), more=True)
        desk.puller.take(page, bench.clock.now())
    assert desk.notes() == ["sent_again:a1"]


def test_what_is_not_confirmed_yet_stays_watched(bench, desk, order):
    add_item(bench, order)
    again = sent_again(bench)
    bench.clock.advance(timedelta(hours=3).total_seconds())
    for _ in range(3):
        desk.pull()
    assert desk.notes() == ["sent_again:a1"]
    assert bench.now(again).state is OpState.INFLIGHT


def test_what_was_cleared_away_is_watched_no_more(bench, desk, order):
    add_item(bench, order)
    again = bench.answer(sent_again(bench))
    del bench.store.tables.operations[again.op_id]
    desk.pull()
    assert desk.notes() == []


def test_nothing_is_offered_once_ours_is_gone(bench, desk, order):
    add_item(bench, order)
    done = twice(bench)
    desk.pull()
    bench.commands.remove(order, RecordType.ITEM, done.record_id)
    assert desk.offered() == []
    bench.sync()
    assert desk.offered() == []


class CountingView:
    """A transaction that counts how often the parts of an order and operations are read, and how often is written."""

    def __init__(self, tx: WriteTransaction) -> None:
        self._tx = tx
        self.reads = self.looked_up = self.written = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def parts(self, *place: Any) -> Any:
        self.reads += 1
        return self._tx.parts(*place)

    def operation(self, op_id: str) -> Any:
        self.looked_up += 1
        return self._tx.operation(op_id)

    def save_note(self, name: str, value: str | None) -> None:
        self.written += 1
        self._tx.save_note(name, value)


def test_each_order_is_read_once_a_page_however_much_of_it_is_watched_and_only_if_there_is_news(bench, desk, order):
    for _ in range(3):
        bench.commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Dead fuse"))
        twice(bench)
    reads = []
    for order_ids in ([order.order_id], [], [], [order.order_id], ["another"]):
        with bench.store.write(Urgency.BACKGROUND) as tx:
            view: Any = CountingView(tx)
            note_duplicates(view, "a1", order_ids, bench.clock.now(), is_whole=True)
        reads.append(view.reads)
    assert reads == [1, 1, 0, 1, 0]


def test_what_is_watched_costs_nothing_with_a_page_that_tells_of_something_else(bench, desk, order):
    for _ in range(3):
        bench.commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Dead fuse"))
        twice(bench)
    costs = []
    for order_ids in ([order.order_id], [], ["another"], [order.order_id], []):
        with bench.store.write(Urgency.BACKGROUND) as tx:
            view: Any = CountingView(tx)
            note_duplicates(view, "a1", order_ids, bench.clock.now(), is_whole=True)
        costs.append((view.looked_up, view.written))
    assert costs == [(3, 1), (3, 1), (0, 0), (3, 0), (0, 0)]


def test_an_order_that_was_sent_again_is_looked_for_in_every_page_that_tells_of_an_order(bench, desk):
    bench.commands.create_order("a1", Order(title="Radio", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    twice(bench)
    looked_up = []
    for order_ids in ([], [], [], ["another"], []):
        with bench.store.write(Urgency.BACKGROUND) as tx:
            view: Any = CountingView(tx)
            note_duplicates(view, "a1", order_ids, bench.clock.now(), is_whole=True)
        looked_up.append(view.looked_up)
    assert looked_up == [1, 1, 0, 1, 0]
