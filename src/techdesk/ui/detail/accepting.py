"""Offer to accept an order where something is to be recorded that only an accepted one takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from techdesk.application.order_detail import OrderDetail
from techdesk.application.outbox import Verb
from techdesk.domain.records import RecordType
from techdesk.ui.asking import ask
from techdesk.ui.context import Context

_QUESTION = "This order has not been accepted yet. Accept it, and go on recording?"


def can_accept(context: Context, detail: OrderDetail) -> bool:
    """Say whether all that an order lacks to take events is that somebody accepts it here."""
    order = detail.order
    if order.is_accepted or not order.service_state.takes_work:
        return False
    return not context.services.commands.why_not(detail.ref.account_id, RecordType.ORDER, Verb.ACCEPT)


def ask_to_accept(context: Context, window: QWidget, detail: OrderDetail, then: Callable[[], None]) -> None:
    """Ask whether to accept the order; if so, do it and go on with `then`."""
    accept = partial(context.services.commands.accept, detail.ref, True)
    ask(window, _QUESTION, "Accept order", lambda: context.tasks.command(accept, lambda _: then()))
