"""A server that went back to an older state is noticed, and what it lost is put to a person before anything is sent."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from techdesk.application.exchange import PullPage
from techdesk.application.outbox import OpState, OrderRef, Outcome, OutcomeClass
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import sync_warnings
from techdesk.application.sync.acks import REMEMBERED, is_older, latest_acks, remember_ack
from techdesk.application.sync.host_health import SIGN_IN_AGAIN_S
from techdesk.application.sync.lost_effects import OUT_OF_SIGHT, TAKEN_BACK
from techdesk.application.sync.rollback import LOOKED_AT_ONCE, MOST_TRIES
from techdesk.application.sync.round import POLL_EVERY_S, Answered
from techdesk.domain.errors import (
    BusyError,
    InvalidInputError,
    NotShownError,
    NotSupportedError,
    OfflineError,
    WrongAddressError,
    WrongCredentialsError,
)
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED, an_order, order_document
from tests.support.fake_server import FakeServer
from tests.support.restored_server import Desk, said


class CutError(Exception):
    """The process is gone."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_work_that_a_restored_backup_took_away_is_put_to_a_person(desk: Desk):
    kept = desk.note("before")
    desk.sync()
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    assert desk.states(kept, lost) == [OpState.DONE, OpState.DONE]
    desk.restore(backup)
    desk.sync()
    assert desk.states(kept, lost) == [OpState.DONE, OpState.NEEDS_CHECK]
    assert desk.operation(lost).reason == TAKEN_BACK
    assert desk.operation(lost).done_at is None
    assert desk.said == [("done", "1")]


def test_what_was_taken_away_stays_on_the_screen_as_it_was_typed(desk: Desk):
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    with desk.store.read() as view:
        (event,) = view.parts("a1", "so-1", RecordType.EVENT)
    assert (event.server_id, said(event.view)) == (None, "after")
    assert event.record_id == desk.operation(lost).record_id


def test_what_was_taken_away_goes_out_again_when_a_person_says_so(desk: Desk):
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    (again,) = desk.commands.outbox.send_again(lost).op_ids
    desk.sync()
    assert desk.states(lost, again) == [OpState.CANCELLED, OpState.DONE]
    assert desk.notes == ["after"]
    desk.restart()
    assert desk.said == [("done", "1")]


def test_nothing_is_sent_before_it_is_known_what_is_missing(desk: Desk):
    backup = desk.backup()
    desk.note("after")
    desk.sync()
    desk.restore(backup)
    desk.connector.fails = OfflineError()
    desk.sync()
    waiting = desk.note("waiting")
    desk.sync()
    assert (desk.states(waiting), desk.notes) == ([OpState.QUEUED], [])
    desk.connector.fails = None
    desk.sync()
    assert (desk.states(waiting), desk.notes) == ([OpState.DONE], ["waiting"])


def test_a_person_is_told_while_it_is_found_out(desk: Desk):
    backup = desk.backup()
    desk.note("after")
    desk.sync()
    desk.restore(backup)
    desk.clock.advance(POLL_EVERY_S)
    desk.round.advance()
    told = []
    while desk.calls:
        desk.round.take(desk.calls.popleft()())
        desk.round.advance()
        told += desk.said
    assert list(dict.fromkeys(told)) == [("looking", "0"), ("reading", "1"), ("done", "1")]


def grown_past(desk: Desk, backup: FakeServer) -> None:
    """Restore a backup and let others work there until its feed is longer than the one we knew."""
    known = len(desk.server.changes)
    desk.restore(backup)
    while len(desk.server.changes) <= known:
        desk.server.put_order(f"other-{len(desk.server.changes)}", title="Other")


@pytest.mark.parametrize("started_anew", [True, False])
def test_a_feed_that_grew_past_our_place_hides_nothing_at_a_start(desk: Desk, started_anew: bool):
    backup = desk.backup()
    lost = desk.rename("Mine")
    desk.sync()
    grown_past(desk, backup)
    if started_anew:
        desk.start()
    waiting = desk.note("waiting")
    desk.sync()
    assert desk.states(lost, waiting) == [OpState.NEEDS_CHECK, OpState.DONE]
    assert desk.said == [("done", "1")]
    assert desk.seen(desk.order).view["title"] == "Mine"
    assert desk.seen(desk.order).base is not None
    with desk.store.read() as view:
        assert len(view.order_server_ids("a1")) == len([one for one in desk.server.things if one.startswith("o")]) + 1


def test_what_somebody_removed_while_the_desk_was_closed_is_no_rollback(desk: Desk):
    done = desk.note("mine")
    desk.sync()
    desk.server.remove("so-1")
    desk.restart()
    assert (desk.states(done), desk.said) == ([OpState.DONE], [])
    with desk.store.read() as view:
        assert view.order_server_ids("a1") == []


def test_what_is_missing_although_the_feed_says_nothing_of_it_is_one(desk: Desk):
    lost = desk.note("mine")
    desk.sync()
    (event,) = (name for name, one in desk.server.things.items() if one.record_type is RecordType.EVENT)
    del desk.server.things[event]
    desk.restart()
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])


def test_an_order_that_unsent_work_keeps_here_is_no_sign_of_one(desk: Desk):
    done = desk.note("mine")
    desk.sync()
    desk.server.remove("so-1")
    unsent = desk.note("unsent")
    desk.restart()
    assert (desk.states(done, unsent), desk.said) == ([OpState.DONE, OpState.REJECTED], [])


def test_an_order_whose_removal_a_person_was_asked_about_is_no_sign_of_one(desk: Desk):
    for number in range(12):
        desk.server.put_order(f"many-{number}", title="One of many")
    done = desk.note("mine")
    desk.sync()
    for one in [name for name, thing in desk.server.things.items() if thing.record_type is RecordType.ORDER]:
        desk.server.remove(one)
    desk.start()
    desk.sync()
    assert desk.states(done) == [OpState.DONE]
    with desk.store.read() as view:
        assert [one.kind for one in sync_warnings(view)] == ["mass_removal"]
        assert len(view.order_server_ids("a1")) == 13


def test_another_feed_in_which_everything_stands_is_read_anew_and_nobody_is_bothered(desk: Desk):
    done = desk.note("mine")
    desk.sync()
    desk.server.changes = ["so-1"]
    desk.server.edit("so-1", title="Theirs")
    desk.server.changes = ["so-1"]
    desk.sync()
    assert (desk.states(done), desk.said) == ([OpState.DONE], [])
    assert desk.seen(desk.order).view["title"] == "Theirs"


def test_without_any_confirmation_another_feed_is_just_read_anew(desk: Desk):
    desk.server.put_order("so-2", title="Second")
    desk.sync()
    del desk.server.things["so-2"]
    desk.server.changes = ["so-1"]
    desk.sync()
    assert desk.said == []
    with desk.store.read() as view:
        assert view.order_server_ids("a1") == ["so-1"]


@pytest.mark.parametrize("has_etags", [True, False])
def test_an_answer_that_shows_an_older_record_does_not_hide_what_is_gone(has_etags: bool):
    desk = Desk(replace(KEYED, has_etags=has_etags))
    backup = desk.backup()
    lost = desk.rename("Mine")
    desk.sync()
    desk.server.edit("so-1", priority="HIGH")
    desk.sync()
    desk.restore(backup)
    labelled = desk.commands.change_order(desk.order, {"location_label": "B2"}, desk.seen(desk.order).view).op_ids[0]
    desk.sync()
    desk.sync(60.0)
    assert desk.states(lost) == [OpState.NEEDS_CHECK]
    desk.commands.outbox.send_again(lost)
    desk.sync()
    document = desk.server.things["so-1"].document
    assert (document["title"], document["location_label"]) == ("Mine", "B2")
    assert desk.states(labelled) == [OpState.CANCELLED if has_etags else OpState.DONE]
    assert desk.said == [("done", "1")]


def test_what_a_colleague_did_after_the_restore_does_not_hide_what_is_gone(desk: Desk):
    backup = desk.backup()
    lost = desk.rename("Mine")
    desk.sync()
    desk.restore(backup)
    for number in range(4):
        desk.server.edit("so-1", priority=f"P{number}")
    desk.server.changes = desk.server.changes[:1]
    desk.sync()
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])


def unreachable(cursor: str) -> PullPage:
    raise OfflineError(cursor)


def test_a_feed_that_says_nothing_of_what_was_just_confirmed_is_doubted(desk: Desk):
    backup = desk.backup()
    lost = desk.note("lost")
    desk.connector.instead = unreachable
    desk.sync()
    assert desk.states(lost) == [OpState.DONE]
    desk.restore(backup)
    desk.connector.instead = None
    desk.sync()
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])


def test_what_somebody_removed_before_the_feed_told_of_our_change_is_no_rollback(desk: Desk):
    def another_stores(cursor: str) -> PullPage:
        desk.connector.instead = None
        desk.server.remove("so-1")
        return PullPage(orders=[], cursor=cursor, more=False)

    desk.server.put_order("so-2", title="Another")
    desk.sync()
    done = desk.note("mine")
    desk.connector.instead = another_stores
    desk.sync()
    assert (desk.states(done), desk.said, desk.round.watch.lets_push) == ([OpState.DONE], [], True)
    with desk.store.read() as view:
        assert view.order_server_ids("a1") == ["so-2"]


def test_a_confirmed_change_that_changed_nothing_there_is_looked_at_once(desk: Desk):
    told = list(desk.server.changes)
    done = desk.rename("Mine")
    desk.connector.instead = unreachable
    desk.sync()
    desk.server.changes = told
    desk.connector.instead = None
    desk.sync()
    desk.connector.fails = BusyError("nobody asks again")
    desk.sync()
    assert (desk.states(done), desk.said, desk.round.watch.lets_push) == ([OpState.DONE], [], True)
    with desk.store.read() as view:
        assert view.note("rereading:a1") is None


def test_the_removal_of_an_order_is_told_by_the_feed_too(desk: Desk):
    desk.server.put_order("so-2", title="Unwanted")
    desk.sync()
    (removal,) = desk.commands.remove(OrderRef("a1", "so-2"), RecordType.ORDER, "so-2").op_ids
    desk.connector.fails = BusyError("nobody asks")
    desk.sync()
    assert (desk.states(removal), desk.round.watch.lets_push) == ([OpState.DONE], True)


def test_a_page_that_was_merely_slow_is_fetched_again(desk: Desk):
    late = desk.server.page("")
    desk.server.edit("so-1", title="Theirs")
    desk.sync()
    pages = deque([late])
    desk.connector.instead = lambda cursor: pages.popleft() if pages else desk.server.page(cursor)
    desk.sync()
    assert desk.seen(desk.order).view["title"] == "Theirs"
    with desk.store.read() as view:
        assert view.note("rereading:a1") is None


def test_an_order_that_was_made_here_and_is_gone_can_be_made_again_with_all_that_stood_on_it(desk: Desk):
    backup = desk.backup()
    created = desk.commands.create_order("a1", an_order(title="Made here"))
    desk.order = OrderRef("a1", desk.operation(created.op_ids[0]).order_id)
    note = desk.note("on it")
    desk.sync()
    renamed = desk.rename("Better name")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    lost = [created.op_ids[0], note, renamed]
    assert desk.states(*lost) == [OpState.NEEDS_CHECK] * 3
    assert (desk.seen(desk.order).server_id, desk.seen(desk.order).view["title"]) == (None, "Better name")
    for one in lost:
        desk.commands.outbox.send_again(one)
    desk.sync()
    assert desk.notes == ["on it"]
    assert "Better name" in [one.document.get("title") for one in desk.server.things.values()]
    with desk.store.read() as view:
        assert {one.state for one in view.operations()} == {OpState.CANCELLED, OpState.DONE}


def test_work_on_an_order_that_is_gone_altogether_keeps_the_order_here(desk: Desk):
    backup = desk.backup()
    desk.server.put_order("so-2", title="A colleague's")
    desk.sync()
    desk.order = OrderRef("a1", "so-2")
    note = desk.note("mine")
    desk.sync()
    renamed = desk.rename("Mine")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert desk.states(note, renamed) == [OpState.NEEDS_CHECK] * 2
    assert desk.seen(desk.order).view["title"] == "Mine"
    for one in (note, renamed):
        (again,) = desk.commands.outbox.send_again(one).op_ids
        desk.sync()
        assert desk.states(again) == [OpState.REJECTED]
        desk.commands.outbox.discard(again)
    with desk.store.read() as view:
        assert view.order_server_ids("a1") == ["so-1"]


def test_only_the_last_change_of_a_field_answers_for_it(desk: Desk):
    backup = desk.backup()
    first, second = desk.rename("First"), ""
    desk.sync()
    second = desk.rename("Second")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert desk.states(first, second) == [OpState.DONE, OpState.NEEDS_CHECK]


def test_a_change_that_somebody_else_makes_anew_or_overrules_still_stands(desk: Desk):
    backup = desk.backup()
    same, lost = desk.rename("Mine"), desk.note("lost")
    desk.sync()
    desk.restore(backup)
    desk.server.edit("so-1", title="Mine")
    desk.sync()
    assert desk.states(same, lost) == [OpState.DONE, OpState.NEEDS_CHECK]


def test_a_record_that_is_newer_than_what_we_know_was_not_taken_back(desk: Desk):
    older = desk.rename("Mine")
    desk.sync()
    backup = desk.backup()
    lost = desk.note("lost")
    desk.sync()
    desk.restore(backup)
    for number in range(9):
        desk.server.edit("so-1", title=f"Theirs {number}")
    desk.start()
    desk.server.changes = desk.server.changes[:1]
    desk.sync()
    assert desk.states(older, lost) == [OpState.DONE, OpState.NEEDS_CHECK]


@pytest.mark.parametrize("made_here", [True, False])
def test_what_was_removed_and_is_there_again_is_put_to_a_person(desk: Desk, made_here: bool):
    if made_here:
        desk.note("unwanted")
    else:
        desk.server.put_part("so-1", "e1", RecordType.EVENT, data={"diagnosticExplanation": "unwanted"})
    desk.sync()
    other = desk.note("wanted")
    desk.sync()
    backup = desk.backup()
    with desk.store.read() as view:
        event = next(one for one in view.parts("a1", "so-1", RecordType.EVENT) if said(one.view) == "unwanted")
    (removal,) = desk.commands.remove(desk.order, RecordType.EVENT, event.record_id).op_ids
    desk.sync()
    assert desk.notes == ["wanted"]
    desk.restore(backup)
    desk.sync()
    assert desk.states(removal, other) == [OpState.NEEDS_CHECK, OpState.DONE]


@pytest.mark.parametrize("made_here", [True, False])
def test_a_removal_that_the_server_kept_stands(desk: Desk, made_here: bool):
    if made_here:
        desk.note("unwanted")
    else:
        desk.server.put_part("so-1", "e1", RecordType.EVENT, data={"diagnosticExplanation": "unwanted"})
    desk.sync()
    with desk.store.read() as view:
        (event,) = view.parts("a1", "so-1", RecordType.EVENT)
    (removal,) = desk.commands.remove(desk.order, RecordType.EVENT, event.record_id).op_ids
    desk.sync()
    backup = desk.backup()
    lost = desk.note("lost")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert desk.states(removal, lost) == [OpState.DONE, OpState.NEEDS_CHECK]


@pytest.mark.parametrize("made_here", [True, False])
def test_an_order_that_was_removed_and_is_there_again_is_put_to_a_person_if_its_id_is_known(
    desk: Desk, made_here: bool
):
    if made_here:
        created = desk.commands.create_order("a1", an_order(title="Made here"))
        order = OrderRef("a1", desk.operation(created.op_ids[0]).order_id)
    else:
        desk.server.put_order("so-2", title="Unwanted")
        order = OrderRef("a1", "so-2")
    desk.sync()
    backup = desk.backup()
    (removal,) = desk.commands.remove(order, RecordType.ORDER, order.order_id).op_ids
    desk.note("lost")
    desk.sync()
    assert desk.states(removal) == [OpState.DONE]
    desk.restore(backup)
    desk.sync()
    assert desk.states(removal) == [OpState.DONE if made_here else OpState.NEEDS_CHECK]


def test_an_acceptance_that_was_taken_back_is_put_to_a_person(desk: Desk):
    backup = desk.backup()
    (accepted,) = desk.commands.accept(desk.order, True, "Fits").op_ids
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert desk.states(accepted) == [OpState.NEEDS_CHECK]


def test_an_acceptance_that_the_server_kept_stands(desk: Desk):
    (accepted,) = desk.commands.accept(desk.order, True, "Fits").op_ids
    desk.sync()
    backup = desk.backup()
    desk.note("lost")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert (desk.states(accepted), desk.said) == ([OpState.DONE], [("done", "1")])


def test_work_of_more_than_a_month_ago_is_left_alone(desk: Desk):
    backup = desk.backup()
    old = desk.note("old")
    desk.sync()
    desk.clock.advance(timedelta(days=31).total_seconds())
    fresh = desk.note("fresh")
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert desk.states(old, fresh) == [OpState.DONE, OpState.NEEDS_CHECK]


def test_a_change_that_was_on_its_way_is_put_to_a_person_and_a_keyed_one_goes_on(desk: Desk):
    backup = desk.backup()
    desk.note("lost")
    desk.sync()
    renamed, note = desk.rename("Mine"), ""
    desk.round.hurry()
    desk.round.advance()
    desk.calls.clear()
    desk.round.take(Answered(renamed, Outcome(kind=OutcomeClass.AMBIGUOUS)))
    desk.restore(backup)
    note = desk.note("keyed")
    desk.start()
    desk.sync()
    desk.sync()
    assert desk.operation(renamed).reason in (OUT_OF_SIGHT, "")
    assert desk.states(note) == [OpState.DONE]


def test_many_orders_are_looked_at_in_turn(desk: Desk):
    backup = desk.backup()
    lost = []
    for number in range(LOOKED_AT_ONCE + 5):
        desk.server.put_order(f"so-{number}", **order_document(an_order()))
    backup = desk.backup()
    desk.sync()
    for number in range(LOOKED_AT_ONCE + 5):
        desk.order = OrderRef("a1", f"so-{number}")
        lost.append(desk.note("mine"))
    desk.sync()
    desk.restore(backup)
    desk.sync()
    assert desk.states(*lost) == [OpState.NEEDS_CHECK] * len(lost)
    assert desk.said == [("done", str(len(lost)))]


@pytest.mark.parametrize("last", range(1, 5))
def test_a_crash_at_any_commit_changes_nothing_of_the_end(last: int):
    desk = Desk()
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    desk.restore(backup)
    commits = iter(range(1, last))

    def cut() -> None:
        if next(commits, None) is None:
            raise CutError

    desk.store.before_commit = cut
    with pytest.raises(CutError):
        desk.sync()
    desk.store.before_commit = lambda: None
    desk.restart()
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])
    assert desk.round.watch.lets_push


def test_a_feed_that_is_refused_again_while_it_is_read_anew_is_begun_anew(desk: Desk):
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    desk.restore(backup)
    desk.server.put_order("so-2", title="Second")
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_cursor("a1", "99")
    asked: list[str] = []

    def pull(cursor: str) -> PullPage:
        asked.append(cursor)
        return desk.server.page("99" if asked.count("1") == 1 and cursor == "1" else cursor, size=1)

    desk.connector.instead = pull
    desk.sync()
    assert asked.count("") == 2
    assert (desk.states(lost), desk.said) == ([OpState.NEEDS_CHECK], [("done", "1")])


@pytest.mark.parametrize("error", [BusyError(), WrongAddressError()])
def test_an_order_that_the_server_never_shows_stops_nothing_for_good(desk: Desk, error: Exception):
    backup = desk.backup()
    lost = desk.note("after")
    desk.sync()
    desk.restore(backup)
    desk.connector.fails = error
    for _ in range(MOST_TRIES):
        desk.sync(300.0)
    assert not desk.round.watch.lets_push
    for _ in range(MOST_TRIES + 2):
        desk.sync(300.0)
    waiting = desk.note("waiting")
    desk.sync(300.0)
    assert desk.states(lost, waiting) == [OpState.DONE, OpState.DONE]


def test_a_look_that_finds_us_signed_out_goes_on_after_the_next_sign_in(desk: Desk):
    done = desk.note("mine")
    desk.sync()
    desk.start()
    desk.connector.fails = WrongCredentialsError()
    desk.sync()
    assert desk.round.engine.host.signed_out
    desk.connector.fails = None
    desk.clock.advance(SIGN_IN_AGAIN_S)
    desk.round.advance()
    assert desk.calls
    desk.sync()
    waiting = desk.note("waiting")
    desk.sync()
    assert desk.states(done, waiting) == [OpState.DONE, OpState.DONE]


@pytest.mark.parametrize(
    "error", [InvalidInputError("cannot be read"), NotSupportedError("cannot be asked"), NotShownError()]
)
def test_an_order_that_cannot_be_read_tells_nothing(desk: Desk, error: Exception):
    done = desk.note("mine")
    desk.sync()
    desk.connector.fails = error
    desk.restart()
    assert (desk.states(done), desk.said, desk.round.watch.lets_push) == ([OpState.DONE], [], True)


def test_the_latest_confirmations_are_remembered_once_a_record(desk: Desk):
    for number in range(REMEMBERED + 3):
        desk.note(f"note {number}")
    desk.rename("First")
    desk.sync()
    desk.rename("Second")
    desk.sync()
    with desk.store.read() as view:
        acks = latest_acks(view, "a1")
    assert len(acks) == REMEMBERED
    assert (acks[-1].record_id, acks[-1].revision) == ("so-1", desk.seen(desk.order).revision)
    assert len({one.record_id for one in acks}) == REMEMBERED


def test_what_is_confirmed_without_a_revision_is_remembered_without_one(desk: Desk):
    with desk.store.write(Urgency.BACKGROUND) as tx:
        remember_ack(tx, replace(desk.seen(desk.order), server_id=None))
        assert latest_acks(tx, "a1") == []
        remember_ack(tx, replace(desk.seen(desk.order), revision=None))
        assert [one.revision for one in latest_acks(tx, "a1")] == [""]


INSTANTS = [
    ("2026-03-02T09:00:00.0010521+00:00", "2026-03-02T09:00:02.0029688+00:00", True),
    ("2026-03-02T09:00:05Z", "2026-03-02T09:00:05.432Z", False),
    ("2026-03-02T09:00:05Z", "2026-03-02T09:00:07Z", False),
    ("2026-03-02T09:00:05Z", "9999-12-31T23:59:59Z", True),
    ("2026-03-02", "2026-03-03", False),
    ("2026-03-02T09:00:00.0000521+00:00", "2026-03-02T09:00:00.0009688+00:00", False),
    ("2026-03-02T10:00:00Z", "2026-03-02T09:59:59.999Z", False),
    ("2026-03-02T10:00:00Z", "7", False),
]


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [
        ("1", "2", True),
        ("2", "1", False),
        ("9", "10", True),
        ("1", "1", False),
        ("a", "b", False),
        (None, "1", False),
        *INSTANTS,
    ],
)
def test_only_counted_revisions_and_instants_tell_which_is_older(one: str | None, other: str | None, older: bool):
    assert is_older(one, other) is older


def test_a_confirmation_of_what_is_no_longer_here_is_not_looked_at(desk: Desk):
    desk.note("mine")
    desk.sync()
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, "so-1")
    desk.server.changes = ["so-1"]
    desk.connector.fails = BusyError("nobody asks")
    desk.sync()
    assert (desk.said, desk.round.watch.lets_push) == ([], True)
    assert desk.seen(desk.order).view["title"] == "No power"


def test_work_on_an_order_that_somebody_removed_ends_refused_with_its_whole_content(desk: Desk):
    desk.server.remove("so-1")
    unsent = desk.note("typed in the basement")
    renamed = desk.rename("Mine")
    desk.sync()
    desk.sync()
    assert desk.states(unsent, renamed) == [OpState.REJECTED] * 2
    assert said(desk.operation(unsent).intent) == "typed in the basement"
    assert "no longer there" in desk.operation(unsent).reason
    assert desk.seen(desk.order).view["title"] == "Mine"
    with desk.store.read() as view:
        assert [said(one.view) for one in view.parts("a1", "so-1", RecordType.EVENT)] == ["typed in the basement"]
    desk.commands.outbox.discard(unsent)
    assert desk.seen(desk.order).view["title"] == "Mine"
    desk.commands.outbox.discard(renamed)
    with desk.store.read() as view:
        assert view.order_server_ids("a1") == []
        assert {one.state for one in view.operations()} == {OpState.CANCELLED}
        assert said(view.operations(order_id="so-1")[0].intent) == "typed in the basement"
