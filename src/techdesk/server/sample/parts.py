"""Make the events, hours and items of the sample's orders."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from techdesk.domain.vocabulary import ServiceKind
from techdesk.server.sample.cases import Case, Workplace, uid_of
from techdesk.server.sample.stories import Happening
from techdesk.server.sample.times import MINUTE, text_of


class PartMaker:
    """Make the rows of what an order gathers."""

    def __init__(self, workplace: Workplace, random: Random) -> None:
        self._workplace = workplace
        self._random = random

    def event_row(self, case: Case, happening: Happening) -> dict[str, Any]:
        """Return the row of one thing that happened."""
        at = text_of(happening.at)
        return self._made_by(case, at) | {
            "service_event_uid": uid_of(self._random, happening.at),
            "service_order_uid": case.uid,
            "event_type": happening.event_type,
            "occurred_at": at,
            "notes": happening.notes,
            "data": happening.data,
            "created_by": case.worker(self._workplace)["display_name"],
            "last_modified_by": case.worker(self._workplace)["display_name"],
        }

    def hours_row(self, case: Case) -> dict[str, Any]:
        """Return the row of the work that was done."""
        minutes = self._random.choice((15, 30, 45, 60, 75, 90, 120))
        onsite = case.device.kind is ServiceKind.ONSITE
        rate = self._workplace.rates["Onsite hour" if onsite else "Workshop hour"]
        started_at = max(case.created_at, case.last_at - (minutes + 30) * MINUTE)
        price = (rate["price"] * minutes / 60).quantize(Decimal("0.01"))
        return self._made_by(case, text_of(case.last_at)) | {
            "service_hours_uid": uid_of(self._random, case.last_at),
            "service_order_uid": case.uid,
            "hourly_rate_uid": rate["hourly_rate_uid"],
            "started_at": text_of(started_at),
            "ended_at": text_of(started_at + minutes * MINUTE),
            "minutes": minutes,
            "billable": self._random.random() < 0.85,
            "note": case.fault.done,
            "price": price,
        }

    def item_row(self, case: Case) -> dict[str, Any]:
        """Return the row of the part that was put in."""
        product = self._workplace.products[case.fault.part]
        at = text_of(case.last_at)
        worker = case.worker(self._workplace)
        return {
            "service_order_item_uid": uid_of(self._random, case.last_at),
            "service_order_uid": case.uid,
            "warehouse_uid": self._workplace.warehouse_uid,
            "tenant_user_uid": worker["tenant_user_uid"],
            "tenant_user_display_name": worker["display_name"],
            "product_uid": product["product_uid"],
            "sales_order_uid": None,
            "quantity": Decimal(1),
            "name": product["name"],
            "sku": product["sku"],
            "price": product["price"],
            "cost_price": product["cost_price"],
            "original_price": product["price"],
            "total_price": product["price"],
            "total_cost_price": product["cost_price"],
            "serial_number": "",
            "note": "",
            "created_at": at,
            "last_modified_at": at,
            "revision": 1,
        }

    def _made_by(self, case: Case, at: str) -> dict[str, Any]:
        worker = case.worker(self._workplace)
        return {
            "tenant_user_uid": worker["tenant_user_uid"],
            "tenant_user_display_name": worker["display_name"],
            "created_by_uid": worker["tenant_user_uid"],
            "created_at": at,
            "last_modified_at": at,
            "revision": 1,
        }
