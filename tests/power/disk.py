"""Cut the power of a recorded disk: what was synced stays, what came later stays, goes or is torn, as the dice fall.

The model: a sync makes all earlier writes of its file durable, and all earlier creations, removals and renamings of the
folder (a journaling file system). Later writes reach the disk sector by sector (512 bytes) in any order, and a sector
may be torn; a write harms no byte beside it (SQLite's "powersafe overwrite", which its own VFS claims). Later changes
of the folder are durable up to one of them. A lying disk takes a sync for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.power.recorder import Kind, Log, Step

SECTOR = 512

Image = dict[str, bytes]
"""The files after a power cut by name."""

_CHANCES = (0.0, 0.1, 0.5, 0.9, 1.0)
"""How likely a write that was not synced is kept; one is drawn for each cut."""

_TORN = 0.05
OF_THE_FOLDER = (Kind.CREATE, Kind.REMOVE, Kind.RENAME, Kind.LINK)
"""Steps that change names, not contents."""


@dataclass(eq=False)
class _File:
    durable: bytearray
    later: list[Step] = field(default_factory=list)

    def settle(self) -> None:
        for step in self.later:
            _apply(self.durable, step, step.data)
        self.later.clear()


class Disk:
    """A disk on which a log is played, to be cut at any step; it only goes forward."""

    def __init__(self, log: Log, *, lies: bool = False) -> None:
        """Start before the first step."""
        self._steps = log.steps
        self._lies = lies
        self._done = 0
        self._files = {name: _File(bytearray(data)) for name, data in log.before.items()}
        self._durable_names = dict(self._files)
        self._later_names: list[tuple[Step, _File]] = []

    def play(self, until: int) -> None:
        """Do the steps before the one with this number."""
        for step in self._steps[self._done : until]:
            self._do(step)
        self._done = max(self._done, until)

    def cut(self, dice: Random) -> Image:
        """Return what is found after a power cut here; the disk itself goes on."""
        names = dict(self._durable_names)
        for step, file in self._later_names[: dice.randint(0, len(self._later_names))]:
            _rename(names, step, file)
        chance = dice.choice(_CHANCES)
        return {name: _after_cut(file, chance, dice) for name, file in names.items()}

    def _do(self, step: Step) -> None:
        if step.kind in OF_THE_FOLDER:
            file = _File(bytearray()) if step.kind is Kind.CREATE else self._files[step.name]
            self._later_names.append((step, file))
            _rename(self._files, step, file)
        elif step.kind not in (Kind.SYNC, Kind.SYNC_FOLDER):
            self._files[step.name].later.append(step)
        elif not self._lies:
            if step.kind is Kind.SYNC:
                self._files[step.name].settle()
            self._durable_names = dict(self._files)
            self._later_names.clear()


def _rename(names: dict[str, _File], step: Step, file: _File) -> None:
    if step.kind is Kind.CREATE:
        names[step.name] = file
    elif step.kind is not Kind.LINK:
        names.pop(step.name, None)
    if step.to:
        names[step.to] = file


def _after_cut(file: _File, chance: float, dice: Random) -> bytes:
    content = bytearray(file.durable)
    for step in file.later:
        if step.kind is Kind.TRUNCATE:
            if dice.random() < chance:
                _apply(content, step, b"")
        elif chance == 1.0:
            _apply(content, step, step.data)
        elif chance:
            _apply_sectors(content, step, chance, dice)
    return bytes(content)


def _apply_sectors(content: bytearray, step: Step, chance: float, dice: Random) -> None:
    """Keep some sectors of a write and tear some of those."""
    start, end = step.at, step.at + len(step.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if dice.random() < chance:
            kept = dice.randint(start, stop) if dice.random() < _TORN else stop
            _write(content, start, step.data[start - step.at : kept - step.at])
        start = stop


def _apply(content: bytearray, step: Step, data: bytes) -> None:
    if step.kind is Kind.TRUNCATE:
        del content[step.at :]
        content.extend(bytes(step.at - len(content)))
    else:
        _write(content, step.at, data)


def _write(content: bytearray, at: int, data: bytes) -> None:
    if at > len(content):
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data
