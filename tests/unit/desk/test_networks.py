"""The desk's proxy and certificates: kept, checked, used by every account that names none, the sign-in a secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from techdesk.application.accounts import Account
from techdesk.application.network import CA_FILE, PROXY, Network
from techdesk.desk.desk import Desk
from techdesk.domain.errors import InvalidInputError, WrongCredentialsError
from techdesk.domain.records import RecordType
from tests.support.builders import an_account
from tests.unit.desk.fakes import Workbench

COMPANY = "http://proxy.test:8080"


@pytest.fixture
def desk(bench: Workbench) -> Iterator[Desk]:
    made = bench.open()
    yield made
    made.close()


def add(desk: Desk, **settings: str) -> Account:
    return desk.add_account(an_account(address="https://repairs.test", settings=settings), "token")


def used(bench: Workbench) -> Network:
    """Return how the connector that signed in last reaches its server."""
    return bench.system.built[-1].network


def test_the_desks_proxy_and_certificates_are_used_from_the_next_call_on(desk: Desk, bench: Workbench) -> None:
    add(desk)
    desk.check_account("a1")
    assert used(bench) == Network()
    desk.change_network({PROXY: f" {COMPANY}/ ", CA_FILE: certifi.where()})
    desk.check_account("a1")
    assert used(bench) == Network(proxy=COMPANY, ca_file=certifi.where())
    assert desk.network() == {PROXY: COMPANY, CA_FILE: certifi.where()}
    desk.change_network({})
    desk.check_account("a1")
    assert used(bench) == Network()


def test_an_account_may_go_its_own_way(desk: Desk, bench: Workbench) -> None:
    desk.change_network({PROXY: COMPANY})
    assert add(desk, **{PROXY: "None"}).settings == {PROXY: "none"}
    desk.check_account("a1")
    assert used(bench) == Network(proxy="none")


def test_the_sign_in_of_a_proxy_is_a_secret_and_used_for_that_proxy_alone(desk: Desk, bench: Workbench) -> None:
    add(desk)
    desk.change_network({PROXY: COMPANY})
    desk.sign_in_to_proxy(COMPANY, " kim ", "s3cret: words")
    desk.check_account("a1")
    assert (used(bench).user_name, used(bench).password) == ("kim", "s3cret: words")
    assert "s3cret" not in str(bench.settings.kept)
    desk.change_network({PROXY: "http://other.test:1"})
    desk.check_account("a1")
    assert used(bench).password == ""
    desk.change_network({PROXY: COMPANY})
    desk.sign_in_to_proxy(COMPANY, "", "")
    desk.check_account("a1")
    assert used(bench) == Network(proxy=COMPANY)


@pytest.mark.parametrize("proxy", ["", "none", "nonsense"])
def test_only_a_proxy_with_an_address_has_a_sign_in(desk: Desk, proxy: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.sign_in_to_proxy(proxy, "kim", "secret")
    assert refused.value.field == PROXY


def test_a_locked_keyring_behind_a_proxy_is_told_and_does_not_stop_what_needs_no_network(
    desk: Desk, bench: Workbench
) -> None:
    add(desk)
    desk.change_network({PROXY: COMPANY})
    bench.secrets.locked = True
    assert desk.commands.why_not("a1", RecordType.EVENT) == ""
    with pytest.raises(WrongCredentialsError, match="locked"):
        desk.test_account(an_account(name="New", account_id="a9", address="https://x.test"), "token")


def test_files_that_hold_no_certificates_are_refused_by_field(desk: Desk, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no certificate")
    for wrong in ("notes.txt", str(tmp_path / "gone.pem"), str(text), str(tmp_path)):
        with pytest.raises(InvalidInputError) as refused:
            desk.change_network({CA_FILE: wrong})
        assert refused.value.field == CA_FILE
        with pytest.raises(InvalidInputError):
            add(desk, **{CA_FILE: wrong})
    assert desk.network()[CA_FILE] == ""
