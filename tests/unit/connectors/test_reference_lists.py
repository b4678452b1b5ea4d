"""A sign-in that breaks off keeps the lists that it has, and asks for the rest only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest

from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.flow_retail.references import KEPT_S, ReferenceLists
from techdesk.domain.errors import OfflineError
from techdesk.domain.records import Document
from tests.unit.connectors.answering import CAPABILITIES, Handler, Routes, connector, json_answer, listed

PATHS = {"people": "/users", "things": "/products"}


class Line:
    """A line to a server's lists that is cut at some paths."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.cut: set[str] = set()

    def fetch(self, path: str) -> list[Document]:
        self.asked[path] += 1
        if path in self.cut:
            raise OfflineError
        return [{"at": path, "time": self.asked[path]}]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def sign_in() -> Iterator[Callable[..., FlowRetailConnector]]:
    made: list[FlowRetailConnector] = []

    def build(handler: Handler, **settings: str) -> FlowRetailConnector:
        made.append(connector(handler, **settings))
        return made[-1]

    yield build
    for one in made:
        one.close()


def test_only_the_list_that_did_not_come_is_asked_for_again(line: Line) -> None:
    lists = ReferenceLists()
    line.cut = {"/products"}
    with pytest.raises(OfflineError):
        lists.gathered(PATHS, line.fetch)
    line.cut.clear()
    assert set(lists.gathered(PATHS, line.fetch)) == {"people", "things"}
    assert line.asked == {"/users": 1, "/products": 2}


def test_after_all_came_everything_is_asked_for_anew(line: Line) -> None:
    lists = ReferenceLists()
    lists.gathered(PATHS, line.fetch)
    assert lists.gathered(PATHS, line.fetch)["people"] == [{"at": "/users", "time": 2}]


def test_on_a_slow_line_a_list_counts_from_when_it_came(line: Line) -> None:
    now = [0.0]
    lists = ReferenceLists(lambda: now[0])
    line.cut = {"/products"}

    def slowly(path: str) -> list[Document]:
        now[0] += KEPT_S
        return line.fetch(path)

    with pytest.raises(OfflineError):
        lists.gathered({"rates": "/rates", **PATHS}, slowly)
    now[0] -= 1.0
    line.cut.clear()
    lists.gathered({"rates": "/rates", **PATHS}, slowly)
    assert line.asked == {"/rates": 2, "/users": 1, "/products": 2}


def test_two_may_sign_in_at_the_same_time(line: Line) -> None:
    lists = ReferenceLists()

    def fetched_beside_another(path: str) -> list[Document]:
        if line.asked[path] == 0:
            line.asked[path] += 1
            lists.gathered({"rates": "/rates", **PATHS}, line.fetch)
        return line.fetch(path)

    assert set(lists.gathered(PATHS, fetched_beside_another)) == {"people", "things"}


def test_what_came_too_long_ago_is_asked_for_anew(line: Line) -> None:
    now = [0.0]
    lists = ReferenceLists(lambda: now[0])
    line.cut = {"/products"}
    with pytest.raises(OfflineError):
        lists.gathered(PATHS, line.fetch)
    line.cut.clear()
    now[0] = KEPT_S
    assert lists.gathered(PATHS, line.fetch)["people"] == [{"at": "/users", "time": 2}]


class CutOnce:
    """A server whose every list breaks off the first time that it is asked for."""

    def __init__(self, behind: Handler) -> None:
        self.asked: Counter[str] = Counter()
        self._behind = behind

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        self.asked[name] += 1
        if self.asked[name] == 1 and name not in ("capabilities", "me"):
            raise httpx.ReadError("reset")
        return self._behind(request)


def tries_until_signed_in(desk: FlowRetailConnector) -> int:
    for number in range(1, 20):
        try:
            desk.facts()
        except OfflineError:
            continue
        return number
    raise AssertionError("it never signed in")


def test_over_a_line_that_breaks_each_try_goes_on_where_the_last_ended(sign_in) -> None:
    server = CutOnce(Routes())
    assert tries_until_signed_in(sign_in(server)) == 7
    lists = {name: count for name, count in server.asked.items() if name not in ("capabilities", "me")}
    assert set(lists.values()) == {2}


def test_at_a_plain_vendor_too(sign_in) -> None:
    server = CutOnce(Routes(capabilities=json_answer({"message": "no"}, 404)))
    desk = sign_in(server, tenantUid="t1", storeUid="graz", currency="eur")
    assert tries_until_signed_in(desk) == 4
    assert server.asked["types"] == 2


def test_what_was_administered_meanwhile_is_not_kept_from_before(sign_in) -> None:
    makes = [listed({"serviceTypeUid": "t1", "name": "Old"}), listed({"serviceTypeUid": "t1", "name": "New"})]
    is_cut = [False]

    def products(_: httpx.Request) -> httpx.Response:
        if is_cut[0]:
            raise httpx.ReadError("reset")
        return listed()

    def administered(_: httpx.Request) -> httpx.Response:
        return json_answer({**CAPABILITIES, "administration": True})

    types = iter([listed(), *makes])
    desk = sign_in(Routes(capabilities=administered, types=lambda _: next(types), products=products))
    desk.facts()
    is_cut[0] = True
    with pytest.raises(OfflineError):
        desk.facts()
    is_cut[0] = False
    desk.administration()
    assert desk.facts().references["service_types"] == [{"service_type_uid": "t1", "name": "New"}]
