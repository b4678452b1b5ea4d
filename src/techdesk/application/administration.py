"""Administer a back end: its workflow, prices, people and clients. Done online and at once, never by the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from techdesk.domain.documents import Document, same

DELIVERIES_A_PAGE = 50


class AdminKind(StrEnum):
    """What there is to administer; the value names the field that holds a record's id."""

    STATUS = "service_status_uid"
    SERVICE_TYPE = "service_type_uid"
    HOURLY_RATE = "hourly_rate_uid"
    USER = "tenant_user_uid"
    TOKEN = "token_uid"  # noqa: S105 - the name of a field
    CLIENT = "client_id"
    DELIVERY = "delivery_uid"

    def id_of(self, record: Document) -> str:
        """Return the id of a record of this kind."""
        return str(record.get(self.value, ""))


@dataclass(frozen=True, slots=True)
class Made:
    """What the back end has now.

    Attributes:
        secrets: By name, what it shows this once; never to be kept or written anywhere.
    """

    record: Document
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries of one page, the newest first, and how many there are on all pages."""

    records: Sequence[Document]
    total: int


class Administration(Protocol):
    """Administer one back end; every call waits for the network.

    Records are documents with the server's fields in snake case, amounts as plain text without a currency.
    All calls raise what `change` raises, as far as it applies.
    """

    def records(self, kind: AdminKind) -> Sequence[Document]:
        """Return all records of a kind, in the order in which people look for them."""
        ...

    def deliveries(self, number: int = 1, client_id: str = "") -> DeliveryPage:
        """Return a page of the log of deliveries: those of one client, or of all."""
        ...

    def delivery(self, delivery_uid: str) -> Document:
        """Return a delivery with its `body`, as long as the server keeps that."""
        ...

    def add(self, kind: AdminKind, values: Document, key: str) -> Made:
        """Add a record; a repeat with the same `key` adds nothing twice.

        Raises:
            OutcomeUnknownError: As in `change`. A repeat brings no secrets.
        """
        ...

    def change(self, kind: AdminKind, record_id: str, values: Document) -> Made:
        """Change the named fields of a record.

        Raises:
            InvalidInputError: The server refuses a value; `field` names it.
            NotAllowedError: The role is too small, or nobody would be administrator any more.
            NotFoundError: The record is gone.
            OutcomeUnknownError: It was sent, and no answer came; `Attempt.has_arrived` tells after a look.
            ConnectionFailedError: Nothing was sent.
        """
        ...

    def revoke_token(self, token_uid: str) -> None:
        """Make a token worthless."""
        ...

    def renew_keys(self, client_id: str) -> Made:
        """Give a client new keys; the old ones are worthless at once."""
        ...


@runtime_checkable
class Administered(Protocol):
    """A connector whose system can be administered."""

    def administration(self) -> Administration:
        """Return what administers the system; may wait for the network.

        Raises:
            NotSupportedError: This server cannot be administered.
            ConnectionFailedError: It could not be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wanted to be so, to find out after a lost answer whether it is.

    Attributes:
        record_id: The record to change; empty for one to add.
        values: What it was to say; may hold a password.
        known_ids: The records there were before.
    """

    kind: AdminKind
    record_id: str
    values: Document = field(repr=False)
    known_ids: frozenset[str] = frozenset()

    def has_arrived(self, records: Iterable[Document]) -> bool:
        """Say whether `records`, read afterwards, show it; a password never does, and may be set again without harm."""
        if "password" in self.values:
            return False
        return any(self._concerns(one) and self._says_all(one) for one in records)

    def _concerns(self, record: Document) -> bool:
        record_id = self.kind.id_of(record)
        return record_id == self.record_id if self.record_id else record_id not in self.known_ids

    def _says_all(self, record: Document) -> bool:
        return all(same(record.get(name), value) for name, value in self.values.items())


def position_at(records: Sequence[Document], at: int, to: int) -> int:
    """Return the position that brings the record at place `at` to place `to`: whatever stands there moves up.

    Args:
        records: Two or more records with positions, in their order.
        at: The place of the record.
        to: The place it shall have among them.
    """
    others = [*records[:at], *records[at + 1 :]]
    return int(others[to]["position"] if to < len(others) else others[-1]["position"] + 1)
