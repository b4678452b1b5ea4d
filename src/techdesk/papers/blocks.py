"""Draw what work order and receipt share: the head, facts, tables, totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from techdesk.domain.hours import duration_text
from techdesk.domain.items import Item
from techdesk.domain.orders import Asset
from techdesk.papers.canvas import Canvas, Column, Style
from techdesk.papers.sheet import PaperKind, Sheet, item_total, money_text, quantity_text

Fact = tuple[str, str]
"""What it is, and what it says."""

_MARGIN = 16.0
_CODE_MM = (70.0, 13.0)
_NAME_MM = 27.0


def begin_page(kind: PaperKind, sheet: Sheet) -> Canvas:
    """Begin an A4 document with its head: whose it is, what it is, the number, large and as a code to scan."""
    canvas = Canvas(sheet, f"{kind.label} {sheet.number}", "A4", _MARGIN)
    canvas.set_foot(" · ".join(one for one in (sheet.shop, kind.label, sheet.number) if one))
    top = canvas.y
    canvas.row([Column(sheet.shop, canvas.width - _CODE_MM[0], Style.STRONG)])
    canvas.row([Column(kind.label, canvas.width - _CODE_MM[0], Style.LABEL)])
    place = (_MARGIN + canvas.width - _CODE_MM[0], top)
    canvas.barcode(sheet.order.service_number, place, _CODE_MM, right=True)
    canvas.move_to(max(canvas.y, top + _CODE_MM[1]) + 2)
    canvas.row([Column(sheet.number, canvas.width, Style.NUMBER)])
    canvas.skip(1)
    canvas.row([Column(sheet.order.title, canvas.width, Style.TITLE)])
    canvas.skip(3)
    return canvas


def heading(canvas: Canvas, text: str) -> None:
    """Begin a part of the page; it never stands alone at the foot."""
    canvas.keep(24)
    canvas.skip(4)
    canvas.rule()
    canvas.skip(2.5)
    canvas.row([Column(text, canvas.width, Style.STRONG)])
    canvas.skip(0.5)


def facts(canvas: Canvas, left: Sequence[Fact], right: Sequence[Fact]) -> None:
    """Write two lists of facts side by side, without those that say nothing."""
    for one, other in zip_longest(_lines(canvas, left), _lines(canvas, right), fillvalue=("", "")):
        canvas.row([*_fact(canvas, one), *_fact(canvas, other)])


def _lines(canvas: Canvas, facts: Sequence[Fact]) -> Iterator[Fact]:
    """Break what facts say into lines, so that a long one on the left leaves no gap on the right."""
    for name, text in facts:
        lines = canvas.wrapped(_fact(canvas, (name, text))[1]) if text else []
        yield from ((name if number == 0 else "", line) for number, line in enumerate(lines))


def _fact(canvas: Canvas, fact: Fact) -> list[Column]:
    return [Column(fact[0], _NAME_MM, Style.LABEL), Column(fact[1], canvas.width / 2 - _NAME_MM)]


def customer_facts(sheet: Sheet) -> list[Fact]:
    """Return whose order it is."""
    customer, site = sheet.order.customer, sheet.order.site
    return [
        ("Customer", customer.name),
        ("Phone", customer.phone),
        ("E-mail", customer.email),
        ("Address", customer.address),
        ("Site", "\n".join(one for one in (site.name, site.address) if one)),
    ]


def asset_facts(sheet: Sheet, asset: Asset) -> list[Fact]:
    """Return what is serviced."""
    return [
        ("Device", asset.product),
        ("Serial no.", asset.serial_number),
        ("Condition", asset.condition),
        ("Accessories", asset.accessories),
        ("Warranty until", sheet.day(asset.warranty_until)),
    ]


def items_table(canvas: Canvas, sheet: Sheet, *, with_notes: bool) -> None:
    """Write the items with what each costs."""
    if not sheet.order.items:
        return
    heading(canvas, "Items")
    head = _item_row(canvas, ("Item", "Number", "Quantity", "Price", "Total"), Style.LABEL)
    canvas.row(head)
    for item in sheet.order.items:
        texts = (
            _item_text(item, with_notes=with_notes),
            item.sku,
            quantity_text(item.quantity),
            money_text(item.price),
            money_text(item_total(item)),
        )
        canvas.row(_item_row(canvas, texts), head)
        canvas.skip(0.8)


def _item_text(item: Item, *, with_notes: bool) -> str:
    serial = f"Serial no. {item.serial_number}" if item.serial_number else ""
    return "\n".join(one for one in (item.name, serial, item.note if with_notes else "") if one)


def _item_row(canvas: Canvas, texts: Sequence[str], style: Style = Style.BODY) -> list[Column]:
    widths = (canvas.width - 112, 28.0, 20.0, 32.0, 32.0)
    pairs = enumerate(zip(texts, widths, strict=True))
    return [Column(text, width, style, right=place >= 2) for place, (text, width) in pairs]


def hours_table(canvas: Canvas, sheet: Sheet, *, for_customer: bool) -> None:
    """Write the hours; a customer sees those that are paid, and no notes between colleagues."""
    worked = sheet.billable_hours if for_customer else sheet.hours
    if not worked:
        return
    heading(canvas, "Work")
    head = _hours_row(canvas, ("Date", "By", "" if for_customer else "Note", "Time", "Amount"), Style.LABEL)
    canvas.row(head)
    for entry in worked:
        texts = (
            sheet.day(entry.started_at),
            entry.tenant_user_display_name,
            "" if for_customer else entry.note,
            duration_text(entry.minutes),
            money_text(entry.price) if entry.billable else "Not billed",
        )
        canvas.row(_hours_row(canvas, texts), head)
        canvas.skip(0.8)


def _hours_row(canvas: Canvas, texts: Sequence[str], style: Style = Style.BODY) -> list[Column]:
    widths = (26.0, 40.0, canvas.width - 124, 26.0, 32.0)
    pairs = enumerate(zip(texts, widths, strict=True))
    return [Column(text, width, style, right=place >= 3) for place, (text, width) in pairs]


def totals_block(canvas: Canvas, sheet: Sheet) -> None:
    """Write what it costs in all, below the amounts of the tables."""
    totals = sheet.totals
    canvas.keep(22)
    canvas.skip(2)
    canvas.rule()
    canvas.skip(2)
    rows = (("Items", totals.parts_total, Style.BODY), ("Work", totals.work_total, Style.BODY))
    for name, amount, style in (*rows, ("Total", totals.grand_total, Style.TITLE)):
        texts = Column(name, canvas.width - 60, style, right=True), Column(money_text(amount), 60, style, right=True)
        canvas.row(texts)
