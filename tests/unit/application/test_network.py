"""By which proxy an address is reached: the account's own, else the desk's, and none on this very computer."""

from __future__ import annotations

import pytest

from techdesk.application.network import CA_FILE, PROXY, checked_proxy, wanted_network
from techdesk.domain.errors import InvalidInputError

FAR, HERE = "https://repairs.test/extend", "http://127.0.0.1:8765"


@pytest.mark.parametrize(
    ("account", "desk", "address", "proxy"),
    [
        ({}, {}, FAR, "system"),
        ({}, {PROXY: "http://p:1"}, FAR, "http://p:1"),
        ({PROXY: "none"}, {PROXY: "http://p:1"}, FAR, "none"),
        ({PROXY: "system"}, {PROXY: "http://p:1"}, FAR, "system"),
        ({}, {PROXY: "http://p:1"}, HERE, "none"),
        ({}, {}, "http://localhost:1", "none"),
        ({}, {}, "http://[::1]:1", "none"),
        ({PROXY: "http://own:2"}, {}, HERE, "http://own:2"),
    ],
)
def test_an_accounts_own_proxy_goes_before_the_desks(
    account: dict[str, str], desk: dict[str, str], address: str, proxy: str
) -> None:
    assert wanted_network(account, desk, address).proxy == proxy


def test_an_accounts_own_certificates_go_before_the_desks() -> None:
    assert wanted_network({CA_FILE: "/a"}, {CA_FILE: "/b"}, FAR).ca_file == "/a"
    assert wanted_network({}, {CA_FILE: "/b"}, FAR).ca_file == "/b"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), (" NONE ", "none"), ("System", "system"), ("http://proxy.test:8080/", "http://proxy.test:8080")],
)
def test_a_proxy_is_kept_in_one_form(given: str, kept: str) -> None:
    assert checked_proxy(given) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        "proxy.test:8080",
        "socks5://proxy.test",
        "http://",
        "http://proxy.test:0",
        "http://proxy.test:99999",
        "http://proxy.test/path",
        "http://proxy.test?a",
        "http://kim:s3cret@proxy.test",
        "http://kim@proxy.test",
    ],
)
def test_what_is_no_proxy_is_refused_in_words_that_do_not_repeat_it(wrong: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked_proxy(wrong)
    assert refused.value.field == PROXY
    assert "s3cret" not in str(refused.value)
    assert refused.value.hint
