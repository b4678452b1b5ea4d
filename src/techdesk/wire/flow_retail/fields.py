"""Name the field types of the Flow Retail dialect and the two bases of its models.

An `Answer` is what a server says: an absent nullable field is empty and names we do not know are passed over,
so that a newer server can be read. A `Request` is what a client says: a name we do not know is refused, a
boolean is no number and a number is no text. A PUT replaces only the fields
its body names: `named()` gives those.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictStr,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import instant_text, parse_instant, zone
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState
from techdesk.wire.json_text import plain_numbers
from techdesk.wire.refusals import not_blank, refusal

UID_PATTERN = r"^[A-Za-z0-9_-]+$"
"""What every id matches as a whole."""

LARGEST_AMOUNT = Decimal(10) ** 11
"""Amounts stay below: with four decimals that is 15 digits, the most any JSON reader keeps exactly."""

_DECIMALS = 4
_YEARS = range(1900, 2201)


def _empty_if_null(value: Any) -> Any:
    return "" if value is None else value


def _null_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _read_instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise refusal("must be text: ISO 8601 with an offset")
    try:
        found = parse_instant(value)
    except InvalidInputError as error:
        raise refusal(error.title) from error
    if found.year not in _YEARS:
        raise refusal(f"must be between {_YEARS.start} and {_YEARS.stop - 1}")
    return found


def _read_date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except (TypeError, ValueError) as error:
        raise refusal("must be a date: YYYY-MM-DD") from error


def _read_number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise refusal("must be a number")
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite() or abs(number) >= LARGEST_AMOUNT:
        raise refusal(f"must be a number between -{LARGEST_AMOUNT:f} and {LARGEST_AMOUNT:f}")
    if number and number.normalize().as_tuple().exponent < -_DECIMALS:  # type: ignore[operator]  # finite, so an int
        raise refusal(f"must have at most {_DECIMALS} decimals")
    return number


def _read_zone(text: str) -> str:
    if not text:
        return text
    try:
        return zone(text).key
    except InvalidInputError as error:
        raise refusal(error.title) from error


def _read_free_json(value: Any) -> Any:
    try:
        return plain_numbers(value)
    except InvalidInputError as error:
        raise refusal(error.title) from error


def json_number(number: Decimal) -> int | float:
    """Return the JSON number that prints a bounded decimal exactly."""
    return int(number) if number == number.to_integral_value() else float(number)


Uid = Annotated[StrictStr, Field(pattern=UID_PATTERN, max_length=100)]
OptionalUid = Annotated[Uid | None, BeforeValidator(_null_if_empty)]
Text = Annotated[StrictStr, BeforeValidator(_empty_if_null)]
Name = Annotated[StrictStr, AfterValidator(not_blank)]
Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    PlainSerializer(instant_text, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
OptionalInstant = Annotated[Instant | None, BeforeValidator(_null_if_empty)]
Day = Annotated[date, BeforeValidator(_read_date), WithJsonSchema({"type": "string", "format": "date"})]
OptionalDay = Annotated[Day | None, BeforeValidator(_null_if_empty)]
Number = Annotated[
    Decimal,
    BeforeValidator(_read_number),
    PlainSerializer(json_number, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
Zone = Annotated[Text, AfterValidator(_read_zone)]
FreeJson = Annotated[dict[str, Any], BeforeValidator(_read_free_json)]
Flag = StrictBool
StateOrText = Annotated[ServiceState | str, Field(union_mode="left_to_right")]
PriorityOrText = Annotated[Priority | str, Field(union_mode="left_to_right")]
KindOrText = Annotated[ServiceKind | str, Field(union_mode="left_to_right")]


class Answer(BaseModel):
    """Be a JSON object that a server sends."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, defer_build=True
    )


class Request(BaseModel):
    """Be a JSON object that a client sends."""

    # built at once: FastAPI 0.165 reads the schema of a body before a deferred model has one, and warns
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    def named(self) -> dict[str, Any]:
        """Return the fields that the body names, by attribute name; the server keeps the others."""
        return {name: getattr(self, name) for name in self.model_fields_set}
