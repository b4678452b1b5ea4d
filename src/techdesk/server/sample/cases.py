"""Hold the facts that an order of the sample is made of."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from techdesk.domain.vocabulary import ServiceKind
from techdesk.server.sample.catalogue import Device, Fault
from techdesk.server.sample.stages import Stage
from techdesk.server.storage.ids import uid_at


@dataclass(frozen=True, slots=True)
class Workplace:
    """The rows that the orders refer to."""

    tenant_uid: str
    store_uids: list[str]
    types: dict[ServiceKind, dict[str, Any]]
    statuses: dict[str, dict[str, Any]]
    technicians: list[dict[str, Any]]
    rates: dict[str, dict[str, Any]]
    products: dict[str, dict[str, Any]]
    warehouse_uid: str


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one order, before they are written as rows.

    Attributes:
        number: Its place in the sample, from 0.
        technician: The row of who works on it; None where nobody does yet.
        created_at: When it came, in epoch milliseconds, as the two below.
        due_at: When it is promised.
        last_at: When the last thing happened.
    """

    number: int
    uid: str
    stage: Stage
    device: Device
    fault: Fault
    technician: dict[str, Any] | None
    created_at: int
    due_at: int
    last_at: int

    def worker(self, workplace: Workplace) -> dict[str, Any]:
        """Return the row of who works on it, or of whoever stepped in."""
        return self.technician or workplace.technicians[self.number % len(workplace.technicians)]


def uid_of(random: Random, at: int) -> str:
    """Return the next uid of the seed, as it would have been made at this instant."""
    return uid_at(at, random.getrandbits(74))
