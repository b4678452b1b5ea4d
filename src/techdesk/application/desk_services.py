"""Say what a front (the window, the command line) may ask of the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from techdesk.application.account_services import AccountServices
from techdesk.application.accounts import Account, Profile
from techdesk.application.changes import Changes
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Clock, OrderStore
from techdesk.application.settings import Settings
from techdesk.application.sync.state import RoundResult, SyncState
from techdesk.domain.documents import Document
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.vocabulary import Role

if TYPE_CHECKING:
    from techdesk.application.account_settings import Setting
    from techdesk.application.administration import Administration
    from techdesk.application.commands import Commands
    from techdesk.application.doctor import Examining
    from techdesk.application.exchange import PulledOrder, ServerQuery
    from techdesk.application.finding import OpenedFile, SearchForm
    from techdesk.application.order_form import OrderForm
    from techdesk.application.papers import CustomerPage
    from techdesk.application.unsent.rescue import Rescuing

SAMPLE_ORDERS = 400
"""How many orders the sample has unless somebody says so."""


def _takes_any(_: Mapping[str, str]) -> None:
    """Take settings as they are."""


def _cannot_be_asked(_: Mapping[str, str]) -> SearchForm:
    from techdesk.application.finding import SearchForm

    return SearchForm(refusal="This system cannot be asked for orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInfo:
    """A system one can sign in to, as the account dialog shows it.

    Attributes:
        name: Key of `CONNECTORS`.
        label: What people call it.
        address_hint: An example address.
        secret_label: What the credential is called there.
        settings: Setting name → what it is.
        check_settings: Raises `InvalidInputError` for settings that cannot be so, before they are kept.
        order_form: The form of a whole order; empty where an order is changed by the usual dialogs only.
        is_administered: Whether administrators can work in it from here.
        search_form: Settings of an account → what it can be asked for orders by.
        read_file: The bytes of a file and settings of an account → the order in it, raising `InvalidInputError` where
            there is none; None where the system has no such files.
    """

    name: str
    label: str
    address_hint: str
    secret_label: str
    settings: Mapping[str, Setting]
    check_settings: Callable[[Mapping[str, str]], object] = _takes_any
    order_form: OrderForm = ()
    is_administered: bool = False
    search_form: Callable[[Mapping[str, str]], SearchForm] = _cannot_be_asked
    read_file: Callable[[bytes, Mapping[str, str]], PulledOrder] | None = None

    def why_not_administer(self, account: Account) -> str:
        """Return why an account cannot administer this system, empty where it can."""
        if not self.is_administered:
            return f"{self.label} has no administration here"
        if account.role is not Role.ADMIN:
            return f"This needs the role admin; the sign-in “{account.name}” has the role {account.role}"
        return ""


class DeskServices(AccountServices, Protocol):
    """The desk without windows; every method that may wait says so."""

    @property
    def store(self) -> OrderStore:
        """Return the local store."""
        ...

    @property
    def commands(self) -> Commands:
        """Return what changes things; each call is one durable save."""
        ...

    @property
    def settings(self) -> Settings:
        """Return this computer's settings."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def rescue(self) -> Rescuing:
        """Return what writes and takes in rescue files."""
        ...

    @property
    def doctor(self) -> Examining:
        """Return what examines the desk."""
        ...

    def systems(self) -> Sequence[SystemInfo]:
        """Return the systems one can sign in to."""
        ...

    def find_orders(self, account_id: str, wanted: ServerQuery) -> Sequence[PulledOrder]:
        """Ask a system for orders that this computer may not hold; waits for the network.

        Raises:
            NotSupportedError: The system cannot be asked, or not so.
            InvalidInputError: It would not understand the question.
            ConnectionFailedError: In words that say what is wrong.
        """
        ...

    def bring_orders(self, account_id: str, found: Sequence[PulledOrder]) -> Changes:
        """Fetch orders that `find_orders` brought, whole, and keep them here; waits for the network.

        Raises:
            NotFoundError: One of them is gone; none is kept.
            ConnectionFailedError: In words that say what is wrong; none is kept.
            StoreError: They could not be kept.
        """
        ...

    def administration(self, account_id: str) -> Administration:
        """Return what administers a system; waits for the network, as all its calls do.

        Raises:
            NotSupportedError: The system cannot be administered from here.
            NotFoundError: There is no such account.
            ConnectionFailedError: In words that say what is wrong, also while the person works offline.
        """
        ...

    def renew_references(self, account_id: str) -> Changes:
        """Fetch anew who we are in an account and what one can choose from; waits for the network.

        Raises:
            NotFoundError: There is no such account.
            ConnectionFailedError: It could not be fetched.
            StoreError: It could not be kept.
        """
        ...

    def open_order_file(self, account_id: str, path: Path) -> OpenedFile:
        """Keep the order that a file holds, unless the one here is as new or newer.

        Raises:
            NotFoundError: There is no such account, or no such file.
            NotSupportedError: The account's system has no such files.
            InvalidInputError: The file holds no order of this system.
            StoreError: It could not be kept.
        """
        ...

    def profile(self, account_id: str) -> Profile:
        """Return what an account's back end guarantees, as far as known; does not wait.

        Raises:
            NotFoundError: There is no such account.
        """
        ...

    def report(self, account_id: str, order: Document, kind: str) -> bytes:
        """Fetch a paper of an order from its server as PDF; waits for the network (`MakesPapers.report`).

        Raises:
            NotSupportedError: The system makes no papers.
            NotFoundError: The order is gone.
            ConnectionFailedError: In words that say what is wrong.
        """
        ...

    def public_address(self, account_id: str, order: Document) -> str:
        """Return where an order's customer can see it; waits where the built-in server must be started first.

        Raises:
            NotSupportedError: The system has no such page, or not of this order.
            ConnectionFailedError: The built-in server could not be started.
        """
        ...

    def public_page(self, account_id: str, order: Document) -> CustomerPage:
        """Fetch what an order's customer sees; waits for the network.

        Raises:
            NotSupportedError: The system has no such page, or not of this order.
            NotFoundError: The order is gone.
            ConnectionFailedError: In words that say what is wrong.
        """
        ...

    def stop_following(self, order: OrderRef) -> Changes:
        """Remove an order that a person has brought from this computer; waits for a sync that runs.

        Raises:
            NotSupportedError: The system sends its orders by itself.
            NotFoundError: The order is not on this computer.
            NotAllowedError: It has unsent work.
            StoreError: It was not removed.
        """
        ...

    def recovery_code(self) -> str:
        """Return what opens the store where the keyring has lost its key; waits for the keyring.

        Raises:
            StoreLockedError: The key is no longer where it was kept.
            SecretsError: The keyring or the sealed file cannot be used.
        """
        ...

    def start_sync(self, on_state: Callable[[SyncState], None], on_changes: Callable[[Changes], None]) -> None:
        """Start a sync thread per account; the callbacks come from those threads."""
        ...

    def sync_now(self, account_id: str | None = None, order_ids: Iterable[str] | None = None) -> None:
        """Wake the sync at once: for the orders a person has just changed, or for everything; does not wait."""
        ...

    def sync_once(self, account_id: str | None = None) -> RoundResult:
        """Run one round of one account or of all, here and now; waits for the network.

        An account's sync thread stands aside meanwhile. While the person works offline nothing is called.

        Raises:
            ConnectionFailedError: Only a person can mend why a server could not be used.
            StoreError: The store failed.
        """
        ...

    def work_offline(self, offline: bool) -> None:
        """Stop or resume all calls; kept over a restart."""
        ...

    def close(self) -> None:
        """Finish what runs (at most 5 s), stop threads and the embedded server, close the store."""
        ...


def system_of(systems: Iterable[SystemInfo], account: Account) -> SystemInfo | None:
    """Return the system of an account, where it is one of these."""
    return next((one for one in systems if one.name == account.system), None)


def search_form_of(systems: Iterable[SystemInfo], account: Account) -> SearchForm:
    """Return what an account can be asked for orders by; one with settings that cannot be so is asked for nothing."""
    found = system_of(systems, account)
    try:
        return found.search_form(account.settings) if found else _cannot_be_asked({})
    except InvalidInputError as error:
        from techdesk.application.finding import SearchForm

        return SearchForm(refusal=str(error))


def opens_files(systems: Iterable[SystemInfo], account: Account) -> bool:
    """Say whether an account takes orders from files."""
    found = system_of(systems, account)
    return found is not None and found.read_file is not None
