"""Find, sort and count the rows of the order list.

A text is looked up in the full-text index, and in the orders that the index has not seen yet, so that an order just
made is found at once. Few hits are looked up one by one; of many, a bitmap is laid over the keys in list order.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress, islice
from typing import NamedTuple

import apsw

from techdesk.application.queries import ListCounts, OrderFilter, OrderRow
from techdesk.store.list_query import ListQuery, list_query
from techdesk.store.names import Names
from techdesk.store.order_columns import ROW_COLUMNS, order_row, search_words
from techdesk.store.search_index import LONG, SearchIndex

FEW = 1_000
"""Up to so many hits are looked up one by one and sorted."""

MANY = 60_000
"""Of so many hits or more, the first rows are looked for in the orders themselves."""

LOOKED_INTO = 3_000
"""So many orders, in list order, are looked into for the first rows of a text that very many have."""

_WORTH_MORE = 4
"""Where these had at least such a part of the wanted rows, as many orders as seem needed, twice over, are read."""

_AT_ONCE = 256
_KEPT_LISTS = 2

_ACCOUNTS = "SELECT account_no, document ->> '$.signed_out' FROM accounts ORDER BY name_key"


class KeyCache:
    """Keep the sorted keys of the last lists asked for: typing asks for the same list again with every key."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, OrderFilter], array[int]] = OrderedDict()

    def get(self, list_no: int, wanted: OrderFilter) -> array[int] | None:
        """Return the keys of a list as of a change of the list."""
        with self._lock:
            return self._kept.get((list_no, wanted))

    def put(self, list_no: int, wanted: OrderFilter, keys: array[int]) -> None:
        """Keep the keys of a list; older states of the list and the list least used go."""
        with self._lock:
            for old in [one for one in self._kept if one[0] < list_no]:
                del self._kept[old]
            self._kept[list_no, wanted] = keys
            while len(self._kept) > _KEPT_LISTS:
                self._kept.popitem(last=False)


class ListReading:
    """Read the order list over one connection, inside one transaction."""

    def __init__(self, connection: apsw.Connection, names: Names, search: SearchIndex, cache: KeyCache | None) -> None:
        """Keep what is read from; without a cache every list is read anew, as a writer must."""
        self._connection = connection
        self._names = names
        self._search = search
        self._cache = cache

    def keys(self, wanted: OrderFilter) -> array[int]:
        """Return the row keys of all orders that fit, in the wanted order."""
        words = _words(wanted)
        if not words.all:
            return self._all_keys(wanted)
        hits, _ = self._hits(words.first, None)
        if len(hits) <= FEW:
            return self._keys_among(self._query(wanted).having(*_has_words(words.rest)), hits)
        if words.rest:
            hits = _in_both(hits, self._hits(words.rest, None)[0])
        in_order = self._all_keys(wanted)
        marks = bytearray(max(max(hits, default=0), max(in_order, default=0)) + 1)
        for hit in hits:
            marks[hit] = 1
        return array("q", compress(in_order, map(marks.__getitem__, in_order)))

    def first_rows(self, wanted: OrderFilter, limit: int) -> list[OrderRow]:
        """Return the first rows that fit."""
        query = self._query(wanted)
        words = _words(wanted)
        if not words.all:
            keys = self._connection.execute(query.select("key", limit), query.values)
            return self.rows(list(chain.from_iterable(keys)))
        hits, complete = self._hits(words.first, MANY)
        if complete and len(hits) <= FEW:
            return self.rows(self._keys_among(query.having(*_has_words(words.rest)), hits)[:limit])
        if complete:
            return self.rows(list(islice(self._walk(hits, query, words.rest), limit)))
        found = self._look_into(words.all, query, limit, LOOKED_INTO)
        if limit // _WORTH_MORE <= len(found) < limit:
            found = self._look_into(words.all, query, limit, LOOKED_INTO * 2 * limit // max(len(found), 1))
        return self.rows(found if len(found) == limit else self.keys(wanted)[:limit])

    def rows(self, keys: Sequence[int]) -> list[OrderRow]:
        """Return the rows of these keys, in their order; a key that is gone is left out."""
        if not keys:
            return []
        select = f"SELECT {ROW_COLUMNS} FROM carray(?) AS wanted CROSS JOIN orders ON orders.key = wanted.value"
        found = {row.key: row for row in self._rows(select, (apsw.carray(array("q", keys)),))}
        return [found[key] for key in keys if key in found]

    def counts(self, filters: Mapping[str, OrderFilter]) -> ListCounts:
        """Return for each named filter how many orders fit; those without dates are counted in one pass."""
        one_by_one = {name for name, one in filters.items() if one.text or one.unsent or one.assignee_uids}
        one_by_one |= {name for name, one in filters.items() if one.appointment_from or one.appointment_before}
        counted = {name: self._count(filters[name]) for name in one_by_one}
        together = {name: self._query(one) for name, one in filters.items() if name not in one_by_one}
        if together:
            sums = ", ".join(f"count(*) FILTER (WHERE {one.where})" for one in together.values())
            values = tuple(chain.from_iterable(one.values for one in together.values()))
            row = next(self._connection.execute(f"SELECT {sums} FROM orders INDEXED BY orders_by_due", values))
            counted |= dict(zip(together, row, strict=True))
        return ListCounts({name: counted[name] for name in filters})

    def _count(self, wanted: OrderFilter) -> int:
        if wanted.text:
            return len(self.keys(wanted))
        query = self._query(wanted)
        return int(
            self._connection.execute(f"SELECT count(*) FROM {query.source} WHERE {query.where}", query.values).get
        )

    def _query(self, wanted: OrderFilter) -> ListQuery:
        accounts = list(self._connection.execute(_ACCOUNTS))
        hidden = () if wanted.account_ids else [number for number, signed_out in accounts if signed_out]
        query = list_query(wanted, self._names.number, [number for number, _ in accounts])
        return query.having(f"account_no NOT IN ({', '.join('?' * len(hidden))})", tuple(hidden)) if hidden else query

    def _all_keys(self, wanted: OrderFilter) -> array[int]:
        """Return the keys of the list without regard to its text."""
        wanted = replace(wanted, text="")
        list_no = int(self._connection.execute("SELECT list_no FROM counters").get)
        keys = self._cache.get(list_no, wanted) if self._cache else None
        if keys is None:
            query = self._query(wanted)
            keys = array("q", chain.from_iterable(self._connection.execute(query.select("key"), query.values)))
            if self._cache:
                self._cache.put(list_no, wanted, keys)
        return keys[:]

    def _keys_among(self, query: ListQuery, hits: array[int]) -> array[int]:
        if not hits:
            return array("q")
        found = self._connection.execute(query.select_among("key"), (apsw.carray(hits), *query.values))
        return array("q", chain.from_iterable(found))

    def _hits(self, words: Sequence[str], limit: int | None) -> tuple[array[int], bool]:
        """Return the keys of orders that have every word, and whether these are all.

        They come from the index, and from the orders that it has not seen yet.
        """
        hits, indexed_to = self._search.hits(words, limit)
        complete = len(hits) != limit
        newer = self._connection.execute("SELECT key FROM orders WHERE change_no > ?", (indexed_to,))
        unseen = set(chain.from_iterable(newer))
        if not unseen:
            return hits, complete
        test, values = _has_words(words)
        found = self._connection.execute(
            f"SELECT key FROM orders WHERE change_no > ? AND {test}", (indexed_to, *values)
        )
        kept = array("q", (hit for hit in hits if hit not in unseen))
        kept.extend(chain.from_iterable(found))
        return kept, complete

    def _walk(self, hits: array[int], query: ListQuery, rest: Sequence[str]) -> Iterator[int]:
        """Go through the list's index in its order, which costs less than looking thousands of hits up."""
        listed = chain.from_iterable(self._connection.execute(query.select("key"), query.values))
        found = filter(set(hits).__contains__, listed)
        return self._having(rest, found) if rest else found

    def _having(self, words: Sequence[str], keys: Iterator[int]) -> Iterator[int]:
        """Leave out the orders that do not have all the words."""
        test, values = _has_words(words)
        select = f"SELECT key FROM carray(?) AS found CROSS JOIN orders ON key = found.value WHERE {test}"
        while some := array("q", islice(keys, _AT_ONCE)):
            having = {key for (key,) in self._connection.execute(select, (apsw.carray(some), *values))}
            yield from filter(having.__contains__, some)

    def _look_into(self, words: Sequence[str], query: ListQuery, limit: int, orders: int) -> list[int]:
        test, values = _has_words(words)
        first = query.select("key, words", orders)
        found = self._connection.execute(
            f"SELECT key FROM ({first}) WHERE {test} LIMIT {limit:d}", (*query.values, *values)
        )
        return [key for (key,) in found]

    def _rows(self, select: str, values: Sequence[object]) -> list[OrderRow]:
        name = self._names.name
        return [order_row(row, name(row[1]), name(row[10])) for row in self._connection.execute(select, tuple(values))]


class _Words(NamedTuple):
    """The words of a filter: those to ask the index for, and those to look for among its answers."""

    first: Sequence[str]
    rest: Sequence[str]

    @property
    def all(self) -> Sequence[str]:
        return [*self.first, *self.rest]


def _words(wanted: OrderFilter) -> _Words:
    words = search_words(wanted.text).split()
    long = [one for one in words if len(one) >= LONG]
    short = [one for one in words if len(one) < LONG]
    return _Words(long, short) if long else _Words(short, [])


def _has_words(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the test for every word: a short one at a word's beginning, a long one anywhere in it."""
    values = tuple(" " + word if len(word) < LONG else word for word in words)
    return " AND ".join("instr(words, ?) > 0" for _ in values) or "1", values


def _in_both(one: array[int], other: array[int]) -> array[int]:
    few, many = sorted((one, other), key=len)
    return array("q", filter(set(few).__contains__, many))
