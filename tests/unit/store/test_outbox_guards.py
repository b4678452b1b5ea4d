"""The second line of defence: what the file itself refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import apsw
import pytest

from techdesk.application.outbox import MOVES, FrozenRequest, Operation, OpState
from techdesk.application.ports import Urgency
from techdesk.store.database import Database
from techdesk.store.order_store import SqliteStore
from tests.support.builders import MORNING, an_account
from tests.support.store_records import KEY, an_operation


@pytest.fixture
def sent(store: SqliteStore) -> Operation:
    request = FrozenRequest(method="POST", path="/a", body=b"1")
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        added = tx.add_operation(an_operation(request=request))
        tx.add_attempt(added.op_id, MORNING, "sent", None)
    return added


@pytest.fixture
def connection(sent: Operation, path: Path) -> Iterator[apsw.Connection]:
    with closing(Database(path, KEY).writer()) as made:
        yield made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations SET op_id = 'other'",
        "UPDATE operations SET seq = 7",
        "UPDATE operations SET request_head = NULL",
        "UPDATE operations SET request_head = '[]'",
        "UPDATE operations SET request_body = x'32'",
        "UPDATE operations SET state = 'done'",
        "DELETE FROM operations",
        "UPDATE attempts SET phase = 'never'",
        "DELETE FROM attempts",
    ],
)
def test_the_file_refuses(connection: apsw.Connection, statement: str) -> None:
    before = list(connection.execute("SELECT * FROM operations JOIN attempts USING (op_id)"))
    with pytest.raises(apsw.ConstraintError):
        connection.execute(statement)
    assert list(connection.execute("SELECT * FROM operations JOIN attempts USING (op_id)")) == before


@pytest.mark.parametrize(("before", "after"), list(product(OpState, OpState)))
def test_the_file_allows_the_moves_of_the_table_and_no_other(
    store: SqliteStore, path: Path, before: OpState, after: OpState
) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.add_operation(an_operation(state=before))
    with closing(Database(path, KEY).writer()) as connection:
        try:
            connection.execute("UPDATE operations SET state = ?", (after,))
        except apsw.ConstraintError:
            assert after not in MOVES[before]
        else:
            assert after in MOVES[before]


def test_a_settled_operation_may_be_tidied_away(connection: apsw.Connection) -> None:
    connection.execute("UPDATE operations SET state = 'cancelled', settled = 1")
    connection.execute("DELETE FROM operations")
    connection.execute("DELETE FROM attempts")
    assert connection.execute("SELECT count(*) FROM attempts").get == 0


def test_an_operation_that_is_not_there_cannot_be_saved(store: SqliteStore) -> None:
    with pytest.raises(AssertionError, match="no such operation"), store.write(Urgency.PERSON) as tx:
        tx.save_operation(an_operation())
