"""The account dialog: what each system asks for, in its own words, low enough for the smallest window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from techdesk.application.accounts import COLORS, Account
from techdesk.application.desk_services import SystemInfo
from techdesk.application.network import CA_FILE, PROXY
from techdesk.application.ports import Urgency
from techdesk.connectors import CONNECTORS
from techdesk.domain.errors import InvalidInputError
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.accounts.account_form import MORE, NETWORK_ROWS
from techdesk.ui.editors.account_color import AccountColorEditor
from tests.support.builders import an_account
from tests.support.fake_desk import FakeDesk
from tests.support.ui_desk import UiDesk


class RealSystems(FakeDesk):
    """A desk that knows the systems one can really sign in to."""

    def systems(self) -> list[SystemInfo]:
        return [one.info for one in CONNECTORS.values()]

    def add_account(self, account: Account, secret: str, *, session_only: bool = False) -> Account:
        next(one for one in self.systems() if one.name == account.system).check_settings(account.settings)
        return super().add_account(account, secret)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    made = UiDesk(qtbot, RealSystems())
    with made.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(color=COLORS[0]))
    yield made
    made.close()


def opened(desk: UiDesk, account: Account | None = None, *, system: str = "", again: bool = False) -> AccountDialog:
    dialog = AccountDialog(desk.context, account, again=again)
    desk.kept.append(dialog)
    dialog.show()
    if system:
        choose(dialog, system)
    return dialog


def choose(dialog: AccountDialog, system: str) -> None:
    box = dialog.form.editor("system").entry()
    box.setCurrentIndex(box.findData(system))  # type: ignore[attr-defined]  # a drop-down list


def kept(desk: UiDesk, name: str) -> Account:
    with desk.desk.store.read() as view:
        return next(one for one in view.accounts() if one.name == name)


@pytest.mark.parametrize("system", CONNECTORS)
def test_every_setting_of_a_system_has_a_row_and_the_dialog_fits_the_smallest_window(desk: UiDesk, system: str) -> None:
    dialog = opened(desk, system=system)
    info = CONNECTORS[system].info
    labels = {one.text().replace("&", "") for one in dialog.form.findChildren(QLabel)}
    wanted = {one.label for one in (*info.settings.values(), *NETWORK_ROWS.values())} | {info.secret_label}
    assert wanted <= labels
    rare = [name for name, one in {**info.settings, **NETWORK_ROWS}.items() if one.rare]
    assert not any(dialog.form.is_shown(name) for name in rare)
    assert dialog.height() <= 700
    dialog.more.click()
    assert all(dialog.form.is_shown(name) for name in rare)
    assert dialog.height() <= 700


def test_what_was_typed_stays_when_another_system_is_chosen(desk: UiDesk) -> None:
    dialog = opened(desk)
    for line, text in ((dialog.name, "Field"), (dialog.address, "https://x.test"), (dialog.secret, "token")):
        line.setText(text)
    choose(dialog, "resource_scheduler")
    assert [dialog.name.text(), dialog.address.text(), dialog.secret.text()] == ["Field", "https://x.test", "token"]
    assert dialog.secret.echoMode() is QLineEdit.EchoMode.Password


def test_what_a_system_cannot_do_without_is_asked_for_before_anything_is_called(desk: UiDesk) -> None:
    dialog = opened(desk, system="resource_scheduler")
    dialog.address.setText("https://x.test/RSMCP")
    dialog.secret.setText("password")
    dialog.save.click()
    assert any(one.text() == "User name is missing" and one.isVisible() for one in dialog.findChildren(QLabel))
    dialog.form.line("userName").setText("kim")
    dialog.name.setText("Van")
    dialog.save.click()
    desk.qtbot.waitUntil(lambda: "password" in desk.desk.tokens.values())
    assert kept(desk, "Van").settings == {"userName": "kim"}


def test_a_setting_that_is_wrong_is_told_at_its_row_also_where_that_was_folded_away(desk: UiDesk) -> None:
    dialog = opened(desk, system="extend")
    dialog.name.setText("Claims")
    dialog.address.setText("https://x.test")
    dialog.secret.setText("token")
    dialog.form.line("settleSeconds").setText("soon")
    dialog.save.click()
    desk.qtbot.waitUntil(lambda: dialog.form.is_section_shown(MORE))
    told = [one.text() for one in dialog.form.findChildren(QLabel) if one.isVisible() and "seconds" in one.text()]
    assert told == ["This is no number of seconds. Give 0 to 86400"]


def test_only_what_differs_from_what_holds_anyway_is_kept(desk: UiDesk) -> None:
    dialog = opened(desk, system="extend")
    dialog.form.line("resolutionTypes").setText("Repaired, Replaced ")
    dialog.form.editor("timestamps").entry()
    assert dialog.account_typed().settings == {"resolutionTypes": "Repaired, Replaced"}


def test_a_kept_value_that_nobody_knows_is_shown_as_it_is_and_stays(desk: UiDesk) -> None:
    settings = {"timestamps": "ns", "embedded": "yes", "resolutionTypes": "Repaired", PROXY: "none"}
    account = an_account(name="Claims", system="extend", settings=settings, color="#a1b2c3")
    dialog = opened(desk, account)
    assert dialog.account_typed().settings == settings
    assert dialog.account_typed().color == "#a1b2c3"
    assert dialog.form.editor("timestamps").entry().currentText() == "ns"  # type: ignore[attr-defined]  # a list


def test_an_account_is_first_offered_a_colour_that_no_other_has(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.qtbot.waitUntil(lambda: dialog.account_typed().color == COLORS[1])


def test_a_colour_is_chosen_by_keys_alone(desk: UiDesk) -> None:
    dialog = opened(desk, an_account(color=COLORS[0]))
    colors = dialog.form.editor("color")
    assert isinstance(colors, AccountColorEditor)
    desk.wait_active(dialog)
    colors.entry().setFocus()
    desk.qtbot.keyClick(colors.entry(), Qt.Key.Key_Right)
    assert dialog.account_typed().color == COLORS[1]
    assert colors.entry().accessibleName() == COLORS[1].capitalize()


def test_signing_in_again_goes_straight_to_the_credential(desk: UiDesk) -> None:
    dialog = opened(desk, an_account(), again=True)
    desk.wait_active(dialog)
    assert dialog.focusWidget() is dialog.secret
    assert dialog.windowTitle() == "Sign in to “Bench” again"


def test_a_changed_address_is_tested_with_the_credential_only(desk: UiDesk) -> None:
    desk.desk.tokens["a1"] = "kept"
    dialog = opened(desk, an_account())
    dialog.test.click()
    desk.qtbot.waitUntil(lambda: dialog.told.startswith("It works"))
    dialog.address.setText("https://other.test")
    dialog.test.click()
    told = [one.text() for one in dialog.form.findChildren(QLabel) if one.isVisible() and "credential" in one.text()]
    assert told == ["Give the credential too. A change is tested with it"]


def test_a_proxy_and_certificates_of_an_account_are_kept_with_it(desk: UiDesk) -> None:
    dialog = opened(desk)
    dialog.name.setText("Field")
    dialog.secret.setText("token")
    dialog.form.line(PROXY).setText("http://proxy.test:8080")
    dialog.form.line(CA_FILE).setText("/etc/ssl/company.pem")
    dialog.save.click()
    desk.qtbot.waitUntil(lambda: "token" in desk.desk.tokens.values())
    assert kept(desk, "Field").settings == {PROXY: "http://proxy.test:8080", CA_FILE: "/etc/ssl/company.pem"}


def test_a_bug_free_refusal_without_a_row_stands_below_the_form(desk: UiDesk) -> None:
    dialog = opened(desk)
    dialog._failed(InvalidInputError("Nobody knows why", field="elsewhere"))
    assert dialog.told == "Nobody knows why"


def test_an_address_without_https_gets_it_and_ctrl_enter_saves_as_in_every_form(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.wait_active(dialog)
    for line, text in ((dialog.name, "Bench 2"), (dialog.address, " desk.example "), (dialog.secret, "token")):
        line.setText(text)
    with desk.qtbot.waitSignal(dialog.accepted):
        desk.qtbot.keyClick(dialog.address, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert kept(desk, "Bench 2").address == "https://desk.example"


def test_an_address_that_says_how_it_is_reached_stays_as_it_is(desk: UiDesk) -> None:
    dialog = opened(desk)
    dialog.address.setText("http://127.0.0.1:8080")
    dialog.test.click()
    assert dialog.address.text() == "http://127.0.0.1:8080"
