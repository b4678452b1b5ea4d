"""Read the things one can choose from: types, statuses, rates, people, warehouses, products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from techdesk.connectors.flow_retail.mapping import data, money, snake
from techdesk.connectors.flow_retail.reading import check_texts
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.records import Document, compact

_PRICES = ("price", "costPrice")


def read_references(raws: Iterable[Mapping[str, Any]], currency: str) -> list[Document]:
    """Return the things of a list as documents, their prices with the currency; one that cannot be read is left out."""
    found: list[Document] = []
    for raw in raws:
        try:
            found.append(_reference(raw, currency))
        except (InvalidInputError, TypeError, RecursionError):
            continue
    return found


def _reference(raw: Mapping[str, Any], currency: str) -> Document:
    """Return one thing.

    Raises:
        InvalidInputError: It holds what no store can keep, or a price is no number.
        TypeError: A price is no number.
        RecursionError: It is nested too deeply.
    """
    check_texts(raw)
    amount = money(currency)
    prices = {name: amount(raw[name]) for name in _PRICES if raw.get(name) is not None}
    return compact({snake(name): value for name, value in data({**raw, **prices}).items()})
