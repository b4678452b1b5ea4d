"""Stand below SQLite as a VFS and note what it writes: every write, truncation, sync, creation and removal, in order.

What Python itself does is noted too: what it flushed, renamed and removed. What it wrote and never flushed is not, so a
file that is renamed before it was flushed is found empty after a cut.

The bytes are those that reach the disk, encrypted; SQLite's cipher stands above this VFS. The shared memory (`-shm`) is
SQLite's own: it means nothing after a power cut.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

import apsw
from pytest import MonkeyPatch
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
    LINK = "link"
    SYNC_FOLDER = "sync folder"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a file.

    Attributes:
        at: Where it was written, or what it was cut to.
        to: The new name, or the other one.
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
    by_sqlite: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Look at what is there."""
        self.before = {str(one.relative_to(self.folder)): one.read_bytes() for one in _files(self.folder)}
        self.names = set(self.before)

    def add(self, kind: Kind, name: str, at: int = 0, data: bytes = b"") -> None:
        """Note a step."""
        self.steps.append(Step(kind, name, at, data))

    def opened(self, name: str) -> None:
        """Note that a file was opened, which makes it where it was missing, with what Python had put into it."""
        if name not in self.names:
            self.names.add(name)
            self.add(Kind.CREATE, name)
            if written := (self.folder / name).read_bytes():
                self.add(Kind.WRITE, name, 0, written)

    def removed(self, name: str) -> None:
        """Note that a file was removed."""
        if name in self.names:
            self.names.discard(name)
            self.add(Kind.REMOVE, name)

    def renamed(self, name: str, to: str) -> None:
        """Note that a file was renamed."""
        self.names.discard(name)
        self.names.add(to)
        self.by_sqlite.discard(to)
        if name in self.by_sqlite:
            self.by_sqlite.add(to)
        self.steps.append(Step(Kind.RENAME, name, to=to))

    def linked(self, name: str, to: str) -> None:
        """Note that a file got a second name."""
        self.names.add(to)
        self.steps.append(Step(Kind.LINK, name, to=to))

    def synced(self, path: Path) -> None:
        """Note that Python flushed a file, with what it had written, or a folder."""
        name = self.name_of(path)
        if path.is_dir():
            self.add(Kind.SYNC_FOLDER, name)
            return
        self.opened(name)
        if name not in self.by_sqlite:
            data = path.read_bytes()
            self.add(Kind.TRUNCATE, name, len(data))
            self.add(Kind.WRITE, name, 0, data)
        self.add(Kind.SYNC, name)

    def holds(self, path: Path) -> bool:
        """Say whether a file or a folder is one of those."""
        return path.is_relative_to(self.folder) and not path.name.endswith("-shm")

    def name_of(self, path: Path) -> str:
        """Return how a file is called here."""
        return str(path.relative_to(self.folder))


@contextmanager
def recording(log: Log) -> Iterator[str]:
    """Give the name of a VFS that notes in `log` what it does, as what Python does to files, until the block ends."""
    name = f"power{next(_numbers)}"
    below = _Recorder(name, log)
    python = _Python(log)
    try:
        with MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", python.fsync)
            patch.setattr(os, "replace", python.replace)
            patch.setattr(os, "rename", python.replace)
            patch.setattr(os, "unlink", python.unlink)
            patch.setattr(os, "link", python.link)
            patch.setattr(os, "posix_fallocate", python.posix_fallocate)
            yield _CIPHERS_ABOVE + name
    finally:
        below.unregister()


class _Python:
    """What Python does to files: the real thing, noted."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._fsync, self._replace, self._unlink, self._link = os.fsync, os.replace, os.unlink, os.link
        self._posix_fallocate = os.posix_fallocate

    def fsync(self, descriptor: int) -> None:
        self._fsync(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if self._log.holds(path):
            self._log.synced(path)

    def posix_fallocate(self, descriptor: int, start: int, length: int) -> None:
        self._posix_fallocate(descriptor, start, length)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if self._log.holds(path):
            self._log.add(Kind.TRUNCATE, self._log.name_of(path), path.stat().st_size)

    def replace(self, source: Any, target: Any, **options: Any) -> None:
        self._replace(source, target, **options)
        if self._log.holds(Path(source)):
            self._log.renamed(self._log.name_of(Path(source)), self._log.name_of(Path(target)))

    def link(self, source: Any, target: Any, **options: Any) -> None:
        self._link(source, target, **options)
        if self._log.holds(Path(source)):
            self._log.linked(self._log.name_of(Path(source)), self._log.name_of(Path(target)))

    def unlink(self, path: Any, **options: Any) -> None:
        self._unlink(path, **options)
        if not options and self._log.holds(Path(path)):
            self._log.removed(self._log.name_of(Path(path)))


def _files(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.rglob("*")) if one.is_file() and not one.name.endswith("-shm"))


class _Recorder(apsw.VFS):
    def __init__(self, name: str, log: Log) -> None:
        super().__init__(name, "")
        self._log = log

    @override
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or not self._log.holds(Path(path)):
            return apsw.VFSFile("", name, flags)
        return _RecordedFile(name, flags, self._log, self._log.name_of(Path(path)))

    @override
    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._log.removed(self._log.name_of(Path(filename)))


class _RecordedFile(apsw.VFSFile):
    def __init__(self, path: str | apsw.URIFilename | None, flags: list[int], log: Log, name: str) -> None:
        super().__init__("", path, flags)
        self._log = log
        self._name = name
        log.opened(name)
        log.by_sqlite.add(name)

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
