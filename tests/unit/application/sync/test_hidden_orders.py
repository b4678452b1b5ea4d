"""An order that is here, but that the server no longer shows, is told once and kept."""

from __future__ import annotations

import pytest

from techdesk.application.exchange import BadRecord, PulledOrder, PullPage
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import WarningCommands, WarningKind
from techdesk.domain.records import RecordType
from tests.support.memory_store import MemoryView
from tests.support.pulling_desk import PullingDesk


class Desk(PullingDesk):
    """A desk that holds two orders and takes pages in."""

    def __init__(self) -> None:
        super().__init__()
        self.brings("s1", "s2")

    def brings(self, *server_ids: str) -> bool:
        orders = [
            PulledOrder(server_id=one, document={"service_order_uid": one, "service_number": one.upper()})
            for one in server_ids
        ]
        return self.take(PullPage(orders=orders, cursor="c", more=False))

    def brings_without_number(self, *server_ids: str) -> None:
        orders = [PulledOrder(server_id=one, document={"service_order_uid": one}) for one in server_ids]
        self.take(PullPage(orders=orders, cursor="c", more=False))

    def lets_go(self, *server_ids: str) -> None:
        with self.store.write(Urgency.PERSON) as tx:
            for one in server_ids:
                tx.remove_record("a1", RecordType.ORDER, one)

    def hides(self, *server_ids: str, said: str = "Not yours.") -> bool:
        bad = [BadRecord(server_id=one, reason=said, raw=b"", is_hidden=True) for one in server_ids]
        return self.take(PullPage(orders=[], bad=bad, cursor="c", more=False))

    @property
    def told(self) -> list[str]:
        return [one.hint for one in self.warnings]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def understood(desk: Desk) -> None:
    WarningCommands(desk.store).answer("a1", WarningKind.ORDERS_HIDDEN, "understood")


def test_it_is_told_with_its_number_and_the_servers_words(desk: Desk):
    assert desk.hides("s1")
    (hint,) = desk.told
    assert "as they were last seen: S1. The server says: Not yours. Ask" in hint


def test_what_the_server_fails_to_show_is_told_as_its_failure_until_it_comes_again(desk: Desk):
    failing = [BadRecord(server_id=one, reason="busy", raw=b"", is_hidden=True, fails=True) for one in ("s1", "s2")]
    assert desk.take(PullPage(orders=[], bad=failing, cursor="c", more=False))
    (told,) = desk.warnings
    assert told.title == "The server fails when it is asked for some orders"
    assert "as they were last seen: S1, S2. TechDesk keeps asking" in told.hint
    desk.brings("s1")
    assert "as they were last seen: S2. TechDesk keeps asking" in desk.told[0]
    desk.brings("s2")
    assert desk.told == []


def test_a_server_that_gives_no_reason_is_not_quoted(desk: Desk):
    desk.hides("s1", said="")
    assert "The server says" not in desk.told[0]


def test_it_is_told_once_and_never_as_a_form_that_is_not_known(desk: Desk):
    desk.hides("s1")
    understood(desk)
    assert not desk.hides("s1")
    assert desk.told == []


def test_while_an_order_is_hidden_a_page_does_not_read_the_ids_of_all_orders(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    def all_ids(_: object, account_id: str) -> list[str]:
        raise AssertionError(f"the ids of all orders of {account_id} were read")

    desk.hides("s1")
    monkeypatch.setattr(MemoryView, "order_server_ids", all_ids)
    assert not desk.brings("s2")
    assert len(desk.told) == 1
    desk.brings("s1")
    assert desk.told == []


def test_another_one_is_told_with_the_first(desk: Desk):
    desk.hides("s1")
    understood(desk)
    assert desk.hides("s2")
    assert "S1, S2" in desk.told[0]


def test_what_is_shown_again_is_taken_back(desk: Desk):
    desk.hides("s1", "s2")
    assert desk.brings("s1")
    assert "last seen: S2. The server says: Not yours. Ask" in desk.told[0]
    assert desk.brings("s2")
    assert desk.told == []


def test_what_is_shown_again_after_it_was_understood_is_no_news(desk: Desk):
    desk.hides("s1", "s2")
    understood(desk)
    assert not desk.brings("s1")
    assert desk.told == []
    assert desk.hides("s1")


def test_an_order_that_was_never_here_is_nobodys_news(desk: Desk):
    assert not desk.hides("s9")
    assert desk.told == []


def test_of_many_a_few_are_named(desk: Desk):
    many = [f"t{number}" for number in range(300)]
    desk.brings(*many)
    desk.hides(*many)
    assert "last seen: T0, T1, T10, T100, T101 and 295 more." in desk.told[0]


@pytest.mark.parametrize(("nameless", "words"), [(["t1"], "1 order."), (["t1", "t2"], "2 orders.")])
def test_what_has_neither_number_nor_title_is_counted(desk: Desk, nameless: list[str], words: str):
    desk.brings_without_number(*nameless)
    desk.hides(*nameless)
    assert f"last seen: {words}" in desk.told[0]


def test_what_has_no_number_is_counted_beside_what_has(desk: Desk):
    desk.brings_without_number("t1")
    desk.hides("s1", "t1")
    assert "last seen: S1 and 1 more." in desk.told[0]


def test_what_was_let_go_of_meanwhile_is_named_no_more(desk: Desk):
    desk.hides("s1", "s2")
    desk.lets_go("s1")
    desk.brings()
    assert "last seen: S2." in desk.told[0]


def test_a_server_that_shows_nothing_at_all_is_told_once(desk: Desk):
    desk.lets_go("s1", "s2")
    assert desk.hides("s8", "s9", said="Forbidden")
    assert desk.told == ["The server says: Forbidden. Ask whoever runs it"]
    understood(desk)
    assert not desk.brings()
    assert not desk.hides("s8", "s9")
    assert desk.told == []


def test_a_server_that_shows_something_after_all_is_not_accused_of_showing_nothing(desk: Desk):
    desk.lets_go("s1", "s2")
    desk.hides("s8", "s9", said="")
    assert desk.told == ["Ask whoever runs it"]
    desk.brings("s8")
    assert desk.told == []
