"""Describe an account: a system, an address, a credential and what the back end guarantees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from techdesk.application.outbox import Verb
from techdesk.domain.documents import RecordType
from techdesk.domain.errors import NotSupportedError
from techdesk.domain.vocabulary import Role

COLORS = ("blue", "orange", "green", "purple", "pink", "teal", "brown", "grey")
"""The colours that tell accounts apart, by name: each theme has its own shade of it."""


class Deed(NamedTuple):
    """What is done to records of which type."""

    record_type: RecordType
    verb: Verb


class Dedup(StrEnum):
    """How a back end lets us tell whether an operation has taken effect."""

    KEYED = "keyed"
    READ_BACK = "read back"
    IDEMPOTENT = "idempotent"
    BLIND = "blind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a back end guarantees; unknown means the most pessimistic value.

    Attributes:
        creates: How a repeated create is told apart.
        reads_back: What became of any operation can be looked for there.
        key_life_s: Seconds for which the server keeps an idempotency key.
        has_etags: Writes carry `If-Match` and are answered 412 when somebody was faster.
        has_feed: There is a change feed; otherwise lists are compared.
        pulls_followed: Orders are asked for one by one, those that this computer holds.
        orders_are_followed: Orders are here because a person brought them, so a person can let them go.
        acceptance_notes: Who accepts or declines an order may add notes to the reason.
        refusals: What cannot be done to records of a type, and why, in words for a person.
        no_reports: Why it makes no papers; empty where it does.
        no_notifications: Why it sends no messages to customers; empty where it does.
        no_public_page: Why an order has no page for its customer; empty where it may have one.
        refused_fields: Fields of an order that the back end does not have, and why they cannot be set.
        late_commit_s: Seconds after which a request we lost can no longer take effect.
        visibility_lag_s: Seconds after which an effect shows in reads.
    """

    creates: Dedup = Dedup.BLIND
    reads_back: bool = False
    key_life_s: float = 0.0
    has_etags: bool = False
    has_feed: bool = False
    pulls_followed: bool = False
    orders_are_followed: bool = False
    acceptance_notes: bool = False
    refusals: Mapping[Deed, str] = field(default_factory=dict)
    no_reports: str = "This system makes no papers"
    no_notifications: str = "This system sends no messages to customers"
    no_public_page: str = "This system has no page for customers"
    refused_fields: Mapping[str, str] = field(default_factory=dict)
    late_commit_s: float = 120.0
    visibility_lag_s: float = 60.0

    @property
    def can_be_read(self) -> bool:
        """Say whether a pull brings what the back end has; else nothing but what is sent is ever known."""
        return self.pulls_followed or not self.orders_are_followed

    @property
    def settle_s(self) -> float:
        """Return how long it takes until a request we lost can neither take effect nor be missing from a read."""
        return self.late_commit_s + self.visibility_lag_s

    def settling_in(self, seconds: float | None) -> Profile:
        """Return the profile with an account's own settle window, shared out as here; None leaves it as it is."""
        if seconds is None:
            return self
        late = seconds * self.late_commit_s / self.settle_s
        return replace(self, late_commit_s=late, visibility_lag_s=seconds - late)

    def check_supports(self, record_type: RecordType, verb: Verb = Verb.CREATE) -> None:
        """Return if this can be done to records of this type.

        Raises:
            NotSupportedError: It cannot; its text is the reason.
        """
        if Deed(record_type, verb) in self.refusals:
            raise NotSupportedError(self.refusals[Deed(record_type, verb)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One sign-in at one back end.

    Attributes:
        account_id: Our id; also the name of its credential among the secrets.
        name: What people call it; unique, without regard to case.
        system: Key of `CONNECTORS`.
        address: What stands before the dialect's own path, without a slash at its end.
        color: One of `COLORS`, or a colour as `#rrggbb`; empty until it is kept.
        settings: The connector's own settings.
        user_uid: Who we are at the back end; empty before the first contact.
        user_name: Their name.
        role: What they may do.
        enabled: False after "Work offline" was chosen for this account.
        signed_out: Its credential was forgotten and its unsent work kept: nothing of it is shown or sent until somebody
            signs in to it again.
    """

    account_id: str
    name: str
    system: str
    address: str
    color: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    user_uid: str = ""
    user_name: str = ""
    role: Role = Role.TECHNICIAN
    enabled: bool = True
    signed_out: bool = False


def free_color(accounts: Iterable[Account]) -> str:
    """Return a colour that none of these accounts has, else the one that the fewest have."""
    taken = Counter(one.color for one in accounts)
    return min(COLORS, key=lambda color: taken[color])
