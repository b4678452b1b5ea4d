"""Edit a time zone: type a city or a part of its name and choose it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import zone
from techdesk.ui.editors.text import TextEditor

_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")


class ZoneEditor(TextEditor):
    """Edit an IANA time zone; a city alone is enough where only one zone is called so."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Make it; `now` tells the present instant, of which the zone's time of day is shown."""
        super().__init__()
        self._now = now
        self.line.setPlaceholderText("Type a city, for example Oslo")
        self.line.textEdited.connect(self._offer_zones)
        self.changed.connect(self._say)
        self.below.show()
        self._say()

    @override
    def problem(self) -> str:
        text = self.line.text().strip()
        if not text or zone_named(text):
            return ""
        return f"“{text[:40]}” is not a time zone. Type a city and choose one of the zones"

    @override
    def _read(self) -> Any:
        text = self.line.text().strip()
        return zone_named(text) or text or None

    def _offer_zones(self) -> None:
        """Offer the zones once something is typed: their names are read from the disk."""
        if self.line.completer() is None:
            self.offer([one.replace("_", " ") for one in zones()])

    def _say(self) -> None:
        name = zone_named(self.line.text().strip())
        there = self._now().astimezone(zone(name) if name else UTC)
        self.below.setText(f"It is {there:%H:%M} there, {there.tzname()}" if name else "Empty where it is not known")


def zone_named(text: str) -> str:
    """Return the zone of this name, or the only one of this city, however it is spelt; empty where there is none."""
    wanted = text.casefold().replace(" ", "_")
    if not wanted:
        return ""
    found = [one for one in zones() if one.casefold() == wanted]
    found = found or [one for one in zones() if one.casefold().rpartition("/")[2] == wanted]
    if len(found) == 1:
        return found[0]
    try:
        return zone(text).key
    except InvalidInputError:
        return ""


@lru_cache(maxsize=1)
def zones() -> Sequence[str]:
    """Return every zone that is called after a place, by name."""
    return sorted(one for one in available_timezones() if "/" in one and not one.startswith(_NO_PLACES))
