"""What stands in an open form outlives a crash, and is never offered again once it was saved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techdesk.application.editing.drafts import FormDraft, open_forms
from techdesk.application.outbox import OrderRef
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.items import Item
from tests.support.builders import MORNING, put_order
from tests.support.memory_store import MemoryStore


@pytest.fixture
def order(store, commands) -> OrderRef:
    return put_order(store)


def a_draft(order: OrderRef, **fields) -> FormDraft:
    return FormDraft(
        **{
            "draft_id": "d1",
            "form": "item",
            "title": "Add item",
            "kept_at": MORNING,
            "account_id": order.account_id,
            "order_id": order.order_id,
            "typed": {"name": "Motor", "quantity": "1,"},
            **fields,
        }
    )


def kept(store: MemoryStore) -> list[FormDraft]:
    with store.read() as view:
        return open_forms(view)


def test_what_stands_in_a_form_is_kept_as_it_was_typed(commands, store, order):
    commands.drafts.keep(a_draft(order))
    assert kept(store) == [a_draft(order)]
    assert kept(store)[0].ref == order


def test_a_form_is_kept_as_it_is_now_and_others_stay(commands, store, order):
    later = MORNING + timedelta(seconds=1)
    commands.drafts.keep(a_draft(order))
    commands.drafts.keep(a_draft(order, draft_id="d2", kept_at=later, seen={"note": "before"}))
    commands.drafts.keep(a_draft(order, typed={"name": "Motor filter"}))
    assert [one.draft_id for one in kept(store)] == ["d1", "d2"]
    assert kept(store)[0].typed == {"name": "Motor filter"}
    assert kept(store)[1].seen == {"note": "before"}


def test_a_form_that_the_person_closed_is_forgotten(commands, store, order):
    commands.drafts.keep(a_draft(order))
    commands.drafts.keep(a_draft(order, draft_id="d2"))
    commands.drafts.drop("d1")
    commands.drafts.drop("never kept")
    assert [one.draft_id for one in kept(store)] == ["d2"]


def test_a_save_and_the_end_of_its_draft_are_one_commit(commands, store, order):
    commands.drafts.keep(a_draft(order))
    notes_at_commit = []
    store.before_commit = lambda: notes_at_commit.append(len(kept(store)))
    commands.drafts.finishing("d1", lambda: commands.add_item(order, Item(name="Motor")))
    assert len(notes_at_commit) == 1
    assert kept(store) == []
    assert [one.intent["name"] for one in store.tables.operations.values()] == ["Motor"]


def test_a_save_that_fails_keeps_the_draft(commands, store, order):
    commands.drafts.keep(a_draft(order))
    with pytest.raises(InvalidInputError):
        commands.drafts.finishing("d1", lambda: commands.add_item(order, Item(name=" ")))
    assert kept(store) == [a_draft(order)]


def test_a_save_from_elsewhere_leaves_open_forms_alone(commands, store, order):
    commands.drafts.keep(a_draft(order))
    commands.drafts.finishing("another form", lambda: commands.add_item(order, Item(name="Motor")))
    commands.add_item(order, Item(name="Belt"))
    assert kept(store) == [a_draft(order)]
