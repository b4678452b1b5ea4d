"""A record for which the server always fails holds up no other; a server that is down is told from it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from techdesk.connectors.one_by_one import TRIES, OneByOne, failing
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    OfflineError,
    WrongAddressError,
    WrongCredentialsError,
)

OF_ONE = [BusyError(), OfflineError(), WrongAddressError()]
OF_ALL = [WrongCredentialsError(), CaptivePageError(), BusyError(retry_after_s=1.0)]


class Server:
    """Answers by id, and fails where it is told to."""

    def __init__(self, **failures: ConnectionFailedError) -> None:
        self.failures: Mapping[str, ConnectionFailedError] = failures
        self.took: list[str] = []
        self.one_by_one = OneByOne()

    def take(self, wanted: str, *, is_there: bool = False) -> list[str]:
        def fetch(one: str) -> None:
            if one in self.failures:
                raise self.failures[one]
            self.took.append(one)

        return list(self.one_by_one.take(wanted, fetch, is_there=is_there))


def tried(server: Server, wanted: str, times: int = TRIES - 1, *, is_there: bool = False) -> None:
    for _ in range(times):
        with pytest.raises(ConnectionFailedError):
            server.take(wanted, is_there=is_there)


@pytest.mark.parametrize("error", OF_ONE)
def test_one_that_fails_again_and_again_is_left_out(error: ConnectionFailedError) -> None:
    server = Server(b=error)
    tried(server, "abcd")
    assert server.take("abcd") == ["b"]
    assert server.took[-3:] == ["a", "c", "d"]
    assert server.take("abcd") == ["b"]


def test_a_failure_that_passes_is_told_as_it_is() -> None:
    server = Server(b=BusyError("once"))
    with pytest.raises(BusyError, match="once"):
        server.take("abc")
    server.failures = {}
    assert server.take("abc") == []


def test_two_in_a_row_that_the_server_refuses_hold_up_nobody() -> None:
    server = Server(b=BusyError(), c=WrongAddressError())
    tried(server, "abcd", 2 * (TRIES - 1))
    assert server.take("abcd") == ["b", "c"]


def test_two_in_a_row_for_which_nothing_answers_are_the_networks_failure() -> None:
    tried(Server(b=OfflineError(), c=OfflineError()), "abcd", 5 * TRIES)


def test_two_for_which_nothing_answers_are_left_out_where_others_come_between() -> None:
    server = Server(a=OfflineError(), c=OfflineError(), d=BusyError(), e=OfflineError())
    tried(server, "abcde", 4 * (TRIES - 1))
    assert server.take("abcde") == ["a", "c", "d", "e"]


@pytest.mark.parametrize("error", OF_ALL)
def test_what_is_about_all_is_told_each_time(error: ConnectionFailedError) -> None:
    tried(Server(b=error), "abcd", 5 * TRIES, is_there=True)


def test_a_server_that_answers_nothing_else_is_never_taken_for_one_that_does() -> None:
    server = Server(a=BusyError(), b=BusyError())
    tried(server, "ab", 5 * TRIES)
    assert server.take("ab", is_there=True) == ["a", "b"]


def test_one_that_came_again_is_trusted_again() -> None:
    server = Server(b=BusyError())
    tried(server, "abc")
    assert server.take("abc") == ["b"]
    server.failures = {}
    server.take("abc")
    server.failures = {"b": BusyError()}
    tried(server, "abc")
    assert server.take("abc") == ["b"]


def test_it_is_told_as_the_servers_failure() -> None:
    told = failing("b", BusyError())
    assert (told.server_id, told.reason, told.is_hidden, told.fails) == ("b", BusyError.default_title, True, True)
