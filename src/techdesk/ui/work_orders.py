"""Show the work order that an order was made for: what was asked, by when, for how much at most, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from techdesk.domain.work_orders import WorkOrder, WorkOrderNote, work_order_time
from techdesk.ui.formats import Formats
from techdesk.ui.phrases import joined

Facts = list[tuple[str, str]]

_NEWEST_NOTES = 6


def work_order_facts(work_order: WorkOrder, formats: Formats, site_zone: str, changed_at: datetime | None) -> Facts:
    """Return what a work order says, by label; empty texts where it says nothing."""

    def when(text: str) -> str:
        at = work_order_time(text)
        if at is None:
            return text
        # a time without an offset is what the clock at the site shows
        return formats.both_zones(at, site_zone) if at.tzinfo else f"{at:%Y-%m-%d %H:%M} at the site"

    return [
        ("Changed", formats.when(changed_at)),
        ("Number", joined(work_order.number, _tracking(work_order))),
        ("Purchase order", work_order.purchase_number),
        ("Status", " / ".join(part for part in (work_order.status, work_order.status_extended) if part)),
        ("Priority", work_order.priority),
        ("Trade", work_order.trade),
        ("Category", work_order.category),
        ("Problem code", work_order.problem_code),
        ("Not to exceed", formats.money(work_order.limit)),
        ("Scheduled", when(work_order.scheduled_date)),
        ("Expires", when(work_order.expiration_date)),
        ("Completed", when(work_order.completed_date)),
        ("Location", work_order.location),
        ("Caller", work_order.caller),
        ("Resolution", work_order.resolution),
        *(("Note", _note_text(one, when)) for one in _newest_first(work_order.notes)),
        ("Earlier notes", _left_out(work_order.notes)),
    ]


def _note_text(note: WorkOrderNote, when: Callable[[str], str]) -> str:
    flags = [
        "Action required" if note.action_required else "",
        f"Follow up by {when(note.follow_up_date)}" if note.follow_up_date else "",
    ]
    head = joined(*flags)
    origin = joined(note.created_by, when(note.created_at))
    return "\n".join(part for part in (head, note.text, origin) if part)


def _newest_first(notes: Sequence[WorkOrderNote]) -> list[WorkOrderNote]:
    return sorted(notes, key=lambda one: one.created_at, reverse=True)[:_NEWEST_NOTES]


def _left_out(notes: Sequence[WorkOrderNote]) -> str:
    more = len(notes) - _NEWEST_NOTES
    return f"{more} more in the tab Events" if more > 0 else ""


def _tracking(work_order: WorkOrder) -> str:
    number = str(work_order.work_order_id or "")
    return f"tracking {number}" if number and number not in work_order.number else ""
