"""Turn SQLite's errors into ours, at the store's one border."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from techdesk.domain.errors import DiskFull, StoreBusy, StoreCorrupt, StoreError, StoreLocked

_OURS: dict[type[apsw.Error], type[StoreError]] = {
    apsw.BusyError: StoreBusy,
    apsw.LockedError: StoreBusy,
    apsw.FullError: DiskFull,
    apsw.CorruptError: StoreCorrupt,
    apsw.NotADBError: StoreCorrupt,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what SQLite says about the world as our errors; what it says about our SQL stays as it is: a bug.

    Raises:
        StoreBusy: Another program holds the file.
        DiskFull: There is no room left.
        StoreCorrupt: The file is damaged.
        StoreError: The file cannot be opened, read or written.
    """
    try:
        yield
    except tuple(_OURS) as error:
        raise _OURS[type(error)] from error
    except (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise StoreError(hint=f"The system said: {error}. What you typed is still here") from error


@contextmanager
def unlocking() -> Iterator[None]:
    """Raise our errors while a file is opened: bytes that make no sense mean a wrong key here.

    SQLite cannot tell a wrong key from a file that is no database; nothing was changed in either case.

    Raises:
        StoreLocked: The key is wrong, or the file is no store.
        StoreError: As `translated`.
    """
    try:
        with translated():
            yield
    except StoreCorrupt as error:
        if isinstance(error.__cause__, apsw.NotADBError):
            raise StoreLocked from error
        raise
