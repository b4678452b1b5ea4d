"""Draw the label that goes on the thing: number, code to scan, whose it is, what it is."""

from __future__ import annotations

from techdesk.papers.canvas import Canvas
from techdesk.papers.sheet import LABEL_MM, Sheet

_MARGIN = 2.0
_DATE_MM = 20.0


def draw_label(sheet: Sheet) -> bytes:
    """Return the PDF of a label, one page of exactly `LABEL_MM`."""
    canvas = Canvas(sheet, f"Label {sheet.number}", LABEL_MM, _MARGIN)
    order, width = sheet.order, canvas.width
    due = sheet.day(order.due_at)
    canvas.put_line(sheet.number, (_MARGIN, 1.2), width - (_DATE_MM if due else 0), 17, bold=True)
    if due:
        canvas.put_line(f"Due {due}", (_MARGIN + width - _DATE_MM + 1, 2.8), _DATE_MM - 1, 7.5)
    canvas.barcode(order.service_number, (0, 8.8), (LABEL_MM[0], 7.4))
    more = f" +{len(order.assets) - 1}" if len(order.assets) > 1 else ""
    device = " · ".join(one for one in (order.device.product, order.device.serial_number) if one) or order.title
    extras = " · ".join(one for one in (order.location_label, order.device.accessories) if one)
    canvas.put_line(order.customer.name, (_MARGIN, 16.8), width, 9, bold=True)
    canvas.put_line(f"{device}{more}", (_MARGIN, 20.6), width, 8)
    canvas.put_line(extras, (_MARGIN, 24.1), width, 7)
    return canvas.finish()
