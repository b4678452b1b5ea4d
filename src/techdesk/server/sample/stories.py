"""Tell the events of an order in their recommended order, as far as its story has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from techdesk.domain.vocabulary import ServiceKind
from techdesk.server.sample.catalogue import Fault
from techdesk.server.sample.times import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Plot:
    """What a story is about.

    Attributes:
        fault: What is broken.
        technician: Display name of who works on it.
        customer: Their name.
        due_at: When it is promised, in epoch milliseconds.
    """

    fault: Fault
    technician: str
    customer: str
    due_at: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a story; `at` in epoch milliseconds."""

    event_type: str
    at: int
    data: dict[str, Any]
    notes: str = ""


Teller = Callable[[Plot, int, Random], Happening]


def story(kind: ServiceKind, plot: Plot, times: Sequence[int], random: Random) -> list[Happening]:
    """Return one event for each time, first to last."""
    return [tell(plot, at, random) for tell, at in zip(_STORIES[kind], times, strict=False)]


def length_of(kind: ServiceKind) -> int:
    """Return how many events a whole story of this kind has."""
    return len(_STORIES[kind])


def _received(plot: Plot, at: int, _: Random) -> Happening:
    return Happening("product_received", at, {"receivedBy": plot.technician, "receivedAt": at})


def _diagnosed(plot: Plot, at: int, _: Random) -> Happening:
    data = {
        "diagnosedBy": plot.technician,
        "diagnosticExplanation": plot.fault.found,
        "diagnosticCompletedAt": at,
    }
    return Happening("product_diagnosed", at, data)


def _estimated(plot: Plot, at: int, random: Random) -> Happening:
    is_delayed = random.random() < 0.25
    data: dict[str, Any] = {"estimatedRepairCompletionAt": plot.due_at, "isDelayed": is_delayed}
    if is_delayed:
        data["delayReason"] = "The part comes from abroad" if plot.fault.part else "The bench is full this week"
    return Happening("repair_eta", at, data)


def _started(_: Plot, at: int, __: Random) -> Happening:
    return Happening("repair_started", at, {"repairStartedAt": at})


def _completed(plot: Plot, at: int, _: Random) -> Happening:
    return Happening("repair_completed", at, {"repairCompletedAt": at, "repairExplanation": plot.fault.done})


def _shipped(_: Plot, at: int, __: Random) -> Happening:
    return Happening("repair_shipped", at, {"repairShippedAt": at})


def _delivered(plot: Plot, at: int, _: Random) -> Happening:
    return Happening("product_delivered", at, {"deliveredTo": plot.customer, "deliveredAt": at})


def _availability(plot: Plot, at: int, _: Random) -> Happening:
    windows = [plot.due_at - DAY, plot.due_at, plot.due_at + 4 * HOUR]
    return Happening("batched", at, {"availabilityWindows": windows})


def _contacted(plot: Plot, at: int, random: Random) -> Happening:
    reached = random.random() < 0.8
    data = {
        "customerContactEventType": "appointment_requested" if reached else "schedule_attempt_failure",
        "method": random.choice(("phone", "email", "email_and_phone")),
        "contactTimestamp": at,
        "appointmentTimestamps": [plot.due_at],
    }
    return Happening("customer_contact", at, data, "" if reached else "No answer, left a message")


def _appointed(plot: Plot, at: int, random: Random) -> Happening:
    how = "rescheduled" if random.random() < 0.15 else "scheduled"
    data = {"appointmentEventType": how, "appointmentDate": plot.due_at}
    return Happening("appointment_scheduling", at, data)


def _parts(_: Plot, at: int, random: Random) -> Happening:
    step = random.choice(("parts_needed", "parts_ordered", "parts_shipped", "parts_delivered"))
    return Happening("part_management", at, {"partManagementEventType": step})


def _resolved(plot: Plot, at: int, _: Random) -> Happening:
    return Happening("resolved", at, {"resolutionType": "repaired", "reason": plot.fault.done})


def _noted(plot: Plot, at: int, _: Random) -> Happening:
    return Happening("internal_note", at, {"eventDate": at}, f"Told {plot.customer} how long it takes")


def _checked(plot: Plot, at: int, _: Random) -> Happening:
    data = {"eventDate": at, "metadata": {"checkedBy": plot.technician, "passed": True}}
    return Happening("final_check", at, data)


_STORIES: dict[ServiceKind, tuple[Teller, ...]] = {
    ServiceKind.DEPOT: (_received, _diagnosed, _estimated, _started, _completed, _shipped, _delivered),
    ServiceKind.ONSITE: (_availability, _contacted, _appointed, _parts, _resolved),
    ServiceKind.OTHER: (_noted, _checked),
}
