"""The network dialog: a proxy, a company's certificates, and the proxy's sign-in, which is never shown again."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from techdesk.application.network import CA_FILE, PROXY
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.accounts.accounts_dialog import AccountsDialog
from techdesk.ui.dialogs.network_dialog import NetworkDialog
from tests.support.ui_desk import UiDesk

COMPANY = "http://proxy.test:8080"


@pytest.fixture
def dialog(desk: UiDesk) -> NetworkDialog:
    made = NetworkDialog(desk.context)
    made.show()
    return made


def type_in(dialog: NetworkDialog, **texts: str) -> None:
    for name, text in texts.items():
        line = dialog.form.editor(name).entry()
        assert isinstance(line, QLineEdit)
        line.setText(text)


def told(dialog: NetworkDialog) -> list[str]:
    labels = [one for one in dialog.form.findChildren(QLabel) if one.property("role") == "error"]
    return [one.text() for one in labels if one.isVisible()]


def test_proxy_certificates_and_sign_in_are_kept(desk: UiDesk, dialog: NetworkDialog) -> None:
    type_in(dialog, proxy=COMPANY, caFile=certifi.where(), user="kim", password="s3cret")
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save_button.click()
    assert desk.desk.reached == {PROXY: COMPANY, CA_FILE: certifi.where()}
    assert desk.desk.proxies == {COMPANY: ("kim", "s3cret")}
    again = NetworkDialog(desk.context)
    again.show()
    shown = [one.text() for one in again.findChildren(QLineEdit)]
    assert COMPANY in shown
    assert "s3cret" not in shown
    with desk.qtbot.waitSignal(again.saved):
        again.save_button.click()
    assert desk.desk.proxies == {COMPANY: ("kim", "s3cret")}


def test_a_proxy_that_only_an_account_names_has_a_sign_in_too(desk: UiDesk, dialog: NetworkDialog) -> None:
    type_in(dialog, at="http://other.test:3128", user="kim", password="s3cret")
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save_button.click()
    assert (dict(desk.desk.reached), list(desk.desk.proxies)) == ({}, ["http://other.test:3128"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"proxy": "proxy.test:8080"}, "This is no address of a proxy"),
        ({"proxy": "http://kim:s3cret@proxy.test"}, "A sign-in does not belong into the proxy's address"),
        ({"caFile": "company.pem"}, "Give the whole path of the file"),
        ({"user": "kim"}, "Give its address"),
    ],
)
def test_what_is_wrong_is_told_at_its_row_and_nothing_is_kept(
    desk: UiDesk, dialog: NetworkDialog, typed: dict[str, str], words: str
) -> None:
    type_in(dialog, **typed)
    dialog.save_button.click()
    desk.qtbot.waitUntil(lambda: [one.startswith(words) for one in told(dialog)] == [True])
    assert (desk.desk.reached, desk.desk.proxies) == ({}, {})


def test_a_file_without_certificates_is_refused(desk: UiDesk, dialog: NetworkDialog, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    type_in(dialog, caFile=str(tmp_path / "notes.txt"))
    dialog.save_button.click()
    desk.qtbot.waitUntil(lambda: any("holds no certificates" in one for one in told(dialog)))


def test_the_accounts_lead_to_the_network_and_to_signing_in_again(desk: UiDesk) -> None:
    accounts = AccountsDialog(desk.context)
    accounts.show()
    desk.qtbot.waitUntil(accounts.again.isEnabled)
    assert accounts._list.item(0).text().startswith("Bench")
    accounts.again.click()
    assert any("again" in one.windowTitle() for one in accounts.findChildren(AccountDialog))
    network = next(one for one in accounts.findChildren(QPushButton) if one.text() == "&Network…")
    network.click()
    assert accounts.findChildren(NetworkDialog)
