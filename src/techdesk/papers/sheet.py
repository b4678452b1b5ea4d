"""Say what a paper is made from, and count what stands on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import Money, sum_of
from techdesk.domain.orders import Order, Totals
from techdesk.domain.records import RecordedEvent

LABEL_MM = (62.0, 29.0)
"""Width and height of a label: a common size of label printers."""

# not strftime: its names of months would follow the computer's language, and one paper would differ from the next
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class PaperKind(StrEnum):
    """A paper that can be made of an order; the value is its name in Flow Retail's `type`."""

    WORK_ORDER = "workorder"
    RECEIPT = "receipt"
    LABEL = "label"

    @property
    def label(self) -> str:
        """Return what people call it."""
        return {"workorder": "Work order", "receipt": "Receipt", "label": "Label"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a paper is made from; equal sheets make equal papers, byte for byte.

    Attributes:
        order: With its items and totals; an hours entry's `price` is for the whole entry.
        shop: The store's or company's name, for the head of the page.
        zone: In which times are written.
        fonts: Files in which characters are looked for that our own font lacks, in this order.
    """

    order: Order
    hours: tuple[HoursEntry, ...] = ()
    events: tuple[RecordedEvent, ...] = ()
    shop: str = ""
    zone: tzinfo = UTC
    fonts: tuple[Path, ...] = ()

    @property
    def number(self) -> str:
        """Return the order's number, also of one that the server has not numbered yet."""
        return self.order.service_number or "Not numbered yet"

    @property
    def billable_hours(self) -> tuple[HoursEntry, ...]:
        """Return the hours that the customer pays."""
        return tuple(one for one in self.hours if one.billable)

    @property
    def totals(self) -> Totals:
        """Return the order's totals, counted here where it has none."""
        known = self.order.totals
        if known.grand_total is not None:
            return known
        parts = sum_of((item_total(one) for one in self.order.items), self.order.currency)
        work = sum_of((one.price for one in self.billable_hours), self.order.currency)
        return Totals(parts_total=parts, work_total=work, grand_total=parts + work)

    def day(self, when: datetime | date | None) -> str:
        """Write a day: `2 Mar 2026`; empty for None."""
        if when is None:
            return ""
        on = when.astimezone(self.zone).date() if isinstance(when, datetime) else when
        return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"

    def moment(self, when: datetime | None) -> str:
        """Write day and time: `2 Mar 2026, 10:00`; empty for None."""
        return f"{self.day(when)}, {when.astimezone(self.zone):%H:%M}" if when else ""


def item_total(item: Item) -> Money | None:
    """Return what an item costs in all."""
    return item.total_price or item.counted_price


def money_text(money: Money | None) -> str:
    """Write an amount with at least two decimals and its currency: `1,234.50 NOK`; empty for None."""
    if money is None:
        return ""
    amount = money.amount.normalize()
    decimals = max(2, -int(amount.as_tuple().exponent))
    return f"{amount:,.{decimals}f} {money.currency}".rstrip()


def quantity_text(quantity: Decimal) -> str:
    """Write a quantity without the zeros that say nothing: `2`, `0.5`."""
    return f"{quantity.normalize():f}"


def file_name(kind: PaperKind, sheet: Sheet) -> str:
    """Return a file name that every system takes: `workorder-SO-10042.pdf`."""
    number = re.sub(r"[^A-Za-z0-9]+", "-", sheet.order.service_number).strip("-")[:60]
    return f"{kind.value}-{number or 'order'}.pdf"
