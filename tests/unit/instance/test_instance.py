"""Prove that one process at a time is the desk, and that it serves the others."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from techdesk.domain.errors import AlreadyRunningError
from techdesk.instance.claim import Claim, claim, claim_or_ask
from techdesk.instance.line import BrokenOffError, ask
from techdesk.instance.lock import LockFile

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from techdesk.instance.claim import claim
ours = claim(Path(sys.argv[1]))
print("claimed" if ours else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Claim]:
    """A claimed desk that says back what it was asked."""
    ours = claim(tmp_path)
    assert ours
    ours.serve(lambda request: {"you said": dict(request)})
    yield ours
    ours.release()


def test_a_second_claim_is_refused_until_the_first_is_released(tmp_path: Path) -> None:
    first = claim(tmp_path)
    assert first
    assert claim(tmp_path) is None
    first.release()
    second = claim(tmp_path)
    assert second
    second.release()


def test_a_claim_dies_with_its_process_even_when_it_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "claimed\n"
        assert claim(tmp_path) is None
        other.kill()
        other.wait()
    ours = claim(tmp_path)
    assert ours
    ours.release()


def test_the_folder_and_the_socket_are_for_their_owner_alone(tmp_path: Path) -> None:
    ours = claim(tmp_path / "new")
    assert ours
    ours.serve(lambda _: {})
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "desk.sock").stat().st_mode & 0o777 == 0o600
    ours.release()


@pytest.mark.usefixtures("served")
def test_a_second_process_has_its_request_answered_by_the_first(tmp_path: Path) -> None:
    assert claim_or_ask(tmp_path, {"raise": True}) == {"you said": {"raise": True}}


@pytest.mark.usefixtures("served")
def test_a_long_text_with_every_kind_of_character_arrives_whole(tmp_path: Path) -> None:
    text = "naïve 🔧 שלום \udcff <b>" * 20_000
    assert ask(tmp_path / "desk.sock", {"text": text}) == {"you said": {"text": text}}


@pytest.mark.usefixtures("served")
def test_many_ask_at_once_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    answers: dict[int, object] = {}

    def ask_for(number: int) -> None:
        answers[number] = ask(tmp_path / "desk.sock", {"number": number})

    askers = [threading.Thread(target=ask_for, args=(number,)) for number in range(12)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert answers == {number: {"you said": {"number": number}} for number in range(12)}


def test_a_folder_with_a_very_long_path_works_too(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    ours = claim(folder)
    assert ours
    ours.serve(lambda _: {"here": True})
    assert claim_or_ask(folder, {}) == {"here": True}
    ours.release()


@pytest.mark.parametrize("folder", ["run", "long" * 40])
def test_nobody_is_there_before_the_folder_is(tmp_path: Path, folder: str) -> None:
    assert ask(tmp_path / folder / "desk.sock", {}) is None


def test_who_finds_a_dead_socket_gets_the_desk(tmp_path: Path) -> None:
    (tmp_path / "desk.sock").write_text("left behind")
    assert ask(tmp_path / "desk.sock", {}) is None
    ours = claim_or_ask(tmp_path, {})
    assert isinstance(ours, Claim)
    ours.serve(lambda _: {"alive": True})
    assert ask(tmp_path / "desk.sock", {}) == {"alive": True}
    ours.release()


def test_a_desk_that_neither_serves_nor_lets_go_is_named_after_a_while(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "desk.lock")
    assert lock.try_take()
    with pytest.raises(AlreadyRunningError, match="does not answer"):
        claim_or_ask(tmp_path, {}, patience_s=0.2)
    lock.release()


def test_a_desk_that_is_still_starting_is_waited_for(tmp_path: Path) -> None:
    starting = claim(tmp_path)
    assert starting
    answers: list[object] = []
    asker = threading.Thread(target=lambda: answers.append(claim_or_ask(tmp_path, {"n": 1})))
    asker.start()
    starting.serve(lambda request: {"late": request["n"]})
    asker.join()
    assert answers == [{"late": 1}]
    starting.release()


def test_a_request_whose_answer_never_comes_is_not_repeated(tmp_path: Path) -> None:
    asked: list[bytes] = []
    lock = LockFile(tmp_path / "desk.lock")
    assert lock.try_take()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dying:
        dying.bind(str(tmp_path / "desk.sock"))
        dying.listen()

        def die_while_working() -> None:
            asking_whether_it_is_there, _ = dying.accept()
            asking_whether_it_is_there.recv(1000)
            asking_whether_it_is_there.sendall(b"{}")
            asking_whether_it_is_there.close()
            caller, _ = dying.accept()
            asked.append(caller.recv(1000))
            caller.close()

        worker = threading.Thread(target=die_while_working)
        worker.start()
        with pytest.raises(BrokenOffError):
            claim_or_ask(tmp_path, {"record": "once"})
        worker.join()
    assert asked == [b'{"record": "once"}']
    lock.release()


SERVE = """
import sys
from pathlib import Path
from techdesk.instance.claim import claim
ours = claim(Path(sys.argv[1]))
ours.serve(lambda request: print("was asked", flush=True) or {"done": True})
print("serves", flush=True)
sys.stdin.read()
"""


def test_a_desk_that_was_stopped_is_told_and_gets_no_work_for_later(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "serves\n"
        other.send_signal(signal.SIGSTOP)
        with pytest.raises(AlreadyRunningError, match="hangs"):
            ask(tmp_path / "desk.sock", {"record": "once"}, alive_within_s=0.3)
        other.send_signal(signal.SIGCONT)
        assert ask(tmp_path / "desk.sock", {"record": "now"}) == {"done": True}
        said, _ = other.communicate("")
    assert said == "was asked\n"


def test_garbage_on_the_socket_does_not_stop_the_service(tmp_path: Path, served: Claim) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as rude:
        rude.connect(str(tmp_path / "desk.sock"))
        rude.sendall(b"\xff\x00 no json")
        rude.shutdown(socket.SHUT_WR)
        assert rude.recv(10) == b""
    assert ask(tmp_path / "desk.sock", {"still": "there"}) == {"you said": {"still": "there"}}


def test_who_serves_no_more_still_holds_the_claim(tmp_path: Path, served: Claim) -> None:
    served.stop_serving()
    assert ask(tmp_path / "desk.sock", {}) is None
    assert claim(tmp_path) is None


def test_a_request_that_runs_is_finished_before_the_desk_is_released(tmp_path: Path) -> None:
    ours = claim(tmp_path)
    assert ours
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> dict[str, object]:
        begun.set()
        go_on.wait(5)
        return {"finished": True}

    ours.serve(slow)
    answers: list[object] = []
    asker = threading.Thread(target=lambda: answers.append(ask(tmp_path / "desk.sock", {})))
    asker.start()
    assert begun.wait(5)
    releasing = threading.Thread(target=ours.release)
    releasing.start()
    go_on.set()
    asker.join()
    releasing.join()
    assert answers == [{"finished": True}]
