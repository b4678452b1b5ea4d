"""Make a paper of a kind."""

from __future__ import annotations

from dataclasses import replace

from techdesk.papers.sheet import PaperKind, Sheet


def with_installed_fonts(sheet: Sheet) -> Sheet:
    """Return a sheet whose papers may use what fonts this computer has; takes a moment, as making a paper does."""
    from techdesk.papers.other_fonts import installed_fonts

    return replace(sheet, fonts=installed_fonts())


def make_paper(kind: PaperKind, sheet: Sheet) -> bytes:
    """Return the PDF of an order's paper; takes some tenths of a second, so never in a window's own thread."""
    # the library takes long to load, and no window waits for it before its first paint
    from techdesk.papers.label import draw_label
    from techdesk.papers.receipt import draw_receipt
    from techdesk.papers.work_order import draw_work_order

    draw = {
        PaperKind.WORK_ORDER: draw_work_order,
        PaperKind.RECEIPT: draw_receipt,
        PaperKind.LABEL: draw_label,
    }[kind]
    return draw(sheet)
