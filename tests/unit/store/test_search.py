"""Finding orders by what is written in them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.ports import Urgency
from techdesk.application.queries import OrderFilter, SortBy
from techdesk.domain.errors import StoreError
from techdesk.store import list_reading, order_store
from techdesk.store.database import Database
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.builders import an_account
from tests.support.store_records import KEY, a_page, a_record, pulled

TITLES = {
    "s1": "ÅNGSTRÖM straße",
    "s2": "Kettle (new) #12",
    "s3": "kettle 50% off",
    "s4": 'say "hi" 🫖',
    "s5": "Bosch SN-4711",
    "s6": "مكسور radio",
}


@pytest.fixture
def shop(store: SqliteStore) -> SqliteStore:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(*(pulled(name, title=title) for name, title in TITLES.items())))
    return store


def found(store: SqliteStore, text: str, sort_by: SortBy = SortBy.CREATED) -> list[str]:
    wanted = OrderFilter(text=text, sort_by=sort_by, descending=False)
    with store.read() as view:
        rows = view.first_order_rows(wanted, 50)
        assert [one.key for one in rows] == list(view.order_keys(wanted))
    return [one.order_id for one in rows]


QUERIES = [
    ("ångström", ["s1"]),
    ("NGSTR", ["s1"]),
    ("a\u030angstro\u0308m", ["s1"]),
    ("STRASSE", ["s1"]),
    ("kettle", ["s2", "s3"]),
    ("kettle 12", []),
    ("kettle #12", ["s2"]),
    ("ettl off", ["s3"]),
    ("50%", ["s3"]),
    ("k", ["s2", "s3"]),
    ("ke ", ["s2", "s3"]),
    ("ke of", ["s3"]),
    ("e", []),
    ("#1", ["s2"]),
    ("(n kett", ["s2"]),
    ('"hi"', ["s4"]),
    ('"', ["s4"]),
    ("🫖", ["s4"]),
    ("47 bos", []),
    ("-47", ["s5"]),
    ("sn- bosch", ["s5"]),
    ("مكس", ["s6"]),
    ("nothing\0 has this", []),
    ("\0", list(TITLES)),
    (" ", list(TITLES)),
]


@pytest.mark.parametrize(("text", "orders"), QUERIES)
def test_every_word_must_be_found_before_and_after_indexing(shop: SqliteStore, text: str, orders: list[str]) -> None:
    assert found(shop, text) == orders
    shop.index_now()
    assert found(shop, text) == orders


@pytest.mark.parametrize(("text", "orders"), QUERIES)
@pytest.mark.parametrize(
    "limits",
    [
        {"FEW": 0},
        {"FEW": 0, "MANY": 1},
        {"FEW": 0, "MANY": 1, "LOOKED_INTO": 1},
        {"FEW": 0, "MANY": 1, "LOOKED_INTO": 1, "_WORTH_MORE": 1000},
        {"FEW": 0, "_AT_ONCE": 1},
    ],
)
def test_the_answer_is_the_same_however_many_hits_there_are(
    shop: SqliteStore, text: str, orders: list[str], limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(list_reading, name, value)
    shop.index_now()
    assert found(shop, text) == orders


def test_hits_come_in_the_order_of_the_list(shop: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(pulled("s2", title="Kettle", customer={"name": "Zoe"})))
        tx.apply_page("a1", a_page(pulled("s3", title="Kettle", customer={"name": "ábel"})))
    shop.index_now()
    for few in (list_reading.FEW, 1):
        monkeypatch.setattr(list_reading, "FEW", few)
        assert found(shop, "kettle", SortBy.CUSTOMER) == ["s3", "s2"]
        assert found(shop, "ke kettle", SortBy.CUSTOMER) == ["s3", "s2"]


def test_an_order_that_was_indexed_and_changed_is_found_by_its_new_words_only(shop: SqliteStore) -> None:
    shop.index_now()
    with shop.write(Urgency.PERSON) as tx:
        tx.apply_page("a1", a_page(pulled("s2", title="Toaster")))
    for _ in range(2):
        assert found(shop, "kettle") == ["s3"]
        assert found(shop, "toas") == ["s2"]
        shop.index_now()


def test_an_order_that_is_gone_is_not_found(shop: SqliteStore) -> None:
    shop.index_now()
    with shop.write(Urgency.PERSON) as tx:
        tx.apply_page("a1", a_page(deleted=["s2"]))
    assert found(shop, "kettle") == ["s3"]


def test_the_number_of_a_removed_order_is_never_given_again(shop: SqliteStore) -> None:
    with shop.write(Urgency.PERSON) as tx:
        tx.apply_page("a1", a_page(deleted=["s6"]))
        tx.save_record(a_record(view={"title": "new"}))
        [row] = tx.first_order_rows(OrderFilter(text="new", sort_by=SortBy.NUMBER, descending=True), 1)
    assert row.order_id == "tmp_1"
    assert row.key == len(TITLES) + 1


def test_typing_on_reads_the_list_once(shop: SqliteStore) -> None:
    with shop.read() as view:
        first, again = view.order_keys(OrderFilter()), view.order_keys(OrderFilter())
        other = [view.order_keys(OrderFilter(sort_by=one)) for one in (SortBy.DUE, SortBy.NUMBER, SortBy.SERIAL)]
    assert first == again
    assert all(sorted(one) == sorted(first) for one in other)
    first.pop()
    with shop.read() as view:
        assert view.order_keys(OrderFilter()) == again


def index_file(path: Path) -> Path:
    return path.with_name(path.name + ".search")


def test_the_words_are_not_readable_in_the_index(shop: SqliteStore, path: Path) -> None:
    shop.index_now()
    shop.close()
    assert b"ngstr" not in index_file(path).read_bytes()


def destroy(file: Path) -> None:
    file.write_bytes(b"\xff" * file.stat().st_size)


def destroy_but_the_first_page(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * (file.stat().st_size - 4096))


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("spoil", [Path.unlink, destroy, destroy_but_the_first_page, empty])
def test_an_index_that_is_missing_or_damaged_is_made_again(
    shop: SqliteStore, path: Path, spoil: Callable[[Path], None]
) -> None:
    shop.index_now()
    shop.close()
    spoil(index_file(path))
    with closing(open_store(path, KEY)) as again:
        assert found(again, "kettle") == ["s2", "s3"]
        again.index_now()
        assert found(again, "kettle") == ["s2", "s3"]


def test_an_index_that_breaks_while_it_is_used_is_made_again_and_nobody_notices(shop: SqliteStore, path: Path) -> None:
    shop.index_now()
    with closing(Database(index_file(path), KEY).writer()) as connection:
        connection.execute("UPDATE inside_data SET block = x'00ff00' WHERE id > 10")
    for _ in range(2):
        assert found(shop, "kettle") == ["s2", "s3"]
    shop.index_now()
    assert found(shop, "kettle") == ["s2", "s3"]
    with closing(Database(index_file(path), KEY).reader()) as connection:
        assert connection.execute("SELECT count(*) FROM inside('\"kettle\"')").get == 2


def test_an_index_of_another_store_is_emptied(shop: SqliteStore, path: Path, tmp_path: Path) -> None:
    shop.index_now()
    shop.close()
    other = tmp_path / "other" / "techdesk.db"
    with closing(open_store(other, KEY)):
        pass
    index_file(other).write_bytes(index_file(path).read_bytes())
    with closing(open_store(other, KEY)) as small:
        small.index_now()
        with small.write(Urgency.PERSON) as tx:
            tx.save_record(a_record())
        small.index_now()
        assert found(small, "kettle") == ["tmp_1"]


def test_signing_out_empties_the_index(shop: SqliteStore) -> None:
    with shop.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_record(a_record(account_id="a2"))
    shop.index_now()
    with shop.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    shop.index_now()
    assert found(shop, "kettle") == ["tmp_1"]
    assert found(shop, "bosch") == []


def test_the_index_is_fed_behind_the_write(store: SqliteStore, path: Path) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    store.close()
    with closing(open_store(path, KEY)) as again:
        again.index_now()
        with again.read() as view:
            assert len(view.order_keys(OrderFilter(text="kettle"))) == 1


def test_a_large_store_is_indexed_step_by_step(shop: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_store, "_INDEXED_AT_ONCE", 1)
    shop.index_now()
    with shop.read() as view:
        assert len(view.order_keys(OrderFilter(text="kettle"))) == 2


def test_a_full_disk_under_the_index_stops_nobody(shop: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise StoreError

    monkeypatch.setattr(shop._search, "indexed_to", full)
    with shop.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    assert not shop._do_background_step()
    with pytest.raises(StoreError):
        shop.index_now()
    assert found(shop, "kettle") == ["s2", "s3", "tmp_1"]
