"""One process alone writes, even where the lock beside the store failed: whoever opened it last."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.sync.state import SyncPhase
from techdesk.domain.errors import StoreTakenError
from techdesk.instance.claim import claim
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.second_desk import PATIENCE_S, LoggedServer, loop_over
from tests.support.store_records import KEY, a_record, an_operation

WORK = 20


def save(store: SqliteStore, number: int) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record(f"tmp_{number}"))
        tx.add_operation(an_operation(number, order_id=f"tmp_{number}", record_id=f"tmp_{number}"))


def test_who_opened_the_store_last_writes_and_nobody_else(store: SqliteStore, path: Path) -> None:
    save(store, 1)
    with closing(open_store(path, KEY)) as second:
        save(second, 2)
        with pytest.raises(StoreTakenError):
            save(store, 3)
        save(second, 4)
        with store.read() as view:
            assert [one.seq for one in view.operations()] == [1, 2, 3]
            assert view.record("a1", a_record().record_type, "tmp_3") is None


def test_a_store_that_was_closed_and_opened_again_is_taken_by_nobody(path: Path) -> None:
    for number in (1, 2, 3):
        with closing(open_store(path, KEY)) as store:
            save(store, number)


def test_who_was_overtaken_says_so_in_plain_words(store: SqliteStore, path: Path) -> None:
    with closing(open_store(path, KEY)), pytest.raises(StoreTakenError) as caught:
        save(store, 1)
    assert caught.value.title == "TechDesk was opened a second time, and that one works now"
    assert "close this one" in caught.value.hint


@pytest.fixture
def other(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A desk in a second process that has the lock file and the store, with work to send, and waits for a line."""
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    command = [sys.executable, "-m", "tests.support.second_desk", str(path), str(WORK)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, cwd=root
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def told(process: subprocess.Popen[str], line: str) -> str:
    """Tell the other process to go on, and return what it says next."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_of_two_processes_one_writes_and_nothing_is_sent_twice(other: subprocess.Popen[str], path: Path) -> None:
    assert claim(path.parent) is None, "the lock keeps a second desk out"
    (path.parent / "desk.lock").unlink()
    ours = claim(path.parent)
    assert ours is not None, "without its file it does not"
    with closing(open_store(path, KEY)) as store:
        assert told(other, "save") == StoreTakenError.default_title
        assert told(other, "sync") == SyncPhase.TAKEN.value
        server = LoggedServer(path.parent / "sent.log")
        assert server.sent() == [], "who was overtaken sends nothing"
        states: SimpleQueue[SyncPhase] = SimpleQueue()
        loop = loop_over(store, server, states.put)
        loop.start()
        while states.get(timeout=PATIENCE_S) is not SyncPhase.IDLE or len(server.sent()) < WORK:
            continue
        assert told(other, "sync") == SyncPhase.TAKEN.value
        loop.stop()
        with store.read() as view:
            wanted = {one.op_id for one in view.operations(states=[OpState.DONE])}
    assert len(wanted) == WORK
    assert Counter(server.sent()) == dict.fromkeys(wanted, 1)
    ours.release()


def test_work_that_was_saved_before_is_there_for_who_takes_over(other: subprocess.Popen[str], path: Path) -> None:
    with closing(open_store(path, KEY)) as store, store.read() as view:
        assert len(view.operations(states=[OpState.QUEUED])) == WORK
    assert told(other, "save") == StoreTakenError.default_title
