"""Make one lifelike order after the other."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from techdesk.domain.instants import epoch_ms
from techdesk.domain.vocabulary import ServiceKind
from techdesk.server.importing.bulk import NewOrder
from techdesk.server.orders.orders import NEW_ORDER
from techdesk.server.sample import stages
from techdesk.server.sample.billing import add_bill, add_messages
from techdesk.server.sample.cases import Case, Workplace, uid_of
from techdesk.server.sample.catalogue import DEVICES
from techdesk.server.sample.parts import PartMaker
from techdesk.server.sample.people import COMPANIES, FIRST_NAMES, LAST_NAMES, PLACES, STREETS
from techdesk.server.sample.stories import Happening, Plot, length_of, story
from techdesk.server.sample.times import DAY, HOUR, MINUTE, text_of
from techdesk.server.sample.work_orders import add_notes, work_order_columns
from techdesk.server.storage.ids import new_page_hash, uid_at

_BY_KIND = {kind: tuple(one for one in DEVICES if one.kind is kind) for kind in ServiceKind}
_KINDS = (ServiceKind.DEPOT, ServiceKind.ONSITE, ServiceKind.OTHER)
_KIND_WEIGHTS = (62, 32, 6)
_PRIORITIES = ("NONE", "LOW", "MEDIUM", "HIGH", "URGENT")
_PRIORITY_WEIGHTS = (46, 14, 22, 13, 5)
_LAST_ONES = len(stages.STAGES) * len(_KINDS)
"""Among the last orders every stage meets every kind, so that a small sample has them all."""
_OLDEST_DAYS = 900


class OrderMaker:
    """Make orders one after the other, the oldest first, so that their numbers and uids grow with time.

    The same workplace, count, instant and seed make the same ones.
    """

    def __init__(self, workplace: Workplace, count: int, now: datetime, random: Random) -> None:
        self._workplace = workplace
        self._now = epoch_ms(now) // 1000 * 1000
        self._random = random
        self._parts = PartMaker(workplace, random)
        self._count = count
        self._ended = round(count * (1 - stages.open_share(count)))

    def order(self, number: int) -> NewOrder:
        """Return the rows of the order with this number in the sample, from 0."""
        case = self._case(number)
        order = self._order_row(case)
        happenings = self._happenings(case, order)
        made = NewOrder(order, events=[self._parts.event_row(case, one) for one in happenings])
        if case.stage.progress >= 0.6:
            made.hours.append(self._parts.hours_row(case))
            if case.fault.part:
                made.items.append(self._parts.item_row(case))
        add_notes(made)
        add_messages(case, made)
        add_bill(case, self._workplace, made)
        return made

    def _case(self, number: int) -> Case:
        random = self._random
        stage, kind = self._stage_and_kind(number)
        device = random.choice(_BY_KIND[kind])
        created_at, due_at = self._dates(number, stage)
        span = max(self._now - created_at, 5 * MINUTE)
        ended = created_at + round(random.uniform(0.5, 12) * DAY)
        last_at = created_at + round(span * random.uniform(0.6, 0.98)) if stage.is_open else min(ended, self._now)
        technician = random.choice(self._workplace.technicians)
        unassigned = stage.progress == 0 and random.random() < 0.55
        return Case(
            number=number,
            uid=uid_of(self._random, created_at),
            stage=stage,
            device=device,
            fault=random.choice(device.faults),
            technician=None if unassigned else technician,
            created_at=created_at,
            due_at=due_at,
            last_at=last_at,
        )

    def _stage_and_kind(self, number: int) -> tuple[stages.Stage, ServiceKind]:
        left = self._count - 1 - number
        if left < _LAST_ONES:
            return stages.STAGES[left % len(stages.STAGES)], _KINDS[left // len(stages.STAGES)]
        random = self._random
        if number >= self._ended:
            stage = random.choices(stages.OPEN, stages.OPEN_WEIGHTS)[0]
        else:
            stage = random.choices(stages.ENDED, stages.ENDED_WEIGHTS)[0]
        return stage, random.choices(_KINDS, _KIND_WEIGHTS)[0]

    def _dates(self, number: int, stage: stages.Stage) -> tuple[int, int]:
        """Return when it came and when it is promised: some open ones are overdue, some due today."""
        random = self._random
        if number < self._ended:
            age = 3 + _OLDEST_DAYS * (1 - number / self._ended) ** 1.6
        else:
            age = 0.02 + 24 * (1 - (number - self._ended) / max(1, self._count - self._ended)) ** 1.5
        age = age if stage.is_open else max(age, 1.5)
        created_at = self._now - round(age * DAY) + random.randrange(10) * MINUTE
        due_at = created_at + round(random.triangular(1, 30, 8) * DAY)
        if stage.is_open and number % 12 == 0:
            due_at = self._now + 2 * HOUR
        return created_at, due_at // HOUR * HOUR + random.choice((0, 15, 30, 45)) * MINUTE

    def _order_row(self, case: Case) -> dict[str, Any]:
        row = NEW_ORDER | self._origin(case) | self._course(case) | self._device_and_price(case)
        row |= self._customer(case)
        return row | work_order_columns(case, row)

    def _origin(self, case: Case) -> dict[str, Any]:
        stores = self._workplace.store_uids
        # nineteen of twenty in the first store; the others have enough to be seen
        store = {7: stores[1], 14: stores[2]}.get(case.number % 40, stores[0])
        created_at = text_of(case.created_at)
        who = case.technician["display_name"] if case.technician else "Counter"
        claim = f"CLAIM-{4000 + case.number}" if case.number % 6 == 1 else ""
        return {
            "service_order_uid": case.uid,
            "tenant_uid": self._workplace.tenant_uid,
            "store_uid": store,
            "created_from_store_uid": stores[1] if case.number % 90 == 3 else store,
            "external_service_number": f"EX{case.number:07d}" if case.number % 11 == 0 else "",
            "external_system": "extend" if claim else "",
            "external_id": claim,
            "public_page_hash": new_page_hash(),
            "created_at": created_at,
            "created_by": "Counter",
            "last_modified_at": text_of(case.last_at),
            "last_modified_by": who,
            "revision": 1,
        }

    def _course(self, case: Case) -> dict[str, Any]:
        random = self._random
        status = self._workplace.statuses[case.stage.status]
        service_type = self._workplace.types[case.device.kind]
        unaccepted = case.stage.progress == 0 and (case.number % 7 == 0 or random.random() < 0.1)
        technician = case.technician or {"tenant_user_uid": None, "display_name": ""}
        needed = case.due_at + 2 * DAY if random.random() < 0.2 else None
        return {
            "assigned_user_uid": technician["tenant_user_uid"],
            "assigned_user_display_name": technician["display_name"],
            "service_type_uid": service_type["service_type_uid"],
            "service_type_name": service_type["name"],
            "service_kind": service_type["service_kind"],
            "service_status_uid": status["service_status_uid"],
            "service_status_name": status["name"],
            "service_state": status["service_state"],
            "priority": random.choices(_PRIORITIES, _PRIORITY_WEIGHTS)[0],
            "ready_at_estimate": text_of(case.due_at) if case.stage.progress or needed is None else None,
            "ready_at_needed": text_of(needed) if needed else None,
            "requires_acceptance": unaccepted,
            "accepted_at": None if unaccepted else text_of(case.created_at),
            "closed_at": None if case.stage.is_open else text_of(case.last_at),
        }

    def _device_and_price(self, case: Case) -> dict[str, Any]:
        random = self._random
        maker, model = random.choice(case.device.models)
        serial = f"{maker[:2].upper()}{random.randrange(10**8):08d}"
        covered = random.random() < 0.3
        asset = {
            "assetUid": uid_of(self._random, case.created_at),
            "name": case.device.name,
            "maker": maker,
            "model": model,
            "serialNumber": serial,
            "condition": random.choice(("Good", "Used, some scratches", "Casing cracked", "Dirty", "As new")),
            "accessories": random.choice(case.device.accessories),
            "warrantyUntil": text_of(self._now + random.randrange(20, 600) * DAY)[:10] if covered else None,
            "state": "",
        }
        price = Decimal(random.randrange(30, 180)) if random.random() < 0.6 else None
        depot = case.device.kind is ServiceKind.DEPOT
        return {
            "title": case.fault.title,
            "description": case.fault.told,
            "location_label": f"{random.choice('ABCD')}{random.randrange(1, 40):02d}" if depot else "",
            "assets": [asset],
            "warranty": covered,
            "requires_price_estimate": not covered and random.random() < 0.3,
            "estimated_price": price,
            "max_price": price + 50 if price is not None and random.random() < 0.4 else None,
        }

    def _customer(self, case: Case) -> dict[str, Any]:
        random = self._random
        city, postcode, zone, dialling = random.choice(PLACES)
        first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
        person = f"{first} {last}"
        onsite = case.device.kind is ServiceKind.ONSITE
        name = random.choice(COMPANIES) if onsite and random.random() < 0.35 else person
        address = f"{random.choice(STREETS)} {random.randrange(1, 120)}, {postcode} {city}"
        number = random.randrange(10**6)
        customer = {
            "customerUid": uid_at(0, number << 20),
            "name": name,
            "phone": f"{dialling} 555 {number // 1000:03d} {number % 1000:03d}",
            "email": f"customer{number}@example.org" if random.random() < 0.85 else "",
            "address": address,
        }
        site = {"name": name, "address": address, "timeZone": zone} if onsite else None
        return {"customer_uid": customer["customerUid"], "customer": customer, "site": site}

    def _happenings(self, case: Case, order: dict[str, Any]) -> list[Happening]:
        if order["accepted_at"] is None:
            return []
        kind = case.device.kind
        told = round(case.stage.progress * length_of(kind))
        span = case.last_at - case.created_at
        times = [case.created_at + span * (step + 1) // (told + 1) for step in range(told)]
        technician = case.technician["display_name"] if case.technician else "Counter"
        plot = Plot(case.fault, technician, order["customer"]["name"], case.due_at)
        return story(kind, plot, times, self._random)
