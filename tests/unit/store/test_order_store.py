"""The store under bad conditions, and what a page of a pull leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from techdesk.application.exchange import BadRecord, PulledOrder
from techdesk.application.outbox import OpState, Verb
from techdesk.application.ports import Urgency
from techdesk.application.queries import OrderFilter
from techdesk.domain.errors import DiskFullError, StoreBusyError, StoreCorruptError
from techdesk.domain.records import RecordType
from techdesk.store import database as database_module
from techdesk.store import order_store
from techdesk.store.database import Database
from techdesk.store.feeder import Feeder
from techdesk.store.order_store import SqliteStore, open_store
from techdesk.store.reading import Reading
from tests.support.builders import an_account
from tests.support.store_records import KEY, a_page, a_record, an_event, an_operation, pulled, pulled_event


def count(store: SqliteStore) -> int:
    with store.read() as view:
        return len(view.order_keys(OrderFilter()))


def test_what_was_saved_is_there_after_a_restart(store: SqliteStore, path: Path) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    store.close()
    store.close()
    with closing(open_store(path, KEY)) as again:
        assert count(again) == 1


_SAVES_UNTIL_KILLED = """
import sys
from pathlib import Path
from techdesk.application.ports import Urgency
from techdesk.store.order_store import open_store
from tests.support.store_records import KEY, a_record, an_operation

store = open_store(Path(sys.argv[1]), KEY)
number = 0
while True:
    number += 1
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record(f"tmp_{number}"))
        tx.add_operation(an_operation(number, order_id=f"tmp_{number}", record_id=f"tmp_{number}"))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_a_kill_loses_nothing_that_was_acknowledged(path: Path) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", _SAVES_UNTIL_KILLED, str(path)]
    paths = os.pathsep.join([str(root / "src"), str(root)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}) as child:
        assert child.stdout is not None
        for _ in range(40):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        acknowledged = 40 + len(child.stdout.read().split())
    with closing(open_store(path, KEY)) as store, store.read() as view:
        operations = view.operations()
        assert len(operations) in (acknowledged, acknowledged + 1)
        assert [view.record("a1", RecordType.ORDER, one.record_id) for one in operations].count(None) == 0
        assert len(view.order_keys(OrderFilter())) == len(operations)


def test_a_full_disk_is_said_and_nothing_is_half_saved(store: SqliteStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    pages = store._writer.pragma("page_count")
    store._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFullError), store.write(Urgency.PERSON) as tx:
        for number in range(2, 100):
            tx.save_record(a_record(f"tmp_{number}", view={"title": "x" * 5000}))
    assert count(store) == 1
    store._writer.execute("PRAGMA max_page_count = 1000000")
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record("tmp_2"))
    assert count(store) == 2


def test_a_transaction_that_sqlite_gave_up_by_itself_is_not_given_up_twice(store: SqliteStore) -> None:
    with pytest.raises(DiskFullError), store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
        store._writer.execute("ROLLBACK")
        raise DiskFullError
    assert count(store) == 0


def test_a_file_that_another_program_holds_is_said_to_be_busy(store: SqliteStore, path: Path) -> None:
    store._writer.set_busy_timeout(0)
    with closing(Database(path, KEY).writer()) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError), store.write(Urgency.PERSON):
            pass
        other.execute("ROLLBACK")
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    assert count(store) == 1


def test_a_damaged_file_is_said_to_be_damaged_and_left_alone(store: SqliteStore, path: Path) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(*(pulled(f"s{number}", title="x" * 900) for number in range(200))))
    store.close()
    whole = path.read_bytes()
    damaged = whole[:20480] + os.urandom(len(whole) - 20480)
    path.write_bytes(damaged)
    with pytest.raises(StoreCorruptError), closing(open_store(path, KEY)) as again, again.read() as view:
        view.order_keys(OrderFilter())
        view.find_orders("s7")
    assert path.read_bytes() == damaged


def test_a_vfs_of_ones_own_can_be_put_under_the_store(path: Path) -> None:
    with pytest.raises(apsw.SQLError, match="no such vfs"):
        open_store(path, KEY, vfs="never registered")


def test_many_threads_read_and_write_at_once(store: SqliteStore) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                with store.write(Urgency.BACKGROUND) as tx:
                    tx.save_record(a_record(f"{name}{number}"))
                count(store)
        except BaseException as error:  # noqa: BLE001 - a test must see whatever its threads met
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(store) == 80


def test_a_save_touches_eight_pages_as_each_is_encrypted_and_flushed_while_a_person_waits(store: SqliteStore) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account())
        tx.apply_page("a1", a_page(pulled("s1")))
    before = store._log_pages
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(an_event("tmp_e1", "s1"))
        tx.add_operation(an_operation(1, order_id="s1", record_id="tmp_e1", record_type=RecordType.EVENT))
    assert store._log_pages - before == 8


def test_the_log_is_moved_into_the_file_behind_the_writes(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    size = path.stat().st_size
    monkeypatch.setattr(order_store, "_LOG_PAGES", 0)
    store._do_background_step()
    assert path.stat().st_size > size


def test_a_record_that_cannot_be_stored_is_set_aside_until_it_comes_right(store: SqliteStore) -> None:
    broken = PulledOrder(server_id="s1", document={"title": "half \ud800 of a pair"}, raw=b"{raw}")
    nan = PulledOrder(server_id="s2", document={"title": "x", "n": float("nan")})
    with store.write(Urgency.BACKGROUND) as tx:
        effect = tx.apply_page(
            "a1", a_page(broken, nan, pulled("s3"), bad=[BadRecord(server_id="s4", reason="?", raw=b"4")])
        )
    assert (effect.orders, effect.bad) == (frozenset({"s3"}), 3)
    with store.read() as view:
        assert isinstance(view, Reading)
        kept = {one.server_id: one.raw for one in view.set_aside("a1")}
    assert kept == {"s1": b"{raw}", "s2": b'{"title": "x", "n": NaN}', "s4": b"4"}
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(pulled("s1"), pulled("s4")))
    with store.read() as view:
        assert isinstance(view, Reading)
        assert [one.server_id for one in view.set_aside("a1")] == ["s2"]
        assert view.set_aside("a2") == []


def test_a_known_order_that_comes_broken_keeps_what_it_had(store: SqliteStore) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(pulled("s1")))
        tx.apply_page("a1", a_page(pulled("s1", title="\ud800")))
    with store.read() as view:
        kept = view.record("a1", RecordType.ORDER, "s1")
    assert kept is not None and kept.view == {"title": "Radio"}


def test_a_page_that_brings_nothing_new_changes_nothing(store: SqliteStore) -> None:
    page = a_page(pulled("s1", pulled_event(notes="x")), pulled("s2"))
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", page)
    with store.write(Urgency.BACKGROUND) as tx:
        effect = tx.apply_page("a1", page)
    assert (effect.orders, effect.list_changed) == (frozenset(), False)


def test_a_changed_part_changes_the_order_but_not_the_list(store: SqliteStore) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(pulled("s1", pulled_event(notes="x"))))
        effect = tx.apply_page("a1", a_page(pulled("s1", pulled_event(notes="y"), pulled_event("e2"))))
    assert (effect.orders, effect.list_changed) == (frozenset({"s1"}), False)


def test_an_order_that_the_server_removed_goes_once_its_unsent_work_is_settled(store: SqliteStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.apply_page("a1", a_page(pulled("s1"), pulled("s2")))
        works = [
            tx.add_operation(an_operation(number, order_id="s1", record_id="s1", verb=Verb.UPDATE)) for number in (1, 2)
        ]
        tx.apply_page("a1", a_page(deleted=["s1"]))
    for left, work in zip((2, 1), works, strict=True):
        assert count(store) == 2
        with store.write(Urgency.PERSON) as tx:
            tx.save_operation(replace(work, state=OpState.CANCELLED))
        assert count(store) == left


def test_an_order_that_the_server_brings_back_stays(store: SqliteStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.apply_page("a1", a_page(pulled("s1")))
        work = tx.add_operation(an_operation(order_id="s1", record_id="s1", verb=Verb.UPDATE))
        tx.apply_page("a1", a_page(deleted=["s1"]))
        tx.apply_page("a1", a_page(pulled("s1")))
    with store.write(Urgency.PERSON) as tx:
        tx.save_operation(replace(work, state=OpState.CANCELLED))
    assert count(store) == 1


def test_signing_out_leaves_no_text_in_the_file(store: SqliteStore, path: Path) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_record(a_record(view={"title": "Johanna Berg"}))
        tx.save_record(an_event("e1", "tmp_1", view={"notes": "Johanna Berg"}))
        tx.add_operation(an_operation(intent={"title": "Johanna Berg"}))
    with store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    store.close()
    with closing(Database(path, KEY).writer()) as writer:
        pages = writer.serialize("main")
    assert b"CREATE TABLE records" in pages
    assert b"Johanna" not in pages


def test_a_store_that_cannot_be_opened_leaves_no_connection_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[apsw.Connection] = []
    connect = database_module.Database.writer

    def noting(self: Database) -> apsw.Connection:
        opened.append(connect(self))
        return opened[-1]

    def full(*_: object) -> None:
        raise DiskFullError

    monkeypatch.setattr(database_module.Database, "writer", noting)
    monkeypatch.setattr(order_store, "migrate", full)
    with pytest.raises(DiskFullError):
        open_store(path, KEY)
    with pytest.raises(apsw.ConnectionClosedError):
        opened[0].pragma("user_version")


def test_a_feeder_works_off_every_step_and_then_sleeps() -> None:
    left, done = [3], threading.Event()

    def step() -> bool:
        left[0] -= 1
        if not left[0]:
            done.set()
        return left[0] > 0

    feeder = Feeder(step, pause_s=0)
    feeder.wake()
    assert done.wait(10)
    left[0] = 1
    done.clear()
    feeder.wake()
    assert done.wait(10)
    feeder.close()


def test_a_feeder_that_was_closed_does_not_start_again() -> None:
    steps: list[int] = []

    def step() -> bool:
        steps.append(1)
        return False

    feeder = Feeder(step)
    feeder.close()
    feeder.wake()
    feeder.close()
    assert steps == []


@pytest.mark.parametrize("server_id", ["s\ud800", "s1"])
def test_an_id_that_no_file_takes_sets_its_order_aside(store: SqliteStore, server_id: str) -> None:
    part = pulled_event("e\udc00")
    with store.write(Urgency.BACKGROUND) as tx:
        effect = tx.apply_page("a1", a_page(pulled(server_id, part), pulled("s2")))
    assert (effect.bad, effect.orders) == (1, frozenset({"s2"}))
