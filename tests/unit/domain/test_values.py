"""Money, instants, hours, documents and errors: the small values everything else is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from techdesk.domain import errors
from techdesk.domain.errors import BusyError, InvalidInputError, InvalidTextError, TechDeskError
from techdesk.domain.hours import HoursEntry, duration_text, overlaps, worked_minutes
from techdesk.domain.instants import epoch_ms, from_epoch_ms, instant, instant_text, parse_instant, zone
from techdesk.domain.items import Item
from techdesk.domain.money import Money, parse_amount, parse_money, sum_of
from techdesk.domain.orders import Asset, Customer, Order
from techdesk.domain.records import (
    RecordedEvent,
    compact,
    from_document,
    overlay,
    to_document,
)
from techdesk.domain.text import checked_text, one_line, storable
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState

NOON = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_an_instant_is_utc_and_cut_to_milliseconds():
    local = NOON.astimezone(timezone(timedelta(hours=2)))
    assert instant(local) == NOON.replace(microsecond=123000)
    assert instant_text(local) == "2026-06-01T12:00:00.123Z"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(InvalidInputError, match="time zone"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001 (the missing zone is the point)
    with pytest.raises(InvalidInputError, match="time zone"):
        parse_instant("2026-01-01T00:00:00")


def test_text_that_is_no_time_is_refused_and_shortened_in_the_message():
    with pytest.raises(InvalidInputError) as refused:
        parse_instant("yesterday" * 30)
    assert len(str(refused.value)) < 120


def test_milliseconds_and_instants_are_each_others_inverse():
    assert from_epoch_ms(epoch_ms(NOON)) == instant(NOON)


@pytest.mark.parametrize("number", [0, -1, 1_772_600_767, 10**18, 10**30])
def test_a_number_that_is_not_milliseconds_of_this_century_is_refused(number):
    with pytest.raises(InvalidInputError):
        from_epoch_ms(number)


def test_a_zone_is_known_by_its_iana_name_only():
    assert zone("Europe/Oslo").key == "Europe/Oslo"
    with pytest.raises(InvalidInputError, match="Middle-earth"):
        zone("Middle-earth/Shire")
    with pytest.raises(InvalidInputError):
        zone("../etc/passwd")


def test_money_adds_only_in_one_currency():
    assert Money(Decimal("1.10"), "EUR") + Money(Decimal("2.20"), "EUR") == Money(Decimal("3.30"), "EUR")
    with pytest.raises(InvalidInputError, match="EUR and NOK"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "NOK")


def test_a_price_times_a_quantity_is_rounded_to_cents():
    assert Money(Decimal("9.99"), "EUR").times(Decimal("0.333")) == Money(Decimal("3.33"), "EUR")


def test_amounts_that_are_not_known_do_not_stand_in_a_sum():
    assert sum_of([Money(Decimal("1.5"), "EUR"), None, Money(Decimal(2), "EUR")], "EUR") == Money(
        Decimal("3.50"), "EUR"
    )
    assert str(sum_of([], "EUR")) == "0.00 EUR"


def test_an_item_without_a_price_has_no_price_in_all():
    assert Item(quantity=Decimal(3)).counted_price is None
    assert Item(quantity=Decimal(3), price=Money(Decimal(2), "EUR")).counted_price == Money(Decimal(6), "EUR")


@pytest.mark.parametrize("text", ["12,5", "NaN", "Infinity", "", "1e9999999x", "two"])
def test_a_text_that_is_no_finite_number_is_no_amount(text):
    with pytest.raises(InvalidInputError):
        parse_amount(text)


def test_money_is_read_as_it_is_written():
    for text in ("12.50 EUR", "0.1", "-3 NOK"):
        assert str(parse_money(text)) == text
    with pytest.raises(InvalidInputError):
        Money(Decimal("NaN"))


def test_text_with_nul_or_a_lone_surrogate_is_refused_and_emoji_is_not():
    assert checked_text("👩🏽‍🔧 עברית") == "👩🏽‍🔧 עברית"
    for bad in ("a\0", "\udcff"):
        with pytest.raises(InvalidTextError):
            checked_text(bad)


def test_what_nobody_sees_and_no_system_stores_can_be_left_out():
    assert storable("Fuse\0 5 A\ud800\n\t👩🏽‍🔧") == "Fuse 5 A\n\t👩🏽‍🔧"


def test_one_line_of_a_file_stays_one_line():
    assert one_line("  two\r\nlines\u2028and\x1b[31m a   bell\a ") == "two lines and [31m a bell"


def test_a_stretch_of_time_is_written_without_what_is_nothing():
    assert [duration_text(one) for one in (0, 45, 60, 85)] == ["0 min", "45 min", "1 h", "1 h 25 min"]


def test_worked_minutes_are_rounded_and_an_end_before_the_start_is_refused():
    assert worked_minutes(NOON, NOON + timedelta(minutes=90, seconds=31)) == 91
    with pytest.raises(InvalidInputError) as refused:
        worked_minutes(NOON, NOON - timedelta(seconds=1))
    assert refused.value.field == "ended_at"


def entry(start: int | None, end: int | None) -> HoursEntry:
    at = [None if minute is None else NOON + timedelta(minutes=minute) for minute in (start, end)]
    return HoursEntry(started_at=at[0], ended_at=at[1])


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((0, 60), (30, 90), True),
        ((0, 60), (60, 90), False),
        ((0, None), (600, 700), True),
        ((0, 10), (5, None), True),
        ((20, None), (0, 10), False),
        ((None, None), (0, 10), False),
    ],
)
def test_entries_overlap_when_they_share_time(one, other, shared):
    assert overlaps(entry(*one), entry(*other)) is shared
    assert overlaps(entry(*other), entry(*one)) is shared


ORDER = Order(
    service_number="10042",
    title="No power",
    service_kind=ServiceKind.DEPOT,
    priority=Priority.HIGH,
    customer=Customer(name="<b>Åse</b>", phone="+47 1"),
    assets=(Asset(maker="Aurora", model="K2", warranty_until=date(2027, 1, 31)), Asset(name="charger")),
    items=(Item(name="Fuse", quantity=Decimal("1.5"), price=Money(Decimal("2.50"), "NOK")),),
    estimated_price=Money(Decimal("100.00"), "NOK"),
    ready_at_needed=instant(NOON),
)


def test_an_order_survives_its_document():
    assert from_document(Order, to_document(ORDER)) == ORDER


def test_an_events_data_goes_into_its_document_as_it_is_and_a_whole_second_has_its_milliseconds():
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    recorded = RecordedEvent(event_type="bench", data={"left": "", "slots": [1, 2]}, occurred_at=at)
    told = {"event_type": "bench", "data": {"slots": [1, 2]}, "occurred_at": "2026-06-01T12:00:00.000Z"}
    assert to_document(recorded) == told


def test_a_document_leaves_out_what_is_empty_but_keeps_false_and_zero():
    assert compact({"a": None, "b": "", "c": [], "d": {}, "e": {"f": ""}, "g": False, "h": 0}) == {"g": False, "h": 0}


def test_an_overlay_sets_fields_and_an_empty_value_clears_one():
    assert overlay({"title": "old", "note": "x"}, {"title": "new", "note": ""}) == {"title": "new"}


def test_an_unknown_enum_text_and_an_unknown_name_do_not_break_a_document():
    read = from_document(Order, {"service_state": "TELEPORTED", "priority": "HIGH", "from_the_future": 1})
    assert read.service_state is ServiceState.NOT_STARTED
    assert read.priority is Priority.HIGH


def test_a_recorded_event_gives_the_typed_event():
    recorded = RecordedEvent(event_type="product_received", data={"receivedBy": "Kim"}, notes="n")
    assert (recorded.event.name, recorded.event.notes) == ("product_received", "n")


def test_an_order_is_due_by_its_estimate_else_by_its_needed_date():
    assert ORDER.due_at == instant(NOON)
    assert Order(ready_at_estimate=NOON, ready_at_needed=None).due_at == NOON


def test_the_device_of_an_order_is_its_first_asset():
    assert ORDER.device.product == "Aurora K2"
    assert ORDER.assets[1].product == "charger"
    assert Order().device == Asset()


def test_an_order_that_needs_acceptance_is_not_accepted_before_its_date():
    assert Order().is_accepted
    assert not Order(requires_acceptance=True).is_accepted
    assert Order(requires_acceptance=True, accepted_at=NOON).is_accepted


def test_a_finished_order_takes_work_but_is_no_longer_open():
    assert ServiceState.FINISHED.takes_work
    assert not ServiceState.FINISHED.is_open
    assert not ServiceState.CLOSED.takes_work
    assert ServiceState.ON_HOLD.is_open


def test_an_item_on_a_bill_is_billed():
    assert Item(sales_order_uid="s1").is_billed
    assert not Item().is_billed


ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, TechDeskError)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_says_in_words_what_is_wrong_and_is_drawn_in_the_tree(error):
    raised = error()
    assert raised.title
    assert not raised.title.endswith(".")
    assert str(raised).startswith(raised.title)
    assert error.__name__ in (errors.__doc__ or "")


def test_an_error_with_a_hint_says_both():
    assert str(TechDeskError("Not saved", "Try again")) == "Not saved. Try again"
    assert BusyError(retry_after_s=5).retry_after_s == 5
