"""Keep money as an exact decimal with its currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from techdesk.domain.errors import InvalidInputError


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount in major units with its ISO 4217 currency code.

    Attributes:
        amount: Finite decimal, major units (12.50 is twelve euros fifty).
        currency: Three capital letters, or empty where the back end names none.
    """

    amount: Decimal
    currency: str = ""

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise InvalidInputError("An amount must be a number")

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}".rstrip()

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise InvalidInputError(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.amount + other.amount, self.currency)

    def times(self, quantity: Decimal) -> Money:
        """Return the amount for `quantity` pieces, rounded to two decimals."""
        return Money((self.amount * quantity).quantize(Decimal("0.01")), self.currency)


def sum_of(amounts: Iterable[Money | None], currency: str) -> Money:
    """Return the sum of the amounts that are known, in `currency`, whatever each of them names."""
    return Money(sum((one.amount for one in amounts if one is not None), Decimal("0.00")), currency)


def parse_amount(text: str) -> Decimal:
    """Read a plain decimal number such as `12.5` (dot as separator, no grouping).

    Raises:
        InvalidInputError: The text is not a finite number.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation as error:
        raise InvalidInputError(f"“{text[:40]}” is not a number") from error
    if not amount.is_finite():
        raise InvalidInputError(f"“{text[:40]}” is not a number")
    return amount


def parse_money(text: str) -> Money:
    """Read `12.50 EUR` or `12.50`.

    Raises:
        InvalidInputError: The first word is not a finite number.
    """
    amount, _, currency = text.partition(" ")
    return Money(parse_amount(amount), currency)
