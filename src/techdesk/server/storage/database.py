"""Open the database and give out transactions: many readers, one writer at a time.

Writers take turns: on SQLite through one lock in this process and `BEGIN IMMEDIATE` between processes, on
PostgreSQL through the row lock of `counters`. So a change number is given and committed before the next one is
given, and a reader who sees number n sees every number below n: the change feed misses nothing. A reader sees one
snapshot throughout.

Nobody waits for ever: a turn that does not come in time is refused, and PostgreSQL ends the transaction of a process
that hangs within it. So what a client sent takes effect soon or never, as the desk's settle windows need it.

SQLite runs with `journal_mode=DELETE, synchronous=EXTRA`: Python's own SQLite may be older than 3.51.3, in whose
write-ahead log a rare race between two connections can lose a commit.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeoutError,
)

from techdesk.domain.errors import InvalidInputError
from techdesk.server.answers.problems import unavailable
from techdesk.server.answers.rendering import to_json
from techdesk.server.storage.tables import counters

log = logging.getLogger("techdesk.server.storage")

_THREADS = 40
"""As many as Starlette's thread pool runs at once; each may hold one connection."""

_FIRST_START = 0x7465636864657378
"""The lock of PostgreSQL that those who bring the tables up to date take; no other program should use this number."""

_KEEPALIVES = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""libpq's own settings: a computer that vanished is noticed within half a minute, not after hours."""


class Database:
    """Give out transactions on one database.

    Attributes:
        engine: For tests and maintenance; the server itself uses `read` and `write`.
        is_sqlite: Whether it is SQLite, else PostgreSQL.
    """

    def __init__(self, address: str, *, patience_seconds: float = 30.0) -> None:
        url = _checked(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url, patience_seconds) if self.is_sqlite else _postgresql(url, patience_seconds)
        self._patience_seconds = patience_seconds
        self._write_lock = threading.Lock()
        # SQLite's BEGIN already gives a reader one snapshot
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._readers = self.engine.execution_options(**snapshot)
        self._writers = self.engine.execution_options(techdesk_writes=True)

    def migrate(self) -> None:
        """Bring the tables to this version's form.

        Raises:
            Problem: 503, the database cannot be reached.
            InvalidInputError: The file is no database, or a newer version wrote it.
        """
        config = Config()
        config.set_main_option("script_location", "techdesk.server.storage:migrations")
        try:
            with self._turn(), _reachable(), self._writers.begin() as connection:
                if not self.is_sqlite:
                    # two that start at once would both make the tables
                    connection.execute(select(func.pg_advisory_xact_lock(_FIRST_START)))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise InvalidInputError("A newer TechDesk server wrote this database", "Update this server") from error
        except DatabaseError as error:
            raise InvalidInputError("This is no database of a TechDesk server, or it is damaged") from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run a reading transaction; everything in it sees one state of the database.

        Raises:
            Problem: 503, the database cannot be reached.
        """
        with _reachable(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run the one writing transaction; committed at the end, undone by an exception.

        Raises:
            Problem: 503, other writers kept it waiting too long or the database cannot be reached.
        """
        with self._turn(), _reachable(), self._writers.begin() as connection:
            connection.execute(select(counters.c.counter_id).with_for_update())
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._write_lock.acquire(timeout=self._patience_seconds):
            raise unavailable("Too many others are writing")
        try:
            yield
        finally:
            self._write_lock.release()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise InvalidInputError("This is no address of a database", field="database") from error
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InvalidInputError("The database must be sqlite:///PATH or postgresql+psycopg://…", field="database")
    if url.drivername == "sqlite" and not url.database:
        raise InvalidInputError("sqlite:/// needs the path of a file", field="database")
    return url


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except _AWAY as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        log.warning("the database cannot be used: %s: %s", type(cause).__name__, str(cause).partition("\n")[0])
        raise unavailable("The database cannot be reached or is busy") from error


_AWAY = (OperationalError, InterfaceError, InternalError, NotSupportedError, PoolTimeoutError)
"""Not reached, cut off, too busy, or only to be read from (a standby of PostgreSQL): none is a mistake of ours."""


def _sqlite(url: URL, patience_seconds: float) -> Engine:
    _make_private_file(Path(str(url.database)))
    engine = create_engine(
        url,
        json_serializer=to_json,
        pool_size=_THREADS,
        pool_timeout=patience_seconds,
        hide_parameters=True,  # they are customers' data and hashes, and a log would show them
        connect_args={"check_same_thread": False, "timeout": patience_seconds},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # Python's own BEGIN would come too late, see `begin`
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-20000")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("techdesk_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_private_file(path: Path) -> None:
    """Make the file for its owner only before SQLite opens it; a new folder likewise; what is there stays as it is."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be made: {error.strerror}", field="database") from error


def _postgresql(url: URL, patience_seconds: float) -> Engine:
    engine = create_engine(
        url,
        # whatever the database is set to: a writer sees what the one before it committed
        isolation_level="READ COMMITTED",
        json_serializer=to_json,
        pool_size=_THREADS,
        pool_timeout=patience_seconds,
        pool_pre_ping=True,
        hide_parameters=True,  # they are customers' data and hashes, and a log would show them
        connect_args={"connect_timeout": 5, **_KEEPALIVES},
    )

    @event.listens_for(engine, "connect")
    def be_patient_so_long(connection: Any, _: Any) -> None:
        patience = f"{max(1, round(patience_seconds * 1000))}ms"
        # not among `connect_args`, as a pooler between may refuse settings there
        connection.execute(f"SET lock_timeout = '{patience}'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{patience}'")
        connection.commit()

    @event.listens_for(engine, "handle_error")
    def leave_out_what_the_row_held(context: ExceptionContext) -> None:
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None:
                error.args = tuple(str(one).partition("\nDETAIL:")[0] for one in error.args)

    return engine
