"""Open the dialogs: one generated form for every kind of event, and a few that are special."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from techdesk.application.editing.rules import reason_against
from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.domain.events import INTERNAL_NOTE, AppointmentScheduling
from techdesk.domain.records import RecordedEvent
from techdesk.ui.context import Context
from techdesk.ui.dialogs.event_dialog import AppointmentDialog, EventDialog, NoteDialog

DIALOGS: dict[str, type[EventDialog]] = {
    INTERNAL_NOTE: NoteDialog,
    AppointmentScheduling.KIND.name: AppointmentDialog,
}
"""Special dialogs by the event's name; every other event uses the generated form."""


def open_event_dialog(
    context: Context, detail: OrderDetail, kind_name: str, parent: QWidget | None = None
) -> EventDialog | None:
    """Open the dialog that records an event; tell why where the order does not take it now.

    Args:
        context: The window's context.
        detail: The order as shown.
        kind_name: The event's name in JSON; empty for one whose name the person types.
        parent: The window the dialog belongs to.
    """
    reason = reason_against(detail.order, kind_name)
    if reason:
        context.notices.tell(reason)
        return None
    dialog = DIALOGS.get(kind_name, EventDialog)(context, detail, kind_name, parent=parent)
    dialog.open()
    return dialog


def dialog_for_event(
    context: Context, detail: OrderDetail, shown: Shown[RecordedEvent], parent: QWidget | None = None
) -> EventDialog:
    """Return the dialog that changes a recorded event, not yet open."""
    name = shown.value.event_type
    return DIALOGS.get(name, EventDialog)(context, detail, name, shown, parent)
