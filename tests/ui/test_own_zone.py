"""The zone of this computer: by its name where it has one, by its clock where it has none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QByteArray, QTimeZone

from techdesk.ui.own_zone import SystemZone, own_zone

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
TWICE = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""The first 2:30 of a night in which the clocks go back at 3; the second comes an hour later."""

SetZone = Callable[[str], None]


@pytest.fixture
def set_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetZone]:
    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield use
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", ["Europe/Berlin", ":Europe/Berlin"])
def test_a_zone_with_a_name_is_called_by_it(set_zone: SetZone, name: str) -> None:
    set_zone(name)
    assert str(own_zone()) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "14:00 CEST"),
        ("UTC+3", "09:00 UTC"),
        ("<+0330>-3:30", "15:30 +0330"),
        (":/usr/share/zoneinfo/Asia/Tokyo", "21:00 JST"),
        ("Nowhere/City", "12:00 Nowhere"),
    ],
)
def test_a_zone_without_a_name_goes_by_the_clock(set_zone: SetZone, rule: str, shown: str) -> None:
    set_zone(rule)
    assert f"{SUMMER.astimezone(own_zone()):%H:%M %Z}" == shown


def test_a_name_that_the_clock_does_not_go_by_is_not_believed(
    set_zone: SetZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_zone("<+14>-14")
    monkeypatch.setattr(QTimeZone, "systemTimeZoneId", lambda: QByteArray(b"UTC"))
    assert f"{SUMMER.astimezone(own_zone()):%d %H:%M}" == "02 02:00"


@pytest.mark.parametrize("after", [0, 1])
def test_each_of_two_equal_times_of_a_night_is_kept(set_zone: SetZone, after: int) -> None:
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3")
    at = TWICE.replace(hour=after)
    local = at.astimezone(own_zone())
    assert (f"{local:%H:%M}", local.fold, local.astimezone(UTC)) == ("02:30", after, at)


def test_a_zone_says_nothing_of_no_time() -> None:
    there = SystemZone()
    assert (there.utcoffset(None), there.tzname(None), there.dst(None)) == (None, None, None)
