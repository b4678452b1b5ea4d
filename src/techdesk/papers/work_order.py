"""Draw a work order: all that is known of the order, and a line for the customer to sign on."""

from __future__ import annotations

from techdesk.domain.events import INTERNAL_NOTE
from techdesk.domain.orders import Asset
from techdesk.domain.records import RecordedEvent
from techdesk.domain.vocabulary import Priority
from techdesk.papers.blocks import (
    Fact,
    asset_facts,
    begin_page,
    customer_facts,
    facts,
    heading,
    hours_table,
    items_table,
    totals_block,
)
from techdesk.papers.canvas import Canvas, Column, Style
from techdesk.papers.sheet import PaperKind, Sheet, money_text


def draw_work_order(sheet: Sheet) -> bytes:
    """Return the PDF of a work order."""
    canvas = begin_page(PaperKind.WORK_ORDER, sheet)
    order = sheet.order
    first, *others = order.assets or (Asset(),)
    facts(canvas, customer_facts(sheet), asset_facts(sheet, first))
    for asset in others:
        canvas.skip(2)
        facts(canvas, [], asset_facts(sheet, asset))
    canvas.skip(3)
    facts(canvas, _dates(sheet), _handling(sheet))
    if order.description:
        heading(canvas, "Fault")
        canvas.row([Column(order.description, canvas.width)])
    _done(canvas, sheet)
    items_table(canvas, sheet, with_notes=True)
    hours_table(canvas, sheet, for_customer=False)
    if order.items or sheet.hours:
        totals_block(canvas, sheet)
    _signature(canvas)
    return canvas.finish()


def _dates(sheet: Sheet) -> list[Fact]:
    order = sheet.order
    return [
        ("Received", sheet.moment(order.created_at)),
        ("Promised", sheet.moment(order.ready_at_estimate)),
        ("Needed by", sheet.moment(order.ready_at_needed)),
        ("Estimate", money_text(order.estimated_price)),
        ("At most", money_text(order.max_price)),
    ]


def _handling(sheet: Sheet) -> list[Fact]:
    order = sheet.order
    urgency = "" if order.priority is Priority.NONE else order.priority.value.capitalize()
    return [
        ("Type", order.service_type_name),
        ("Status", order.service_status_name),
        ("Technician", order.assigned_user_display_name),
        ("Priority", urgency),
        ("Location", order.location_label),
        ("Warranty", "Yes" if order.warranty else ""),
        ("External no.", order.external_service_number),
    ]


def _done(canvas: Canvas, sheet: Sheet) -> None:
    """Write what was done, without what colleagues noted for each other."""
    told = [one for one in sheet.events if one.event_type != INTERNAL_NOTE]
    if not told:
        return
    heading(canvas, "What was done")
    for event in told:
        texts = (sheet.moment(event.occurred_at), event.event.label, event.tenant_user_display_name)
        widths = (40.0, canvas.width - 84, 44.0)
        canvas.row([Column(text, width) for text, width in zip(texts, widths, strict=True)])
        said = "\n".join(one for one in (_explanation(event), event.notes) if one)
        if said:
            canvas.row([Column("", 40.0, Style.SMALL), Column(said, canvas.width - 40, Style.SMALL)])
        canvas.skip(0.8)


def _explanation(event: RecordedEvent) -> str:
    said = (event.data.get(name) for name in ("diagnosticExplanation", "repairExplanation"))
    return "\n".join(one for one in said if isinstance(one, str) and one)


def _signature(canvas: Canvas) -> None:
    canvas.keep(22)
    canvas.skip(16)
    half = canvas.width / 2
    canvas.line(0, half - 10)
    canvas.line(half, half)
    canvas.skip(1)
    texts = (Column("Place and date", half, Style.SMALL), Column("Customer’s signature", half, Style.SMALL))
    canvas.row(texts)
