"""Keep instants aware and in UTC; read and write them as text and as epoch milliseconds.

An *instant* is an aware `datetime` in UTC with millisecond precision. Text is ISO 8601 with milliseconds and `Z`
(`2025-07-30T18:10:28.008Z`), as the Flow Retail API prints it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from techdesk.domain.errors import InvalidInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAUSIBLE_YEARS = range(2000, 2101)


def instant(value: datetime) -> datetime:
    """Return `value` in UTC, cut to milliseconds.

    Raises:
        InvalidInputError: `value` has no time zone.
    """
    if value.tzinfo is None:
        raise InvalidInputError("A time needs a time zone")
    utc = value.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def parse_instant(text: str) -> datetime:
    """Read ISO 8601 text that carries an offset or `Z`.

    Raises:
        InvalidInputError: The text is no such time.
    """
    try:
        return instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"“{text[:40]}” is not a date and time with an offset") from error


def instant_text(value: datetime) -> str:
    """Write an instant as ISO 8601 with milliseconds and `Z`."""
    return instant(value).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def epoch_ms(value: datetime) -> int:
    """Return milliseconds since 1970-01-01 UTC."""
    return (instant(value) - _EPOCH) // timedelta(milliseconds=1)


def from_epoch_ms(milliseconds: float) -> datetime:
    """Return the instant `milliseconds` after 1970-01-01 UTC.

    Raises:
        InvalidInputError: The number is outside the years 2000–2100, so most likely not milliseconds.
    """
    try:
        value = _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError) as error:
        raise InvalidInputError("This number is not a time in milliseconds") from error
    if value.year not in _PLAUSIBLE_YEARS:
        raise InvalidInputError("This number is not a time in milliseconds between 2000 and 2100")
    return instant(value)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone `name`.

    Raises:
        InvalidInputError: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInputError(f"“{name[:40]}” is not a time zone") from error
