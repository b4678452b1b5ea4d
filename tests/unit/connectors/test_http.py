"""The exchange of one request: deadlines, caps, what is known when it breaks, and what never enters a log."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from techdesk.application.outbox import FrozenRequest
from techdesk.connectors import http
from techdesk.connectors.http import Answer, HttpClient, Silence
from techdesk.domain.errors import InvalidInputError, NotTrustedError
from tests.unit.connectors.answering import ADDRESS, Handler, answer

ASK = FrozenRequest(method="POST", path="/v2/orders?token=hidden", headers={"If-Match": '"3"'}, body=b"{}")

Clients = Callable[[Handler], HttpClient]


@pytest.fixture
def clients() -> Iterator[Clients]:
    made: list[HttpClient] = []

    def client(handler: Handler) -> HttpClient:
        made.append(HttpClient(ADDRESS, {"Authorization": "Bearer hush"}, transport=httpx.MockTransport(handler)))
        return made[-1]

    yield client
    for one in made:
        one.close()


def raising(error: Exception) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


def exchange(clients: Clients, handler: Handler) -> Answer | Silence:
    return clients(handler).exchange(ASK, 5.0)


def test_a_request_goes_out_with_its_own_bytes_and_the_accounts_credential(clients: Clients) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(201, b"{}", etag='"4"')

    came = exchange(clients, handler)
    assert came == Answer(status=201, headers={"etag": '"4"'}, body=b"{}")
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", f"{ADDRESS}/v2/orders?token=hidden")
    assert (request.content, request.headers["if-match"], request.headers["authorization"]) == (
        b"{}",
        '"3"',
        "Bearer hush",
    )


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.ProxyError("407"),
    ],
)
def test_a_request_that_never_left_cannot_have_arrived(clients: Clients, error: Exception) -> None:
    came = exchange(clients, raising(error))
    assert isinstance(came, Silence)
    assert not came.maybe_arrived


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.WriteTimeout("slow"),
        httpx.RemoteProtocolError("gone without an answer"),
    ],
)
def test_a_request_that_broke_on_its_way_may_have_arrived(clients: Clients, error: Exception) -> None:
    came = exchange(clients, raising(error))
    assert isinstance(came, Silence)
    assert came.maybe_arrived


def test_a_certificate_for_another_name_is_not_trusted(clients: Clients) -> None:
    error = httpx.ConnectError("tls")
    error.__cause__ = ssl.SSLCertVerificationError("name mismatch")
    came = exchange(clients, raising(error))
    assert isinstance(came, Silence)
    assert isinstance(came.error, NotTrustedError)
    assert not came.maybe_arrived


def test_a_status_is_known_although_the_body_broke_off(clients: Clients) -> None:
    came = exchange(clients, lambda _: answer(201, b'{"serv', httpx.ReadError("reset")))
    assert came == Answer(status=201, headers={}, body=None)


def test_a_body_that_drips_ends_at_the_deadline_with_its_status_known(clients: Clients) -> None:
    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b"{"
            await asyncio.Event().wait()

    client = clients(lambda _: httpx.Response(201, stream=Drip()))
    assert client.exchange(ASK, 0.05) == Answer(status=201, headers={}, body=None)


def test_a_server_that_says_nothing_is_left_at_the_deadline(clients: Clients) -> None:
    class Mute(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError("never")

    client = HttpClient(ADDRESS, {}, transport=Mute())
    try:
        came = client.exchange(ASK, 0.05)
    finally:
        client.close()
    assert isinstance(came, Silence)
    assert came.maybe_arrived


def test_a_small_gzip_cannot_fill_the_memory(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 1000)
    bomb = gzip.compress(b"0" * 1_000_000)
    came = exchange(clients, lambda _: answer(200, bomb, content_encoding="gzip"))
    assert came == Answer(status=200, headers={"content-encoding": "gzip"}, body=None)


def test_a_body_as_long_as_allowed_is_read_and_one_byte_more_is_not(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 10)
    assert exchange(clients, lambda _: answer(200, b"12345", b"67890")) == Answer(status=200, body=b"1234567890")
    assert exchange(clients, lambda _: answer(200, b"12345", b"678901")) == Answer(status=200, body=None)


def test_an_empty_body_is_whole_whatever_it_is_called(clients: Clients) -> None:
    came = exchange(clients, lambda _: answer(204, content_encoding="gzip"))
    assert isinstance(came, Answer)
    assert came.body == b""


@pytest.mark.parametrize("name", ["GZIP", "x-gzip"])
def test_a_gzip_is_known_by_all_its_names(clients: Clients, name: str) -> None:
    came = exchange(clients, lambda _: answer(200, gzip.compress(b"whole"), content_encoding=name))
    assert isinstance(came, Answer)
    assert came.body == b"whole"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (gzip.compress(b"whole", mtime=0), b"whole"),
        (gzip.compress(b"whole", mtime=0)[:-3], None),
        (b"no gzip at all", None),
    ],
)
def test_a_gzip_counts_only_if_it_is_whole(clients: Clients, body: bytes, read: bytes | None) -> None:
    came = exchange(clients, lambda _: answer(200, body, content_encoding="gzip"))
    assert isinstance(came, Answer)
    assert came.body == read


def test_an_encoding_that_was_not_asked_for_is_not_read(clients: Clients) -> None:
    came = exchange(clients, lambda _: answer(200, b"?", content_encoding="br"))
    assert isinstance(came, Answer)
    assert came.body is None


def test_a_redirect_is_not_followed(clients: Clients) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return answer(302, location="http://login.hotel.example/")

    came = exchange(clients, handler)
    assert isinstance(came, Answer)
    assert (came.status, asked) == (302, ["desk.example"])


def test_closing_breaks_off_what_runs_and_refuses_what_comes_later() -> None:
    running = threading.Event()

    class Mute(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            running.set()
            await asyncio.Event().wait()
            raise AssertionError("never")

    client = HttpClient(ADDRESS, {}, transport=Mute())
    came: list[Answer | Silence] = []
    caller = threading.Thread(target=lambda: came.append(client.exchange(ASK, 60.0)))
    caller.start()
    assert running.wait(5)
    client.close()
    caller.join(5)
    (broken,) = came
    assert isinstance(broken, Silence)
    assert broken.maybe_arrived
    late = client.exchange(ASK, 60.0)
    assert isinstance(late, Silence)
    assert not late.maybe_arrived


def test_no_secret_enters_the_log(clients: Clients, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="techdesk")
    exchange(clients, lambda _: answer(200, b"{}"))
    exchange(clients, raising(httpx.ReadError("http://desk.example/?token=hidden")))
    assert caplog.records
    assert "hidden" not in caplog.text
    assert "hush" not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "desk.example",
        "ftp://desk.example",
        "http://",
        "https://kim:pw@desk.example",
        "https://desk.example/?a=1",
        "http://xn--",
        "http://desk.example:70000",
    ],
)
def test_what_is_no_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        HttpClient(address, {})
    assert refused.value.field == "address"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b""),
        ({"Authorization": "Bearer its-own-t0ken"}, b""),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"grant_type=password&password=its-own-t0ken"),
    ],
    ids=["the account's", "the request's", "in a form"],
)
def test_a_credential_that_a_server_sends_back_is_blanked(headers: dict[str, str], body: bytes) -> None:
    said = b'{"message": "no such token: the-accounts-t0ken its-own-t0ken"}'
    client = HttpClient(
        ADDRESS,
        {"Authorization": "Bearer the-accounts-t0ken", "Accept": "its-own-t0ken"},
        transport=httpx.MockTransport(lambda _: answer(401, said)),
    )
    came = client.exchange(FrozenRequest(method="POST", path="/token", headers=headers, body=body), 5.0)
    client.close()
    assert isinstance(came, Answer)
    assert came.body is not None
    own = b"[hidden]" if headers else b"its-own-t0ken"
    account = b"the-accounts-t0ken" if "Authorization" in headers else b"[hidden]"
    assert came.body == b'{"message": "no such token: ' + account + b" " + own + b'"}'


def test_a_very_short_credential_blanks_nothing_that_a_server_says() -> None:
    client = HttpClient(
        ADDRESS, {"Authorization": "Bearer a"}, transport=httpx.MockTransport(lambda _: answer(200, b"a tea"))
    )
    came = client.exchange(ASK, 5.0)
    client.close()
    assert isinstance(came, Answer)
    assert came.body == b"a tea"


@pytest.mark.parametrize(
    "request_",
    [
        FrozenRequest(method="GET", path="/v2/orders/a\nb"),
        FrozenRequest(method="PUT", path="/v2/orders/a", headers={"If-Match": "é"}, body=b"{}"),
    ],
    ids=["path", "header"],
)
def test_a_request_that_no_wire_takes_is_held_back(clients: Clients, request_: FrozenRequest) -> None:
    came = clients(lambda _: answer(200)).exchange(request_, 5.0)
    assert isinstance(came, Silence)
    assert not came.maybe_arrived


PAGES = [
    {"content_type": "Text/HTML; charset=UTF-8"},
    {"content_type": "application/xhtml+xml"},
    {"content_type": "text/plain"},
    {"content_type": "application/json"},
    {},
]
BEGINNINGS = [
    b"<!DOCTYPE html><p>Log in",
    b"\n <HTML><body>",
    b"\xef\xbb\xbf<!-- hotel --><html lang=en>",
    b'<?xml version="1.0"?>\n<!doctype HTML PUBLIC "x">',
]


@pytest.mark.parametrize("headers", PAGES)
@pytest.mark.parametrize("body", BEGINNINGS)
def test_a_page_for_people_is_known_whatever_it_says_it_is(
    clients: Clients, headers: dict[str, str], body: bytes
) -> None:
    came = exchange(clients, lambda _: answer(200, body, **headers))
    assert isinstance(came, Answer)
    assert came.is_html


@pytest.mark.parametrize("body", [b"", b'{"html": 1}', b"<htmlish/>", b'<?xml version="1.0"?><ServiceOrder/>', b"1"])
def test_what_a_server_says_is_no_page(clients: Clients, body: bytes) -> None:
    came = exchange(clients, lambda _: answer(200, body))
    assert isinstance(came, Answer)
    assert not came.is_html
