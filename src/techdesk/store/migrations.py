"""Make the tables of the store and bring older files up to date: one function a change, all in one transaction.

A change is added at the end of `MIGRATIONS` and never edited after a release. `user_version` counts what was done. As a
file either sees all that is new or nothing, the program that wrote it can still open it where one change fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw

from techdesk import __version__
from techdesk.application.outbox import MOVES
from techdesk.domain.errors import StoreCorruptError, StoreTooNewError

APPLICATION_ID = 0x54444B31
"""`TDK1`, so that `file` and a person can tell what the file is."""

WRITTEN_BY = "written_by"
"""The note that names the TechDesk that gave a file its form; an older one tells a person to install it."""

Migration = Callable[[apsw.Connection], None]


def migrate(connection: apsw.Connection, migrations: Sequence[Migration] | None = None) -> None:
    """Run the migrations that a file has not seen, all or none.

    Raises:
        StoreTooNewError: The file has seen more than this program knows.
        StoreCorruptError: The file is another program's.
    """
    wanted = MIGRATIONS if migrations is None else migrations
    refuse_newer(connection, len(wanted))
    done = connection.pragma("user_version")
    if done and connection.pragma("application_id") != APPLICATION_ID:
        raise StoreCorruptError("TechDesk's data file belongs to another program", "It was left as it is")
    if done < len(wanted):
        _run(connection, wanted[done:], len(wanted))


def refuse_newer(connection: apsw.Connection, known: int | None = None) -> None:
    """Refuse a file that has seen more than this program knows, and tell which program it needs.

    Args:
        connection: The file.
        known: How many changes this program knows; those of `MIGRATIONS` by default.

    Raises:
        StoreTooNewError: It has.
    """
    if connection.pragma("user_version") > (len(MIGRATIONS) if known is None else known):
        raise StoreTooNewError(version=version_of(connection))


def version_of(connection: apsw.Connection) -> str:
    """Return the version of the newer TechDesk that brought a file to its form; empty where it does not tell."""
    try:
        written = connection.execute("SELECT value FROM notes WHERE name = ?", (WRITTEN_BY,)).get
    except apsw.Error:
        return ""
    return "" if written in (None, __version__) else str(written)


def is_behind(connection: apsw.Connection) -> bool:
    """Say whether the file was made by an older program and is to be brought up to date."""
    return 0 < int(connection.pragma("user_version")) < len(MIGRATIONS)


def set_moves(connection: apsw.Connection) -> None:
    """Make the table that the trigger asks say what `MOVES` says."""
    wanted = sorted((str(before), str(after)) for before, allowed in MOVES.items() for after in allowed)
    if sorted(connection.execute("SELECT before, after FROM moves")) != wanted:
        with connection:
            connection.execute("DELETE FROM moves")
            connection.executemany("INSERT INTO moves VALUES (?, ?)", wanted)


def _run(connection: apsw.Connection, steps: Sequence[Migration], version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in steps:
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (WRITTEN_BY, __version__))
        connection.execute("COMMIT")
    except apsw.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _accounts(connection: apsw.Connection) -> None:
    """Make the accounts and what hangs on an account alone. `names` gives long ids short numbers."""
    connection.execute("""
        CREATE TABLE counters (
            record_no INTEGER NOT NULL, change_no INTEGER NOT NULL, list_no INTEGER NOT NULL,
            search_epoch INTEGER NOT NULL) STRICT;
        INSERT INTO counters VALUES (0, 0, 0, 1);
        CREATE TABLE names (name_no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE accounts (
            account_no INTEGER PRIMARY KEY REFERENCES names, name_key TEXT NOT NULL UNIQUE,
            document TEXT NOT NULL) STRICT;
        CREATE TABLE cursors (account_no INTEGER PRIMARY KEY, cursor TEXT NOT NULL) STRICT;
        CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE choices (
            account_no INTEGER NOT NULL, kind TEXT NOT NULL, position INTEGER NOT NULL, document TEXT NOT NULL,
            PRIMARY KEY (account_no, kind, position)) STRICT, WITHOUT ROWID;
        CREATE TABLE quarantine (
            account_no INTEGER NOT NULL, server_id TEXT NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL,
            PRIMARY KEY (account_no, server_id)) STRICT;
    """)


def _records(connection: apsw.Connection) -> None:
    """Make the records. `view` is NULL where it equals `base`: most of them, most of the time.

    A pulled record is called by its server id here too, so only records made here need a place in the second index.
    """
    connection.execute("""
        CREATE TABLE records (
            record_no INTEGER PRIMARY KEY, account_no INTEGER NOT NULL, record_type INTEGER NOT NULL,
            record_id TEXT NOT NULL, order_id TEXT NOT NULL, server_id TEXT, revision TEXT,
            deleted INTEGER NOT NULL, gone INTEGER NOT NULL DEFAULT 0, change_no INTEGER NOT NULL,
            base TEXT, view TEXT, raw BLOB) STRICT;
        CREATE UNIQUE INDEX records_by_id ON records (record_id, record_type, account_no);
        CREATE UNIQUE INDEX records_by_server_id ON records (server_id, record_type, account_no)
            WHERE server_id <> record_id;
        CREATE INDEX records_of_order ON records (order_id, account_no, record_type) WHERE record_type <> 0;
        CREATE INDEX records_gone ON records (account_no) WHERE gone = 1;
    """)


_COVERED = "account_no, state, kind, status_no, assignee_no"
_SORTS = ("number", "customer", "product", "serial", "status", "assignee")


def _orders(connection: apsw.Connection) -> None:
    """Make the order list: one row an order that is not deleted, one index a sort.

    Each index also holds what the list is filtered by, so that a filtered page never touches the wide rows.
    """
    connection.execute("""
        CREATE TABLE orders (
            key INTEGER PRIMARY KEY REFERENCES records ON DELETE CASCADE,
            account_no INTEGER NOT NULL, order_id TEXT NOT NULL, state INTEGER NOT NULL, kind INTEGER NOT NULL,
            priority INTEGER NOT NULL, status_no INTEGER NOT NULL, assignee_no INTEGER NOT NULL,
            created_at INTEGER NOT NULL, due_at INTEGER NOT NULL, appointment_at INTEGER, badge INTEGER,
            unsent INTEGER NOT NULL, change_no INTEGER NOT NULL,
            number TEXT NOT NULL, title TEXT NOT NULL, customer TEXT NOT NULL, product TEXT NOT NULL,
            serial TEXT NOT NULL, status TEXT NOT NULL, assignee TEXT NOT NULL,
            number_key TEXT NOT NULL, customer_key TEXT NOT NULL, product_key TEXT NOT NULL, serial_key TEXT NOT NULL,
            status_key TEXT NOT NULL, assignee_key TEXT NOT NULL, words TEXT NOT NULL) STRICT;
        CREATE INDEX orders_by_change ON orders (change_no);
        CREATE INDEX orders_unsent ON orders (key) WHERE unsent > 0;
        CREATE INDEX orders_by_appointment ON orders (appointment_at, kind) WHERE appointment_at IS NOT NULL;
        CREATE INDEX orders_of_assignee ON orders (assignee_no, state, due_at, kind, account_no, status_no);
        CREATE INDEX orders_by_kind ON orders (kind, key, account_no, state, status_no, assignee_no);
        CREATE INDEX orders_by_account ON orders (account_no, key, state, kind, status_no, assignee_no);
    """)
    for sort in _SORTS:
        connection.execute(f"CREATE INDEX orders_by_{sort} ON orders ({sort}_key, key, {_COVERED})")
    for sort, column in (("priority", "priority"), ("created", "created_at"), ("due", "due_at")):
        connection.execute(f"CREATE INDEX orders_by_{sort} ON orders ({column}, key, {_COVERED})")


def _outbox(connection: apsw.Connection) -> None:
    """Make the outbox, with triggers as the second line of defence of `docs/sync.md`, "Moves"."""
    connection.execute("""
        CREATE TABLE operations (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL, op_id TEXT NOT NULL UNIQUE,
            account_no INTEGER NOT NULL, order_id TEXT NOT NULL, record_type INTEGER NOT NULL, record_id TEXT NOT NULL,
            verb TEXT NOT NULL, intent TEXT NOT NULL, base TEXT NOT NULL, created_at TEXT NOT NULL,
            created_by TEXT NOT NULL, needs TEXT NOT NULL, state TEXT NOT NULL, settled INTEGER NOT NULL,
            attempts INTEGER NOT NULL, first_sent_at TEXT, last_sent_at TEXT, not_before TEXT,
            settle_reads INTEGER NOT NULL, request_head TEXT, request_body BLOB, http_status INTEGER,
            reason TEXT NOT NULL, replaces TEXT, done_at TEXT) STRICT;
        CREATE INDEX operations_of_order ON operations (order_id, account_no, position);
        CREATE INDEX operations_of_record ON operations (record_id, account_no, position);
        CREATE INDEX operations_by_state ON operations (state, account_no);
        CREATE INDEX operations_unsettled ON operations (account_no, order_id, record_id) WHERE settled = 0;
        CREATE TABLE attempts (
            attempt_no INTEGER PRIMARY KEY, op_id TEXT NOT NULL, at TEXT NOT NULL, phase TEXT NOT NULL, outcome TEXT,
            http_status INTEGER, code TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
        CREATE INDEX attempts_of_operation ON attempts (op_id);
        CREATE TABLE clashes (
            op_id TEXT NOT NULL, field TEXT NOT NULL, base TEXT NOT NULL, mine TEXT NOT NULL, theirs TEXT NOT NULL,
            choice TEXT NOT NULL, PRIMARY KEY (op_id, field)) STRICT;
        CREATE TABLE moves (before TEXT, after TEXT, PRIMARY KEY (before, after)) STRICT, WITHOUT ROWID;

        CREATE TRIGGER operations_keep_their_identity BEFORE UPDATE ON operations
        WHEN OLD.op_id IS NOT NEW.op_id OR OLD.seq IS NOT NEW.seq
        BEGIN SELECT RAISE(ABORT, 'an operation keeps its id and its number'); END;
        CREATE TRIGGER operations_keep_what_was_sent BEFORE UPDATE ON operations
        WHEN OLD.request_head IS NOT NULL
            AND (OLD.request_head IS NOT NEW.request_head OR OLD.request_body IS NOT NEW.request_body)
        BEGIN SELECT RAISE(ABORT, 'frozen bytes never change'); END;
        CREATE TRIGGER operations_move_by_the_table BEFORE UPDATE OF state ON operations
        WHEN NOT EXISTS (SELECT 1 FROM moves WHERE before = OLD.state AND after = NEW.state)
        BEGIN SELECT RAISE(ABORT, 'this move is not in the table of docs/sync.md'); END;
        CREATE TRIGGER operations_are_never_dropped BEFORE DELETE ON operations
        WHEN OLD.settled = 0 AND EXISTS (SELECT 1 FROM accounts WHERE account_no = OLD.account_no)
        BEGIN SELECT RAISE(ABORT, 'an operation that is not settled is never dropped'); END;
        CREATE TRIGGER attempts_never_change BEFORE UPDATE ON attempts
        BEGIN SELECT RAISE(ABORT, 'an attempt is history'); END;
        CREATE TRIGGER attempts_are_never_dropped BEFORE DELETE ON attempts
        WHEN EXISTS (SELECT 1 FROM operations WHERE op_id = OLD.op_id)
        BEGIN SELECT RAISE(ABORT, 'an attempt is history'); END;
    """)


def _known_parts(connection: apsw.Connection) -> None:
    """Keep with each operation what was there before it went out first, to tell its effect from that later."""
    connection.execute("ALTER TABLE operations ADD COLUMN known TEXT")


def _staged(connection: apsw.Connection) -> None:
    """Make room for a change feed that is read anew, until it takes the place of what is here all at once.

    `body` is NULL where the order is here already just as it came.
    """
    connection.execute("""
        CREATE TABLE staged (
            account_no INTEGER NOT NULL, server_id TEXT NOT NULL, body TEXT, raw BLOB,
            PRIMARY KEY (account_no, server_id)) STRICT, WITHOUT ROWID;
    """)


def _lease(connection: apsw.Connection) -> None:
    """Make the place of the token that says who writes (`store/lease.py`)."""
    connection.execute("CREATE TABLE lease (token BLOB NOT NULL) STRICT")


def _ages(connection: apsw.Connection) -> None:
    """Let the index of what is not settled tell how old that is: ten thousand rows need not be read for it."""
    connection.execute("""
        DROP INDEX operations_unsettled;
        CREATE INDEX operations_unsettled ON operations (account_no, order_id, record_id, created_at)
        WHERE settled = 0;
    """)


def _lean_saves(connection: apsw.Connection) -> None:
    """Have a save touch 8 pages for 13: each is encrypted and flushed while a person waits.

    Only what is not settled stands in the one index that is asked for it, and all else in the others. The list counts
    when it is read, and operations are numbered beside the records, where a page changes anyway.
    """
    connection.execute("""
        DROP INDEX operations_unsettled;
        CREATE INDEX operations_unsettled ON operations (account_no, order_id, record_id, state, created_at)
        WHERE settled = 0;
        DROP INDEX operations_of_order;
        CREATE INDEX operations_of_order ON operations (order_id, account_no) WHERE settled = 1;
        DROP INDEX operations_by_state;
        CREATE INDEX operations_by_state ON operations (state, account_no) WHERE settled = 1;
        DROP INDEX orders_unsent;
        ALTER TABLE orders DROP COLUMN unsent;
        ALTER TABLE orders DROP COLUMN badge;
        ALTER TABLE counters ADD COLUMN operation_no INTEGER NOT NULL DEFAULT 0;
        UPDATE counters SET operation_no = ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'operations'), 0);
        DELETE FROM sqlite_sequence;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, ' AUTOINCREMENT', '') WHERE name = 'operations';
        PRAGMA writable_schema = RESET;
    """)


MIGRATIONS: tuple[Migration, ...] = (
    _accounts,
    _records,
    _orders,
    _outbox,
    _known_parts,
    _staged,
    _lease,
    _ages,
    _lean_saves,
)
"""Every change of the file's form, oldest first."""
