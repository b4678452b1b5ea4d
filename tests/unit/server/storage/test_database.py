"""The database: private, migrated, and clear about what is wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from techdesk.domain.errors import InvalidInputError
from techdesk.server.administration.beginnings import begin, first_admin_token
from techdesk.server.answers.problems import Problem
from techdesk.server.orders.integrity import problems_of
from techdesk.server.storage.database import Database
from techdesk.server.storage.tables import metadata, users
from tests.unit.server.world import World

NOW = "2026-03-02T09:00:00.000Z"


def test_the_migrations_make_the_tables_that_the_code_knows(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_migrating_and_beginning_again_changes_nothing(database: Database):
    database.migrate()

    assert begin(database, NOW) is None


def test_the_administrators_first_token_is_given_once(database: Database):
    assert first_admin_token(database, NOW)
    assert first_admin_token(database, NOW) is None


def test_a_new_file_and_folder_are_private(tmp_path: Path):
    path = tmp_path / "deep" / "server.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    path.chmod(0o644)
    database = Database(f"sqlite:///{path}")

    with pytest.raises(InvalidInputError, match="no database"):
        database.migrate()
    database.close()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("not a database " * 100, 0o644)


def test_a_database_of_a_newer_version_is_refused(database: Database):
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(InvalidInputError, match="newer"):
        database.migrate()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "mysql://x/y",
        "sqlite://",
        "postgresql://x/y",
        "postgresql+psycopg://x:y@z:port/w",
        "sqlite:////proc/no/such.sqlite",
        "sqlite:////dev/null/such.sqlite",
    ],
)
def test_an_address_of_another_kind_is_refused(address: str):
    with pytest.raises(InvalidInputError):
        Database(address)


def test_a_database_that_cannot_be_reached_is_unavailable():
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    with pytest.raises(Problem) as refused, database.read():
        pass
    database.close()
    assert (refused.value.status_code, refused.value.code) == (503, "unavailable")


def test_a_writer_that_waits_too_long_is_told_to_come_back(database: Database, database_address: str):
    impatient = Database(database_address, patience_seconds=0.1)

    def second() -> str:
        with pytest.raises(Problem) as refused, impatient.write():
            pass
        return refused.value.code

    with database.write(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(second).result(10) == "unavailable"
    impatient.close()


def test_a_writer_of_the_same_process_that_waits_too_long_is_told_so_too(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}", patience_seconds=0.1)
    database.migrate()

    def second() -> str:
        with pytest.raises(Problem) as refused, database.write():
            pass
        return refused.value.code

    with database.write(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(second).result(10) == "unavailable"
    database.close()


def test_one_that_hangs_in_its_turn_gives_it_up_and_nothing_of_it_stays(postgresql_address: str):
    hanging, other = Database(postgresql_address, patience_seconds=0.2), Database(postgresql_address)

    def hang() -> str:
        with pytest.raises(Problem) as refused, hanging.write() as connection:
            connection.execute(text("UPDATE counters SET change_number = 77"))
            with other.write() as second:
                second.execute(text("UPDATE counters SET service_order_id = 20000"))
            # it wakes up, and believes that it still has its turn
            connection.execute(text("UPDATE counters SET change_number = 78"))
        return refused.value.code

    assert hang() == "unavailable"
    with other.read() as connection:
        left = connection.execute(text("SELECT change_number, service_order_id FROM counters")).one()
    hanging.close()
    other.close()
    assert tuple(left) == (0, 20000)


def test_first_starts_at_the_same_moment_all_find_the_tables(empty_address: str):
    together = threading.Barrier(4)

    def start() -> bool:
        database = Database(empty_address)
        try:
            together.wait(30)
            database.migrate()
            return begin(database, NOW) is not None
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        began = [one.result(60) for one in [pool.submit(start) for _ in range(4)]]

    assert sorted(began) == [False, False, False, True]


def test_more_readers_than_there_are_connections_are_told_to_come_back(database_address: str):
    database = Database(database_address, patience_seconds=0.1)

    with pytest.raises(Problem) as refused, ExitStack() as readers:
        for _ in range(100):
            readers.enter_context(database.read())
    database.close()

    assert refused.value.code == "unavailable"


def test_a_standby_that_can_only_be_read_from_is_told_as_unavailable(postgresql_address: str):
    _set_for_all(postgresql_address, "default_transaction_read_only = on")
    database = Database(postgresql_address)

    with pytest.raises(Problem) as refused, database.write():
        pass
    with database.read() as connection:
        count = connection.execute(text("SELECT count(*) FROM tenants")).scalar()
    database.close()

    assert (count, refused.value.code) == (1, "unavailable")


def test_writers_see_what_was_committed_before_their_turn_however_the_database_is_set(postgresql_address: str):
    _set_for_all(postgresql_address, "default_transaction_isolation = 'serializable'")
    database = Database(postgresql_address)

    def count_on() -> None:
        for _ in range(25):
            with database.write() as connection:
                seen = connection.execute(text("SELECT change_number FROM counters")).scalar_one()
                connection.execute(text(f"UPDATE counters SET change_number = {seen + 1}"))

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(count_on) for _ in range(4)]:
            one.result(60)
    with database.read() as connection:
        counted = connection.execute(text("SELECT change_number FROM counters")).scalar()
    database.close()

    assert counted == 100


def test_a_mistake_in_a_statement_does_not_tell_what_was_in_it(world: World):
    which = update(users).where(users.c.name == "admin")

    with pytest.raises(IntegrityError) as told, world.database.write() as connection:
        connection.execute(which.values(tenant_uid=None, password_hash="canary-of-a-hash"))

    assert "canary" not in str(told.value)


def test_why_the_database_cannot_be_used_stands_in_the_log(caplog: pytest.LogCaptureFixture):
    database = Database("postgresql+psycopg://nobody:canary@127.0.0.1:1/none")

    with pytest.raises(Problem), database.read():
        pass
    database.close()

    (said,) = caplog.messages
    assert "OperationalError" in said
    assert "canary" not in said


def _set_for_all(address: str, setting: str) -> None:
    database = Database(address)
    with database.write() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
    database.close()


def test_sqlite_writes_as_its_old_versions_need_it(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with database.read() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar()
        synchronous = connection.execute(text("PRAGMA synchronous")).scalar()
    database.close()

    assert (mode, synchronous) == ("delete", 3)


def test_a_writer_in_another_process_waits_for_its_turn(database: Database, database_address: str):
    other = Database(database_address)
    entered = threading.Event()

    def write() -> None:
        with other.write():
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with database.write():
            waiting = pool.submit(write)
            assert not entered.wait(0.3)
        waiting.result(30)
    other.close()
    assert entered.is_set()


def test_what_fails_in_a_transaction_is_undone_whole(world: World):
    with pytest.raises(RuntimeError), world.database.write() as connection:
        connection.execute(text("UPDATE counters SET change_number = 77"))
        raise RuntimeError

    with world.database.read() as connection:
        assert connection.execute(text("SELECT change_number FROM counters")).scalar() == 0


def test_a_reader_sees_one_state_throughout(world: World):
    world.order()
    read, wrote = threading.Event(), threading.Event()

    def write() -> None:
        read.wait(10)
        world.order()
        wrote.set()

    with ThreadPoolExecutor(1) as pool:
        with world.database.read() as connection:
            count = text("SELECT count(*) FROM orders")
            before = connection.execute(count).scalar()
            writer = pool.submit(write)
            read.set()
            # on SQLite the writer waits for this reader, on PostgreSQL it need not
            wrote.wait(0 if world.database.is_sqlite else 10)
            assert connection.execute(count).scalar() == before
        writer.result(20)


def test_the_check_tells_what_is_shown_otherwise_than_kept(world: World):
    world.order()
    world.technician.post(f"{world.order()}/events", {"eventType": "x"})
    with world.database.write() as connection:
        connection.execute(text("UPDATE events SET notes = 'forged'"))
        connection.execute(text("UPDATE orders SET title = 'forged' WHERE service_order_id = 10001"))
        connection.execute(text("UPDATE counters SET change_number = 1"))

    count, problems = problems_of(world.database)

    assert count == 2
    assert [problem.partition(": ")[2] for problem in sorted(problems)] == [
        "number 3 was never given out",
        "shown otherwise than kept",
        "its parts are shown otherwise than kept",
    ]
