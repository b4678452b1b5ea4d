"""How a server is reached: through a real proxy, behind a certificate of a company's own authority."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from techdesk.application.network import NO_PROXY, Network
from techdesk.application.outbox import FrozenRequest
from techdesk.connectors.http import PROXY_WANTS_SIGN_IN, Answer, HttpClient, Silence
from techdesk.domain.errors import NotTrustedError
from tests.support.private_ca import PrivateCa, answering_server
from tests.support.proxy import running_proxy

ASK = FrozenRequest(method="POST", path="/v2/orders?open=1", headers={"Content-Type": "application/json"}, body=b"{}")
SIGN_IN = "kim:s3cret words"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> PrivateCa:
    return PrivateCa(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def plain() -> Iterator[str]:
    with answering_server() as address:
        yield address


@pytest.fixture
def behind_tls(ca: PrivateCa) -> Iterator[str]:
    with answering_server(ca.server) as address:
        yield address


def asked(address: str, network: Network) -> Answer | Silence:
    client = HttpClient(address, {"Authorization": "Bearer hush"}, network=network)
    try:
        return client.exchange(ASK, 20.0)
    finally:
        client.close()


def answered(address: str, network: Network) -> bytes:
    came = asked(address, network)
    assert isinstance(came, Answer), came
    return came.body or b""


def refused(address: str, network: Network) -> Silence:
    came = asked(address, network)
    assert isinstance(came, Silence), came
    assert not came.maybe_arrived
    return came


def test_a_plain_request_goes_through_the_proxy(plain: str) -> None:
    with running_proxy() as proxy:
        assert answered(plain, Network(proxy=proxy.address)) == b"/v2/orders?open=1"
        assert proxy.lines == [f"POST {plain}/v2/orders?open=1 HTTP/1.1"]


def test_a_request_over_tls_goes_through_a_tunnel_of_the_proxy(behind_tls: str, ca: PrivateCa) -> None:
    with running_proxy() as proxy:
        network = Network(proxy=proxy.address, ca_file=str(ca.file))
        assert answered(behind_tls, network) == b"/v2/orders?open=1"
        assert proxy.lines == [f"CONNECT {behind_tls.removeprefix('https://')} HTTP/1.1"]


@pytest.mark.parametrize("kind", ["plain", "behind_tls"])
def test_a_proxy_that_wants_a_sign_in_is_given_it_and_no_log_tells_it(
    kind: str, request: pytest.FixtureRequest, ca: PrivateCa, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "techdesk")
    address = request.getfixturevalue(kind)
    user_name, password = SIGN_IN.split(":")
    with running_proxy(SIGN_IN) as proxy:
        network = Network(proxy=proxy.address, ca_file=str(ca.file), user_name=user_name, password=password)
        assert answered(address, network) == b"/v2/orders?open=1"
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(network)


def test_a_proxy_that_wants_another_sign_in_is_told_in_words(behind_tls: str, ca: PrivateCa) -> None:
    with running_proxy(SIGN_IN) as proxy:
        network = Network(proxy=proxy.address, ca_file=str(ca.file), user_name="kim", password="wrong")
        came = refused(behind_tls, network)
        assert came.error.title == PROXY_WANTS_SIGN_IN
        assert "wrong" not in str(came.error)


def test_a_proxy_that_wants_a_sign_in_for_a_plain_request_answers_407(plain: str) -> None:
    with running_proxy(SIGN_IN) as proxy:
        came = asked(plain, Network(proxy=proxy.address))
        assert isinstance(came, Answer)
        assert came.status == 407


def test_a_proxy_that_is_not_there_is_offline_and_nothing_was_sent(plain: str) -> None:
    with running_proxy() as proxy:
        gone = proxy.address
    assert refused(plain, Network(proxy=gone)).error.title == "The server does not answer"


def test_no_proxy_means_none_whatever_the_environment_says(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_proxy() as proxy:
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", proxy.address)
        assert answered(plain, Network(proxy=NO_PROXY)) == b"/v2/orders?open=1"
        assert proxy.lines == []
        assert answered(plain, Network()) == b"/v2/orders?open=1"
        assert len(proxy.lines) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("all_proxy", "socks5://127.0.0.1:1080"),
        ("all_proxy", "socks://127.0.0.1:1080"),
        ("http_proxy", "http://127.0.0.1:70000"),
        ("no_proxy", "localhost,fe80::/10"),
    ],
)
def test_a_proxy_of_the_environment_that_cannot_be_used_is_told_in_words(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(one, raising=False)
        monkeypatch.delenv(one.upper(), raising=False)
    monkeypatch.setenv(name, value)
    told = refused("http://desk.invalid", Network()).error
    assert "proxy" in told.title
    assert "Network…" in told.hint


def test_a_certificate_of_a_company_is_trusted_only_where_its_authority_is_named(
    behind_tls: str, ca: PrivateCa, tmp_path: Path
) -> None:
    direct = Network(proxy=NO_PROXY)
    assert isinstance(refused(behind_tls, direct).error, NotTrustedError)
    assert answered(behind_tls, replace(direct, ca_file=str(ca.file))) == b"/v2/orders?open=1"
    other = PrivateCa(tmp_path)
    assert isinstance(refused(behind_tls, replace(direct, ca_file=str(other.file))).error, NotTrustedError)


def test_a_server_that_does_not_speak_tls_is_told_so(plain: str) -> None:
    told = refused(plain.replace("http:", "https:"), Network(proxy=NO_PROXY)).error
    assert told.title == "The server does not answer"
    assert "https" in told.hint


def test_a_file_of_certificates_that_is_gone_is_named(behind_tls: str, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.pem")
    assert gone in refused(behind_tls, Network(proxy=NO_PROXY, ca_file=gone)).error.hint
