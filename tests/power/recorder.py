"""Stand below SQLite as a VFS and note what it writes: every write, truncation, sync, creation and removal, in order.

The bytes are those that reach the disk, encrypted; SQLite's cipher stands above this VFS. The shared memory (`-shm`) is
SQLite's own: it means nothing after a power cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from pathlib import Path

import apsw
from typing_extensions import override

_CIPHERS_ABOVE = "multipleciphers-"
"""Before a VFS's name, SQLite3MultipleCiphers stands between SQLite and it."""

_numbers = count(1)


class Kind(Enum):
    """What was done to a file."""

    CREATE = "create"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    REMOVE = "remove"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a file.

    Attributes:
        at: Where it was written, or what it was cut to.
        to: The new name, of a renamed one.
    """

    kind: Kind
    name: str
    at: int = 0
    data: bytes = b""
    to: str = ""


@dataclass
class Log:
    """What was done to the files of a folder, and what was in them before."""

    folder: Path
    before: dict[str, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Look at what is there."""
        self.before = {str(one.relative_to(self.folder)): one.read_bytes() for one in _files(self.folder)}
        self.names = set(self.before)

    def add(self, kind: Kind, name: str, at: int = 0, data: bytes = b"") -> None:
        """Note a step."""
        self.steps.append(Step(kind, name, at, data))

    def opened(self, name: str) -> None:
        """Note that a file was opened, which makes it where it was missing."""
        if name not in self.names:
            self.names.add(name)
            self.add(Kind.CREATE, name)

    def removed(self, name: str) -> None:
        """Note that a file was removed."""
        self.names.discard(name)
        self.add(Kind.REMOVE, name)


@contextmanager
def recording(log: Log) -> Iterator[str]:
    """Give the name of a VFS that notes in `log` what it does, until the end of the block."""
    name = f"power{next(_numbers)}"
    below = _Recorder(name, log)
    try:
        yield _CIPHERS_ABOVE + name
    finally:
        below.unregister()


def _files(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.rglob("*")) if one.is_file() and not one.name.endswith("-shm"))


class _Recorder(apsw.VFS):
    def __init__(self, name: str, log: Log) -> None:
        super().__init__(name, "")
        self._log = log

    @override
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or not Path(path).is_relative_to(self._log.folder):
            return apsw.VFSFile("", name, flags)
        return _RecordedFile(name, flags, self._log, str(Path(path).relative_to(self._log.folder)))

    @override
    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._log.removed(str(Path(filename).relative_to(self._log.folder)))


class _RecordedFile(apsw.VFSFile):
    def __init__(self, path: str | apsw.URIFilename | None, flags: list[int], log: Log, name: str) -> None:
        super().__init__("", path, flags)
        self._log = log
        self._name = name
        log.opened(name)

    @override
    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._log.add(Kind.WRITE, self._name, offset, bytes(data))

    @override
    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._log.add(Kind.TRUNCATE, self._name, newsize)

    @override
    def xSync(self, flags: int) -> None:
        # the folder this is recorded in may be memory, where a sync costs nothing and means nothing
        super().xSync(flags)
        self._log.add(Kind.SYNC, self._name)
