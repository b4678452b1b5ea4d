"""Know the time zone of this computer, also where it has no name of the IANA's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from PySide6.QtCore import QTimeZone
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import zone


class SystemZone(tzinfo):
    """The zone as the C library knows it: a rule in `TZ`, or a file that is no link to a named one."""

    @override
    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return _by_system(dt).utcoffset() if dt else None

    @override
    def tzname(self, dt: datetime | None) -> str | None:
        return _by_system(dt).tzname() if dt else None

    @override
    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    @override
    def fromutc(self, dt: datetime) -> datetime:
        local = dt.replace(tzinfo=UTC).astimezone()
        first = local.replace(tzinfo=self, fold=0)
        return first if first.utcoffset() == local.utcoffset() else first.replace(fold=1)


def own_zone() -> tzinfo:
    """Return the zone of this computer, by its IANA name where that is the one its clock goes by."""
    try:
        named = zone(bytes(QTimeZone.systemTimeZoneId().data()).decode())
    except (InvalidInputError, UnicodeDecodeError):
        return SystemZone()
    now = datetime.now(UTC)
    return named if now.astimezone(named).utcoffset() == now.astimezone().utcoffset() else SystemZone()


def _by_system(local: datetime) -> datetime:
    return local.replace(tzinfo=None).astimezone()
