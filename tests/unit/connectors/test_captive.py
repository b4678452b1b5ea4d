"""A network's log-in page is told from the server's own failure, and says what to do; no flag of the system counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

import techdesk
from techdesk.application.outbox import FrozenRequest, OutcomeClass
from techdesk.connectors.answers import Refusal, class_of, failure_of, outcome_of_refusal, outcome_of_silence
from techdesk.connectors.http import Answer, HttpClient, Silence
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    NotTrustedError,
    OfflineError,
    WrongAddressError,
)

GET = FrozenRequest(method="GET", path="/v2/me")
ELSEWHERE = {"location": "http://hotel.example/"}
PAGE = {"content-type": "text/html; charset=utf-8"}


@contextmanager
def network(scheme: str, response: httpx.Response) -> Iterator[HttpClient]:
    transport = httpx.MockTransport(lambda _: response)
    with closing(HttpClient(f"{scheme}://desk.example", {}, transport=transport)) as client:
        yield client


def came(scheme: str, response: httpx.Response) -> tuple[OutcomeClass, ConnectionFailedError]:
    """Return what an answer means for what was sent, and what is told of what was fetched."""
    with network(scheme, response) as client:
        answer = client.exchange(GET, 5.0)
        assert isinstance(answer, Answer)
        return class_of(answer), failure_of(answer, client.url)


@pytest.mark.parametrize(
    ("scheme", "response", "kind", "told"),
    [
        ("http", httpx.Response(200, headers=PAGE, text="<html>"), OutcomeClass.CAPTIVE, CaptivePageError),
        ("https", httpx.Response(200, headers=PAGE, text="<html>"), OutcomeClass.AMBIGUOUS, WrongAddressError),
        ("http", httpx.Response(302, headers=ELSEWHERE), OutcomeClass.CAPTIVE, CaptivePageError),
        ("https", httpx.Response(302, headers=ELSEWHERE), OutcomeClass.CAPTIVE, WrongAddressError),
        (
            "http",
            httpx.Response(302, headers={"location": "http://desk.example:99999/"}),
            OutcomeClass.CAPTIVE,
            WrongAddressError,
        ),
        ("http", httpx.Response(302), OutcomeClass.CAPTIVE, WrongAddressError),
        ("https", httpx.Response(302, headers={"location": "/login"}), OutcomeClass.CAPTIVE, WrongAddressError),
        ("https", httpx.Response(511, headers=PAGE, text="<html>"), OutcomeClass.CAPTIVE, CaptivePageError),
        ("https", httpx.Response(404, headers=PAGE, text="<html>"), OutcomeClass.CAPTIVE, WrongAddressError),
    ],
)
def test_a_log_in_page_is_told_from_a_page_of_the_server_itself(
    scheme: str, response: httpx.Response, kind: OutcomeClass, told: type[ConnectionFailedError]
) -> None:
    decided, error = came(scheme, response)
    assert (decided, type(error)) == (kind, told)


@pytest.mark.parametrize(
    ("scheme", "location", "place"),
    [
        ("http", "https://desk.example/v2/me", "https://desk.example"),
        ("https", "https://new.example:8443/x?token=hush", "https://new.example:8443"),
        ("https", "//new.example/", "https://new.example"),
    ],
)
def test_a_server_that_has_moved_says_where_it_is_now(scheme: str, location: str, place: str) -> None:
    _, error = came(scheme, httpx.Response(301, headers={"location": location}))
    assert error.hint == f"The server sends on to {place}. If that is where it is now, put that into the account"


@pytest.mark.parametrize("location", ["/login", "https://desk.example/login", ""])
def test_a_server_that_sends_to_another_page_of_its_own_has_not_moved(location: str) -> None:
    _, error = came("https", httpx.Response(301, headers={"location": location}))
    assert error.hint == WrongAddressError.default_hint


def sent(scheme: str, response: httpx.Response) -> tuple[OutcomeClass, type[ConnectionFailedError] | None]:
    """Return what an answer means for what was sent, and what it tells of the host."""
    with network(scheme, response) as client:
        answer = client.exchange(GET, 5.0)
        assert isinstance(answer, Answer)
        outcome = outcome_of_refusal(answer, Refusal(), client.url)
        return outcome.kind, type(outcome.fault) if outcome.fault else None


@pytest.mark.parametrize(
    ("scheme", "response", "kind", "told"),
    [
        ("http", httpx.Response(200, headers=PAGE, text="<html>"), OutcomeClass.AMBIGUOUS, CaptivePageError),
        ("https", httpx.Response(200, headers=PAGE, text="<html>"), OutcomeClass.AMBIGUOUS, WrongAddressError),
        ("http", httpx.Response(302, headers=ELSEWHERE), OutcomeClass.CAPTIVE, CaptivePageError),
        (
            "http",
            httpx.Response(301, headers={"location": "https://desk.example/"}),
            OutcomeClass.CAPTIVE,
            WrongAddressError,
        ),
        ("https", httpx.Response(404, headers=PAGE, text="<html>"), OutcomeClass.CAPTIVE, WrongAddressError),
        ("https", httpx.Response(502, headers=PAGE, text="<html>"), OutcomeClass.AMBIGUOUS, BusyError),
        ("http", httpx.Response(407), OutcomeClass.NOT_SENT, OfflineError),
        ("https", httpx.Response(400), OutcomeClass.REJECTED, None),
        ("https", httpx.Response(412), OutcomeClass.PRECONDITION, None),
    ],
)
def test_what_answers_in_the_server_s_place_is_told_by_what_was_sent_as_by_what_was_fetched(
    scheme: str, response: httpx.Response, kind: OutcomeClass, told: type[ConnectionFailedError] | None
) -> None:
    assert sent(scheme, response) == (kind, told)


@pytest.mark.parametrize("error", [NotTrustedError(), OfflineError("The proxy does not lead to the server")])
def test_why_nothing_went_out_is_told_in_its_own_words(error: ConnectionFailedError) -> None:
    outcome = outcome_of_silence(Silence(maybe_arrived=False, error=error))
    assert (outcome.fault, outcome.reason) == (error, str(error))


def test_an_answer_that_is_lost_tells_nothing_of_the_host() -> None:
    assert outcome_of_silence(Silence(maybe_arrived=True, error=OfflineError())).fault is None


def test_a_log_in_page_says_what_to_do() -> None:
    error = CaptivePageError()
    assert "log in" in error.title
    assert "browser" in error.hint


def test_no_flag_of_the_system_says_whether_there_is_a_network() -> None:
    asked = ("QNetworkInformation", "QNetworkConfigurationManager", "isOnline", "net_if_stats", "NetworkManager")
    files = list(Path(techdesk.__file__).parent.rglob("*.py"))
    assert len(files) > 200
    assert [one.name for one in files if any(word in one.read_text(encoding="utf-8") for word in asked)] == []
