"""Say what the application needs from the world, as protocols: a store, a back end, a clock, a place for secrets.

The store is used in short, whole steps: `with store.write(...) as tx` is one transaction through the one write gate,
`with store.read() as view` one consistent look. Neither is kept open while anything else is waited for. A store and
what it hands out belong to the thread that uses them; `OrderStore` itself may be shared.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from techdesk.application.accounts import Account, Profile
from techdesk.application.outbox import Attempt, Clash, FrozenRequest, Operation, OpState, Outcome
from techdesk.application.queries import ListCounts, OrderFilter, OrderRow
from techdesk.domain.documents import Document, RecordType

if TYPE_CHECKING:
    from techdesk.application.exchange import AccountFacts, FreezeTarget, PulledOrder, PullPage, ReadBack, ServerQuery


class Clock(Protocol):
    """Tell the time."""

    def now(self) -> datetime:
        """Return the present instant (aware, UTC)."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...


class Secrets(Protocol):
    """Keep credentials; every call may take seconds and may raise `SecretsError`."""

    def read(self, name: str) -> str | None:
        """Return the secret called `name`, or None."""
        ...

    def write(self, name: str, secret: str) -> None:
        """Keep a secret under `name`."""
        ...

    def delete(self, name: str) -> None:
        """Forget the secret called `name`; nothing happens if there is none."""
        ...


class Urgency(Enum):
    """Who waits for a write."""

    PERSON = "person"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as this computer knows it.

    Attributes:
        record_id: Our id; stays the same when the server gives its own.
        order_id: Our id of the order it belongs to (its own id for an order).
        server_id: The server's id, None until confirmed.
        revision: The server's revision of `base`, exactly as received.
        base: The last known server truth; None for a record the server does not have.
        view: What the person sees: `base` with all unsettled intents laid over it.
        raw: The server's bytes of `base`, where the back end needs them for the next write.
        deleted: The person or the server removed it; `view` is then hidden.
        change_no: Counts up with each change here.
    """

    account_id: str
    record_type: RecordType
    record_id: str
    order_id: str
    server_id: str | None = None
    revision: str | None = None
    base: Document | None = None
    view: Document = field(default_factory=dict)
    raw: bytes | None = None
    deleted: bool = False
    change_no: int = 0


class Connector(Protocol):
    """Speak one system's HTTP for one account; safe to use from several threads.

    `freeze` is pure. All other calls wait for the network, with deadlines of their own.
    """

    @property
    def profile(self) -> Profile:
        """Return what the back end guarantees, as far as known."""
        ...

    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        """Render the exact bytes of an operation.

        Raises:
            NotSupportedError: The back end cannot do this.
            ConnectionFailedError: `facts` has not succeeded yet, so the address of the records is not known.
        """
        ...

    def send(self, operation: Operation) -> Outcome:
        """Send the frozen request of an operation and classify what came of it; never raises for the world's faults."""
        ...

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        """Fetch the page after `cursor` (empty: from the beginning).

        Args:
            cursor: What the page before said.
            followed: Server ids of the account's orders, where `Profile.pulls_followed` says that they are asked for
                one by one.

        Raises:
            ConnectionFailedError: It could not be fetched.
            CursorExpiredError: The server no longer knows the cursor.
        """
        ...

    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        """Ask the back end for orders that this computer may not hold; they come without their parts.

        Raises:
            NotSupportedError: It cannot be asked, or not so.
            ConnectionFailedError: It could not be asked.
        """
        ...

    def fetch(self, found: PulledOrder) -> PulledOrder:
        """Fetch an order that `find` brought, with all its parts.

        Raises:
            NotFoundError: It is gone.
            NotAllowedError: This person is not shown it, or the system shows no single orders.
            ConnectionFailedError: It could not be fetched.
        """
        ...

    def read_back(self, operation: Operation) -> ReadBack:
        """Look for the effect of an operation that was sent and not answered; never raises for the world's faults."""
        ...

    def facts(self) -> AccountFacts:
        """Sign in and fetch what one can choose from.

        Raises:
            ConnectionFailedError: In words that say what is wrong.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class ReadTransaction(Protocol):
    """One consistent look at the store."""

    # Orders and their parts.
    def order_keys(self, wanted: OrderFilter) -> array[int]:
        """Return the row keys of all orders that fit, in the wanted order.

        Here and wherever no account is named, those of an account that is signed out are left out.
        """
        ...

    def first_order_rows(self, wanted: OrderFilter, limit: int) -> list[OrderRow]:
        """Return the first rows that fit, without finding out how many there are."""
        ...

    def order_rows(self, keys: Sequence[int]) -> list[OrderRow]:
        """Return the rows of these keys, in their order; a key that is gone is left out."""
        ...

    def counts(self, filters: Mapping[str, OrderFilter]) -> ListCounts:
        """Return for each named filter how many orders fit."""
        ...

    def record(self, account_id: str, record_type: RecordType, record_id: str) -> StoredRecord | None:
        """Return a record by our id."""
        ...

    def record_by_server_id(self, account_id: str, record_type: RecordType, server_id: str) -> StoredRecord | None:
        """Return a record by the server's id."""
        ...

    def orders_by_server_id(self, account_id: str, server_ids: Sequence[str]) -> Mapping[str, StoredRecord]:
        """Return by the server's id those of these orders that are here."""
        ...

    def order_server_ids(self, account_id: str) -> list[str]:
        """Return the server's ids of an account's orders, sorted; without those it has not confirmed."""
        ...

    def parts(self, account_id: str, order_id: str, record_type: RecordType | None = None) -> list[StoredRecord]:
        """Return an order's items, events and hours that are not deleted, oldest first."""
        ...

    def find_orders(self, text: str, account_id: str | None = None) -> list[StoredRecord]:
        """Return the orders whose uid (ours or the server's) or service number is exactly `text`."""
        ...

    def references(self, account_id: str, kind: str) -> list[Document]:
        """Return the cached things to choose from (`AccountFacts.references`)."""
        ...

    # The outbox.
    def operation(self, op_id: str) -> Operation | None:
        """Return an operation."""
        ...

    def operations(
        self,
        *,
        account_id: str | None = None,
        order_id: str | None = None,
        record_id: str | None = None,
        states: Iterable[OpState] | None = None,
    ) -> list[Operation]:
        """Return operations by position; all states unless some are named."""
        ...

    def operation_ids(self, states: Iterable[OpState]) -> list[tuple[str, OpState]]:
        """Return the ids of the operations in these states by position, without all that they hold."""
        ...

    def settled_ids(self, state: OpState, limit: int) -> list[str]:
        """Return the operations that were settled so last, the latest first; one that another replaced is left out."""
        ...

    def clashes(self, op_id: str) -> list[Clash]:
        """Return the fields in conflict of an operation."""
        ...

    def attempts(self, op_id: str) -> list[Attempt]:
        """Return the audit of an operation's attempts, oldest first."""
        ...

    def outbox_counts(self, account_id: str | None = None) -> Mapping[OpState, int]:
        """Return how many operations are in each state."""
        ...

    def oldest_unsent(self, *, signed_out: bool = False) -> Mapping[str, datetime]:
        """Return by account id when its oldest unsettled operation was made: of accounts in use or `signed_out`."""
        ...

    # Everything else.
    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        ...

    def cursor(self, account_id: str) -> str:
        """Return our place in the account's change feed, empty at the beginning."""
        ...

    def staged_ids(self, account_id: str) -> frozenset[str]:
        """Return the server's ids of the orders that were staged; the empty id stands for one that told none."""
        ...

    def note(self, name: str) -> str | None:
        """Return a small fact kept under `name` (`as_of:ACCOUNT`, `timer`, `open_forms`, …)."""
        ...


class WriteTransaction(ReadTransaction, Protocol):
    """One transaction through the write gate; leaves nothing behind when the block raises."""

    def save_record(self, record: StoredRecord) -> None:
        """Insert or replace a record, counting up its `change_no`; the list's columns follow from its view."""
        ...

    def remove_record(self, account_id: str, record_type: RecordType, record_id: str, heir: str = "") -> None:
        """Forget a record (an order with all its parts).

        `heir` is our id of the record in its place: if the server removed the one, the other goes as that would have.
        """
        ...

    def add_operation(self, operation: Operation) -> Operation:
        """Append an operation; the answer has its `seq`, and its `position` where that was 0 (the same number)."""
        ...

    def save_operation(self, operation: Operation) -> None:
        """Store an operation's new state.

        Raises:
            AssertionError: The move is not in the table of `docs/sync.md`, or frozen bytes would change.
        """
        ...

    def add_attempt(self, op_id: str, at: datetime, phase: str, outcome: Outcome | None) -> None:
        """Append to the audit of attempts."""
        ...

    def save_clashes(self, op_id: str, clashes: Sequence[Clash]) -> None:
        """Replace the fields in conflict of an operation."""
        ...

    def apply_page(self, account_id: str, page: PullPage) -> PageEffect:
        """Take in a page of a pull and its cursor: bases are replaced, views are base plus unsettled intents.

        An order with unsettled operations is never dropped because the server deleted it.
        """
        ...

    def stage_page(self, account_id: str, page: PullPage) -> int:
        """Keep the orders of a page beside those that are here, where nobody sees them; say how many were set aside.

        The newest of an order counts; one that the page says was deleted is no longer staged.
        """
        ...

    def take_staged(self, account_id: str, page: PullPage) -> PageEffect:
        """Take in all staged orders as `apply_page` does, and with them what the page deletes and its cursor."""
        ...

    def drop_staged(self, account_id: str) -> None:
        """Forget what was staged."""
        ...

    def save_references(self, account_id: str, kind: str, documents: Sequence[Document]) -> None:
        """Replace the cached things to choose from."""
        ...

    def save_account(self, account: Account) -> None:
        """Insert or replace an account."""
        ...

    def remove_account(self, account_id: str) -> None:
        """Remove an account, every row of it and every note that names it, overwriting what was there."""
        ...

    def save_cursor(self, account_id: str, cursor: str) -> None:
        """Set our place in the account's change feed."""
        ...

    def save_note(self, name: str, value: str | None) -> None:
        """Keep a small fact, or forget it with None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEffect:
    """What a page changed: our ids of the orders in it, and of those whose work order did; how many were set aside."""

    orders: frozenset[str]
    list_changed: bool
    bad: int = 0
    work_orders: frozenset[str] = frozenset()


class OrderStore(Protocol):
    """The local store."""

    def read(self) -> AbstractContextManager[ReadTransaction]:
        """Open a consistent look.

        Raises:
            StoreError: The file cannot be read.
        """
        ...

    def write(self, urgency: Urgency) -> AbstractContextManager[WriteTransaction]:
        """Open a transaction through the write gate; a person's goes before the background's.

        Raises:
            StoreTakenError: Another process has opened the store since.
            StoreError: It could not be made durable; nothing of it is stored.
        """
        ...
