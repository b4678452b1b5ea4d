"""Draw a receipt: what the customer pays, and nothing that is only for the workshop."""

from __future__ import annotations

from techdesk.papers.blocks import (
    asset_facts,
    begin_page,
    customer_facts,
    facts,
    hours_table,
    items_table,
    totals_block,
)
from techdesk.papers.sheet import PaperKind, Sheet


def draw_receipt(sheet: Sheet) -> bytes:
    """Return the PDF of a receipt."""
    canvas = begin_page(PaperKind.RECEIPT, sheet)
    order = sheet.order
    device = [one for one in asset_facts(sheet, order.device) if one[0] in ("Device", "Serial no.")]
    dates = [("Received", sheet.day(order.created_at)), ("Finished", sheet.day(order.closed_at))]
    warranty = [("Warranty", "Yes" if order.warranty else "")]
    facts(canvas, customer_facts(sheet), device + dates + warranty)
    items_table(canvas, sheet, with_notes=False)
    hours_table(canvas, sheet, for_customer=True)
    totals_block(canvas, sheet)
    return canvas.finish()
