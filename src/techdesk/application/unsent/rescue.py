"""Gather what has not been confirmed, whole, so that any computer can go on with it (`docs/sync.md`, "Rescue")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.outbox import SCREEN_WORDS, UNSETTLED, Attempt, Clash, Operation, OpState
from techdesk.application.phrases import what
from techdesk.application.ports import StoredRecord
from techdesk.domain.documents import RecordType

SUFFIX = ".techdesk-rescue"
"""How the name of a rescue file ends."""
HANDED_OVER = "handed over in "
"""How the reason of an operation begins whose work went to another computer; the file's name follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who made a rescue file, where and why.

    Attributes:
        user: The names that the accounts are signed in under, else the name of the person at the computer.
        version: Of TechDesk.
        reason: Why it was made, in a few words.
    """

    user: str
    computer: str
    made_at: datetime
    version: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RescuedAccount:
    """The account that work belongs to; without its settings and its credential.

    Attributes:
        account_id: What the account is called on the computer that made the file.
    """

    account_id: str
    name: str
    system: str
    address: str
    user_uid: str = ""
    user_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescued:
    """One operation with everything that belongs to it.

    Attributes:
        what: What was done, as a phrase.
        number, title: Of the order, for people.
    """

    operation: Operation
    attempts: tuple[Attempt, ...] = ()
    clashes: tuple[Clash, ...] = ()
    what: str = ""
    number: str = ""
    title: str = ""

    @property
    def line(self) -> str:
        """Return it in one line for people."""
        operation = self.operation
        order = " ".join(one for one in (self.number, self.title) if one) or operation.order_id
        words = SCREEN_WORDS[operation.state].lower()
        return f"{order}: {self.what} ({operation.support_code}, {words})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueWork:
    """What a rescue file holds.

    Attributes:
        entries: By position; what is not settled, and what it waits for or stands in for.
        records: What the operations change and the orders of it, as the maker's computer knew them.
        is_handed_over: The computer that made the file does not send any of it.
    """

    maker: Maker
    accounts: tuple[RescuedAccount, ...]
    entries: tuple[Rescued, ...]
    records: tuple[StoredRecord, ...]
    is_handed_over: bool = False

    @property
    def unsent(self) -> list[Rescued]:
        """Return the entries that are not settled."""
        return [one for one in self.entries if not one.operation.state.is_settled]


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueFile:
    """A rescue file that was written, or read and found whole.

    Attributes:
        fingerprint: Of the key it is signed with, for two people to compare.
    """

    path: Path
    fingerprint: str
    work: RescueWork


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What an import brought.

    Attributes:
        op_ids: The operations that are new here.
        known: How many were here already.
        account_ids: Who sends the work.
    """

    file: RescueFile
    op_ids: tuple[str, ...]
    known: int
    changes: Changes
    account_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedOfNewer:
    """What could be saved of the unsent work in data that a newer TechDesk wrote.

    Attributes:
        left_out: How many changes only the newer one understands; they stay in the data.
    """

    file: RescueFile
    left_out: int

    @property
    def left_out_words(self) -> str:
        """Return how much is not in the file and what to do; empty where all is."""
        if not self.left_out:
            return ""
        number = "1 change" if self.left_out == 1 else f"{self.left_out} changes"
        return f"Not saved, as only the newer TechDesk understands it: {number}. Install that one to send everything"


class Rescuing(Protocol):
    """Write and read rescue files; every method waits for the disk, and for the keyring at most some seconds."""

    def export(self, path: Path, account_id: str | None = None, *, reason: str = "exported") -> RescueFile:
        """Write the unsent work of one account or of all; it stays here and is sent from here.

        Raises:
            NotFoundError: There is no unsent work.
            FileNotSavedError: The file could not be written, or there is one already.
            StoreError: The store could not be read.
        """
        ...

    def write_rescue(self, reason: str) -> RescueFile | None:
        """Write all unsent work into TechDesk's own folder, the newest files are kept; None where there is none.

        Raises:
            FileNotSavedError: The file could not be written.
            StoreError: The store could not be read.
        """
        ...

    def read(self, path: Path) -> RescueFile:
        """Read a rescue file and check that it is whole.

        Raises:
            RescueFileError: It is none, was changed or cut off.
            NotFoundError: The file cannot be read.
        """
        ...

    def take_in(self, path: Path, account_id: str | None = None) -> TakenIn:
        """Take in the work of a rescue file; what is here already stays as it is.

        Args:
            path: The file.
            account_id: The account that sends it; else the one with the same system and address.

        Raises:
            RescueFileError: It is none, was changed or cut off.
            NotFoundError: The file cannot be read, or an account for it is missing.
            AmbiguousError: Several accounts fit.
            StoreError: Nothing was saved.
        """
        ...


class WorkView(Protocol):
    """What is read of a store to gather its unsent work."""

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        ...

    def operation(self, op_id: str) -> Operation | None:
        """Return an operation."""
        ...

    def operations(self, *, states: Iterable[OpState] | None = None) -> list[Operation]:
        """Return operations by position."""
        ...

    def attempts(self, op_id: str) -> list[Attempt]:
        """Return the audit of an operation, oldest first."""
        ...

    def clashes(self, op_id: str) -> list[Clash]:
        """Return the fields in conflict of an operation."""
        ...

    def record(self, account_id: str, record_type: RecordType, record_id: str) -> StoredRecord | None:
        """Return a record by our id."""
        ...


def gather(view: WorkView, maker: Maker, account_ids: Iterable[str], *, is_handed_over: bool = False) -> RescueWork:
    """Return the unsent work of some accounts.

    Raises:
        StoreError: The store could not be read.
    """
    wanted = frozenset(account_ids)
    pending = [one for one in view.operations(states=UNSETTLED) if one.account_id in wanted]
    operations = _with_what_they_wait_for(view, pending)
    concerned = {one.account_id for one in operations}
    return RescueWork(
        maker=maker,
        accounts=tuple(_account(one) for one in view.accounts() if one.account_id in concerned),
        entries=tuple(_rescued(view, one) for one in operations),
        records=_records(view, operations),
        is_handed_over=is_handed_over,
    )


def _with_what_they_wait_for(view: WorkView, pending: Sequence[Operation]) -> list[Operation]:
    """Add the withdrawn operations that these wait for or stand in for; what is done needs nobody any more."""
    found = {one.op_id: one for one in pending}
    waiting = list(pending)
    while waiting:
        operation = waiting.pop()
        for op_id in filter(None, (*operation.needs, operation.replaces)):
            other = view.operation(op_id)
            if other and other.op_id not in found and other.state is OpState.CANCELLED:
                found[op_id] = other
                waiting.append(other)
    return sorted(found.values(), key=lambda one: (one.position, one.seq))


def _records(view: WorkView, operations: Iterable[Operation]) -> tuple[StoredRecord, ...]:
    keys = dict.fromkeys(
        key
        for one in operations
        for key in (
            (one.account_id, RecordType.ORDER, one.order_id),
            (one.account_id, one.record_type, one.record_id),
        )
    )
    found = (view.record(*key) for key in keys)
    return tuple(one for one in found if one is not None)


def _rescued(view: WorkView, operation: Operation) -> Rescued:
    order = view.record(operation.account_id, RecordType.ORDER, operation.order_id)
    shown = order.view if order else {}
    return Rescued(
        operation=operation,
        attempts=tuple(view.attempts(operation.op_id)),
        clashes=tuple(view.clashes(operation.op_id)),
        what=what(operation),
        number=shown.get("service_number", ""),
        title=shown.get("title", ""),
    )


def _account(account: Account) -> RescuedAccount:
    return RescuedAccount(
        account_id=account.account_id,
        name=account.name,
        system=account.system,
        address=account.address,
        user_uid=account.user_uid,
        user_name=account.user_name,
    )
