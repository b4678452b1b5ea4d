"""Read the file that says which column of a CSV file becomes which field of an order (`docs/backends.md`)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.domain.instants import zone
from techdesk.domain.vocabulary import ServiceState
from techdesk.wire.refusals import refusal

_SAMPLE = datetime(2024, 12, 31, 13, 45)  # noqa: DTZ001 - only shows what a format looks like
_WORDS = {
    "extra_forbidden": "is not known",
    "missing": "is missing",
    "string_type": "must be text",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}
"""Kind of error → what is wrong, in our words; of other kinds the words are pydantic's."""


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _pieces(value: Any) -> Any:
    """Spell out the short forms: a column's name, and several of them or of tables, joined by a space."""
    return [one if isinstance(one, dict) else {"column": one} for one in _listed(value)]


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n\0' or not text.isascii():
        raise refusal('must be one character, such as ";" or "\\t"')
    return text


def _encoding(name: str) -> str:
    try:
        "a".encode(name)
    except (LookupError, ValueError) as error:
        raise refusal(f"“{name[:40]}” is no encoding of text, such as utf-8 or cp1252") from error
    # a mark at the file's beginning is no part of the first column's name
    return "utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name


def _date_format(text: str) -> str:
    try:
        read = datetime.strptime(_SAMPLE.strftime(text), text)  # noqa: DTZ007 - only whether it holds a whole date
    except (ValueError, re.error) as error:
        raise refusal("is no form of a date, such as %Y-%m-%d or %d.%m.%Y %H:%M") from error
    if read.date() != _SAMPLE.date():
        raise refusal("must hold year, month and day, such as %Y-%m-%d")
    return text


def _zone(name: str) -> str:
    try:
        zone(name)
    except InvalidInputError as error:
        raise refusal(f"{error.title}, such as Europe/Berlin") from error
    return name


Column = Annotated[str, Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_listed), Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Piece(_Part):
    """Be one piece of a text.

    Attributes:
        column: The columns to look in; the first that holds something counts.
        empty: What stands there for nothing.
        default: What is taken if none holds anything.
        constant: The text itself, where no column has it.
    """

    column: Columns | None = None
    empty: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    default: str = ""
    constant: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise refusal("must have either a column or a constant")
        return self


Text = Annotated[tuple[Piece, ...], BeforeValidator(_pieces), Field(min_length=1)]


class CustomerFields(_Part):
    """Say where the customer stands."""

    name: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    address: Text | None = None


class SiteFields(_Part):
    """Say where the place of the work stands."""

    name: Text | None = None
    address: Text | None = None


class AssetFields(_Part):
    """Say where the thing to be repaired stands."""

    name: Text | None = None
    maker: Text | None = None
    model: Text | None = None
    serial_number: Text | None = Field(default=None, alias="serialNumber")
    condition: Text | None = None
    accessories: Text | None = None
    state: Text | None = None


class StatusField(_Part):
    """Say which value means which state.

    Attributes:
        values: Value of the column → state.
        otherwise: The state for any other value; without it such a row is an error.
    """

    column: Column
    values: dict[str, ServiceState]
    otherwise: ServiceState | None = None


class DateField(_Part):
    """Say how a date is written.

    Attributes:
        format: As Python's `strptime` takes it; a day without a time counts as noon UTC.
        time_zone: Whose clock a time is read from, where it has no offset of its own.
    """

    column: Column
    format: Annotated[str, AfterValidator(_date_format)] = "%Y-%m-%d"
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", alias="timeZone")


class OrderFields(_Part):
    """Say for each field of an order where it stands."""

    provider: Text
    external_id: Text = Field(alias="externalId")
    title: Text
    description: Text | None = None
    customer: CustomerFields | None = None
    site: SiteFields | None = None
    asset: AssetFields | None = None
    status: StatusField | None = None
    created_at: DateField | None = Field(default=None, alias="createdAt")


class FileMapping(_Part):
    """Say how a file is written and what its columns become.

    Attributes:
        required: Columns that must hold something in each row.
    """

    delimiter: Annotated[str, AfterValidator(_delimiter)] = ","
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8-sig"
    required: tuple[Column, ...] = ()
    fields: OrderFields

    def columns(self) -> tuple[str, ...]:
        """Return every column that the file must have, in the order in which they are named here."""
        return tuple(dict.fromkeys([*self.required, *_columns_in(self.fields)]))

    def states(self) -> set[str]:
        """Return the states that a row can have."""
        status = self.fields.status
        found = {*status.values.values(), status.otherwise} if status else {ServiceState.NOT_STARTED}
        return {state.value for state in found if state}


def read_mapping(path: Path) -> FileMapping:
    """Read a mapping file: JSON where its name ends so, else TOML.

    Raises:
        NotFoundError: The file cannot be read.
        InvalidInputError: It is no TOML or JSON, or says what cannot be; the text names the place.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise NotFoundError(f"The mapping file cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise InvalidInputError(f"{path.name} is nested too deeply") from error
    except ValueError as error:
        raise InvalidInputError(f"{path.name} cannot be read: {error}") from error
    try:
        return FileMapping.model_validate(told)
    except ValidationError as error:
        wrong = (_in_words(one) for one in error.errors(include_url=False, include_input=False))
        raise InvalidInputError(f"{path.name}: {'; '.join(wrong)}") from error


def _columns_in(part: BaseModel) -> Iterator[str]:
    for name in type(part).model_fields:
        for one in _listed(getattr(part, name)):
            if name == "column" and one:
                yield one
            elif isinstance(one, BaseModel):
                yield from _columns_in(one)


def _in_words(error: ErrorDetails) -> str:
    place = ".".join(str(step) for step in error["loc"]) or "the file"
    return f"{place} {_WORDS.get(error['type'], error['msg'])}"
