"""A back end without a feed that went back to an older state: what it shows is older than we knew it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import PulledOrder, PullPage
from techdesk.application.outbox import Operation, OpState, Outcome
from techdesk.application.sync.rollback import MOST_TRIES_WITHOUT_FEED
from techdesk.domain.errors import BusyError, OfflineError
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED, an_order
from tests.support.fake_server import FakeServer
from tests.support.restored_server import BentConnector, Desk

LAG_S = 30.0
LIST = replace(KEYED, has_etags=False, has_feed=False, reads_back=True, visibility_lag_s=LAG_S)


class ListConnector(BentConnector):
    """A connector that brings the whole list at each pull, in pages of two; an answer shows no revision."""

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        if self.instead:
            return self.instead(cursor)
        known = sorted(name for name, one in self.server.things.items() if one.record_type is RecordType.ORDER)
        start = int(cursor or "0")
        more = start + 2 < len(known)
        return PullPage(
            orders=[self.server.pulled(one) for one in known[start : start + 2]],
            cursor=str(start + 2) if more else "",
            more=more,
            deleted=[] if more else sorted(set(followed) - set(known)),
        )


def a_desk(**guarantees) -> Desk:
    return Desk(replace(LIST, **guarantees), ListConnector)


@pytest.fixture
def desk() -> Desk:
    return a_desk()


def taken_away(desk: Desk) -> tuple[str, FakeServer]:
    """Confirm a note and put a backup of before it back; return the operation, and the server as it was with it."""
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    assert desk.states(lost) == [OpState.DONE]
    newest = desk.backup()
    desk.restore(backup)
    return lost, newest


def test_what_is_older_at_a_start_is_put_to_a_person_once_it_cannot_lag_behind(desk):
    lost, _ = taken_away(desk)
    desk.restart()
    assert (desk.said, desk.round.watch.lets_push) == ([], False)
    desk.sync(LAG_S)
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])


def test_a_list_that_goes_backwards_is_believed_once_it_cannot_lag_behind(desk):
    lost, _ = taken_away(desk)
    desk.sync()
    assert desk.states(lost) == [OpState.DONE]
    desk.sync(LAG_S)
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])
    assert desk.notes == []


@pytest.mark.parametrize("waits_at_the_start", [True, False])
def test_a_desk_that_is_opened_for_a_moment_only_does_not_wait_anew_each_time(desk, waits_at_the_start):
    lost, _ = taken_away(desk)
    if waits_at_the_start:
        desk.start()
    desk.sync()
    desk.start()
    desk.sync(LAG_S / 2)
    assert desk.states(lost) == [OpState.DONE]
    desk.start()
    desk.sync(LAG_S / 2)
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])


def test_a_copy_that_lagged_yesterday_is_not_held_against_the_server_today(desk):
    lost, newest = taken_away(desk)
    older = desk.backup()
    for shown in (older, newest, older):
        desk.restore(shown)
        desk.start()
        desk.sync(LAG_S)
    assert (desk.states(lost), desk.said) == ([OpState.DONE], [])


@pytest.mark.parametrize("starts", [True, False])
def test_a_copy_of_the_server_that_lags_behind_bothers_nobody(desk, starts):
    lost, newest = taken_away(desk)
    if starts:
        desk.start()
    desk.sync()
    desk.restore(newest)
    desk.sync(LAG_S)
    waiting = desk.note("waiting")
    desk.sync()
    assert (desk.states(lost, waiting), desk.said) == ([OpState.DONE] * 2, [])


def test_what_goes_out_again_is_there_once(desk):
    lost, _ = taken_away(desk)
    desk.sync()
    desk.sync(LAG_S)
    (again,) = desk.commands.outbox.send_again(lost).op_ids
    for _ in range(3):
        desk.sync(300.0)
    assert (desk.states(again), desk.notes) == ([OpState.DONE], ["after"])
    assert desk.said == [("done", "1")]


def test_the_reading_anew_is_judged_no_more_and_ends_with_its_last_page(desk):
    for number in range(4):
        desk.server.put_order(f"so-{number + 2}", title="Other")
    desk.sync()
    backup = desk.backup()
    lost = desk.rename("Mine")
    desk.server.edit("so-5", title="Theirs")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    desk.sync(LAG_S)
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])
    with desk.store.read() as view:
        shown = view.record("a1", RecordType.ORDER, "so-5")
    assert shown is not None
    assert shown.view["title"] == "Other"


@pytest.mark.parametrize("restarts", [True, False])
def test_what_somebody_removed_is_no_sign_of_it(desk, restarts):
    done = desk.note("mine")
    desk.sync()
    (event,) = (name for name, one in desk.server.things.items() if one.record_type is RecordType.EVENT)
    desk.server.remove(event)
    if restarts:
        desk.start()
    desk.sync()
    desk.sync(LAG_S)
    assert (desk.states(done), desk.said) == ([OpState.DONE], [])


def test_an_answer_that_shows_an_older_record_waits_for_the_next_pull(desk):
    backup = desk.backup()
    lost = desk.rename("Mine")
    desk.sync()
    desk.server.edit("so-1", priority="HIGH")
    desk.sync()
    desk.restore(backup)
    labelled = desk.commands.change_order(desk.order, {"location_label": "B2"}, desk.seen(desk.order).view).op_ids[0]
    desk.sync()
    desk.sync(LAG_S)
    assert (desk.states(lost, labelled), desk.said) == ([OpState.NEEDS_CHECK, OpState.DONE], [("done", "1")])


def test_a_server_that_shows_no_single_order_is_soon_left_alone(desk):
    done = desk.note("mine")
    desk.sync()
    desk.connector.fails = BusyError()
    desk.restart()
    assert not desk.round.watch.lets_push
    for _ in range(MOST_TRIES_WITHOUT_FEED + 1):
        desk.sync(300.0)
    assert (desk.states(done), desk.said, desk.round.watch.lets_push) == ([OpState.DONE], [], True)


@pytest.mark.parametrize("is_away", [False, True])
def test_an_order_that_is_never_answered_is_left_alone_unless_nothing_answers(desk, is_away):
    desk.note("mine")
    desk.sync()
    desk.connector.fails, desk.connector.is_away = OfflineError(), False
    desk.restart()
    desk.connector.is_away = is_away
    for _ in range(MOST_TRIES_WITHOUT_FEED + 2):
        desk.sync(300.0)
    assert desk.round.watch.lets_push is not is_away
    desk.connector.fails, desk.connector.is_away = None, False
    desk.sync(300.0)
    assert desk.round.watch.lets_push


def test_what_cannot_be_read_at_all_is_not_watched():
    desk = a_desk(creates=Dedup.BLIND, orders_are_followed=True, reads_back=False)
    desk.note("mine")
    desk.sync()
    desk.connector.fails = BusyError("nobody asks")
    desk.start()
    desk.round.advance()
    desk.round.take(desk.calls.popleft()())
    desk.round.advance()
    assert desk.round.watch.lets_push


@pytest.mark.parametrize("starts", [True, False])
def test_who_asks_in_between_does_not_shorten_the_time_in_which_it_may_lag_behind(desk, starts):
    lost, newest = taken_away(desk)
    if starts:
        desk.start()
    for _ in range(5):
        desk.sync(LAG_S / 6)
    desk.restore(newest)
    desk.sync(LAG_S)
    assert (desk.states(lost), desk.said) == ([OpState.DONE], [])


def test_work_that_goes_out_in_between_does_not_shorten_it_either(desk):
    first, newest = taken_away(desk)
    desk.sync()
    for number in range(3):
        made = desk.commands.create_order("a1", an_order(title=f"Another {number}"))
        desk.round.hurry(made.orders)
        desk.live(1.0)
    desk.restore(newest)
    desk.live(LAG_S)
    assert (desk.states(first), desk.said) == ([OpState.DONE], [])


class TimedConnector(ListConnector):
    """A connector whose revisions are times: to the millisecond in an answer, to the second in what is read."""

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        page = super().pull(cursor, followed)
        return replace(page, orders=[_timed(one) for one in page.orders])

    def fetch(self, found: PulledOrder) -> PulledOrder:
        return _timed(super().fetch(found))

    def send(self, operation: Operation) -> Outcome:
        answer = super().send(operation)
        return replace(answer, revision=_time(answer.revision, ".432"))


def _timed(order: PulledOrder) -> PulledOrder:
    parts = [replace(one, revision=_time(one.revision)) for one in order.parts]
    return replace(order, revision=_time(order.revision), parts=parts)


def _time(revision: str | None, fraction: str = "") -> str:
    return f"2026-06-01T08:{int(revision or 0):02}:05{fraction}Z"


def test_an_answer_that_tells_the_time_more_finely_than_what_is_read_is_no_sign_of_it():
    desk = Desk(LIST, TimedConnector)
    mine = desk.rename("Mine")
    for _ in range(3):
        desk.sync(LAG_S)
    assert (desk.states(mine), desk.said, desk.round.watch.lets_push) == ([OpState.DONE], [], True)


def test_another_edit_that_tells_the_same_time_is_no_sign_of_it():
    desk = Desk(LIST, TimedConnector)
    mine = desk.rename("Mine")
    desk.sync()
    desk.server.things["so-1"].document["title"] = "Theirs"
    desk.restart()
    desk.sync(LAG_S)
    assert (desk.states(mine), desk.said) == ([OpState.DONE], [])
    assert desk.seen(desk.order).view["title"] == "Theirs"


class SinceConnector(ListConnector):
    """A connector that is shown only what changed after the cursor, so no order that went back."""

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        orders = [self.server.pulled("so-1")]
        changed = [one for one in orders if int(str(one.revision)) > int(cursor or "0")]
        newest = max([int(cursor or "0"), *(int(str(one.revision)) for one in orders)])
        return PullPage(orders=changed, cursor=str(newest), more=False)


def test_a_change_of_an_order_that_went_back_unseen_does_not_go_round_for_ever():
    desk = Desk(LIST, SinceConnector)
    backup = desk.backup()
    desk.server.edit("so-1", title="Theirs")
    desk.sync()
    desk.rename("Mine")
    desk.restore(backup)
    for _ in range(10):
        desk.sync(60.0)
    with desk.store.read() as view:
        left = view.operations(account_id="a1", order_id="so-1")
    assert left[-1].state is OpState.CONFLICT
    assert len(left) <= 4
    assert desk.said == [("done", "0")]
