"""Whether a file is whole: what counts as damaged, and what never does."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from techdesk.application.ports import Urgency
from techdesk.domain.errors import StoreError, StoreLockedError
from techdesk.store.checks import CheckStoppedError, clear, deadline, is_suspect, is_whole, suspect, was_found_damaged
from techdesk.store.database import Database
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.store_records import KEY, a_page, pulled

PAGE = 4096


@pytest.fixture
def database(store: SqliteStore, path: Path) -> Database:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(*(pulled(f"s{number}", title="x" * 900) for number in range(500))))
    store.close()
    return Database(path, KEY)


@pytest.mark.parametrize("thorough", [True, False])
def test_a_whole_file_is_whole(database: Database, thorough: bool) -> None:
    assert is_whole(database, thorough=thorough)


@pytest.mark.parametrize("thorough", [True, False])
def test_a_page_that_somebody_wrote_over_is_damage(database: Database, thorough: bool) -> None:
    content = database.path.read_bytes()
    for page in (10, len(content) // PAGE // 2, len(content) // PAGE - 1):
        at = page * PAGE
        database.path.write_bytes(content[:at] + os.urandom(PAGE) + content[at + PAGE :])
        assert not is_whole(database, thorough=thorough)


def test_half_a_file_is_damage(database: Database) -> None:
    content = database.path.read_bytes()
    database.path.write_bytes(content[: len(content) // 2])
    assert not is_whole(database)


def test_a_wrong_key_is_no_damage(database: Database) -> None:
    with pytest.raises(StoreLockedError):
        is_whole(Database(database.path, KEY[::-1]))


def test_a_file_that_another_program_holds_is_no_damage(database: Database) -> None:
    with closing(database.writer()) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert is_whole(database)


def test_a_file_that_cannot_be_opened_is_no_damage(database: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        is_whole(database.beside(tmp_path / "nothing.db"))
    assert isinstance(caught.value.__cause__, apsw.CantOpenError)


def test_a_check_has_a_budget(database: Database) -> None:
    with pytest.raises(CheckStoppedError):
        is_whole(database, deadline(-1))
    assert is_whole(database, deadline(60))


def test_damage_that_was_noted_is_looked_at_until_it_is_cleared(database: Database) -> None:
    assert not is_suspect(database)
    suspect(database)
    assert is_suspect(database)
    clear(database)
    assert not is_suspect(database)


def test_a_desk_that_was_not_closed_properly_is_looked_at(database: Database) -> None:
    with closing(database.writer()) as writer:
        assert not is_suspect(database)
        writer.execute("INSERT INTO notes VALUES ('a', 'b')")
        assert is_suspect(database)


def test_damage_that_a_person_had_looked_for_is_repaired_at_the_next_start(database: Database) -> None:
    content = database.path.read_bytes()
    at = len(content) // PAGE // 2 * PAGE
    with closing(open_store(database.path, KEY)) as store:
        assert store.facts().is_whole
        assert not was_found_damaged(database)
        database.path.write_bytes(content[:at] + os.urandom(PAGE) + content[at + PAGE :])
        assert not store.facts().is_whole
    assert was_found_damaged(database)
