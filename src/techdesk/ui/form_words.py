"""Say the values of a whole order in words: by the description of its form, never by the names of its system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from techdesk.application.order_form import FieldEditor, FormField, OrderForm, place_of, value_at
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.money import Money, parse_amount
from techdesk.ui.formats import Formats

_FIRST_YEAR = 1900
"""Some systems write the year 1 where they mean no date."""

_YES = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """What is needed to say the values of an order with a form.

    Attributes:
        formats: How times and amounts are written.
        form: The form; empty for an order that has none.
        document: The order, for the names of its entries, its zone and its currency.
    """

    formats: Formats
    form: OrderForm = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    def label(self, key: str) -> str:
        """Return what people call a key, from the outside to the inside; empty where the form does not have it."""
        place = place_of(self.form, key, self.document) if self.form else None
        return " · ".join(one for one in place.labels if one) if place else ""

    def at(self, key: str, value: Any) -> str:
        """Say a value of a key that the form has."""
        place = place_of(self.form, key, self.document)
        return (place and place.field and self.value(place.field, value)) or "on the order"

    def is_entry(self, key: str) -> bool:
        """Say whether a key is that of something that repeats, rather than of a field."""
        place = place_of(self.form, key, self.document) if self.form else None
        return place is not None and place.field is None

    def shown(self, one: FormField) -> str:
        """Say what the order has in a field; empty where that is nothing."""
        return self.value(one, value_at(self.document, one.key))

    def value(self, one: FormField, value: Any) -> str:
        """Say a value of a field; what cannot be read is shown as it is."""
        if value is None or value in ("", []):
            return ""
        if one.editor is FieldEditor.FLAG:
            return "Yes" if is_yes(value) else "No"
        if one.editor is FieldEditor.DATE:
            return self._date(one, str(value))
        if one.editor is FieldEditor.AMOUNT:
            return self._amount(str(value))
        if one.editor is FieldEditor.CHOICES:
            return ", ".join(str(value).split("|"))
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return (one.choices or {}).get(str(value), str(value))

    def _date(self, one: FormField, text: str) -> str:
        when = read_date(text)
        if when is None:
            return "" if _is_no_date(text) else text
        if when.tzinfo is None:
            return f"{when:%Y-%m-%d %H:%M}"
        zone_name = str(value_at(self.document, one.zone_key) or "") if one.zone_key else ""
        return self.formats.both_zones(when, zone_name)

    def _amount(self, text: str) -> str:
        try:
            return self.formats.money(Money(parse_amount(text), str(self.document.get("currency", ""))))
        except InvalidInputError:
            return text


def is_yes(value: Any) -> bool:
    """Say whether a flag is set, however its system writes it."""
    return value is True or str(value).strip().casefold() in _YES


def read_date(text: str) -> datetime | None:
    """Return the date and time of a text in ISO 8601, None where it is none or means no date."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return when if when.year >= _FIRST_YEAR else None


def _is_no_date(text: str) -> bool:
    """Say whether a text is the date that some systems write for none."""
    return text.startswith("0001-")
