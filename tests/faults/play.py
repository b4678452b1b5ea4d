"""Play one cell: let a fault strike, let it end, let the person decide, and hold what is left against every oracle."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import OrderStore
from techdesk.connectors.resource_scheduler import connector as scheduler
from techdesk.domain.errors import StoreError
from techdesk.domain.records import RecordType
from tests.faults.backends import BlindExtend
from tests.faults.desk import BESIDE, FIRST, SECOND, Desk, Listening, what_of
from tests.faults.names import FAULTS, PROFILES, Group, Step, Work
from tests.faults.stores import Reached, SickDisk, WatchedStore
from tests.faults.strike import CANARY, Strike
from tests.faults.virtual_time import virtual_time
from tests.support.builders import FakeClock
from tests.support.every_line import every_line
from tests.support.memory_store import MemoryStore

NEWS = "changed by somebody else"
SHORT_LIST = 3
"""A list of the Resource Scheduler goes on after so many, where a fault is about pages."""

_NO_WORDS_FOR_PEOPLE = re.compile(r"Traceback|Error\b|Exception|\bNone\b|\b[1-5]\d\d\b|0x[0-9a-f]{6}")


class Cell(NamedTuple):
    """One square of the matrix."""

    profile: str
    step: Step
    fault: str

    def __str__(self) -> str:
        return f"{self.profile}-{self.step.name}-{self.fault}"


class Played(NamedTuple):
    """What a cell is expected to bring, and what it brought.

    Attributes:
        sees: The class of the struck request, page or save.
        had: How many effects the server had when the fault had just struck.
        ends: Where the operation comes to rest before a person does anything.
    """

    sees: str
    had: str
    ends: str

    def __str__(self) -> str:
        return " | ".join(self)


@dataclass
class _Seen:
    """What was noted while it went on."""

    had: int = 0
    page: str = ""
    was_noted: bool = False
    changed_again: bool = False


def play(cell: Cell, folder: Path, template: Path) -> Played:
    """Play a cell and return what came of it.

    Raises:
        AssertionError: An oracle is broken; the text says which.
    """
    clock = FakeClock()
    with (
        virtual_time(clock),
        _listening() as listening,
        _short_lists(cell),
        _a_desk(cell, clock, folder, template) as desk,
    ):
        seen = _Seen()
        played = _played(cell, desk, seen)
        _hold(desk, played, listening)
        return played


def _played(cell: Cell, desk: Desk, seen: _Seen) -> Played:
    desk.run(lambda: bool(desk.told.pages) and not desk.round.is_busy)
    desk.armed = True
    desk.backend.edit(desk.news.order_id, NEWS)
    _save(desk)
    desk.save_beside()
    desk.before(Step.S3)
    _go_on(desk, seen)
    assert desk.strike.has_struck, "the fault did not strike"
    first = desk.first()
    assert first is not None, "I3: what was saved is not there"
    played = Played(_sees(cell, desk, seen), str(seen.had), first.state.value)
    _decide_all(desk, seen)
    return played


def drain(desk: Desk) -> None:
    """Let things happen and the person decide until nothing is open."""
    seen = _Seen()
    _go_on(desk, seen)
    _decide_all(desk, seen)


def hold_here(desk: Desk, listening: Listening) -> list[str]:
    """Return which oracles are broken that the desk alone can tell."""
    try:
        _hold_view(desk)
        _hold_words(desk, listening)
    except AssertionError as error:
        return [str(error)]
    return desk.wire.leaks


def _decide_all(desk: Desk, seen: _Seen) -> None:
    for _ in range(4):
        waiting = [one for one in desk.operations() if one.state.needs_person]
        if not waiting:
            return
        desk.decide(waiting[0])
        _go_on(desk, seen)


def _save(desk: Desk) -> None:
    """Save as a person does who saves again whatever was not saved."""
    desk.before(Step.S2)
    for _ in range(3):
        try:
            if desk.in_life(desk.save_first):
                break
        except StoreError as error:
            desk.told.failures.append(type(error).__name__)
            desk.told.words.append(str(error))
            while desk.strike.lasts():
                desk.turn()
            desk.heal()


def _go_on(desk: Desk, seen: _Seen) -> None:
    """Let things happen until only a person could bring anything forward."""

    def note() -> None:
        if ("aside" in desk.told.pages or desk.strike.fault == "empty_list") and desk.strike.has_struck:
            _change_again(desk, seen)
        if desk.strike.has_struck and not seen.was_noted:
            seen.was_noted = True
            seen.had = _count(desk, SECOND if desk.is_made_here else FIRST)
            seen.page = desk.told.pages[-1] if desk.told.pages else ""
        _save_second(desk)

    desk.run(lambda: _is_quiet(desk), note)


def _change_again(desk: Desk, seen: _Seen) -> None:
    """Let somebody change again what could not be read: a feed brings it the next time it changes."""
    if not seen.changed_again and not desk.strike.lasts():
        seen.changed_again = True
        desk.backend.edit(desk.news.order_id, NEWS)


def _save_second(desk: Desk) -> None:
    first = desk.first()
    if first is None or first.is_untouched or desk.is_made_here or desk.strike.lasts():
        return
    if any(what_of(one) == SECOND for one in desk.operations()):
        return
    with suppress(StoreError):
        desk.save_second()


def _is_quiet(desk: Desk) -> bool:
    """Say whether nothing goes on by itself any more, and what others did is shown."""
    operations = desk.operations()
    stopped = {one.record_id for one in operations if one.state.needs_person}
    is_open = any(not one.state.is_settled and one.record_id not in stopped for one in operations)
    is_complete = any(what_of(one) == SECOND for one in operations) and desk.strike.has_struck
    is_read = isinstance(desk.backend, BlindExtend) or desk.shown(desk.news) == NEWS
    return not is_open and is_complete and is_read and not desk.strike.lasts() and not desk.round.is_busy


def _sees(cell: Cell, desk: Desk, seen: _Seen) -> str:
    told = desk.told
    if cell.fault == "kill":
        return "death"
    if cell.fault == "exception":
        return "crash" if told.crashes else "nothing"
    if FAULTS[cell.fault] is Group.STORE:
        return told.failures[0] if told.failures else "nothing"
    if cell.step in (Step.S15, Step.S16):
        return seen.page
    return told.outcomes[0] if told.outcomes else "nothing"


def _count(desk: Desk, what: str) -> int:
    return sum(one.what == what for one in desk.backend.effects)


# The oracles.


def _hold(desk: Desk, played: Played, listening: Listening) -> None:
    """Hold what is left against every oracle."""
    operations = desk.operations()
    open_ones = [one for one in operations if not one.state.is_settled]
    assert not open_ones, f"I6: not settled: {open_ones}"
    for what in (FIRST, SECOND, BESIDE):
        assert _count(desk, what) == 1, f"I1: “{what}” took effect {_count(desk, what)} times"
        assert any(what_of(one) == what and one.state is OpState.DONE for one in operations), f"I2: “{what}” not done"
    if played.ends == OpState.DONE.value:
        log = [one.what for one in desk.backend.effects]
        assert log.index(FIRST) < log.index(SECOND), f"I4: {log}"
    _hold_view(desk)
    assert not desk.wire.leaks, desk.wire.leaks
    _hold_words(desk, listening)


def _hold_view(desk: Desk) -> None:
    """I7: the desk shows what the server holds, each thing once."""
    shown = [(order, what) for order in (desk.order, desk.other) for what in _events(desk, order)]
    wished = [(desk.order, SECOND)] if desk.backend.system == "flow_retail" else []
    if desk.kind.work is Work.EVENT:
        wished = [(desk.order, SECOND), (desk.other, BESIDE)] + ([] if desk.is_made_here else [(desk.order, FIRST)])
    elif desk.is_made_here:
        wished = [(desk.order, SECOND)]
    assert sorted(shown) == sorted(wished), f"I7: shown {shown}, wished {wished}"
    if desk.kind.work is Work.CHANGE:
        assert desk.shown(desk.other) == BESIDE, "I7: the change beside is not shown"
    if desk.is_made_here or desk.kind.work is Work.CHANGE:
        assert desk.shown(desk.order) == FIRST, f"I7: shown is {desk.shown(desk.order)}"


def _events(desk: Desk, order: OrderRef) -> list[str]:
    with desk.store.read() as view:
        parts = view.parts(order.account_id, order.order_id, RecordType.EVENT)
    return [str(one.view.get("notes")) for one in parts]


def _hold_words(desk: Desk, listening: Listening) -> None:
    """I11: no secret in any word; and no person is told a bare status, a program's word or a traceback."""
    reasons = [one.reason for one in desk.operations()]
    everything = "\n".join([*listening.words, *reasons, *desk.told.words, *desk.told.crashes])
    assert CANARY not in everything, "I11: a secret was told"
    for words in (*reasons, *desk.told.words):
        found = _NO_WORDS_FOR_PEOPLE.search(words)
        assert found is None, f"a person is told “{words}”"


# The surroundings.


@contextmanager
def _a_desk(cell: Cell, clock: FakeClock, folder: Path, template: Path) -> Iterator[Desk]:
    strike = Strike(cell.step, cell.fault, clock)
    disk = SickDisk(folder / str(cell), template) if strike.group in (Group.STORE, Group.BODY) else None

    def stores(reached: Reached, committed: Reached) -> OrderStore:
        inner: OrderStore = disk.store if disk else MemoryStore()
        return WatchedStore(inner, reached, committed, lambda one: cell.step is Step.S14 and what_of(one) == SECOND)

    desk = Desk(PROFILES[cell.profile], strike, clock, stores, disk)
    try:
        yield desk
    finally:
        desk.close()
        if disk:
            disk.close()
            shutil.rmtree(folder / str(cell))


@contextmanager
def _listening() -> Iterator[Listening]:
    listening = Listening()
    with every_line(listening):
        yield listening


@contextmanager
def _short_lists(cell: Cell) -> Iterator[None]:
    usual = scheduler.PAGE
    if FAULTS[cell.fault] is Group.LIST:
        scheduler.PAGE = SHORT_LIST
    try:
        yield
    finally:
        scheduler.PAGE = usual
