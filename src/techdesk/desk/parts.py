"""Name what a desk is put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from techdesk.application.accounts import Account
from techdesk.application.desk_services import SystemInfo
from techdesk.application.ports import Clock, Connector, OrderStore, Secrets
from techdesk.application.settings import Settings

BuildConnector = Callable[[Account, str], Connector]
"""Makes a connector for an account and its credential; waits for nothing."""


class ClosableStore(OrderStore, Protocol):
    """A store that is closed at the end."""

    def close(self) -> None:
        """Close its files."""
        ...


class DeskSecrets(Secrets, Protocol):
    """Secrets of which some may be kept for this session only."""

    def keep_for_session(self, name: str, secret: str) -> None:
        """Keep a secret until the desk is closed."""
        ...


class BuiltInServer(Protocol):
    """The built-in server in its own process."""

    def start(self) -> str:
        """Return its address, starting it if it does not run; waits some seconds.

        Raises:
            OfflineError: It did not start.
        """
        ...

    def sign_in(self, sample: int) -> tuple[str, str, str]:
        """Start it with so many sample orders; return its address, a technician's name and a new token of theirs.

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
