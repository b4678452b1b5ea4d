"""Keep accounts and their credentials, and connect to their systems."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from techdesk.application.accounts import Account
from techdesk.application.ports import Connector, Urgency
from techdesk.desk.account_checks import EMBEDDED, checked_account
from techdesk.desk.networks import Networks
from techdesk.desk.parts import Parts
from techdesk.desk.sample import CLAIM_SYSTEM, DIALECT_PATHS, SAMPLE_SYSTEM, sample_accounts
from techdesk.domain.errors import (
    ConnectionFailedError,
    InvalidInputError,
    SecretsError,
    WrongCredentialsError,
)

if TYPE_CHECKING:
    from techdesk.application.exchange import AccountFacts
    from techdesk.desk.connecting import DeferredConnector

_log = logging.getLogger(__name__)


class SignIns:
    """The accounts of a desk; safe to use from several threads."""

    def __init__(self, parts: Parts) -> None:
        """Keep the desk's parts; nothing is connected."""
        self._parts = parts
        self.networks = Networks(parts.settings, parts.secrets)
        self._connectors: dict[str, DeferredConnector] = {}
        self._guard = threading.Lock()

    def account(self, account_id: str) -> Account:
        """Return an account.

        Raises:
            NoAccountError: It is not on this computer.
            StoreError: The store cannot be read.
        """
        from techdesk.application.lookups import account_of

        with self._parts.store.read() as view:
            return account_of(view, account_id)

    def accounts(self) -> list[Account]:
        """Return all accounts by name.

        Raises:
            StoreError: The store cannot be read.
        """
        with self._parts.store.read() as view:
            return view.accounts()

    def signed_in(self) -> list[str]:
        """Return the ids of the accounts that are signed in, by name.

        Raises:
            StoreError: The store cannot be read.
        """
        return [one.account_id for one in self.accounts() if not one.signed_out]

    def connector(self, account_id: str) -> DeferredConnector:
        """Return the account's connector; it connects when it is first used.

        Raises:
            NotFoundError: The account is not on this computer.
        """
        from techdesk.desk.connecting import DeferredConnector

        with self._guard:
            if account_id not in self._connectors:
                self._connectors[account_id] = DeferredConnector(
                    self.account(account_id),
                    self._build,
                    secret_of=lambda: self._secret(account_id),
                    address_of=lambda: self._address(account_id),
                )
            return self._connectors[account_id]

    def test(self, account: Account, secret: str) -> AccountFacts:
        """Sign in without keeping anything; waits for the network.

        Raises:
            InvalidInputError: A setting is wrong.
            ConnectionFailedError: In words that say what is wrong.
        """
        connector = self._build(self._checked(account), secret.strip())
        try:
            return connector.facts()
        finally:
            connector.close()

    def keep(self, account: Account, secret: str, *, session_only: bool) -> Account:
        """Keep an account, its credential first; without a credential the old one stays.

        With other settings it may work in other stores, so everything is read anew.

        Raises:
            InvalidInputError: The name is taken or a setting is wrong.
            SecretsError: The credential could not be kept; nothing was changed.
        """
        checked = self._checked(account)
        if secret.strip():
            checked = replace(checked, signed_out=False)
            keep = self._parts.secrets.keep_for_session if session_only else self._parts.secrets.write
            keep(checked.account_id, secret.strip())
        from techdesk.application.sync.rereading import begin_rereading

        with self._parts.store.write(Urgency.PERSON) as tx:
            known = next((one for one in tx.accounts() if one.account_id == checked.account_id), checked)
            if known.settings != checked.settings:
                begin_rereading(tx, checked.account_id)
            tx.save_account(checked)
        self.disconnect(checked.account_id)
        return checked

    def sign_out(self, account_id: str) -> None:
        """Forget the credential of an account; its orders and unsent work stay, unseen, until it is signed in again.

        Raises:
            NotFoundError: It is not on this computer.
            SecretsError: The credential could not be forgotten; the account is still signed in.
        """
        account = self.account(account_id)
        self._parts.secrets.delete(account_id)
        with self._parts.store.write(Urgency.PERSON) as tx:
            tx.save_account(replace(account, signed_out=True))
        self.disconnect(account_id)

    def forget(self, account_id: str, *, unsent_too: bool = False) -> None:
        """Remove an account, every row of it and its credential.

        Raises:
            NotFoundError: It is not on this computer.
            NotAllowedError: It has unsent work, and that was not given up.
        """
        from techdesk.application.unsent.leaving import remove_account

        account = self.account(account_id)
        with self._parts.store.write(Urgency.PERSON) as tx:
            remove_account(tx, account, unsent_too=unsent_too)
        self.disconnect(account_id)
        try:
            self._parts.secrets.delete(account_id)
        except SecretsError as error:
            _log.warning("the credential of a removed account stays behind: %s", error.title)

    def sample(self, orders: int) -> Sequence[Account]:
        """Return the accounts of the built-in server, making them with sample orders if there are none.

        Raises:
            OfflineError: The server did not start.
            SecretsError: A credential could not be kept.
        """
        known = [one for one in self.accounts() if EMBEDDED in one.settings]
        if known:
            self._sign_in_to_sample(known, orders)
            return sorted(known, key=lambda one: one.system != SAMPLE_SYSTEM)
        signed_in = self._parts.server.sign_in(orders)
        made = []
        for wanted, secret in sample_accounts(signed_in):
            account = replace(wanted, account_id=self._parts.new_id(), name=self._free_name(wanted.name))
            made.append(self.keep(account, secret, session_only=False))
            if wanted.system == CLAIM_SYSTEM:
                self._follow(account.account_id, signed_in.claims)
        return made

    def _sign_in_to_sample(self, known: Sequence[Account], orders: int) -> None:
        """Sign in again where somebody signed out and kept the work; nobody is told these credentials.

        The other accounts get theirs anew, too: the server has made a new password, and the one they have is void.
        """
        if not any(one.signed_out for one in known):
            return
        by_system = {one.system: one for one in known}
        for wanted, secret in sample_accounts(self._parts.server.sign_in(orders)):
            if wanted.system in by_system:
                self.keep(by_system[wanted.system], secret, session_only=False)

    def disconnect(self, account_id: str) -> None:
        """Connect anew, with what is kept then, when the account is next used."""
        with self._guard:
            connector = self._connectors.pop(account_id, None)
        if connector:
            connector.close()

    def close(self) -> None:
        """Let go of all connections."""
        for account_id in list(self._connectors):
            self.disconnect(account_id)

    def _follow(self, account_id: str, claims: Sequence[str]) -> None:
        """Keep the orders of some claims here; an account may also begin without, as one can follow more any time."""
        from techdesk.application.exchange import ServerQuery
        from techdesk.application.sync.pulling import Puller

        connector = self.connector(account_id)
        try:
            found = [order for claim in claims for order in connector.find(ServerQuery(text=claim))]
            Puller(account_id, self._parts.store).bring([connector.fetch(one) for one in found])
        except ConnectionFailedError as error:
            _log.warning("the claims of the sample could not be followed: %s", error.title)

    def _build(self, account: Account, secret: str) -> Connector:
        """Make a connector; one without a credential calls nobody, so it needs no proxy's sign-in either.

        Raises:
            WrongCredentialsError: The sign-in of the proxy cannot be read.
        """
        try:
            network = self.networks.of_account(account, signed_in=bool(secret))
        except SecretsError as error:
            raise WrongCredentialsError(error.title, error.hint) from error
        return self._parts.build(account, secret, network)

    def _checked(self, account: Account) -> Account:
        return checked_account(account, self.accounts(), self._parts.systems())

    def _free_name(self, wanted: str) -> str:
        taken = {one.name.casefold() for one in self.accounts()}
        names = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name.casefold() not in taken)

    def _secret(self, account_id: str) -> str:
        secret = self._parts.secrets.read(account_id)
        if secret is None:
            raise WrongCredentialsError(
                "The sign-in of this account is not on this computer", "Sign in again with a token"
            )
        return secret

    def _address(self, account_id: str) -> str:
        """Return the address of now; the built-in server is started for it and may have moved."""
        account = self.account(account_id)
        if EMBEDDED not in account.settings:
            return account.address
        address = self._parts.server.start() + DIALECT_PATHS.get(account.system, "")
        if address != account.address:
            with self._parts.store.write(Urgency.BACKGROUND) as tx:
                tx.save_account(replace(account, address=address))
        return address


def require_secret(secret: str) -> None:
    """Return if there is a credential.

    Raises:
        InvalidInputError: It is empty.
    """
    if not secret.strip():
        raise InvalidInputError("The token is missing", "The administrator of the system gives it", field="secret")
