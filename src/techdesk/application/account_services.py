"""Say what a front may ask of the desk about accounts: sign in and out, and how servers are reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes

if TYPE_CHECKING:
    from techdesk.application.exchange import AccountFacts
    from techdesk.application.unsent.leaving import Leaving, Left


class AccountServices(Protocol):
    """What the desk does with accounts; every method that may wait says so."""

    def test_account(self, account: Account, secret: str) -> AccountFacts:
        """Sign in without keeping anything; waits for the network.

        Raises:
            ConnectionFailedError: In words that say what is wrong.
        """
        ...

    def check_account(self, account_id: str) -> AccountFacts:
        """Sign in to an account with its kept credential; waits for the keyring and the network.

        Raises:
            NotFoundError: There is no such account, or its credential is gone.
            ConnectionFailedError: In words that say what is wrong.
            SecretsError: The credential cannot be read.
        """
        ...

    def add_account(self, account: Account, secret: str, *, session_only: bool = False) -> Account:
        """Keep an account and its credential and start its sync; waits for the keyring, not for the network.

        With `session_only` the credential is forgotten when the desk is closed.

        Raises:
            InvalidInputError: The name is taken or a setting is wrong.
            SecretsError: The credential could not be kept; the account is then not kept either.
        """
        ...

    def change_account(self, account: Account, secret: str = "", *, session_only: bool = False) -> Account:
        """Keep another name, address or settings of an account; a `secret` signs in again, unsent work stays.

        Raises:
            InvalidInputError: The name is taken, or the address or a setting is wrong.
            NotFoundError: There is no such account.
            SecretsError: The credential could not be kept; nothing was changed.
        """
        ...

    def remove_account(self, account_id: str) -> Changes:
        """Sign out: stop its sync, remove its rows and its credential.

        Raises:
            NotAllowedError: It has unsent work.
        """
        ...

    def leave_account(self, account_id: str, leaving: Leaving) -> Left:
        """Sign out of an account with unsent work: keep it here, hand it over or discard it; waits for the disk.

        Raises:
            NotFoundError: There is no such account, or nothing to hand over.
            NotAllowedError: Something was saved meanwhile.
            InvalidInputError: There is no file to hand over in.
            FileNotSavedError: A file could not be written; nothing was changed.
            SecretsError: The credential could not be forgotten; the account is still signed in.
            StoreError: It was not saved.
        """
        ...

    def add_sample_account(self, orders: int) -> Account:
        """Start the embedded server with `orders` sample orders and sign in to it, once for each system.

        Waits some seconds, and returns the account that holds all its orders.
        """
        ...

    def network(self) -> Mapping[str, str]:
        """Return how servers are reached by accounts that say nothing of their own (`application/network.py`)."""
        ...

    def change_network(self, wanted: Mapping[str, str]) -> None:
        """Reach servers in another way from now on.

        Raises:
            InvalidInputError: A setting cannot be so; `field` names it, nothing was changed.
            StoreError: It could not be kept.
        """
        ...

    def sign_in_to_proxy(self, proxy: str, user_name: str, password: str) -> None:
        """Keep the sign-in of a proxy (its address) in the keyring; an empty user name forgets it.

        Raises:
            InvalidInputError: It is no address of a proxy.
            SecretsError: It could not be kept.
        """
        ...
