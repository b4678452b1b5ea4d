"""Cut the power while a damaged store is repaired: whatever the repair would have saved is saved by the next start.

Each seed is one cut: `seed // CUTS_A_REPAIR` chooses the damage, the seed itself throws the dice of the cut.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random

import apsw
from pytest import MonkeyPatch

from techdesk.application.outbox import Operation
from techdesk.domain.errors import TechDeskError
from techdesk.store.database import Database
from techdesk.store.opening import open_whole
from tests.power.cuts import MEMORY, clear_folder, put_files
from tests.power.disk import OF_THE_FOLDER, Disk, Image
from tests.power.recorder import Log, recording
from tests.soak.suite import Found
from tests.support.damaged_store import DAMAGES, NOON, some_store
from tests.support.store_records import KEY

CUTS_A_REPAIR = 10
_FILE = "store.db"
_QUARANTINE = "quarantine"

Work = dict[str, tuple[object, object]]
"""What was typed and what was sent, by operation."""


@dataclass(frozen=True)
class _Repair:
    """A recorded repair.

    Attributes:
        saved: The work that it saved.
        damaged: The file as it was damaged, None where there was none or SQLite's own log mended it.
    """

    log: Log
    saved: Work
    damaged: bytes | None


def run_repairs(seeds: range) -> Found:
    """Cut the power once for each seed while a damaged store is repaired."""
    found = Found()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for number, some in groupby(seeds, lambda seed: seed // CUTS_A_REPAIR):
            home = Path(folder) / str(number)
            repair = _recorded(list(DAMAGES)[number % len(DAMAGES)], home)
            found += _cut_all(repair, list(some), home)
            shutil.rmtree(home)
    return found


def run_careless_repairs(seeds: range) -> Found:
    """Do the same with a repair that does not wait for its disk: the control, whose failures show that one is seen."""
    beside = Database.beside

    def careless(self: Database, path: Path) -> Database:
        made = beside(self, path)
        made._synchronous = "OFF"
        return made

    with MonkeyPatch.context() as patch:
        patch.setattr(Database, "beside", careless)
        return run_repairs(seeds)


def _recorded(damage: str, home: Path) -> _Repair:
    """Repair a store that was damaged so, noting what is done to the disk."""
    made = some_store(home, orders=16, pulled_orders=6)
    shutil.rmtree(home / "live")
    DAMAGES[damage](made.path)
    damaged = made.path.read_bytes() if made.path.exists() and made.path.stat().st_size else None
    log = Log(home)
    with recording(log) as vfs, _every_connection_over(vfs):
        saved = _work_in(made.path)
    if not (home / _QUARANTINE).exists():
        damaged = None
    known = {op_id: (one.intent, one.request) for op_id, one in made.saved.items()}
    return _Repair(log, {op_id: work for op_id, work in saved.items() if known.get(op_id) == work}, damaged)


@contextmanager
def _every_connection_over(vfs: str) -> Iterator[None]:
    """Have every connection stand over a VFS.

    A reader that closes last asks for a lock that it cannot get, which SQLite passes over and a VFS in Python cannot:
    so it gets a file that it could write, and leaves the log alone as it would have.
    """
    connect = apsw.Connection

    def connected(name: str, *, flags: int = 0, statementcachesize: int = 0, **_: object) -> apsw.Connection:
        if not flags:
            return connect(name)
        reads = flags & apsw.SQLITE_OPEN_READONLY and not flags & apsw.SQLITE_OPEN_URI
        flags = flags & ~apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_READWRITE if reads else flags
        connection = connect(name, flags=flags, vfs=vfs, statementcachesize=statementcachesize)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(reads))
        return connection

    with MonkeyPatch.context() as patch:
        patch.setattr(apsw, "Connection", connected)
        yield


def _work_in(path: Path) -> Work:
    """Open the store, which repairs it if it must be; return what is in its outbox."""
    with closing(open_whole(path, KEY, lambda: NOON)) as store, store.read() as view:
        return {one.op_id: _work_of(one) for one in view.operations()}


def _work_of(operation: Operation) -> tuple[object, object]:
    return operation.intent, operation.request


def _cut_all(repair: _Repair, seeds: list[int], home: Path) -> Found:
    failures: list[str] = []
    facts = Counter(repairs=1, steps=len(repair.log.steps), operations=len(repair.saved))
    disk = Disk(repair.log)
    steps_of = {seed: _where(seed, repair.log) for seed in seeds}
    for seed in sorted(seeds, key=lambda one: (steps_of[one], one)):
        disk.play(steps_of[seed])
        what = _check(repair, disk.cut(Random(seed)), home)
        facts["saved" if not what else what.split(":")[0]] += 1
        if what:
            failures.append(f"seed {seed}, step {steps_of[seed]} of {len(repair.log.steps)}: {what}")
    return Found(runs=len(seeds), failures=tuple(failures), facts=facts)


def _where(seed: int, log: Log) -> int:
    """Return where to cut: anywhere, or as often close to a change of the folder, where files take others' places."""
    dice = Random(f"where {seed}")
    changes = [number for number, step in enumerate(log.steps) if step.kind in OF_THE_FOLDER]
    if dice.random() < 0.5 and changes:
        return min(len(log.steps), dice.choice(changes) + dice.randint(0, 2))
    return dice.randint(0, len(log.steps))


def _check(repair: _Repair, image: Image, home: Path) -> str:
    shutil.rmtree(home / _QUARANTINE, ignore_errors=True)
    clear_folder(home)
    put_files(image, home)
    try:
        found = _work_in(home / _FILE)
    except TechDeskError as error:
        return f"does not open: {error}"
    if lost := [op_id for op_id, work in repair.saved.items() if found.get(op_id) != work]:
        return f"lost: {len(lost)} of {len(repair.saved)} operations"
    kept = [one.read_bytes() for one in (home / _QUARANTINE).glob(f"*/{_FILE}")]
    if repair.damaged is not None and repair.damaged not in kept:
        return "not kept: the damaged file"
    return ""
