"""Papers say what they must, on pages of their exact size, and are the same byte for byte for the same order."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest

from techdesk.domain.hours import HoursEntry
from techdesk.domain.instants import zone
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.orders import Asset, Customer, Order, Totals
from techdesk.domain.records import RecordedEvent
from techdesk.domain.vocabulary import Priority
from techdesk.papers import LABEL_MM, PaperKind, Sheet, file_name, make_paper
from techdesk.papers.barcode import code_128
from techdesk.papers.sheet import money_text

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POINTS_A_MM = 72 / 25.4


def nok(amount: str) -> Money:
    return Money(Decimal(amount), "NOK")


def an_order(**changes: object) -> Order:
    order = Order(
        service_number="SO-10042",
        title="Laptop does not charge",
        description="Dead after a thunderstorm",
        service_type_name="Bench repair",
        service_status_name="In repair",
        priority=Priority.HIGH,
        assigned_user_display_name="Mia Krüger",
        customer=Customer(name="Johanna Berg", phone="+47 900 00 001", address="Storgata 12\n0155 Oslo"),
        assets=(
            Asset(
                maker="Lenovo",
                model="X1",
                serial_number="PF-2XK9Q1",
                accessories="Charger, sleeve",
                warranty_until=date(2027, 1, 31),
            ),
        ),
        items=(
            Item(name="Charging board", sku="CB-1", price=nok("1249"), cost_price=nok("777.77"), note="Drawer 4"),
            Item(name="Thermal paste", quantity=Decimal("0.5"), price=nok("89.5"), sales_order_uid="billed"),
        ),
        currency="NOK",
        location_label="Shelf B3",
        ready_at_estimate=MORNING + timedelta(days=4),
        created_at=MORNING,
    )
    return replace(order, **changes)  # type: ignore[arg-type]  # each test names fields of an order


def a_sheet(order: Order | None = None) -> Sheet:
    return Sheet(
        order=order or an_order(),
        hours=(
            HoursEntry(tenant_user_display_name="Mia Krüger", started_at=MORNING, minutes=85, price=nok("850")),
            HoursEntry(started_at=MORNING, minutes=10, billable=False, price=nok("99"), note="Searched the part"),
        ),
        events=(
            RecordedEvent(
                event_type="product_diagnosed",
                data={"diagnosticExplanation": "Port bent"},
                notes="Board clean",
                occurred_at=MORNING,
            ),
            RecordedEvent(event_type="internal_note", notes="Haggles", occurred_at=MORNING),
            RecordedEvent(event_type="loaner_handed_out", occurred_at=MORNING),
        ),
        shop="Nordic Repair",
        zone=zone("Europe/Oslo"),
    )


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def text(kind: PaperKind, sheet: Sheet) -> str:
    return "\n".join(pages(make_paper(kind, sheet)))


def size_mm(pdf: bytes) -> tuple[float, float]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    width, height = document[0].get_size()
    document.close()
    return width / POINTS_A_MM, height / POINTS_A_MM


def dark_runs(pdf: bytes, at_mm: float) -> list[int]:
    """Return the widths of dark and light runs along a line across the first page, in tenths of a module."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    scale = 25.4 / 72 / 0.033
    picture = document[0].render(scale=scale, grayscale=True)
    line = bytes(picture.buffer)[round(at_mm / 0.033) * picture.stride :][: picture.width]
    document.close()
    dark = [one < 128 for one in line]
    runs = [0]
    for before, now in pairwise(dark):
        runs[-1] += 1
        if before != now:
            runs.append(0)
    return runs[1:-1] if not dark[0] else runs[:-1]


def test_a_work_order_says_all_that_a_workshop_and_its_customer_need():
    said = text(PaperKind.WORK_ORDER, a_sheet())
    for wanted in (
        "Nordic Repair", "Work order", "SO-10042", "Laptop does not charge", "Johanna Berg", "+47 900 00 001",
        "0155 Oslo", "Lenovo X1", "PF-2XK9Q1", "Charger, sleeve", "31 Jan 2027", "2 Mar 2026, 10:00",
        "6 Mar 2026, 10:00", "High", "Mia Krüger", "Shelf B3", "Dead after a thunderstorm", "Product diagnosed",
        "Port bent", "Board clean", "Loaner handed out", "Charging board", "CB-1", "Drawer 4", "1,249.00 NOK",
        "44.75 NOK", "1 h 25 min", "850.00 NOK", "Searched the part", "Not billed", "2,143.75 NOK",
        "Customer’s signature", "Page 1 of 1",
    ):  # fmt: skip
        assert wanted in said, wanted


def test_no_paper_tells_what_a_part_cost_the_shop_or_what_colleagues_noted_for_each_other():
    for kind in PaperKind:
        said = text(kind, a_sheet())
        assert "777.77" not in said
        assert "Haggles" not in said


def test_a_receipt_shows_what_is_paid_and_nothing_else():
    said = text(PaperKind.RECEIPT, a_sheet())
    for wanted in (
        "Receipt",
        "SO-10042",
        "Charging board",
        "Thermal paste",
        "1 h 25 min",
        "850.00 NOK",
        "2,143.75 NOK",
    ):
        assert wanted in said, wanted
    for unwanted in ("Searched the part", "10 min", "99.00", "Drawer 4", "thunderstorm", "Port bent", "signature"):
        assert unwanted not in said, unwanted


def test_totals_that_the_server_counted_are_taken_and_others_are_counted_exactly():
    counted = Totals(parts_total=nok("1"), work_total=nok("2"), grand_total=nok("3"))
    assert "3.00 NOK" in text(PaperKind.RECEIPT, a_sheet(an_order(totals=counted)))
    tenths = tuple(Item(name="Screw", price=nok("0.10")) for _ in range(3))
    sheet = replace(a_sheet(an_order(items=tenths)), hours=())
    assert sheet.totals.grand_total == nok("0.30")


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        ("1234.5", "1,234.50 NOK"),
        ("0.0125", "0.0125 NOK"),
        ("-3", "-3.00 NOK"),
        ("99999999999", "99,999,999,999.00 NOK"),
    ],
)
def test_amounts_are_written_whole(amount: str, wanted: str):
    assert money_text(nok(amount)) == wanted


def test_a_label_is_one_page_of_its_exact_size():
    pdf = make_paper(PaperKind.LABEL, a_sheet())
    assert len(pages(pdf)) == 1
    assert size_mm(pdf) == pytest.approx(LABEL_MM, abs=0.01)
    for wanted in ("SO-10042", "Due 6 Mar 2026", "Johanna Berg", "Lenovo X1 · PF-2XK9Q1", "Shelf B3 · Charger, sleeve"):
        assert wanted in pages(pdf)[0]


def test_long_texts_are_cut_on_a_label_with_a_sign_that_they_go_on():
    order = an_order(customer=Customer(name="Johanna " * 40), location_label="Shelf\nB3 " * 50)
    pdf = make_paper(PaperKind.LABEL, a_sheet(order))
    assert len(pages(pdf)) == 1
    assert "Johanna Johanna" in pages(pdf)[0]
    assert "…" in pages(pdf)[0]


@pytest.mark.parametrize("kind", [PaperKind.WORK_ORDER, PaperKind.RECEIPT])
def test_pages_are_a4(kind: PaperKind):
    assert size_mm(make_paper(kind, a_sheet())) == pytest.approx((210.0, 297.0), abs=0.05)


def test_long_texts_go_over_as_many_pages_as_they_need_and_nothing_is_lost():
    words = " ".join(f"word{number}" for number in range(3000))
    found = pages(make_paper(PaperKind.WORK_ORDER, a_sheet(an_order(description=words + "x" * 3000))))
    assert len(found) > 3
    said = "\n".join(found)
    assert all(f"word{number}" in said for number in range(3000))
    assert said.count("x") >= 3000
    assert f"Page {len(found)} of {len(found)}" in found[-1]


def test_a_table_over_several_pages_has_its_head_on_each():
    items = tuple(Item(name=f"Part {number}", price=nok("1")) for number in range(120))
    found = pages(make_paper(PaperKind.RECEIPT, a_sheet(an_order(items=items))))
    assert len(found) > 2
    assert all("Quantity" in page for page in found[:-1])
    assert all(f"Part {number}" in "\n".join(found) for number in range(120))


@pytest.mark.parametrize("kind", PaperKind)
@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Ångström Žluťoučký", "Ångström Žluťoučký"),
        ("Ελληνικά", "Ελληνικά"),
        ("Русский Українська", "Русский Українська"),
        ("o\u0308l", "öl"),
        ("שלום", "□□□□"),
        ("漢字", "□□"),
        ("ok 👩‍🔧 ok", "ok □□ ok"),
        ("a\u202eb\u200bc\x07d\tx", "abcd"),
        ("lone \ud800", "lone □"),
        ("<b>&amp;**__x", "<b>&amp;**__x"),
    ],
    ids=["latin", "greek", "cyrillic", "composed", "hebrew", "han", "emoji", "unseen", "surrogate", "markup"],
)
def test_any_text_is_printed_and_what_the_font_lacks_is_seen_to_be_missing(kind: PaperKind, typed: str, printed: str):
    customer = Customer(name=typed)
    assert printed in text(kind, a_sheet(an_order(title=typed, customer=customer)))


@pytest.mark.parametrize("kind", PaperKind)
def test_an_order_of_which_almost_nothing_is_known_has_its_papers_too(kind: PaperKind):
    said = text(kind, Sheet(order=Order()))
    assert "Not numbered yet" in said


@pytest.mark.parametrize("kind", PaperKind)
def test_equal_orders_make_equal_papers(kind: PaperKind):
    first = make_paper(kind, a_sheet())
    assert make_paper(kind, a_sheet()) == first
    assert make_paper(kind, a_sheet(an_order(title="Another"))) != first or kind is PaperKind.LABEL


def test_the_number_stands_on_the_label_as_code_128():
    widths = code_128("SO-10042")
    runs = dark_runs(make_paper(PaperKind.LABEL, a_sheet()), at_mm=12.0)
    assert [round(run / 10) for run in runs] == list(widths)


def test_code_128_is_built_as_its_standard_says():
    # ISO/IEC 15417: start B, seven values, check, stop
    # 104 + 1·48 + 2·42 + 3·42 + 4·17 + 5·18 + 6·19 + 7·35 = 879 = 55 mod 103
    widths = code_128("PJJ123C")
    assert sum(widths) == 11 * 9 + 13
    assert "".join(map(str, widths[:6])) == "211214"
    assert "".join(map(str, widths[-7:])) == "2331112"
    assert "".join(map(str, widths[-13:-7])) == "311321"
    symbols = {code_128(chr(one))[6:12] for one in range(32, 127)}
    assert len(symbols) == 95
    assert all(sum(one) == 11 and sum(one[::2]) % 2 == 0 for one in symbols)


@pytest.mark.parametrize("number", ["", "Auftrag-ü", "X" * 80])
def test_a_number_that_no_scanner_could_read_has_no_bars(number: str):
    pdf = make_paper(PaperKind.LABEL, a_sheet(an_order(service_number=number)))
    assert len(dark_runs(pdf, at_mm=12.0)) <= 1


@pytest.mark.parametrize(
    ("number", "wanted"),
    [("SO-10042", "label-SO-10042.pdf"), ("../../é\\a:b", "label-a-b.pdf"), ("", "label-order.pdf")],
)
def test_a_file_name_is_one_that_every_system_takes(number: str, wanted: str):
    assert file_name(PaperKind.LABEL, a_sheet(an_order(service_number=number))) == wanted
