"""Choose the hourly rate of work: filled in as it most likely is, so that no work goes unpaid by an oversight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from techdesk.application.order_detail import OrderDetail
from techdesk.ui.context import Context
from techdesk.ui.editors.choices import ListEditor
from techdesk.ui.forms import FormRow
from techdesk.ui.phrases import joined

RATE = "hourly_rate_uid"
"""The row's name, as the entry's field is called."""


def rate_rows(context: Context, detail: OrderDetail, chosen: str | None) -> list[FormRow]:
    """Return the row that asks for the rate, none where the account has no rates."""
    money = context.formats.money
    rates = [(one.hourly_rate_uid, joined(one.name, money(one.price))) for one in detail.choices.rates]
    editor = ListEditor(rates, empty="No rate", missing="A rate that is no longer offered")
    editor.set_value(chosen)
    return [FormRow(RATE, "Hourly rate", editor)] if rates else []


def likely_rate(context: Context, detail: OrderDetail) -> str | None:
    """Return the rate of the newest hours of the order, else the one last used for its kind here, else the only one."""
    offered = {one.hourly_rate_uid for one in detail.choices.rates}
    used = [rate for _, rate in sorted(_used(detail), reverse=True)]
    kept = context.services.settings.get(_setting(detail))
    only = next(iter(offered)) if len(offered) == 1 else None
    return next((one for one in (*used, kept, only) if one in offered), None)


def _used(detail: OrderDetail) -> Iterator[tuple[datetime, str]]:
    """Yield when work on the order began, and its rate."""
    for one in detail.hours:
        if one.value.started_at and one.value.hourly_rate_uid:
            yield one.value.started_at, one.value.hourly_rate_uid


def keep_rate(context: Context, detail: OrderDetail, rate: str | None) -> None:
    """Keep which rate was used, for the next work of this kind."""
    if rate:
        context.keep(_setting(detail), rate)


def _setting(detail: OrderDetail) -> str:
    return f"hours.rate.{detail.ref.account_id}.{detail.order.service_kind.value}"
