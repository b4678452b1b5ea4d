"""What is told while the store takes long to open: the steps that a person waits for, and nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.store_news import OpeningStep
from techdesk.store.checks import suspect
from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS, migrate
from techdesk.store.opening import open_whole
from techdesk.store.order_store import open_store
from techdesk.store.repair import restore
from techdesk.store.workshop import Workshop
from tests.support.damaged_store import DAMAGES, NOON, SomeStore, save_order, some_store
from tests.support.store_records import KEY


@pytest.fixture
def home(tmp_path: Path) -> SomeStore:
    return some_store(tmp_path / "home")


def steps_of_opening(path: Path) -> list[tuple[str, str]]:
    told: list[OpeningStep] = []
    with closing(open_whole(path, KEY, lambda: NOON, told.append)):
        return [(one.title, one.words) for one in told]


def test_a_whole_store_opens_without_a_word(home: SomeStore) -> None:
    assert steps_of_opening(home.path) == []


def test_a_repair_tells_each_of_its_steps(home: SomeStore) -> None:
    DAMAGES["a log with a hole"](home.path)
    told = steps_of_opening(home.path)
    assert {title for title, _ in told} == {"Repairing your data"}
    assert [words for _, words in told] == [
        "Looking for the newest backup that is whole…",
        "Saving unsent work…",
        "Writing the new data file…",
        "Checking the new data file…",
    ]


def test_a_file_that_was_found_damaged_is_checked_aloud(home: SomeStore) -> None:
    suspect(home.database)
    assert steps_of_opening(home.path) == [("Checking your data", "Reading the data file from end to end…")]


def test_a_file_that_went_back_is_repaired_aloud(home: SomeStore) -> None:
    with closing(open_store(home.path, KEY)) as store:
        old = {end: home.path.with_name(f"store.db{end}").read_bytes() for end in ("", "-wal")}
        save_order(store, 700)
        store.index_now()
    for end, content in old.items():
        home.path.with_name(f"store.db{end}").write_bytes(content)
    assert ("Repairing your data", "Saving unsent work…") in steps_of_opening(home.path)


def test_going_back_to_a_backup_says_so_at_each_step(home: SomeStore) -> None:
    told: list[OpeningStep] = []
    shop = Workshop(
        database=home.database,
        backups=home.backups(),
        now=lambda: NOON,
        doing=told.append,
    )
    restore(shop, shop.backups.all()[0])
    assert {one.title for one in told} == {"Going back to a backup"}
    assert [one.words for one in told] == [
        "Checking the backup…",
        "Saving unsent work…",
        "Writing the new data file…",
        "Checking the new data file…",
    ]


def test_bringing_an_older_file_up_to_date_tells_its_backup_and_its_change(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(Database(path, KEY).writer()) as connection:
        migrate(connection, MIGRATIONS[:-1])
    assert steps_of_opening(path) == [
        ("Bringing your data up to date", "Making a backup first…"),
        ("Bringing your data up to date", "Changing the data file…"),
    ]
