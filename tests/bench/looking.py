"""Measure how fast the store answers what a person looks for."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial

from techdesk.application.order_detail import order_detail
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import OrderStore
from techdesk.application.queries import OrderFilter
from tests.bench.figures import Figure, p95, timed_ms
from tests.bench.homes import Home

_QUERIES = 200
_COMMON = ("e", "a", "no", "in", "printer", "power", "laptop", "no power", "does not", "radio", "an", "kettle")
_ROWS = 64


def looking(home: Home, count_gate_ms: float) -> list[Figure]:
    """Type 200 queries letter by letter, count each, and open 200 orders."""
    with home.desk() as desk:
        queries = _queries(desk.store)
        prefixes = [one[:end] for one in queries for end in range(1, len(one) + 1)]
        first = [timed_ms(partial(_first, desk.store, text)) for text in prefixes]
        counted = [timed_ms(partial(_keys, desk.store, text)) for text in queries]
        opened = [timed_ms(partial(_open, desk.store, ref)) for ref in _some_orders(desk.store)]
    many = f"at {home.orders:,} orders"
    return [
        Figure(name=f"keystroke to first rows p95, {len(prefixes)} keystrokes {many}", measured=p95(first), gate=50),
        Figure(name=f"to exact count and true scroll bar p95 {many}", measured=p95(counted), gate=count_gate_ms),
        Figure(name=f"order opens p95 {many}", measured=p95(opened), gate=50),
    ]


def _queries(store: OrderStore) -> list[str]:
    """Return 200 queries: words and pairs that stand in the orders, and those with most rows."""
    dice = random.Random(11)
    with store.read() as view:
        rows = view.first_order_rows(OrderFilter(), 4000)
    words = [word for row in dice.sample(rows, min(len(rows), 300)) for word in row.title.split()]
    pairs = [f"{one} {other}" for one, other in zip(words[::5], words[1::5], strict=False)]
    numbers = [row.number for row in dice.sample(rows, min(len(rows), 30))]
    return ([*_COMMON, *numbers, *words[:100], *pairs] * 3)[:_QUERIES]


def _first(store: OrderStore, text: str) -> None:
    with store.read() as view:
        view.first_order_rows(OrderFilter(text=text), _ROWS)


def _keys(store: OrderStore, text: str) -> None:
    with store.read() as view:
        view.order_keys(replace(OrderFilter(), text=text))


def _some_orders(store: OrderStore) -> list[OrderRef]:
    with store.read() as view:
        keys = view.order_keys(OrderFilter())
        chosen = random.Random(5).sample(range(len(keys)), min(200, len(keys)))
        return [OrderRef(one.account_id, one.order_id) for one in view.order_rows([keys[at] for at in chosen])]


def _open(store: OrderStore, ref: OrderRef) -> None:
    with store.read() as view:
        order_detail(view, ref)
