"""Write times, ages, money and durations as people read them."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QTime

from techdesk.application.ports import Clock
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import zone
from techdesk.ui.own_zone import own_zone

if TYPE_CHECKING:
    from techdesk.domain.money import Money

_HOUR_S = 3600
_DAY_S = 86400
_FORMAT = QLocale.FormatType.ShortFormat


class Formats:
    """Format for one person: their zone, their language, their clock."""

    def __init__(self, clock: Clock, at: tzinfo | None = None, locale: QLocale | None = None) -> None:
        """Keep the clock, the person's zone (this computer's by default) and language."""
        self._clock = clock
        self.zone = at or own_zone()
        self._locale = locale or QLocale()

    def time(self, when: datetime) -> str:
        """Return the time of day in the person's zone: `09:12`."""
        local = when.astimezone(self.zone)
        return self._locale.toString(QTime(local.hour, local.minute), _FORMAT)

    def day(self, when: datetime | date) -> str:
        """Return `Today`, `Tomorrow`, `Yesterday`, `12 Mar` or `12 Mar 2025`, by the person's day."""
        on = when.astimezone(self.zone).date() if isinstance(when, datetime) else when
        today = self._clock.now().astimezone(self.zone).date()
        named = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get((on - today).days)
        pattern = "d MMM" if on.year == today.year else "d MMM yyyy"
        return named or self._locale.toString(QDate(on.year, on.month, on.day), pattern)

    def is_today(self, when: datetime) -> bool:
        """Say whether it is on the person's present day."""
        return when.astimezone(self.zone).date() == self._clock.now().astimezone(self.zone).date()

    def moment(self, when: datetime) -> str:
        """Return the time of day in the person's zone, with the day where that is another one than today."""
        return self.time(when) if self.is_today(when) else self.when(when)

    def when(self, when: datetime | None) -> str:
        """Return day and time in the person's zone, empty for None."""
        return f"{self.day(when)} {self.time(when)}" if when else ""

    def both_zones(self, when: datetime, site_zone: str) -> str:
        """Return day and time in the person's zone, and in the site's where its clock, or its day, is another one."""
        own = self.when(when)
        try:
            there = zone(site_zone) if site_zone else self.zone
        except InvalidInputError:
            return own
        if when.astimezone(there).utcoffset() == when.astimezone(self.zone).utcoffset():
            return own
        at_site = self._at_site(when, there, site_zone)
        is_same_day = when.astimezone(there).date() == when.astimezone(self.zone).date()
        return f"{own} · {at_site if is_same_day else f'{self._date(when.astimezone(there))} {at_site}'}"

    def _at_site(self, when: datetime, there: tzinfo, name: str) -> str:
        """Return time and zone at another place: `09:12 EDT in New York`."""
        local = when.astimezone(there)
        time = self._locale.toString(QTime(local.hour, local.minute), _FORMAT)
        return f"{time} {local.tzname() or ''} in {name.rpartition('/')[2].replace('_', ' ')}"

    def _date(self, local: datetime) -> str:
        """Return a date at another place, where no day is “today”: `12 Mar 2026`."""
        return self._locale.toString(QDate(local.year, local.month, local.day), "d MMM yyyy")

    def age(self, since: datetime | None) -> str:
        """Return how long ago: `5 min`, `3 h`, `12 d`; empty for None."""
        if since is None:
            return ""
        seconds = max(0, (self._clock.now() - since).total_seconds())
        if seconds < _HOUR_S:
            return f"{int(seconds // 60)} min"
        return f"{int(seconds // _HOUR_S)} h" if seconds < _DAY_S else f"{int(seconds // _DAY_S)} d"

    def money(self, money: Money | None) -> str:
        """Return an amount with its currency, empty for None."""
        if money is None:
            return ""
        separators = {",": self._locale.groupSeparator(), ".": self._locale.decimalPoint()}
        plain = f"{money.amount:,.2f}"
        return f"{''.join(separators.get(one, one) for one in plain)} {money.currency}".rstrip()
