"""Kill a real process at a named step of an operation's life, start it again, and hold what is left against the log.

A child is forked from this warm process: a desk without a window over the real, encrypted store. Its requests come here
through a pipe, to a back end that lives on and keeps the log of what took effect. The child kills itself with SIGKILL,
or is killed from here while the server works.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import httpx
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.sync.engine import SyncEngine
from techdesk.store.order_store import open_store
from tests.faults import spoiling
from tests.faults.backends import Backend, Effect
from tests.faults.desk import BESIDE, FIRST, SECOND, Desk, Listening, what_of
from tests.faults.names import OUTGOING, PROFILES, Kind, Step
from tests.faults.play import NEWS, Cell, drain, hold_here
from tests.faults.stores import KEY, Reached, WatchedStore
from tests.faults.strike import Strike, Wire
from tests.faults.table import reasons
from tests.faults.virtual_time import virtual_time
from tests.support.builders import FakeClock

BEFORE, AFTER = "before", "after"
MOST_LIVES = 6
PATIENCE_S = 60.0
_HEAD = struct.Struct("!I")
_HERE = (Step.S8, Step.S9, Step.S10, Step.S11)
"""Steps at which the server works, so that the process is killed from here."""


class Case(NamedTuple):
    """Where a process is killed.

    Attributes:
        when: Before the step is done, or right after.
        again: At which of its commits the next process is killed, too; 0 for none.
    """

    profile: str
    step: Step
    when: str
    again: int

    def __str__(self) -> str:
        return f"{self.profile}-{self.step.name}-{self.when}" + (f"-again{self.again}" if self.again else "")


def every_case() -> list[Case]:
    """Return every named step of every back end, before and after, with one and with two deaths."""
    found = (Case(*one) for one in product(PROFILES, Step, (BEFORE, AFTER), (0, 1)))
    return [one for one in found if not reasons(Cell(one.profile, one.step, "kill"))]


def die() -> None:
    """End this process as a power cut would end it."""
    os.kill(os.getpid(), signal.SIGKILL)


class Death(Strike):
    """Kill this process at a step."""

    def __init__(self, case: Case, clock: FakeClock, *, is_first_life: bool) -> None:
        super().__init__(case.step, "kill", clock)
        self._case = case
        self._is_first_life = is_first_life
        self.has_struck = not is_first_life

    @override
    def reaches(self, step: Step) -> None:
        if self._is_first_life and step is self.step and self._case.when == BEFORE:
            die()

    @override
    def passed(self, step: Step) -> None:
        if self._is_first_life and step is self.step and self._case.when == AFTER:
            die()


# What passes between the two processes: a length, then a pickle; both ends are this program.


def tell(line: socket.socket, what: Any) -> None:
    """Tell the other process something."""
    told = pickle.dumps(what)
    line.sendall(_HEAD.pack(len(told)) + told)


def hear(line: socket.socket) -> Any:
    """Return what the other process told, None where the other end died within or before."""
    size = _exactly(line, _HEAD.size)
    told = _exactly(line, _HEAD.unpack(size)[0]) if size else b""
    return pickle.loads(told) if told else None


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        try:
            piece = line.recv(size - len(found))
        except ConnectionError:
            return b""
        except TimeoutError as error:
            raise AssertionError("the other process neither speaks nor ends") from error
        if not piece:
            return b""
        found += piece
    return found


# The child.


class _Piped(Wire):
    """Carry requests to the other process, piece by piece, so that one can die between the pieces."""

    line: ClassVar[socket.socket]

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        is_struck = not self._strike.has_struck and self.is_struck(request)
        told = pickle.dumps(("request", self._clock.ticks, is_struck, _plain(request)))
        frame = _HEAD.pack(len(told)) + told
        if is_struck:
            self._go_out(frame)
        else:
            self.line.sendall(frame)
        reply = hear(self.line)
        if is_struck and self._strike.step in (Step.S12, Step.S15):
            self._strike.reaches(self._strike.step)
            self._strike.passed(self._strike.step)
        return spoiling.whole(reply)

    def _go_out(self, frame: bytes) -> None:
        """Send a request in four pieces, each a step."""
        middle = len(frame) // 2
        pieces = (b"", frame[:64], frame[64:middle], frame[middle:])
        for step, piece in zip(OUTGOING, pieces, strict=True):
            self._strike.reaches(step)
            self.line.sendall(piece)
            self._strike.passed(step)


def _plain(request: httpx.Request) -> dict[str, Any]:
    headers = dict(request.headers)
    return {"method": request.method, "url": str(request.url), "headers": headers, "content": request.content}


def _remote(backend: type[Backend], line: socket.socket) -> Backend:
    """Return a back end whose log and orders are in the other process."""

    class Remote(backend):  # type: ignore[valid-type,misc]  # one of five classes that are known when it runs
        @property
        def effects(self) -> list[Effect]:
            tell(line, ("effects",))
            found: list[Effect] = hear(line)
            return found

        @effects.setter
        def effects(self, value: list[Effect]) -> None:
            """Keep nothing here."""

        def edit(self, order: str, title: str) -> None:
            tell(line, ("edit", order, title))
            hear(line)

    found: Backend = Remote()
    return found


class _ForkedDesk(Desk):
    """A desk in a process of its own."""

    wire_type = _Piped


@dataclass(frozen=True)
class _Life:
    """What a child is told.

    Attributes:
        number: The how manieth life it is.
        ticks: What the virtual clock has to show.
        acknowledged: What a person was told to be saved.
    """

    case: Case
    folder: Path
    number: int
    ticks: float
    acknowledged: frozenset[str]


def _live(life: _Life, line: socket.socket) -> None:
    """Do what a person does: save what is not saved yet, wait until all is settled, and tell what there is then."""
    clock = FakeClock()
    clock.advance(life.ticks)
    kind = PROFILES[life.case.profile]
    _Piped.line = line
    _ForkedDesk.first_id = life.number * 1000
    with virtual_time(clock):
        store = open_store(life.folder / "orders.db", KEY)
        death = Death(life.case, clock, is_first_life=life.number == 1)
        is_child = life.case.step is Step.S14

        def stores(reached: Reached, committed: Reached) -> OrderStore:
            watched = WatchedStore(store, reached, committed, lambda one: is_child and what_of(one) == SECOND)
            if life.number == 2 and life.case.again:
                watched.before_commit = _dying_at(life.case.again)
            return watched

        there = Kind(lambda: _remote(kind.backend, line), kind.work)  # type: ignore[arg-type]  # made like the class
        desk = _ForkedDesk(there, death, clock, stores)
        _work(desk, life, line)
        problems = hold_here(desk, Listening())
        states = {what_of(one): one.state for one in desk.operations()}
        tell(line, ("done", clock.ticks, problems, states, desk.decided))
        desk.close()


def _dying_at(number: int) -> Callable[[], None]:
    left = iter(range(number - 1, -1, -1))

    def count_down() -> None:
        if next(left, 1) == 0:
            die()

    return count_down


def _work(desk: Desk, life: _Life, line: socket.socket) -> None:
    desk.run(lambda: bool(desk.told.pages) and not desk.round.is_busy)
    desk.armed = True
    if life.number == 1:
        desk.backend.edit(desk.news.order_id, NEWS)
    desk.find_made()
    known = {what_of(one) for one in desk.operations()}
    if desk.is_made_here and FIRST in known and SECOND not in known:
        desk.save_on_made()
    for what, save in ((FIRST, desk.save_first), (BESIDE, desk.save_beside)):
        if what in known:
            continue
        assert what not in life.acknowledged, f"I3: “{what}” was said to be saved and is not there"
        save()
        tell(line, ("saved", what))
        hear(line)
    drain(desk)


# The parent.


def run_case(case: Case, folder: Path, template: Path) -> None:
    """Kill a process as the case says, as often as it says, and hold what is left against the log.

    Raises:
        AssertionError: Something was lost, doubled, out of order or stuck.
    """
    home = folder / str(case)
    shutil.copytree(template, home)
    backend = PROFILES[case.profile].backend()
    server = _Server(case, backend)
    life = _Life(case, home, 1, 0.0, frozenset())
    for number in range(1, MOST_LIVES):
        life = replace(life, number=number, ticks=server.ticks, acknowledged=frozenset(server.saved))
        if server.serve(life):
            break
    shutil.rmtree(home)
    # a life that recovers may have fewer commits than the one at which it is to die
    assert server.deaths in ((1, 2) if case.again > 1 else (1 + case.again,)), f"it died {server.deaths} times"
    _hold(case, server)


def _hold(case: Case, server: _Server) -> None:
    assert server.report is not None, server.trouble or "it never came to rest"
    problems, states, decided = server.report
    log = [one.what for one in server.backend.effects]
    assert sorted(log) == sorted([FIRST, SECOND, BESIDE]), f"I1: {log}"
    # what waits for a person holds nobody up
    assert FIRST in decided or log.index(FIRST) < log.index(SECOND), f"I4: {log}"
    assert problems == [], problems
    assert all(states[what] is OpState.DONE for what in (FIRST, SECOND, BESIDE)), f"I2: {states}"


class _Server:
    """The back end, while one child after the other talks to it."""

    def __init__(self, case: Case, backend: Backend) -> None:
        self.backend = backend
        self.saved: set[str] = set()
        self.ticks = 0.0
        self.deaths = 0
        self.report: Any = None
        self.trouble = ""
        self._case = case
        self._struck = False
        self._pid = 0

    def serve(self, life: _Life) -> bool:
        """Let a child live; say whether it came to its end by itself."""
        with _forked(life) as (self._pid, line):
            while told := hear(line):
                if not self._answered(told, line):
                    break
        died = self.report is None and not self.trouble
        self.deaths += died
        self.ticks += 2.0
        return not died

    def _answered(self, told: Any, line: socket.socket) -> bool:
        """Answer what a child asks; false where it is dead or done."""
        if told[0] == "request":
            self.ticks = max(self.ticks, told[1])
            return self._requested(told[2], httpx.Request(**told[3]), line)
        if told[0] == "done":
            self.ticks, self.report = told[1], told[2:]
            return False
        if told[0] == "trouble":
            self.trouble = told[1]
            return False
        if told[0] == "saved":
            self.saved.add(told[1])
        if told[0] == "edit":
            self.backend.edit(*told[1:])
        tell(line, self.backend.effects if told[0] == "effects" else True)
        return True

    def _requested(self, is_struck: bool, request: httpx.Request, line: socket.socket) -> bool:
        """Do what a request asks, unless this is where the process is killed from here."""
        kills_here = is_struck and self._case.step in _HERE and not self._struck
        if not kills_here:
            tell(line, self.backend.handle(request))
            return True
        self._struck = True
        step, when = self._case.step, self._case.when
        if (step, when) == (Step.S8, BEFORE):
            return self._kill()
        if (step, when) == (Step.S8, AFTER):
            # the process is dead when the server commits
            self._kill()
            self.backend.handle(request)
            return False
        reply = self.backend.handle(request)
        told = pickle.dumps(reply)
        told = _HEAD.pack(len(told)) + told
        parts = {Step.S9: (0, 1), Step.S10: (1, _HEAD.size), Step.S11: (_HEAD.size, len(told) // 2)}
        line.sendall(told[: parts[step][when == AFTER]])
        return self._kill()

    def _kill(self) -> bool:
        os.kill(self._pid, signal.SIGKILL)
        return False


@contextmanager
def _forked(life: _Life) -> Iterator[tuple[int, socket.socket]]:
    """Run a child; it is waited for at the end."""
    here, there = socket.socketpair()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        here.close()
        _be_the_child(life, there)
    there.close()
    here.settimeout(PATIENCE_S)
    try:
        yield pid, here
    finally:
        here.close()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _be_the_child(life: _Life, line: socket.socket) -> None:
    """Live, and never come back to what the parent was doing."""
    code = 1
    try:
        _live(life, line)
        code = 0
    except BaseException:  # noqa: BLE001 - a forked child must not go on as the test runner; the parent is told
        tell(line, ("trouble", traceback.format_exc()[-3000:]))
    finally:
        os._exit(code)


# The control.


@contextmanager
def sending_again_after_a_restart() -> Iterator[None]:
    """Break the engine in the classic way: what was in flight when the process died counts as never sent."""

    def forgetful(self: SyncEngine, now: datetime) -> Changes:
        own = vars(self)
        store: OrderStore = own["_store"]
        with store.write(Urgency.BACKGROUND) as tx:
            for one in tx.operations(account_id=own["_account_id"], states=[OpState.INFLIGHT]):
                tx.save_operation(replace(one, state=OpState.QUEUED, attempts=0))
        return usual(self, now)

    usual = SyncEngine.recover
    SyncEngine.recover = forgetful  # type: ignore[method-assign]  # broken on purpose, for the control
    try:
        yield
    finally:
        SyncEngine.recover = usual  # type: ignore[method-assign]  # mended again
