"""Read the things one can choose from: types, statuses, rates, people, warehouses, products."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from techdesk.connectors.answers import as_refused_sign_in
from techdesk.connectors.flow_retail.mapping import data, money, snake
from techdesk.connectors.flow_retail.reading import check_texts
from techdesk.domain.errors import InvalidInputError, NotShownError
from techdesk.domain.records import Document, compact

KEPT_S = 1800.0
"""For so long a list that came may stand in for what the server has now."""

_PRICES = ("price", "costPrice")


class ReferenceLists:
    """Fetch the lists of a sign-in; over a line that breaks, each try goes on where the one before it broke off."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep the clock, which tells seconds."""
        self._clock = clock
        self._came: dict[str, tuple[float, list[Document]]] = {}

    def gathered(self, paths: Mapping[str, str], fetch: Callable[[str], list[Document]]) -> dict[str, list[Document]]:
        """Return the list at each path, by its name; raises as `fetch`, and keeps what came until then.

        Args:
            paths: Name of a list → where it is.
            fetch: Brings the list at a path.

        Raises:
            WrongCredentialsError: The server shows none of them; of some, the ones that it does not show are empty.
        """
        now, hidden = self._clock(), list[NotShownError]()
        came = {path: kept for path, kept in self._came.items() if now - kept[0] < KEPT_S}
        for path in paths.values():
            if path in came:
                continue
            try:
                brought = fetch(path)
            except NotShownError as error:
                hidden.append(error)
            else:
                came[path] = (self._clock(), brought)
                self._came = dict(came)
        self._came = {}
        if hidden and not came:
            raise as_refused_sign_in(hidden[0])
        return {name: came[path][1] if path in came else [] for name, path in paths.items()}


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
