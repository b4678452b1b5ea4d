"""Say in SQL which orders a filter wants and in which order.

The index is named in every query: SQLite has no statistics of a file that grows, and a wrong guess costs seconds at a
million orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from techdesk.application.queries import OrderFilter, SortBy
from techdesk.store.order_columns import KINDS, STATES, milliseconds

_SORT_COLUMN: dict[SortBy, str] = {
    SortBy.NUMBER: "number_key",
    SortBy.CUSTOMER: "customer_key",
    SortBy.PRODUCT: "product_key",
    SortBy.SERIAL: "serial_key",
    SortBy.KIND: "kind",
    SortBy.STATUS: "status_key",
    SortBy.PRIORITY: "priority",
    SortBy.ASSIGNEE: "assignee_key",
    SortBy.CREATED: "created_at",
    SortBy.DUE: "due_at",
}

_UNSENT = """key IN (
    SELECT record_no FROM (
        SELECT DISTINCT account_no, order_id FROM operations INDEXED BY operations_unsettled WHERE settled = 0
    ) AS work CROSS JOIN records INDEXED BY records_by_id
    ON record_id = work.order_id AND record_type = 0 AND records.account_no = work.account_no)"""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parts of a query over `orders`.

    Attributes:
        source: `orders` and the index to go by.
        where: A condition, `1` where everything is wanted.
        order: What stands after ORDER BY.
        values: What is bound to the condition.
    """

    source: str
    where: str
    order: str
    values: tuple[Any, ...]

    def select(self, columns: str, limit: int | None = None) -> str:
        """Return the query for some columns; the values are bound apart."""
        end = "" if limit is None else f" LIMIT {limit:d}"
        return f"SELECT {columns} FROM {self.source} WHERE {self.where} ORDER BY {self.order}{end}"

    def having(self, test: str, values: tuple[Any, ...]) -> ListQuery:
        """Return the query with one more condition."""
        return ListQuery(self.source, f"{self.where} AND {test}", self.order, (*self.values, *values))

    def select_among(self, columns: str) -> str:
        """Return the query for those of some keys that fit; the keys are bound first, as a `carray`."""
        return (
            f"SELECT {columns} FROM carray(?) AS hits CROSS JOIN orders ON orders.key = hits.value "
            f"WHERE {self.where} ORDER BY {self.order}"
        )


def list_query(wanted: OrderFilter, number: Callable[[str], int], accounts: Sequence[int]) -> ListQuery:
    """Return the query for a filter, its text aside.

    Args:
        wanted: The filter.
        number: Gives the short number of an account or uid; a negative one where it is not known.
        accounts: The short numbers of all accounts, by name.
    """
    tests = list(_tests(wanted, number))
    where = " AND ".join(test for test, _ in tests) or "1"
    values = tuple(value for _, some in tests for value in some)
    return ListQuery(_source(wanted), where, _order(wanted, accounts), values)


Test = tuple[str, tuple[Any, ...]]


def _tests(wanted: OrderFilter, number: Callable[[str], int]) -> Iterable[Test]:
    if wanted.account_ids:
        yield _among("account_no", (number(one) for one in wanted.account_ids))
    if wanted.states:
        yield _among("state", (STATES.index(one) for one in wanted.states))
    if wanted.kinds:
        yield _among("kind", (KINDS.index(one) for one in wanted.kinds))
    if wanted.status_uids:
        yield _among("status_no", (number(one) for one in wanted.status_uids))
    if wanted.assignee_uids:
        yield _among("assignee_no", (number(one) for one in wanted.assignee_uids))
    yield from _date_tests(wanted)
    if wanted.unsent:
        yield _UNSENT, ()


def _date_tests(wanted: OrderFilter) -> Iterable[Test]:
    if wanted.due_before:
        yield "due_at < ?", (_ms(wanted.due_before),)
    if wanted.appointment_from:
        yield "appointment_at >= ?", (_ms(wanted.appointment_from),)
    if wanted.appointment_before:
        yield "appointment_at < ?", (_ms(wanted.appointment_before),)


def _among(column: str, numbers: Iterable[int]) -> Test:
    found = tuple(sorted(numbers))
    return f"{column} IN ({', '.join('?' * len(found))})", found


def _source(wanted: OrderFilter) -> str:
    """Go by the index that leaves least to look at, else by the one that has the wanted sort."""
    if wanted.unsent:
        return "orders NOT INDEXED"
    if wanted.appointment_from or wanted.appointment_before:
        index = "orders_by_appointment"
    elif wanted.assignee_uids:
        index = "orders_of_assignee"
    elif wanted.due_before:
        index = "orders_by_due"
    else:
        index = f"orders_by_{wanted.sort_by}"
    return f"orders INDEXED BY {index}"


def _order(wanted: OrderFilter, accounts: Sequence[int]) -> str:
    direction = "DESC" if wanted.descending else "ASC"
    if wanted.sort_by is not SortBy.ACCOUNT:
        return f"{_SORT_COLUMN[wanted.sort_by]} {direction}, key {direction}"
    if len(accounts) < 2:
        return f"account_no {direction}, key {direction}"
    ranks = " ".join(f"WHEN {account:d} THEN {rank:d}" for rank, account in enumerate(accounts))
    return f"CASE account_no {ranks} ELSE {len(accounts):d} END {direction}, key {direction}"


def _ms(value: datetime) -> int:
    return milliseconds(value.isoformat())
