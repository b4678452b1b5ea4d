"""Say who, when and where a form is filled in."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from techdesk.application.accounts import Account
from techdesk.application.settings import TECHNICIAN
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import zone
from techdesk.domain.orders import Order
from techdesk.ui.context import Context
from techdesk.ui.editors.base import Occasion


def occasion_at(context: Context, account: Account, order: Order, ahead_s: float = 0.0) -> Occasion:
    """Return the occasion of filling in a form about `order`; this computer's clock is ahead by so many seconds."""
    clock = context.services.clock
    return Occasion(
        me=account.user_name or context.services.settings.get(TECHNICIAN),
        now=lambda: clock.now() - timedelta(seconds=ahead_s),
        own_zone=context.formats.zone,
        site_zone=site_zone(order),
    )


def site_zone(order: Order) -> tzinfo | None:
    """Return the zone of the place of work, None where it is not known."""
    try:
        return zone(order.site.time_zone) if order.site.time_zone else None
    except InvalidInputError:
        return None
