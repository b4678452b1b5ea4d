"""Nobody is asked about a text of their own that arrived although no answer ever told so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.outbox import OpState, OrderRef, Outcome, OutcomeClass
from techdesk.application.ports import Urgency
from tests.support.bench import UNKNOWN, Bench, retitle

CUT_OFF = Outcome(kind=OutcomeClass.PRECONDITION, http_status=412)


@pytest.fixture
def order(bench: Bench) -> OrderRef:
    """An order whose title arrived as “First”, of which the desk knows only that something is in the way."""
    order = bench.order()
    retitle(bench, order, "First")
    arrive_untold(bench)
    return order


def arrive_untold(bench: Bench) -> None:
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(60)
    (again,) = bench.start()
    bench.answer(again, CUT_OFF)


def title(bench: Bench) -> object:
    return bench.server.things["so-1"].document["title"]


def come_to_rest(bench: Bench) -> None:
    bench.clock.advance(60)
    bench.sync()


def test_a_change_made_since_goes_over_it_once_a_pull_has_shown_it(bench, order):
    change = retitle(bench, order, "Second")
    bench.pull()
    come_to_rest(bench)
    assert (bench.now(change).state, title(bench)) == (OpState.DONE, "Second")


def test_a_change_made_since_goes_over_it_once_its_own_answer_has_shown_it(bench, order):
    change = retitle(bench, order, "Second")
    come_to_rest(bench)
    assert bench.now(change).state is OpState.CANCELLED
    assert (bench.last().state, title(bench)) == (OpState.DONE, "Second")


def test_so_does_one_that_was_made_after_an_attempt_that_did_not_arrive(bench, order):
    retitle(bench, order, "Second")
    bench.clock.advance(60)
    (refused,) = bench.start()
    bench.answer(refused, CUT_OFF)
    change = retitle(bench, order, "Third")
    bench.pull()
    come_to_rest(bench)
    assert (bench.now(change).state, title(bench)) == (OpState.DONE, "Third")


def test_what_somebody_else_wrote_over_it_is_asked_about(bench, order):
    change = retitle(bench, order, "Second")
    bench.server.edit("so-1", title="Theirs")
    bench.pull()
    come_to_rest(bench)
    assert (bench.now(change).state, title(bench)) == (OpState.CONFLICT, "Theirs")
    (clash,) = bench.store.tables.clashes[change.op_id]
    assert (clash.mine, clash.theirs) == ("Second", "Theirs")


def test_a_text_that_never_left_is_somebody_elses_where_it_stands_there(bench):
    order = bench.order()
    change = retitle(bench, order, "First")
    bench.commands.outbox.discard(change.op_id)
    stand_in = retitle(bench, order, "Second")
    with bench.store.write(Urgency.BACKGROUND) as tx:
        tx.save_operation(replace(stand_in, replaces=change.op_id))
    bench.server.edit("so-1", title="First")
    bench.pull()
    bench.sync()
    assert bench.now(stand_in).state is OpState.CONFLICT


def test_fields_are_told_apart(bench, order):
    change = retitle(bench, order, "Second")
    bench.commands.change_order(order, {"description": "Mine"}, bench.view(order))
    bench.server.edit("so-1", description="Theirs")
    bench.pull()
    come_to_rest(bench)
    (clash,) = bench.store.tables.clashes[change.op_id]
    assert (bench.now(change).state, clash.field) == (OpState.CONFLICT, "description")
