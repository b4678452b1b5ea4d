"""Turn SQLite's errors into ours, at the store's one border."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from techdesk.domain.errors import DiskFullError, StoreBusyError, StoreCorruptError, StoreError, StoreLockedError

_OURS: dict[type[apsw.Error], type[StoreError]] = {
    apsw.BusyError: StoreBusyError,
    apsw.LockedError: StoreBusyError,
    apsw.FullError: DiskFullError,
    apsw.CorruptError: StoreCorruptError,
    apsw.NotADBError: StoreCorruptError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what SQLite says about the world as our errors; what it says about our SQL stays as it is: a bug.

    Raises:
        StoreBusyError: Another program holds the file.
        DiskFullError: There is no room left.
        StoreCorruptError: The file is damaged.
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
        StoreLockedError: The key is wrong, or the file is no store.
        StoreError: As `translated`.
    """
    try:
        with translated():
            yield
    except StoreCorruptError as error:
        if isinstance(error.__cause__, apsw.NotADBError):
            raise StoreLockedError from error
        raise
