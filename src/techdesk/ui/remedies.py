"""Give every error that reaches the window a button that does something about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from PySide6.QtGui import QGuiApplication

from techdesk.domain.errors import (
    AlreadyRunningError,
    AlreadySentError,
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    CursorExpiredError,
    NoAccountError,
    NotPrintedError,
    OfflineError,
    OrderClosedError,
    OutcomeUnknownError,
    RecordGoneError,
    RemovalRefusedError,
    SecretsError,
    StoreError,
    StoreTakenError,
    TechDeskError,
)


class _Dialogs(Protocol):
    def accounts(self) -> None:
        """Open the accounts."""
        ...


class _Finder(Protocol):
    def search(self) -> None:
        """Open the search on the server."""
        ...


class Helps(Protocol):
    """What the window can do about an error."""

    @property
    def opens(self) -> _Dialogs:
        """Return what opens dialogs over the window."""
        ...

    @property
    def finder(self) -> _Finder:
        """Return what brings orders here."""
        ...

    def change_status(self) -> None:
        """Offer the statuses for the selected orders."""
        ...

    def print_order(self) -> None:
        """Open the papers of the order that is shown."""
        ...

    def show_sync_center(self) -> None:
        """Show or leave the sync centre."""
        ...

    def sync_now(self) -> None:
        """Sync at once."""
        ...

    def quit(self) -> None:
        """Close the window."""
        ...


class Remedy(NamedTuple):
    """A button: what it says, what it does with the window, and what to say where an error itself says no more."""

    label: str
    act: Callable[[Helps, TechDeskError], None]
    hint: str = "Nothing was changed; what you typed is still here"


_TRY_AGAIN = Remedy("Try again", lambda window, _: window.sync_now())
_ACCOUNTS = Remedy("Accounts…", lambda window, _: window.opens.accounts(), "Your work is kept here and sent later")
_SYNC_CENTRE = Remedy("Sync centre", lambda window, _: window.show_sync_center())
_CLOSE = Remedy("Close TechDesk", lambda window, _: window.quit(), "Use the window that is open already")
_COPY = Remedy("Copy", lambda _, error: QGuiApplication.clipboard().setText(str(error)))
_SEARCH = Remedy("Search on the server…", lambda window, _: window.finder.search(), "Somebody may have removed it")

REMEDIES: Mapping[type[TechDeskError], Remedy] = {
    TechDeskError: _COPY,
    OrderClosedError: Remedy("Change status…", lambda window, _: window.change_status()),
    AlreadySentError: _SYNC_CENTRE,
    RecordGoneError: _SEARCH,
    RemovalRefusedError: _SYNC_CENTRE,
    NoAccountError: _ACCOUNTS,
    StoreError: _SYNC_CENTRE,
    StoreTakenError: _CLOSE,
    NotPrintedError: Remedy("Print…", lambda window, _: window.print_order()),
    SecretsError: _ACCOUNTS,
    ConnectionFailedError: _ACCOUNTS,
    OfflineError: _TRY_AGAIN,
    CaptivePageError: _TRY_AGAIN,
    CursorExpiredError: _TRY_AGAIN,
    BusyError: _TRY_AGAIN,
    OutcomeUnknownError: _SYNC_CENTRE,
    AlreadyRunningError: _CLOSE,
}
"""What helps against an error and against those below it that are not named; the rest is copied for the support."""


def remedy_for(error: TechDeskError) -> Remedy:
    """Return what helps against an error: that of its own class, else of the nearest one above it."""
    return next(REMEDIES[cls] for cls in type(error).__mro__ if cls in REMEDIES)
