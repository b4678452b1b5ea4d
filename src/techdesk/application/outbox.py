"""Describe the outbox: operations, the states they pass through, and what became of an attempt.

The table of states is `docs/sync.md`; the words on the screen stand in
`docs/architecture.md`, "Names".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from techdesk.application.ids import holds_local_id
from techdesk.domain.documents import Document, RecordType
from techdesk.domain.errors import ConnectionFailedError


class OpState(StrEnum):
    """Where an operation is."""

    QUEUED = "queued"
    INFLIGHT = "inflight"
    AMBIGUOUS = "ambiguous"
    NEEDS_CHECK = "needs_check"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_settled(self) -> bool:
        """Say whether nothing more will happen to it."""
        return self in (OpState.DONE, OpState.CANCELLED)

    @property
    def needs_person(self) -> bool:
        """Say whether it waits for a person."""
        return self in (OpState.NEEDS_CHECK, OpState.CONFLICT, OpState.REJECTED)


UNSETTLED = tuple(state for state in OpState if not state.is_settled)
"""The states of unsent work."""

SCREEN_WORDS: dict[OpState, str] = {
    OpState.QUEUED: "Saved here",
    OpState.INFLIGHT: "Sending",
    OpState.AMBIGUOUS: "Sending",
    OpState.DONE: "Confirmed",
    OpState.NEEDS_CHECK: "Needs your check",
    OpState.REJECTED: "Rejected",
    OpState.CONFLICT: "Conflict",
    OpState.CANCELLED: "Withdrawn",
}
"""The only words the screen uses for a state."""

MERGED = "merged"
"""The phase of an attempt that was merged with what somebody else changed."""

ROLLED_BACK = "rolled back"
"""The phase of an attempt whose effect a server that went back to an older state took away."""

REPLACED = "replaced"
"""Reason of an operation that was withdrawn because another one goes out in its place."""

TAKEN_IN = "taken in from "
"""How the audit names the computer whose rescue file an operation came in, and which may still send it itself."""

HANDED_ON = "handed over from "
"""How the audit names the computer that withdrew an operation and handed it over in a file."""

MOVES: dict[OpState, frozenset[OpState]] = {
    OpState.QUEUED: frozenset(
        {
            OpState.QUEUED,
            OpState.INFLIGHT,
            OpState.AMBIGUOUS,
            OpState.CONFLICT,
            OpState.REJECTED,
            OpState.CANCELLED,
        }
    ),
    OpState.INFLIGHT: frozenset(OpState) - {OpState.INFLIGHT},
    OpState.AMBIGUOUS: frozenset(OpState) - {OpState.QUEUED},
    OpState.NEEDS_CHECK: frozenset({OpState.NEEDS_CHECK, OpState.DONE, OpState.CANCELLED}),
    OpState.CONFLICT: frozenset({OpState.CONFLICT, OpState.CANCELLED}),
    OpState.REJECTED: frozenset({OpState.REJECTED, OpState.QUEUED, OpState.CANCELLED}),
    OpState.DONE: frozenset({OpState.NEEDS_CHECK}),
    OpState.CANCELLED: frozenset(),
}
"""Every move an operation may make; a store refuses any other (`docs/sync.md`, "Moves")."""


class OrderRef(NamedTuple):
    """Name an order on this computer."""

    account_id: str
    order_id: str


class Verb(StrEnum):
    """What an operation does to its record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenRequest:
    """The exact bytes of a request; fixed at the first attempt and never changed after.

    Attributes:
        method: HTTP method.
        path: Path and query below the account's address, starting with `/`; no secret in it.
        headers: Headers that belong to this request alone (`Idempotency-Key`, `If-Match`); no credential.
        body: The body, empty where there is none.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def names_our_own(self) -> bool:
        """Say whether a name that only this computer knows stands in it, so that it must not go out."""
        head = "\n".join((self.path, *self.headers, *self.headers.values()))
        return holds_local_id(head.encode(errors="replace")) or holds_local_id(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change on its way to a back end.

    Attributes:
        seq: Order of making, over all accounts; 0 before it is stored.
        position: Place in its lane; equals `seq` but where it stands in for an earlier operation.
        op_id: UUIDv7; also the idempotency key.
        order_id: Our id of the order: its lane.
        record_type: What is changed.
        record_id: Our id of the record that is changed.
        intent: The fields the person set, as a document; an empty value clears a field.
        base: The values of those fields that the person saw.
        needs: Operations that must be done before this one, beside those before it in its lane.
        not_before: No attempt before this instant.
        known: The server's ids of such parts that the order was known to have when the operation went out first; None
            before that.
        settle_reads: Complete looks at the back end, after it could no longer hide, that did not find its effect.
        request: The frozen request; None until the first attempt.
        reason: Plain words for a state that waits or needs a person.
        replaces: Id of the withdrawn operation that it goes on for.
    """

    op_id: str
    account_id: str
    order_id: str
    record_type: RecordType
    record_id: str
    verb: Verb
    intent: Document
    base: Document = field(default_factory=dict)
    created_at: datetime
    created_by: str = ""
    seq: int = 0
    position: int = 0
    needs: tuple[str, ...] = ()
    state: OpState = OpState.QUEUED
    attempts: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    not_before: datetime | None = None
    settle_reads: int = 0
    request: FrozenRequest | None = None
    http_status: int | None = None
    reason: str = ""
    replaces: str | None = None
    done_at: datetime | None = None
    known: tuple[str, ...] | None = None

    @property
    def support_code(self) -> str:
        """Return six characters a person can read out: the end of the id in Crockford's base 32."""
        return support_code(self.op_id)

    @property
    def may_be_elsewhere(self) -> bool:
        """Say whether another computer may have sent it: it came in a rescue file, or from a backup."""
        return self.state is OpState.QUEUED and self.attempts > 0

    @property
    def is_untouched(self) -> bool:
        """Say whether it was never attempted, so that it may still be changed or withdrawn."""
        return self.state is OpState.QUEUED and self.attempts == 0 and self.request is None

    @property
    def is_refused_removal(self) -> bool:
        """Say whether it would remove what the server still has, until a person decides."""
        return self.verb is Verb.DELETE and self.state in (OpState.REJECTED, OpState.CONFLICT)


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits that nobody mistakes for another when they are read out."""


def support_code(op_id: str) -> str:
    """Return the last 30 bits of a UUID in Crockford's base 32."""
    number = int(op_id.replace("-", ""), 16)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(25, -1, -5))


class OutcomeClass(Enum):
    """What became of an attempt (`docs/sync.md`, error classes)."""

    APPLIED = "applied"
    NOT_SENT = "not sent"
    THROTTLED = "throttled"
    AUTH = "auth"
    CAPTIVE = "captive"
    PRECONDITION = "precondition"
    KEY_BUSY = "key busy"
    KEY_CLASH = "key clash"
    REJECTED = "rejected"
    GONE = "gone"
    APPLIED_UNPARSED = "applied, answer unreadable"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one attempt brought.

    Attributes:
        kind: The class that decides what happens next.
        http_status: Status of the answer, if there was one.
        reason: Plain words for a person; never a bare status code, never a secret.
        server_id: The server's id of the record, after APPLIED.
        record: The record as the server now has it, as a document, after APPLIED or PRECONDITION.
        revision: The record's revision that goes with `record`.
        raw: The server's bytes of it, where the back end needs them for the next write.
        retry_after_s: Seconds the server asked to wait.
        code: The server's own error code.
        fault: What it tells of the host, where that is more than its class: why the look before it failed, so that it
            was not sent, or what answered in the server's place.
    """

    kind: OutcomeClass
    http_status: int | None = None
    reason: str = ""
    server_id: str | None = None
    record: Document | None = None
    revision: str | None = None
    raw: bytes | None = None
    retry_after_s: float | None = None
    code: str = ""
    fault: ConnectionFailedError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One line of an operation's audit.

    Attributes:
        phase: `send` before a request leaves, `answer` for what came of it, `look` for a look for its effect, `restart`
            where the answer was lost with the program; or words about the computer that it came from.
        kind: What came of it; None where nothing did: a request that leaves, a look that found nothing.
        code: The server's own error code.
        reason: Plain words where the back end gave some.
    """

    at: datetime
    phase: str
    kind: OutcomeClass | None = None
    http_status: int | None = None
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One field that was changed here and elsewhere; a row of a conflict.

    Attributes:
        choice: What a person decided: `mine`, `theirs` or `own` for a text of its own; empty before that.
    """

    op_id: str
    field: str
    base: Any
    mine: Any
    theirs: Any
    choice: str = ""


def unsent_in(counts: Mapping[OpState, int]) -> int:
    """Return how many of the counted operations are unsent."""
    return sum(number for state, number in counts.items() if not state.is_settled)


def needing_person_in(counts: Mapping[OpState, int]) -> int:
    """Return how many of the counted operations wait for a person."""
    return sum(number for state, number in counts.items() if state.needs_person)
