"""Read a date and time as people type it, and say one in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import instant

_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_TIME = re.compile(rf"(?:(?P<day>.+)[ t]+)?{_CLOCK}")
_DAY_AND_HOUR = re.compile(r"(?P<day>.+) (?P<hour>\d{1,2})(?P<minute>)(?P<second>)")
_DAY_OF_MONTH = re.compile(r"(?P<day>\d{1,2})(?:\.|\.? )(?P<month>\d{1,2}(?=\.$)|[a-z]{3,})\.?")
_LONG_PAST = timedelta(days=92)
_FROM_NOW = re.compile(r"(?P<ahead>in )?(?P<count>\d{1,4}) ?(?P<unit>[a-z]+)(?P<ago> ago)?")
_UNITS = ("minutes", "hours", "days", "weeks")
EXAMPLES = "14:30, yesterday 9:00, 45 min ago"
"""Short ways to type a time that has been."""

PLANNED_EXAMPLES = "Tue 14:30, tomorrow 9:00, in 3 days"
"""Short ways to type a time that is still to come."""

_EXAMPLE = "Type a date and time, for example 2026-06-01 14:30, 14:30, tomorrow 9:00 or Tue 9:00"


def parse_when(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Read `2026-06-01 14:30`, `14:30` (today), `tomorrow 9:00`, `tue 9` (the coming one), `24 nov 9:00`, `now`.

    `45 min ago` and `in 3 days` are whole minutes from now. ISO 8601 with an offset is read, too.

    Args:
        text: What was typed.
        now: The present instant, for `now` and for days in words.
        zone: The zone the person's clock shows.

    Raises:
        InvalidInputError: It is no date and time, or one that this zone's clocks skip.
    """
    typed = text.strip().lower()
    if typed == "now":
        return instant(now)
    if (from_now := _FROM_NOW.fullmatch(typed)) and bool(from_now["ahead"]) != bool(from_now["ago"]):
        return _from_now(from_now, now.astimezone(zone))
    found = _TIME.fullmatch(typed) or _DAY_AND_HOUR.fullmatch(typed)
    if not found:
        return _iso(text.strip())
    try:
        day = _day(found["day"] or "today", now.astimezone(zone))
        local = day.replace(
            hour=int(found["hour"]), minute=int(found["minute"] or 0), second=int(found["second"] or 0), tzinfo=zone
        )
    except ValueError as error:
        raise InvalidInputError(_EXAMPLE) from error
    if instant(local).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise InvalidInputError("The clocks go forward then: this time does not exist on that day")
    # where the clocks go back a time comes twice, and the one that is nearer is meant
    return min(instant(local), instant(local.replace(fold=1)), key=lambda one: abs(one - now))


def _from_now(found: re.Match[str], now: datetime) -> datetime:
    """Return the moment that lies so much before or after now; days keep the time of day."""
    unit = next((one for one in _UNITS if one.startswith(found["unit"].removesuffix("s").replace("hr", "h"))), None)
    if unit is None:
        raise InvalidInputError(_EXAMPLE)
    distance = timedelta(**{unit: int(found["count"]) * (1 if found["ahead"] else -1)})
    minute = now.replace(second=0, microsecond=0)
    is_by_clock = unit in ("days", "weeks")
    return instant(minute + distance) if is_by_clock else instant(instant(minute) + distance)


def _day(text: str, today: datetime) -> datetime:
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if text in _DAYS:
        return midnight + timedelta(days=_DAYS[text])
    weekday = next((at for at, name in enumerate(_WEEKDAYS) if len(text) > 1 and name.startswith(text)), None)
    if weekday is not None:
        return midnight + timedelta(days=(weekday - midnight.weekday() - 1) % 7 + 1)
    found = _DAY_OF_MONTH.fullmatch(text)
    if found:
        return _day_of_month(int(found["day"]), found["month"], midnight)
    return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - the zone is set by the caller


def _day_of_month(day: int, month: str, today: datetime) -> datetime:
    """Return the day in this year, or in the next one where it would be long past."""
    number = int(month) if month.isdecimal() else _MONTHS.index(month[:3]) + 1
    found = datetime(today.year, number, day)  # noqa: DTZ001 - the zone is set by the caller
    return found if found > today - _LONG_PAST else found.replace(year=today.year + 1)


def _iso(text: str) -> datetime:
    try:
        return instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError, InvalidInputError) as error:
        raise InvalidInputError(_EXAMPLE) from error


def is_from_now(text: str) -> bool:
    """Say whether what was typed means another moment each minute."""
    return text.strip().lower() == "now" or _FROM_NOW.fullmatch(text.strip().lower()) is not None


def typed_when(value: datetime, zone: tzinfo) -> str:
    """Write an instant so that `parse_when` reads the same minute again."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def when_in_words(value: datetime, zone: tzinfo) -> str:
    """Write an instant with its weekday and the name of the zone: `Mon 1 June 2026, 09:12 CEST`."""
    local = value.astimezone(zone)
    return f"{local:%a} {local.day} {local:%B %Y, %H:%M} {local.tzname() or ''}".rstrip()


def both_zones(value: datetime, own: tzinfo, site: tzinfo | None) -> str:
    """Say an instant in one's own zone and, where its clocks show another time, in the site's."""
    words = when_in_words(value, own)
    here = value.astimezone(own)
    there = value.astimezone(site) if site else here
    if there.utcoffset() == here.utcoffset():
        return words
    day = "" if there.date() == here.date() else f"{there:%a} "
    return f"{words} · at the site {day}{there:%H:%M} {there.tzname() or ''}".rstrip()
