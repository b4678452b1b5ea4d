"""Keep the dates of an order consistent: by UTC and by the location's clock, to the ten-millionth of a second.

`LastModified` has seven fractional digits, one more than `datetime` keeps, so texts are compared and made here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import zone
from techdesk.wire.resource_scheduler.members import TWINS

TICKS_A_SECOND = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"[.,](\d+)", re.ASCII)


def ticks(text: str) -> int:
    """Return the ten-millionths of a second since 1970 that a date's text means; without an offset it is UTC.

    Raises:
        InvalidInputError: The text is no date.
    """
    moment, fraction = _parts(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * TICKS_A_SECOND + fraction


def text_of_ticks(count: int) -> str:
    """Return a date's text in UTC, with seven digits.

    Raises:
        OverflowError: It lies before the year 1 or after 9999.
    """
    seconds, fraction = divmod(count, TICKS_A_SECOND)
    return _text(_EPOCH + timedelta(seconds=seconds), fraction)


def twin_of(name: str, text: str, zone_name: str) -> str:
    """Return the other date's text: the same instant by UTC, or by the location's clock.

    A local time is read by the location's clock; in the hour that comes twice its offset tells which one is meant.

    Args:
        name: The member that `text` belongs to, one of `TWINS`.
        text: Its date.
        zone_name: The location's zone; where there is no such zone, the twin is the same text.

    Raises:
        InvalidInputError: The text is no date.
    """
    moment, fraction = _parts(text)
    try:
        local = zone(zone_name)
    except InvalidInputError:
        return text
    if name.endswith("Local"):
        return _text(_by_the_clock(moment, local).astimezone(UTC), fraction)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _text(moment.astimezone(local), fraction)


def with_twins(order: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes with the twin of every date that they set; where both are set, UTC holds.

    Raises:
        InvalidInputError: A date cannot be read.
    """
    zone_name = str(order.get("ServiceLocationOlsonTimeZone") or "")
    told = dict(changes)
    for name in TWINS:
        twin = TWINS[name]
        if isinstance(changes.get(name), str) and (name.endswith("Utc") or twin not in changes):
            told[twin] = twin_of(name, changes[name], zone_name)
    return told


def _by_the_clock(moment: datetime, local: tzinfo) -> datetime:
    readings = [moment.replace(tzinfo=local, fold=fold) for fold in (0, 1)]
    meant = (one for one in readings if moment.tzinfo and one.utcoffset() == moment.utcoffset())
    return next(meant, readings[0])


def _parts(text: str) -> tuple[datetime, int]:
    """Return the whole second and the ten-millionths beyond it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"“{text[:40]}” is not a date and time") from error
    found = _FRACTION.search(text)
    fraction = int(found.group(1)[:7].ljust(7, "0")) if found else 0
    return moment.replace(microsecond=0), fraction


def _text(moment: datetime, fraction: int) -> str:
    offset = moment.strftime("%z")
    shown = "Z" if offset in ("", "+0000") and moment.tzinfo is UTC else f"{offset[:3]}:{offset[3:5]}"
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}.{fraction:07d}{shown}"
