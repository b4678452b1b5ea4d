"""Put off connecting until somebody really waits for the network, and connect again when the address moved.

Reading a credential may take seconds and starting the built-in server takes longer; both happen in the thread that
calls `send`, `pull` or `facts`. What is pure (`freeze`, `profile`) is answered by a connector without a credential.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from techdesk.application.accounts import Account, Profile
from techdesk.application.administration import Administered, Administration
from techdesk.application.exchange import (
    AccountFacts,
    FreezeTarget,
    PulledOrder,
    PullPage,
    ReadBack,
    ServerQuery,
    Sighting,
)
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass
from techdesk.application.papers import MakesPapers
from techdesk.application.ports import Connector
from techdesk.domain.errors import (
    ConnectionFailedError,
    NotSupportedError,
    SecretsError,
    WrongCredentialsError,
)


class DeferredConnector:
    """Implement `Connector` by one that is made when it is needed; safe to use from several threads."""

    def __init__(
        self,
        account: Account,
        build: Callable[[Account, str], Connector],
        secret_of: Callable[[], str],
        address_of: Callable[[], str],
    ) -> None:
        """Keep what connecting needs.

        Args:
            account: Whose connector it is.
            build: Makes the real one.
            secret_of: Reads the credential; may wait, may raise SecretsError.
            address_of: Returns the address where the system is now; may wait, may raise ConnectionFailedError.
        """
        self._account = account
        self._build = build
        self._secret_of = secret_of
        self._address_of = address_of
        self._pure: Connector | None = None
        self._real: tuple[str, Connector] | None = None
        self._outdated: list[Connector] = []  # left to the threads that still wait for them
        self._guard = threading.Lock()

    @property
    def profile(self) -> Profile:
        """Return what the back end guarantees, as far as known."""
        return self._known().profile

    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        """Render the exact bytes of an operation.

        Raises:
            NotSupportedError: The back end cannot do this.
        """
        return self._known().freeze(operation, target)

    def send(self, operation: Operation) -> Outcome:
        """Send the frozen request of an operation; where connecting fails, nothing was sent."""
        try:
            connector = self._connected()
        except WrongCredentialsError as error:
            return Outcome(kind=OutcomeClass.AUTH, reason=str(error))
        except ConnectionFailedError as error:
            return Outcome(kind=OutcomeClass.NOT_SENT, reason=str(error))
        return connector.send(operation)

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        """Fetch the page after `cursor`.

        Raises:
            ConnectionFailedError: It could not be fetched, or not connected.
        """
        return self._connected().pull(cursor, followed)

    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        """Ask the back end for orders.

        Raises:
            NotSupportedError: It cannot be asked, or not so.
            ConnectionFailedError: It could not be asked, or not connected.
        """
        return self._connected().find(wanted)

    def fetch(self, found: PulledOrder) -> PulledOrder:
        """Fetch an order that `find` brought, with all its parts.

        Raises:
            NotFoundError: It is gone.
            ConnectionFailedError: It could not be fetched, or not connected.
        """
        return self._connected().fetch(found)

    def read_back(self, operation: Operation) -> ReadBack:
        """Look for the effect of an operation; where connecting fails, nothing is known."""
        try:
            connector = self._connected()
        except ConnectionFailedError as error:
            return ReadBack(sighting=Sighting.UNKNOWN, reason=str(error), failure=error)
        return connector.read_back(operation)

    def facts(self) -> AccountFacts:
        """Sign in and fetch what one can choose from.

        Raises:
            ConnectionFailedError: In words that say what is wrong.
        """
        return self._connected().facts()

    def administration(self) -> Administration:
        """Return what administers the system.

        Raises:
            NotSupportedError: It cannot be administered from here.
            ConnectionFailedError: It could not be asked, or not connected.
        """
        connector = self._connected()
        if not isinstance(connector, Administered):
            raise NotSupportedError("This system has no administration here")
        return connector.administration()

    def papers(self) -> MakesPapers:
        """Return what makes the system's papers, at its address of now.

        Raises:
            NotSupportedError: It makes none.
            ConnectionFailedError: Not connected.
        """
        connector = self._connected()
        if not isinstance(connector, MakesPapers):
            raise NotSupportedError("This system makes no papers, and no page for customers")
        return connector

    def close(self) -> None:
        """Let go of connections."""
        with self._guard:
            real, self._real = self._real, None
        pure = [self._pure] if self._pure else []
        for connector in [*pure, *self._outdated, *([real[1]] if real else [])]:
            connector.close()

    def _known(self) -> Connector:
        """Return the connector in use, else one without a credential; made late, as its imports take a while."""
        if self._real:
            return self._real[1]
        with self._guard:
            self._pure = self._pure or self._build(self._account, "")
            return self._pure

    def _connected(self) -> Connector:
        """Return the connector for the address of now.

        Raises:
            WrongCredentialsError: The credential is gone or cannot be read.
            ConnectionFailedError: The system could not be started.
        """
        with self._guard:
            address = self._address_of()
            if self._real and self._real[0] == address:
                return self._real[1]
            connector = self._build(replace(self._account, address=address), self._secret())
            if self._real:
                self._outdated.append(self._real[1])
                connector.facts()  # a connector that has not signed in can do nothing else
            self._real = address, connector
            return connector

    def _secret(self) -> str:
        try:
            return self._secret_of()
        except SecretsError as error:
            raise WrongCredentialsError(error.title, error.hint) from error
