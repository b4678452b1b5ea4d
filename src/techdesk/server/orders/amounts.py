"""Round amounts of money."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from techdesk.server.answers.problems import invalid
from techdesk.wire.flow_retail.fields import LARGEST_AMOUNT

_CENT = Decimal("0.01")


def rounded(amount: Decimal, pointer: str) -> Decimal:
    """Return an amount in whole hundredths, halves to the even one.

    Raises:
        Problem: 400, it is too large to be kept exactly; names `pointer`.
    """
    if abs(amount) >= LARGEST_AMOUNT:
        raise invalid("makes an amount that is too large", pointer)
    return amount.quantize(_CENT, ROUND_HALF_EVEN)
