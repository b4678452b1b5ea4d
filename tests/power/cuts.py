"""Cut the power of recorded lives, open what is left, and count what was lost.

Each seed is one cut: `seed // CUTS_A_LIFE` is the life, the seed itself throws the dice of the cut.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from random import Random
from shutil import rmtree

import apsw

from techdesk.application.ports import Urgency
from techdesk.application.queries import OrderFilter
from techdesk.application.store_news import StoreNews
from techdesk.application.sync.engine import SyncEngine
from techdesk.domain.errors import StoreError, TechDeskError
from techdesk.domain.records import RecordType
from techdesk.store.border import translated
from techdesk.store.database import Database
from techdesk.store.migrations import migrate, set_moves
from techdesk.store.opening import open_whole
from techdesk.store.order_store import open_store
from tests.power import recorder
from tests.power.contents import content_of, damage_of, disagreements
from tests.power.disk import Disk, Image
from tests.power.life import ACCOUNT, BACKUPS, FILE, Kind, Life, live
from tests.soak.suite import Found
from tests.support.builders import MORNING, FakeClock, Ids
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.store_records import KEY, a_record, an_operation

CUTS_A_LIFE = 500
_WHOLE_PROGRAM_EVERY = 50
"""Opening the whole program on what is left takes ten times as long as looking at the file."""

REMOVE = recorder.Kind.REMOVE
_INDEX = ".search"
MEMORY = Path("/dev/shm")
"""Where lives are recorded and opened again, if the system has such a place."""


def run(seeds: range) -> Found:
    """Cut the power once for each seed: nothing that was acknowledged may be missing, nothing may be damaged."""
    return _each_life(seeds, "FULL", _check)


def run_careless(seeds: range, synchronous: str) -> Found:
    """Do the same to a store that does not wait for its disk: the control, whose failures show that one is seen."""
    return _each_life(seeds, synchronous, _check)


def run_lying(seeds: range) -> Found:
    """Do the same to a disk that takes a sync for nothing: nothing may crash, and damage is told."""
    return _each_life(seeds, "FULL", _check_lying, lies=True)


@dataclass
class _Cut:
    """One cut: where it was, and what was left."""

    seed: int
    life: Life
    steps: int
    image: Image
    agreed: set[int]

    @property
    def allowed(self) -> set[int]:
        """Return the contents that may be there: the last acknowledged one, or the one being committed."""
        last = self.life.acknowledged(self.steps)
        return {mark.content for mark in self.life.marks[max(0, last) : last + 2]}


_Check = Callable[..., str]


def _each_life(seeds: range, synchronous: str, check: _Check, *, lies: bool = False) -> Found:
    found = Found()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for number, some in groupby(seeds, lambda seed: seed // CUTS_A_LIFE):
            home = Path(folder) / str(number)
            home.mkdir()
            life = live(number, home, synchronous)
            found += _one_life(life, list(some), Disk(life.log, lies=lies), partial(check, home=home))
            rmtree(home)
    return found


def _one_life(life: Life, seeds: list[int], disk: Disk, check: Callable[[_Cut], str]) -> Found:
    failures: list[str] = []
    facts = Counter(lives=1, commits=len(life.marks), steps=len(life.log.steps))
    agreed: set[int] = set()
    for steps, seed in _in_order(seeds, len(life.log.steps)):
        disk.play(steps)
        what = check(_Cut(seed, life, steps, disk.cut(Random(seed)), agreed))
        facts[what.split(":")[0] or "whole"] += 1
        if what:
            failures.append(f"seed {seed}, step {steps} of {len(life.log.steps)}: {what}")
    return Found(runs=len(seeds), failures=tuple(failures), facts=facts)


def _in_order(seeds: Iterable[int], steps: int) -> list[tuple[int, int]]:
    return sorted((Random(f"where {seed}").randint(0, steps), seed) for seed in seeds)


def _check(cut: _Cut, home: Path) -> str:
    """Return what is wrong after a cut, or empty text."""
    whole_program = cut.seed % _WHOLE_PROGRAM_EVERY == 0
    clear_folder(home)
    try:
        if wrong := _check_backups(cut, home):
            return wrong
        clear_folder(home)
        put_files({name: data for name, data in cut.image.items() if whole_program or _is_store(name)}, home)
        return _check_file(cut, home / FILE) or (_check_program(home / FILE) if whole_program else "")
    except (TechDeskError, apsw.Error) as error:
        return f"does not open: {type(error).__name__}: {error}"


def _check_file(cut: _Cut, path: Path) -> str:
    with closing(Database(path, KEY).writer()) as connection:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        if damage := damage_of(connection):
            return f"damaged: {damage}"
        migrate(connection)
        set_moves(connection)
        content = content_of(connection)
        if content not in cut.allowed:
            return _what_is_there(cut, content)
        if content not in cut.agreed and cut.life.kind is not Kind.UPDATE:
            cut.agreed.add(content)
            return "".join(f"disagreement: {one} " for one in disagreements(connection))
    return ""


def _check_backups(cut: _Cut, home: Path) -> str:
    """Return what is wrong with the backups: each one there is whole, and each that was acknowledged is there."""
    there = {name: data for name, data in cut.image.items() if _is_backup(name)}
    wanted = {f"{BACKUPS}/{name}" for name, steps in cut.life.backups.items() if steps <= cut.steps}
    missing = wanted - there.keys()
    if missing - {step.name for step in cut.life.log.steps[: cut.steps] if missing and step.kind is REMOVE}:
        return f"lost: {sorted(missing)}, a backup that was acknowledged"
    contents = {mark.content for mark in cut.life.marks} | cut.life.earlier
    for name, data in there.items():
        known = hash((name, data))
        if known not in cut.agreed:
            put_files({name: data}, home)
            with closing(Database(home / name, KEY).fixed_reader()) as connection:
                if damage_of(connection) or content_of(connection) not in contents:
                    return f"damaged: {name}"
            cut.agreed.add(known)
    return ""


def _is_store(name: str) -> bool:
    """Say whether a file is needed to look at the store: not the search index, which can be made again, nor copies."""
    return _INDEX not in name and not name.startswith(f"{BACKUPS}/")


def _is_backup(name: str) -> bool:
    return name.startswith(f"{BACKUPS}/") and name.endswith(".db")


def _what_is_there(cut: _Cut, content: int) -> str:
    there = [number for number, mark in enumerate(cut.life.marks) if mark.content == content]
    if not there:
        return "mixed: a state that never was"
    return f"lost: commit {there[-1]} is there, {cut.life.acknowledged(cut.steps)} was acknowledged"


def _check_program(path: Path) -> str:
    """Open the whole program on what is left: nothing is taken for damage, and a save after the cut is kept."""
    news: list[StoreNews] = []
    with closing(open_whole(path, KEY, lambda: MORNING)) as store:
        store.look_after_itself(news.append)
        SyncEngine(ACCOUNT, store, FakeConnector(FakeServer()), Ids(), lambda: 0.5).recover(FakeClock().now())
        with store.write(Urgency.PERSON) as tx:
            tx.save_record(a_record("tmp_after"))
            tx.add_operation(an_operation(0xAF7E, order_id="tmp_after", record_id="tmp_after", created_at=MORNING))
        store.index_now()
    if news:
        return f"taken for damage: {news}"
    with closing(open_store(path, KEY)) as store, store.read() as view:
        if view.record(ACCOUNT, RecordType.ORDER, "tmp_after") is None:
            return "lost: what was saved after the cut"
        if len(view.order_keys(OrderFilter(text="kettle"))) != 1:
            return "not found: what was saved after the cut"
    return ""


def _check_lying(cut: _Cut, home: Path) -> str:
    """Return what is wrong after a cut that a lying disk made worse; damage that is told is not."""
    clear_folder(home)
    put_files({name: data for name, data in cut.image.items() if not _is_backup(name)}, home)
    try:
        with closing(Database(home / FILE, KEY).writer()) as connection, translated():
            if damage_of(connection):
                return ""
            migrate(connection)
            set_moves(connection)
            if content_of(connection) not in {mark.content for mark in cut.life.marks}:
                return "mixed: a state that never was, and nothing tells"
    except StoreError:
        pass
    return ""


def clear_folder(home: Path) -> None:
    """Remove every file below a folder."""
    for path in [one for one in home.rglob("*") if one.is_file()]:
        path.unlink()


def put_files(image: Image, home: Path) -> None:
    """Write the files of an image into a folder."""
    for name, data in image.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(data)
