"""Ask for the event that ends the work, where an order is finished without it (Extend highly recommends it)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QWidget

from techdesk.application.order_detail import OrderDetail
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.domain.events import EVENT_KINDS
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordedEvent, RecordType, from_document
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.ui.asking import ask
from techdesk.ui.context import Context
from techdesk.ui.dialogs import open_event_dialog

_ENDS = {ServiceKind.DEPOT: "repair_completed", ServiceKind.ONSITE: "resolved"}
"""The event that is highly recommended once the work is done, by service kind."""

_DONE = (ServiceState.FINISHED.value, ServiceState.CLOSED.value)


@dataclass(frozen=True, slots=True)
class Wish:
    """A change of an order's status.

    Attributes:
        intent: What it sets.
        change: Makes it so.
    """

    intent: Document
    change: Callable[[], None]


def change_or_ask(context: Context, window: QWidget, detail: OrderDetail, wish: Wish) -> None:
    """Give an order another status; ask first where the work would be done without its closing event."""
    ending = _missing_ending(context, detail, wish.intent)
    if not ending:
        wish.change()
        return
    ask(
        window,
        f"“{EVENT_KINDS[ending].label}” has not been recorded on this order. Record it first?",
        "Record it",
        partial(_record_then_change, context, window, detail, wish),
        ("Only change the status", wish.change),
    )


def _missing_ending(context: Context, detail: OrderDetail, intent: Document) -> str:
    """Return the closing event that a change of status would leave out, empty where there is none to ask for."""
    ending = _ENDS.get(detail.order.service_kind, "")
    if not ends_work(intent) or not detail.order.service_state.takes_work or not ending:
        return ""
    recorded = {one.value.event_type for one in detail.events}
    refused = context.services.commands.why_not(detail.ref.account_id, RecordType.EVENT)
    return "" if refused or ending in recorded else ending


def ends_work(intent: Document) -> bool:
    """Say whether a change of an order means that the work is done."""
    return intent.get("service_state") in _DONE


def tell_without_ending(context: Context, window: QWidget, orders: Sequence[OrderRef]) -> None:
    """Say how many of several finished orders lack their closing event; nobody is asked for each of them."""
    context.tasks.count(partial(_without_ending, orders), partial(_tell, context, len(orders)), window)


def _without_ending(orders: Sequence[OrderRef], view: ReadTransaction) -> int:
    return sum(_lacks_ending(view, order) for order in orders)


def _lacks_ending(view: ReadTransaction, order: OrderRef) -> bool:
    record = view.record(order.account_id, RecordType.ORDER, order.order_id)
    ending = _ENDS.get(from_document(Order, record.view).service_kind) if record else None
    events = view.parts(order.account_id, order.order_id, RecordType.EVENT) if ending else []
    return ending is not None and all(from_document(RecordedEvent, one.view).event_type != ending for one in events)


def _tell(context: Context, changed: int, lacking: int) -> None:
    if lacking:
        missing = " or ".join(f"“{EVENT_KINDS[one].label}”" for one in _ENDS.values())
        context.notices.tell(f"{lacking} of the {changed} orders have no {missing}", "Record it where the work is done")


def _record_then_change(context: Context, window: QWidget, detail: OrderDetail, wish: Wish) -> None:
    dialog = open_event_dialog(context, detail, _ENDS[detail.order.service_kind], window)
    if dialog:
        dialog.saved.connect(lambda _: wish.change())
