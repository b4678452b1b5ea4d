"""Edit a date and time by the clock of another place, kept as the text its system writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from PySide6.QtWidgets import QVBoxLayout
from typing_extensions import override

from techdesk.ui.blocks import plain_label
from techdesk.ui.editors.base import Occasion
from techdesk.ui.editors.instants import WhenLineEditor
from techdesk.ui.editors.when import when_in_words


class PlaceTimeEditor(WhenLineEditor):
    """Edit ISO 8601 text by a place's clock; the text stays as it was while the person does not change the time.

    Without a zone the text carries no offset: it is what some clock shows, nobody says where.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        own_zone: tzinfo,
        there: tzinfo | None,
        read: Callable[[str], datetime | None],
    ) -> None:
        """Make it.

        Args:
            now: Tells the present instant.
            own_zone: The technician's zone.
            there: The zone of the place, None where it has none.
            read: Reads the text of a date; None for what is none.
        """
        super().__init__(Occasion(now=now, own_zone=there or own_zone))
        self._own_zone, self._there, self._read_text = own_zone, there, read
        self._shown: datetime | None = None
        self._typed_in = there or own_zone
        self.when.now_button.setVisible(there is not None)
        self.when.words.setMaximumHeight(0 if there is None else self.when.words.maximumHeight())
        self.own = plain_label(role="small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.when)
        layout.addWidget(self.own)
        self.when.edited.connect(self._edited)
        self._say()

    def _edited(self) -> None:
        self._say()
        self._touch()

    def _say(self) -> None:
        """Say the time by the technician's own clock where it shows another one."""
        when = None if self.when.problem() else self.when.when()
        differs = (
            when is not None
            and self._there is not None
            and when.astimezone(self._there).utcoffset() != when.astimezone(self._own_zone).utcoffset()
        )
        self.own.setText(f"for you {when_in_words(when, self._own_zone)}" if when and differs else "")
        self.own.setVisible(differs)

    @override
    def _read(self) -> Any:
        when = self.when.when()
        if when is None:
            return None
        if when == self._shown:
            return self._given
        local = when.astimezone(self._typed_in)
        return (local if self._there else local.replace(tzinfo=None)).isoformat(timespec="seconds")

    @override
    def _show(self, value: Any) -> None:
        when = self._read_text(str(value)) if value else None
        if when is not None and when.tzinfo is None:
            when = when.replace(tzinfo=self._typed_in)
        self.when.show_when(when)
        self._shown = self.when.when()
