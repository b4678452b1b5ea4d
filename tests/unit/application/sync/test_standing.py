"""Nobody is in conflict with a text of their own that they took back or wrote anew before it ever left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from techdesk.application.commands import Commands
from techdesk.application.outbox import FrozenRequest, Operation, OpState, OrderRef, Verb
from techdesk.application.ports import OrderStore, Urgency
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING, FakeClock, an_order, commands_over, put_order
from tests.support.memory_store import MemoryStore


class Stack:
    """An order whose title was changed twice, with an acceptance between that keeps the changes apart."""

    def __init__(self) -> None:
        self.store: OrderStore = MemoryStore()
        self.commands: Commands = commands_over(self.store, FakeClock())
        self.order: OrderRef = put_order(self.store, order=an_order(title="Radio"))
        (self.first,) = self.rename("First")
        self.steps = self.commands.accept(self.order, True, "").steps
        (self.second,) = self.rename("Second")

    def rename(self, title: str) -> tuple[str, ...]:
        with self.store.read() as view:
            record = view.record("a1", RecordType.ORDER, "so-1")
        assert record is not None
        changes = self.commands.change_order(self.order, {"title": title}, record.view)
        self.renamed = changes.steps
        return tuple(changes.op_ids)

    def operation(self, op_id: str) -> Operation:
        with self.store.read() as view:
            found = view.operation(op_id)
        assert found is not None
        return found

    def refuse(self, state: OpState = OpState.REJECTED) -> None:
        """Let the server refuse the first change, or its outcome stay unknown."""
        request = FrozenRequest(method="PUT", path="/x", body=b"{}")
        for one in (OpState.INFLIGHT, state):
            sent = replace(self.operation(self.first), state=one, attempts=1, request=request, first_sent_at=MORNING)
            with self.store.write(Urgency.BACKGROUND) as tx:
                tx.save_operation(sent)

    @property
    def compared_with(self) -> object:
        """Return the title over which the second change says it was made."""
        return self.operation(self.second).base.get("title")


@pytest.fixture
def stack() -> Stack:
    made = Stack()
    assert made.compared_with == "First"
    return made


def refused_and_discarded(stack: Stack) -> None:
    stack.refuse()
    stack.commands.outbox.discard(stack.first)


def refused_and_edited(stack: Stack) -> None:
    stack.refuse()
    stack.commands.outbox.edit(stack.first, {"title": "Better"})


DEEDS: list[tuple[Callable[[Stack], object], str]] = [
    (lambda stack: stack.commands.outbox.discard(stack.first), "Radio"),
    (refused_and_discarded, "Radio"),
    (lambda stack: stack.commands.outbox.edit(stack.first, {"title": "Better"}), "Better"),
    (lambda stack: stack.commands.outbox.edit(stack.first, {"title": "Radio"}), "Radio"),
    (refused_and_edited, "Better"),
]


@pytest.mark.parametrize(
    ("deed", "below"),
    DEEDS,
    ids=["discarded", "refused, discarded", "edited", "edited back", "refused, edited"],
)
def test_a_later_change_stands_on_what_is_left_below_it(stack: Stack, deed: Callable[[Stack], object], below: str):
    deed(stack)
    assert stack.compared_with == below


def test_what_may_have_arrived_is_still_what_a_later_change_was_made_over(stack: Stack):
    stack.refuse(OpState.NEEDS_CHECK)
    stack.commands.outbox.discard(stack.first)
    assert stack.compared_with == "First"


def test_a_change_that_was_undone_leaves_no_later_one_in_conflict_with_it():
    stack = Stack()
    with stack.store.write(Urgency.BACKGROUND) as tx:
        later = replace(stack.operation(stack.second), op_id="0190f3e2-0000-7000-8000-0000000000ff", seq=0, position=0)
        tx.add_operation(replace(later, base={"title": "Second"}, intent={"title": "Third"}))
    stack.commands.undo.take_back(stack.renamed)
    assert stack.operation(later.op_id).base == {"title": "First"}


def test_an_earlier_change_is_left_as_it_is(stack: Stack):
    with stack.store.write(Urgency.BACKGROUND) as tx:
        tx.save_operation(replace(stack.operation(stack.first), base={"title": "Second"}))
    stack.commands.outbox.discard(stack.second)
    assert stack.operation(stack.first).base == {"title": "Second"}
    assert stack.operation(stack.first).verb is Verb.UPDATE
