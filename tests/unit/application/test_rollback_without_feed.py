"""A back end without a feed that went back to an older state: what it shows is older than we knew it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import PullPage
from techdesk.application.outbox import OpState
from techdesk.application.rollback import MOST_TRIES_WITHOUT_FEED
from techdesk.domain.errors import BusyError
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED
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
