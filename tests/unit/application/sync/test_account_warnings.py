"""What the sync found out about an account is told once, in words, until a person has answered."""

from __future__ import annotations

import pytest

from techdesk.application.changes import Changes
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import (
    SyncWarning,
    WarningCommands,
    WarningKind,
    forget_clock_choice,
    sync_warnings,
    takes_servers_time,
    unwarn,
    warn,
)
from techdesk.domain.errors import InvalidInputError, NotFoundError
from tests.support.builders import FakeClock, an_account, commands_over, put_order
from tests.support.memory_store import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_account(an_account(account_id="a2", name="Another"))
    return store


def told(store: MemoryStore) -> list[SyncWarning]:
    with store.read() as view:
        return sync_warnings(view)


def raised(store: MemoryStore, kind: WarningKind, **facts: str) -> SyncWarning:
    with store.write(Urgency.BACKGROUND) as tx:
        assert warn(tx, "a1", kind, facts)
    (warning,) = told(store)
    return warning


def choices(warning: SyncWarning) -> list[str]:
    return [one.name for one in warning.actions]


def test_nothing_is_told_where_nothing_is_wrong(store: MemoryStore):
    assert told(store) == []


def test_a_mass_removal_says_how_many_and_offers_both_ways(store: MemoryStore):
    warning = raised(store, WarningKind.MASS_REMOVAL, removed="12", here="40")
    title = "The server no longer has 12 of the 40 orders that are here"
    assert (warning.account_id, warning.title) == ("a1", title)
    assert "nothing was removed here" in warning.hint
    assert [one.label for one in warning.actions] == ["Remove them", "Keep them and look again"]


@pytest.mark.parametrize(
    ("facts", "said", "offered"),
    [
        ({"step": "looking"}, "Nothing is sent until", []),
        ({"step": "done", "missing": "0"}, "Everything that was confirmed to you is still there", ["understood"]),
        ({"step": "done", "missing": "3"}, "3 of the changes that were confirmed are no longer there", ["understood"]),
    ],
)
def test_a_server_that_went_back_is_told_with_what_that_means(store: MemoryStore, facts, said, offered):
    warning = raised(store, WarningKind.ROLLED_BACK, **facts)
    assert said in warning.hint
    assert choices(warning) == offered


def test_a_clock_that_is_off_is_told_in_words(store: MemoryStore):
    warning = raised(store, WarningKind.CLOCK_OFF, by="7 minutes", direction="ahead of")
    assert warning.title == "This computer's clock is 7 minutes ahead of the server's"
    assert choices(warning) == ["server_time", "mine_is_right"]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"changed": "title"}, "Kept as they came, but they cannot be changed here: title. Nothing is lost."),
        ({"unreadable": "data"}, "In the way of whole orders, which were set aside until they can be read: data."),
    ],
)
def test_data_in_another_form_is_told_field_by_field(store: MemoryStore, facts, said):
    warning = raised(store, WarningKind.SCHEMA_DRIFT, **facts)
    assert said in warning.hint
    assert choices(warning) == ["understood"]


def test_the_same_thing_is_told_once_and_new_facts_take_its_place(store: MemoryStore):
    raised(store, WarningKind.MASS_REMOVAL, removed="12", here="40")
    with store.write(Urgency.BACKGROUND) as tx:
        assert not warn(tx, "a1", WarningKind.MASS_REMOVAL, {"here": "40", "removed": "12"})
        assert warn(tx, "a1", WarningKind.MASS_REMOVAL, {"here": "40", "removed": "13"})
    assert [one.facts["removed"] for one in told(store)] == ["13"]


def test_a_warning_can_be_taken_back_and_only_that_one(store: MemoryStore):
    with store.write(Urgency.BACKGROUND) as tx:
        for account_id in ("a1", "a2"):
            warn(tx, account_id, WarningKind.SCHEMA_DRIFT, {"changed": "colour"})
        assert unwarn(tx, "a1", WarningKind.SCHEMA_DRIFT)
        assert not unwarn(tx, "a1", WarningKind.SCHEMA_DRIFT)
    assert [one.account_id for one in told(store)] == ["a2"]


def test_what_was_understood_is_told_no_more(store: MemoryStore):
    raised(store, WarningKind.SCHEMA_DRIFT, changed="colour")
    commands = commands_over(store, FakeClock())
    assert commands.warnings.answer("a1", WarningKind.SCHEMA_DRIFT, "understood") == Changes(outbox=True)
    assert told(store) == []


def test_a_warning_that_is_gone_cannot_be_answered(store: MemoryStore):
    with pytest.raises(NotFoundError):
        WarningCommands(store).answer("a1", WarningKind.MASS_REMOVAL, "remove")


def test_an_answer_that_is_not_offered_does_nothing(store: MemoryStore):
    put_order(store)
    raised(store, WarningKind.MASS_REMOVAL, removed="1", here="1")
    with pytest.raises(InvalidInputError):
        WarningCommands(store).answer("a1", WarningKind.MASS_REMOVAL, "understood")
    assert len(told(store)) == 1


@pytest.mark.parametrize(("action", "takes"), [("server_time", True), ("mine_is_right", False)])
def test_whose_time_is_right_is_remembered_until_the_clocks_agree(store: MemoryStore, action, takes):
    raised(store, WarningKind.CLOCK_OFF, by="7 minutes", direction="behind")
    with store.read() as view:
        assert takes_servers_time(view, "a1") is None
    WarningCommands(store).answer("a1", WarningKind.CLOCK_OFF, action)
    with store.write(Urgency.BACKGROUND) as tx:
        assert takes_servers_time(tx, "a1") is takes
        forget_clock_choice(tx, "a1")
        assert takes_servers_time(tx, "a1") is None
