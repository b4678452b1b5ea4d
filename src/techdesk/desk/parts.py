"""Name what a desk is put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from techdesk.application.accounts import Account
from techdesk.application.desk_services import SystemInfo
from techdesk.application.network import Network
from techdesk.application.ports import Clock, Connector, OrderStore, Secrets
from techdesk.application.settings import Settings
from techdesk.application.store_news import BackupReason, StoreFacts, StoreNews
from techdesk.desk.places import Places

BuildConnector = Callable[[Account, str, Network], Connector]
"""Makes a connector for an account, its credential and how it is reached; waits for nothing."""


class ClosableStore(OrderStore, Protocol):
    """A store that looks after its own file and is closed at the end."""

    def look_after_itself(self, tell: Callable[[StoreNews], object]) -> None:
        """Check the file and copy it every hour from now on, in a thread of its own, until the store is closed.

        Args:
            tell: Called from that thread, or at once, with what a person should know.
        """
        ...

    def back_up(self, reason: BackupReason) -> None:
        """Keep a verified copy before something that cannot be undone; waits for it, up to some seconds.

        A failure is told to the person and stops nobody. Never called inside a transaction.
        """
        ...

    def facts(self) -> StoreFacts:
        """Read all of the file and tell how it is; takes seconds where there is much.

        Raises:
            StoreError: The file cannot be read.
        """
        ...

    def close(self) -> None:
        """Close its files."""
        ...


class DeskSecrets(Secrets, Protocol):
    """Secrets of which some may be kept for this session only."""

    def keep_for_session(self, name: str, secret: str) -> None:
        """Keep a secret until the desk is closed."""
        ...


class BuiltInSignIn(Protocol):
    """How a technician signs in to the built-in server."""

    @property
    def address(self) -> str:
        """Return its base; each dialect has its path behind it."""
        ...

    @property
    def user_name(self) -> str:
        """Return the technician's name."""
        ...

    @property
    def token(self) -> str:
        """Return what the dialects take that take a token."""
        ...

    @property
    def password(self) -> str:
        """Return what the dialects take that take a user name and a password."""
        ...

    @property
    def claims(self) -> Sequence[str]:
        """Return the ids of claims that the technician can follow."""
        ...


class BuiltInServer(Protocol):
    """The built-in server in its own process."""

    def start(self) -> str:
        """Return its address, starting it if it does not run; waits some seconds.

        Raises:
            OfflineError: It did not start.
        """
        ...

    def sign_in(self, sample: int) -> BuiltInSignIn:
        """Start it with so many sample orders, and return how a technician signs in.

        Raises:
            OfflineError: It did not start.
        """
        ...

    def stop(self) -> None:
        """End it, if it runs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a desk is put together from.

    Attributes:
        new_id: Makes a UUIDv7 as text.
        build: Makes a connector.
        systems: Lists the systems one can sign in to; may import much.
        on_close: What is to be done at the very end.
        places: Where everything lies.
    """

    store: ClosableStore
    settings: Settings
    secrets: DeskSecrets
    clock: Clock
    new_id: Callable[[], str]
    build: BuildConnector
    systems: Callable[[], Sequence[SystemInfo]]
    server: BuiltInServer
    on_close: Callable[[], None]
    places: Places
