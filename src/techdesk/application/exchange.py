"""Say what the desk hands to a connector and asks of it, beside the operations themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from techdesk.application.accounts import Profile
from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.domain.documents import Document, RecordType
from techdesk.domain.errors import ConnectionFailedError
from techdesk.domain.vocabulary import ServiceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeTarget:
    """What a connector must know to render an operation: real ids in place of ours.

    Attributes:
        order_server_id: The server's id of the order; None while the order itself is being created.
        record_server_id: The server's id of the record; None for a create.
        revision: The revision to send as `If-Match`; None where there is none.
        base: The record's last known server truth, None for a create.
        raw: The server's bytes of it, where the back end needs them.
        order: The order as this computer knows it: the server's truth, else what the person made.
    """

    order_server_id: str | None
    record_server_id: str | None
    revision: str | None
    base: Document | None
    raw: bytes | None = None
    order: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerQuery:
    """What orders to look for at a back end; empty fields are not looked at (Flow Retail, operation 6).

    Attributes:
        text: Part of a name, phone, e-mail, service number or title; with it the six fields after it do not count.
            Where a system finds orders by their id only, that id.
        from_date: First day of making, in UTC.
        to_date: Last day of making, included.
        service_kind: What the person says it is, where the back end cannot be read.
    """

    text: str = ""
    customer_name: str = ""
    customer_phone: str = ""
    customer_email: str = ""
    service_number: str = ""
    title: str = ""
    serial_number: str = ""
    from_date: date | None = None
    to_date: date | None = None
    service_states: Sequence[str] = ()
    service_type_uids: Sequence[str] = ()
    service_status_uids: Sequence[str] = ()
    assigned_user_uids: Sequence[str] = ()
    created_from_store_uids: Sequence[str] = ()
    priorities: Sequence[str] = ()
    service_kind: ServiceKind | None = None


class Sighting(Enum):
    """What a look for an operation's effect brought; SHOWN and GONE tell of a record to be changed or removed."""

    FOUND = "found"
    SHOWN = "shown"
    GONE = "gone"
    ABSENT = "absent"
    UNCLEAR = "unclear"
    UNKNOWN = "unknown"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """The effect of an operation as the back end shows it (`docs/sync.md` §3.3).

    Attributes:
        sighting: ABSENT only after a complete read; UNCLEAR if a complete read leaves it to a person to judge; a read
            that failed or broke off is UNKNOWN; HIDDEN if the server answers, but not with what it has.
        server_id: The server's id of the record that was found.
        record: The record that was found, as a document.
        reason: Plain words for an unknown or unclear outcome, or of a server that shows no record.
        failure: Why a look failed, as it also tells how the host does.
        by_likeness: What was found carries no mark, so it counts only once the request has settled.
        is_double: More than one record carries the mark.
        is_newer: What was frozen holds the whole record as it was before, so sending it would set back other changes.
    """

    sighting: Sighting
    server_id: str | None = None
    record: Document | None = None
    revision: str | None = None
    raw: bytes | None = None
    reason: str = ""
    failure: ConnectionFailedError | None = None
    by_likeness: bool = False
    is_double: bool = False
    is_newer: bool = False

    def as_outcome(self, kind: OutcomeClass) -> Outcome:
        """Return what was seen as the answer that would have told the same."""
        return Outcome(
            kind=kind,
            server_id=self.server_id,
            record=self.record,
            revision=self.revision,
            raw=self.raw,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledPart:
    """An item, event or hours entry as a pull brought it."""

    record_type: RecordType
    server_id: str
    document: Document
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledOrder:
    """An order with all its parts as a pull brought it."""

    server_id: str
    document: Document
    revision: str | None = None
    parts: Sequence[PulledPart] = ()
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record of the server that could not be read; kept with its raw text.

    Attributes:
        is_hidden: The server itself does not show it.
        fails: It is hidden because the server fails each time it is asked for it, while it answers others.
    """

    server_id: str
    reason: str
    raw: bytes
    is_hidden: bool = False
    fails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPage:
    """One page of a pull.

    Attributes:
        deleted: Server ids of orders that are gone.
        cursor: Our place in the change feed after this page; saved in the page's own transaction.
        more: Another page follows at once.
        server_time: The server's clock when it answered, None where it did not say.
        lists_nothing: It ends a whole list in which there was nothing.
        odd_fields: Fields that came in another kind than is known, and were set aside, in words.
    """

    orders: Sequence[PulledOrder]
    cursor: str
    more: bool
    deleted: Sequence[str] = ()
    bad: Sequence[BadRecord] = ()
    server_time: datetime | None = None
    lists_nothing: bool = False
    odd_fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What a back end says about a sign-in and what one can choose from there.

    Attributes:
        references: Kind of reference → documents, each with its uid field: `service_types`, `service_statuses`,
            `hourly_rates`, `users`, `warehouses`, `products`, `stores`; and `resolution_types` and
            `resolution_reasons`, which have a `name` only.
        profile: What this very server guarantees.
    """

    user_uid: str
    user_name: str
    role: str
    profile: Profile
    references: Mapping[str, Sequence[Document]]
    server_version: str = ""
