"""Break on purpose what lies below the engine: the store, its recovery, the sign-out, the update of a whole object.

No schedule reaches these, so each comes with the shortest proof that does; a proof returns what it found broken.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from techdesk.application.accounts import Account, Dedup, Profile
from techdesk.application.exchange import FreezeTarget
from techdesk.application.outbox import FrozenRequest, Operation, OutcomeClass, Verb
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason
from techdesk.application.sync.engine import SyncEngine
from techdesk.application.unsent import leaving
from techdesk.connectors.http import Answer
from techdesk.connectors.resource_scheduler import connector as scheduler
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.connectors.resource_scheduler.mapping import pulled_order
from techdesk.domain.errors import NotAllowedError, StoreTakenError
from techdesk.domain.records import RecordType
from techdesk.store import checks, mending
from techdesk.store.backups import Backups
from techdesk.store.database import Database
from techdesk.store.lease import Lease
from techdesk.store.order_store import SqliteStore, open_store
from techdesk.store.repair import restore
from techdesk.store.workshop import Workshop
from techdesk.wire.resource_scheduler import Form
from techdesk.wire.resource_scheduler import edit as edit_order
from tests.power import cuts
from tests.support.builders import MORNING, Ids, an_account
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.store_records import KEY, a_record, an_operation

Patch = pytest.MonkeyPatch
Proof = Callable[[Path], list[str]]

_BLIND = Profile(creates=Dedup.BLIND)
_CUTS = range(200)
_SAMPLE = Path(__file__).parents[1] / "data" / "resource_scheduler" / "sample.json"
_MOMENT = "2026-06-01T09:12:13.1234567Z"


# The store.
def a_commit_does_not_wait_for_the_disk(patch: Patch) -> None:
    patch.setattr(cuts, "run", lambda seeds: cuts.run_careless(seeds, "NORMAL"))


def the_log_is_never_flushed(patch: Patch) -> None:
    patch.setattr(cuts, "run", lambda seeds: cuts.run_careless(seeds, "OFF"))


def power_cuts_lose_nothing(folder: Path) -> list[str]:
    return list(cuts.run(_CUTS).failures)


def two_desks_write_one_store(patch: Patch) -> None:
    patch.setattr(Lease, "check", lambda self: None)


def who_was_overtaken_writes_nothing(folder: Path) -> list[str]:
    with closing(_store(folder)) as first, closing(_store(folder)):
        try:
            _add(first)
        except StoreTakenError:
            return []
    return ["a desk that was overtaken sends and writes on"]


def a_file_that_is_held_counts_as_damaged(patch: Patch) -> None:
    def is_whole(database: Database, *_: Any, **__: Any) -> bool:
        try:
            with closing(apsw.Connection(str(database.path))) as connection:
                connection.set_busy_timeout(0)
                connection.execute("BEGIN IMMEDIATE")
        except apsw.Error:
            return False
        return True

    patch.setattr(checks, "is_whole", is_whole)


def a_file_that_is_held_is_whole(folder: Path) -> list[str]:
    with closing(_store(folder)):
        pass
    database = Database(folder / "orders.db", KEY)
    with closing(database.writer()) as other:
        other.execute("BEGIN EXCLUSIVE")
        return [] if checks.is_whole(database) else ["a file that another program holds would be rebuilt"]


def what_a_backup_calls_unsent_is_sent(patch: Patch) -> None:
    patch.setattr(mending._Mending, "doubt", lambda self, past: 0)


def a_restored_backup_sends_nothing_again(folder: Path) -> list[str]:
    """Take a backup of unsent work, send it, lose the file, and go back to the backup."""
    database, server = Database(folder / "orders.db", KEY), FakeServer()
    backups = Backups(database, lambda: MORNING)
    with closing(_store(folder)) as store:
        _add(store)
        backup = backups.write(BackupReason.HOURLY)
        _send_all(store, server)
    for one in folder.glob("orders.db*"):
        if one.is_file():
            one.unlink()
    restore(Workshop(database=database, backups=backups, now=lambda: MORNING), backup)
    with closing(_store(folder)) as store:
        _send_all(store, server)
    return [] if len(server.effects) == 1 else [f"I1: it took effect {len(server.effects)} times"]


# The sign-out.
def a_sign_out_forgets_unsent_work(patch: Patch) -> None:
    patch.setattr(leaving, "unsent_by_state", lambda view, account_id: {})


def a_sign_out_asks_before_work_is_lost(folder: Path) -> list[str]:
    with closing(_store(folder)) as store:
        _add(store)
        try:
            with store.write(Urgency.PERSON) as tx:
                leaving.remove_account(tx, an_account(), unsent_too=False)
        except NotAllowedError:
            return []
    return ["I3: unsent work went with its account"]


# The update of a whole object.
def what_we_do_not_know_is_dropped(patch: Patch) -> None:
    _in_each_body(patch, lambda body: {name: value for name, value in body.items() if name != "VendorsOwn"})


def an_instant_is_read_and_written_anew(patch: Patch) -> None:
    _in_each_body(patch, lambda body: body | {"LastModified": body["LastModified"][:-2] + "Z"})


def an_error_in_the_answer_is_passed_over(patch: Patch) -> None:
    def refused(self: ResourceSchedulerConnector, operation: Operation, answer: Answer, words: str) -> Any:
        return self._applied(answer.status, answer.body or b"")

    patch.setattr(ResourceSchedulerConnector, "_refused", refused)


def an_update_keeps_what_it_does_not_set(folder: Path) -> list[str]:
    sent = json.loads(_update()[1].body)
    broken = [name for name in ("VendorsOwn", "LastModified") if sent.get(name) != _order()[name]]
    return [f"I5: {name} went out as {sent.get(name)!r}" for name in broken]


def a_refusal_inside_of_an_answer_is_heard(folder: Path) -> list[str]:
    desk, operation = _connector(), _update()[0]
    answer = Answer(status=200, body=json.dumps(_order() | {"Error": "Not allowed", "ErrorId": 7}).encode())
    told = desk._answered(operation, answer)
    desk.close()
    return [] if told.kind is OutcomeClass.REJECTED else [f"I2: a refusal counts as {told.kind}"]


BROKEN_PLACES: dict[Callable[[Patch], None], Proof] = {
    a_commit_does_not_wait_for_the_disk: power_cuts_lose_nothing,
    the_log_is_never_flushed: power_cuts_lose_nothing,
    two_desks_write_one_store: who_was_overtaken_writes_nothing,
    a_file_that_is_held_counts_as_damaged: a_file_that_is_held_is_whole,
    what_a_backup_calls_unsent_is_sent: a_restored_backup_sends_nothing_again,
    a_sign_out_forgets_unsent_work: a_sign_out_asks_before_work_is_lost,
    what_we_do_not_know_is_dropped: an_update_keeps_what_it_does_not_set,
    an_instant_is_read_and_written_anew: an_update_keeps_what_it_does_not_set,
    an_error_in_the_answer_is_passed_over: a_refusal_inside_of_an_answer_is_heard,
}
"""Mutant → the proof that must notice it, and that finds nothing without it."""


def _store(folder: Path) -> SqliteStore:
    return open_store(folder / "orders.db", KEY)


def _add(store: SqliteStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_record(a_record())
        tx.add_operation(an_operation())


def _send_all(store: SqliteStore, server: FakeServer) -> None:
    """Let an engine of a back end without keys send what it thinks is to be sent, as long as a settle window takes."""
    connector, now = FakeConnector(server, _BLIND), MORNING
    engine = SyncEngine("a1", store, connector, Ids(iter(range(500, 999))), lambda: 1.0)
    engine.recover(now)
    for _ in range(3):
        for operation in engine.start(now).operations:
            engine.settle(operation.op_id, server.handle(operation), now)
        now += timedelta(minutes=10)


def _in_each_body(patch: Patch, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    def edited(*args: Any) -> bytes:
        return json.dumps(change(json.loads(original(*args)))).encode()

    original = edit_order
    patch.setattr(scheduler, "edit", edited)


def _order() -> dict[str, Any]:
    return json.loads(_SAMPLE.read_text()) | {"VendorsOwn": {"kept": [1, 2]}, "LastModified": _MOMENT}  # type: ignore[no-any-return]  # the sample is an object


def _connector() -> ResourceSchedulerConnector:
    settings = {"userName": "Rosa", "format": "json", "currency": "EUR"}
    account = Account(
        account_id="a1", name="RS", system="resource_scheduler", address="http://127.0.0.1:1", settings=settings
    )
    return ResourceSchedulerConnector(account, "secret")


def _update() -> tuple[Operation, FrozenRequest]:
    order = pulled_order(json.dumps(_order()).encode(), Form.JSON, "EUR")
    values: dict[str, Any] = {"record_type": RecordType.ORDER, "verb": Verb.UPDATE, "intent": {"description": "Ours"}}
    operation = an_operation(**values)
    target = FreezeTarget(
        order_server_id=order.server_id,
        record_server_id=order.server_id,
        revision=order.revision,
        base=order.document,
        raw=order.raw,
    )
    desk = _connector()
    request = desk.freeze(operation, target)
    desk.close()
    return an_operation(**values, request=request), request
