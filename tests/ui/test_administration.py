"""The administration keeps what was typed, says what went wrong, adds nothing twice and shows secrets once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from techdesk.application.accounts import Account
from techdesk.application.administration import AdminKind
from techdesk.application.changes import Changes
from techdesk.application.ports import Urgency
from techdesk.domain.errors import BusyError, InvalidInputError, OfflineError
from techdesk.domain.vocabulary import Role
from techdesk.ui.administration.deliveries import DeliveriesPage, DeliveryDialog
from techdesk.ui.administration.dialog import AdministrationDialog
from techdesk.ui.administration.page import LOST, RecordsPage
from techdesk.ui.administration.record_dialog import NOT_KNOWN, NOT_THERE, RecordDialog
from techdesk.ui.administration.secrets_dialog import SecretsDialog
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.color import ColorEditor
from techdesk.ui.editors.text import TextEditor
from techdesk.ui.main_window import MainWindow
from tests.support.builders import an_account
from tests.support.fake_administration import FakeAdministration
from tests.support.ui_desk import UiDesk

TAKEN = "This name is taken. Choose another one"


def status(uid: str, position: int, **changes: Any) -> dict[str, Any]:
    state = {"service_state": "IN_PROGRESS", "notify_customer": False, "active": True}
    return {"service_status_uid": uid, "name": uid.title(), "position": position, **state, **changes}


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    made = UiDesk(qtbot)
    kept = made.desk.administered.kept
    kept[AdminKind.STATUS] = [status("new", 1), status("repair", 4), status("done", 7, active=False)]
    kept[AdminKind.USER] = [
        {"tenant_user_uid": "u-kim", "name": "kim", "display_name": "Kim Larsen", "role": "admin", "active": True},
        {"tenant_user_uid": "u-old", "name": "old", "display_name": "Old Hand", "role": "technician", "active": False},
    ]
    kept[AdminKind.CLIENT] = [{"client_id": "c1", "name": "Retailer", "active": True}]
    kept[AdminKind.DELIVERY] = [
        {
            "delivery_uid": f"d{at}",
            "client_id": "c1",
            "client_name": "Retailer",
            "outcome": "created",
            "body": "<b>1</b>",
        }
        for at in range(70)
    ]
    yield made
    made.close()


@pytest.fixture
def server(desk: UiDesk) -> FakeAdministration:
    return desk.desk.administered


def accounts(desk: UiDesk, *kept: Account) -> None:
    with desk.desk.store.write(Urgency.PERSON) as tx:
        for one in kept:
            tx.save_account(one)


def opened(desk: UiDesk, kind: AdminKind = AdminKind.STATUS) -> AdministrationDialog:
    accounts(desk, an_account(name="Workshop", role=Role.ADMIN))
    dialog = AdministrationDialog(desk.context)
    dialog.show()
    desk.wait_active(dialog)
    desk.qtbot.waitUntil(lambda: dialog.page is not None)
    dialog.show_section(kind)
    if kind is not AdminKind.DELIVERY:
        desk.qtbot.waitUntil(lambda: is_read(dialog))
    desk.qtbot.keyClick(dialog.sections, Qt.Key.Key_Return)  # into the table
    return dialog


def page_of(dialog: AdministrationDialog) -> RecordsPage:
    assert isinstance(dialog.page, RecordsPage)
    return dialog.page


def is_read(dialog: AdministrationDialog) -> bool:
    return page_of(dialog).message.text() not in ("Reading…", "Saving…")


def names(dialog: AdministrationDialog) -> list[str]:
    return [one["name"] for one in page_of(dialog).table.records]


def form_of(parent: QWidget) -> RecordDialog:
    (found,) = [one for one in parent.findChildren(RecordDialog) if one.isVisible()]
    return found


def has_form(parent: QWidget) -> bool:
    return any(one.isVisible() for one in parent.findChildren(RecordDialog))


def line(form: RecordDialog, name: str) -> TextEditor:
    editor = form.form.editor(name)
    assert isinstance(editor, TextEditor)
    return editor


def problems(form: RecordDialog) -> list[str]:
    return [one.text() for one in form.form.findChildren(QLabel) if one.property("role") == "error"]


def choose(form: RecordDialog, name: str, value: Any) -> None:
    editor = form.form.editor(name)
    if isinstance(editor, SegmentsEditor):
        editor.buttons[value].click()
    else:
        assert isinstance(editor, ListEditor)
        editor.combo.setCurrentIndex(editor.combo.findData(value))


def new_status(desk: UiDesk, dialog: AdministrationDialog, name: str = "Waiting") -> RecordDialog:
    desk.qtbot.keyClick(page_of(dialog).table, Qt.Key.Key_Insert)
    form = form_of(dialog)
    line(form, "name").line.setText(name)
    choose(form, "service_state", "ON_HOLD")
    return form


def secrets_of(desk: UiDesk, dialog: AdministrationDialog) -> SecretsDialog:
    desk.qtbot.waitUntil(lambda: dialog.findChild(SecretsDialog) is not None)
    found = dialog.findChild(SecretsDialog)
    assert found is not None
    return found


def answer_question(dialog: QWidget, verb: str) -> None:
    (box,) = [one for one in dialog.findChildren(QMessageBox) if one.isVisible()]
    next(one for one in box.buttons() if one.text().replace("&", "") == verb).click()


def test_an_account_that_can_is_offered_first_and_another_is_grey_with_the_reason(desk: UiDesk) -> None:
    accounts(desk, an_account(account_id="a0", name="Bench", role=Role.TECHNICIAN))
    dialog = opened(desk)
    assert dialog.accounts.currentText() == "Workshop"

    dialog.accounts.setCurrentIndex(dialog.accounts.findText("Bench"))

    assert dialog.page is None
    assert dialog.reason.text().startswith("This needs the role admin; the sign-in “Bench” has the role technician")
    assert not any(dialog.sections.item(at).flags() & Qt.ItemFlag.ItemIsEnabled for at in range(7))

    dialog.accounts.setCurrentIndex(dialog.accounts.findText("Workshop"))
    desk.qtbot.waitUntil(lambda: dialog.page is not None)


def test_whoever_loses_the_role_sees_why_at_once(desk: UiDesk) -> None:
    dialog = opened(desk)
    accounts(desk, an_account(name="Workshop", role=Role.SUPERVISOR))
    desk.context.tasks.report_changes(Changes(references=True))
    desk.qtbot.waitUntil(lambda: "has the role supervisor" in dialog.reason.text())
    assert dialog.page is None


def test_without_an_account_it_says_what_to_do(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    dialog = AdministrationDialog(desk.context)
    dialog.show()
    desk.qtbot.waitUntil(lambda: dialog.reason.text() == "Connect an account first")


def test_every_section_opens_and_says_how_much_it_holds(desk: UiDesk) -> None:
    dialog = opened(desk)
    told = {}
    for kind in (one for one in AdminKind if one is not AdminKind.DELIVERY):
        dialog.show_section(kind)
        desk.qtbot.waitUntil(lambda: is_read(dialog))
        told[kind] = page_of(dialog).message.text()
    assert (told[AdminKind.STATUS], told[AdminKind.USER], told[AdminKind.CLIENT]) == (
        "3 statuses",
        "2 users",
        "1 client",
    )


def test_a_new_status_is_in_the_list_and_what_one_can_choose_from_is_fetched_anew(
    desk: UiDesk, server: FakeAdministration
) -> None:
    dialog = opened(desk)
    new_status(desk, dialog).save()

    desk.qtbot.waitUntil(lambda: names(dialog) == ["New", "Repair", "Done", "Waiting"])
    assert server.calls == [
        ("add", AdminKind.STATUS, {"name": "Waiting", "service_state": "ON_HOLD", "notify_customer": False})
    ]
    chosen = page_of(dialog).table.chosen
    assert chosen is not None
    assert chosen["name"] == "Waiting"
    desk.qtbot.waitUntil(lambda: desk.desk.renewed == ["a1"])
    assert desk.desk.woken == ["a1"]


def test_a_change_sends_only_what_was_changed_and_nothing_where_nothing_was(
    desk: UiDesk, server: FakeAdministration
) -> None:
    dialog = opened(desk)
    table = page_of(dialog).table
    desk.qtbot.keyClick(table, Qt.Key.Key_Return)
    form_of(dialog).save()
    desk.qtbot.waitUntil(lambda: not has_form(dialog))
    assert server.calls == []

    desk.qtbot.keyClick(table, Qt.Key.Key_Return)
    form = form_of(dialog)
    color = form.form.editor("color")
    assert isinstance(color, ColorEditor)
    color.buttons["#17733c"].click()
    form.save()
    desk.qtbot.waitUntil(lambda: server.calls == [("change", AdminKind.STATUS, {"color": "#17733c", "id": "new"})])
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == "Saved")


def test_rows_are_moved_by_keys_and_by_dragging(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    table = page_of(dialog).table
    desk.qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == "Moved")
    assert names(dialog) == ["Repair", "New", "Done"]
    assert table.place == 1

    model = table.model()
    dragged = model.mimeData([model.index(2, 0)])
    assert not model.dropMimeData(dragged, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    desk.qtbot.waitUntil(lambda: names(dialog) == ["Done", "Repair", "New"])
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == "Moved")
    dragged = model.mimeData([model.index(0, 0)])
    model.dropMimeData(dragged, Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    desk.qtbot.waitUntil(lambda: [one[2]["id"] for one in server.calls] == ["new", "done", "done"])
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == "Moved")
    assert names(dialog) == ["Repair", "New", "Done"]


def test_a_lost_move_shows_what_the_server_has(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    server.loses = "before"
    desk.qtbot.keyClick(page_of(dialog).table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == LOST)
    assert names(dialog) == ["New", "Repair", "Done"]


def test_a_refusal_stands_under_its_field_and_what_was_typed_stays(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    form = new_status(desk, dialog, "Repair")
    form.save()
    desk.qtbot.waitUntil(lambda: TAKEN in problems(form))
    assert line(form, "name").line.text() == "Repair"

    line(form, "name").line.setText("Parts")
    form.save()
    desk.qtbot.waitUntil(lambda: "Parts" in names(dialog))


def test_a_server_that_does_not_answer_leaves_the_dialog_as_it_was(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    form = new_status(desk, dialog)
    server.refusal = OfflineError()
    form.save()
    told = "Not saved. The server does not answer. Check the network, then try again"
    desk.qtbot.waitUntil(lambda: form.notice.text() == told)
    assert line(form, "name").line.text() == "Waiting"


def test_an_add_whose_answer_was_lost_is_found_and_not_sent_again(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    server.loses = "after"
    new_status(desk, dialog).save()
    desk.qtbot.waitUntil(lambda: not has_form(dialog))
    desk.qtbot.waitUntil(lambda: names(dialog).count("Waiting") == 1)
    assert len(server.calls) == 1


def test_an_add_that_never_arrived_is_sent_again_with_the_same_key(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    server.loses = "before"
    form = new_status(desk, dialog)
    form.save()
    desk.qtbot.waitUntil(lambda: form.notice.text() == NOT_THERE)
    form.save()
    desk.qtbot.waitUntil(lambda: "Waiting" in names(dialog))
    assert len(server.keys) == 2
    assert len(set(server.keys)) == 1


def test_another_wish_after_a_lost_answer_has_another_key(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    server.loses = "before"
    form = new_status(desk, dialog)
    form.save()
    desk.qtbot.waitUntil(lambda: form.notice.text() == NOT_THERE)
    line(form, "name").line.setText("Parked")
    form.save()
    desk.qtbot.waitUntil(lambda: "Parked" in names(dialog))
    assert len(set(server.keys)) == 2


def test_while_the_server_cannot_be_asked_save_looks_before_it_sends(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk)
    server.loses, server.unreachable = "after", OfflineError()
    form = new_status(desk, dialog)
    form.save()
    desk.qtbot.waitUntil(lambda: form.notice.text() == NOT_KNOWN)
    server.unreachable = None
    form.save()
    desk.qtbot.waitUntil(lambda: not has_form(dialog))
    assert len(server.calls) == 1
    desk.qtbot.waitUntil(lambda: names(dialog).count("Waiting") == 1)


def test_a_list_that_cannot_be_read_says_why_and_is_read_again_on_demand(
    desk: UiDesk, server: FakeAdministration
) -> None:
    server.unreachable = OfflineError()
    dialog = opened(desk)
    page = page_of(dialog)
    assert page.message.text() == "The server does not answer. Check the network, then try again"
    server.unreachable = BusyError()
    page.again.click()
    desk.qtbot.waitUntil(lambda: page.message.text() == "The server is busy or has a fault. Try again in a while")
    server.unreachable = None
    page.again.click()
    desk.qtbot.waitUntil(lambda: page.message.text() == "3 statuses")
    assert not page.again.isVisible()


def test_a_token_is_shown_once_copied_and_gone(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk, AdminKind.TOKEN)
    page_of(dialog).buttons["add"].click()
    form = form_of(dialog)
    people = form.form.editor("tenant_user_uid")
    assert isinstance(people, ListEditor)
    assert [people.combo.itemText(at) for at in range(people.combo.count())] == ["Kim Larsen"]
    choose(form, "tenant_user_uid", "u-kim")
    form.save()

    secrets = secrets_of(desk, dialog)
    assert list(secrets.lines) == ["Token"]
    shown = secrets.lines["Token"]
    assert (shown.text(), shown.isReadOnly()) == ("token-1", True)
    secrets.reject()
    assert secrets.isVisible()  # nothing was copied yet
    next(one for one in secrets.findChildren(QPushButton) if one.toolTip() == "Copy: Token").click()
    assert QGuiApplication.clipboard().text() == "token-1"
    secrets.reject()
    assert not secrets.isVisible()
    assert shown.text() == ""
    desk.qtbot.waitUntil(lambda: len(page_of(dialog).table.records) == 1)
    assert "token-1" not in str(page_of(dialog).table.records)


def test_a_token_whose_answer_was_lost_is_told_to_be_worthless(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk, AdminKind.TOKEN)
    page_of(dialog).buttons["add"].click()
    form = form_of(dialog)
    choose(form, "tenant_user_uid", "u-kim")
    server.loses = "after"
    form.save()
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text().startswith("The token was made, but its text was lost"))
    assert dialog.findChild(SecretsDialog) is None

    desk.qtbot.keyClick(page_of(dialog).table, Qt.Key.Key_Delete)
    answer_question(dialog, "Revoke")
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == "Revoked")
    assert not page_of(dialog).buttons["revoke"].isEnabled()


def test_a_client_gets_keys_and_new_ones_after_a_question(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk, AdminKind.CLIENT)
    page_of(dialog).buttons["keys"].click()
    answer_question(dialog, "New keys")
    secrets = secrets_of(desk, dialog)
    assert list(secrets.lines) == ["Delivers to", "Client id", "Access key", "Signing key"]
    assert secrets.lines["Delivers to"].text().endswith("/v1/Clients/c1/ServiceChannelWorkOrders")
    assert server.calls == [("renew", AdminKind.CLIENT, {"id": "c1"})]
    assert desk.desk.renewed == []


def test_a_password_is_hidden_and_sent_only_where_one_was_typed(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk, AdminKind.USER)
    page_of(dialog).change()
    form = form_of(dialog)
    password = line(form, "password").line
    assert password.echoMode() is password.EchoMode.Password
    password.setText("x")
    password.setText("")
    line(form, "display_name").line.setText("Kim L.")
    form.save()
    desk.qtbot.waitUntil(
        lambda: server.calls == [("change", AdminKind.USER, {"display_name": "Kim L.", "id": "u-kim"})]
    )
    desk.qtbot.waitUntil(lambda: page_of(dialog).message.text() == "Saved")
    page_of(dialog).change()
    line(form_of(dialog), "password").line.setText("a new password")
    form_of(dialog).save()
    desk.qtbot.waitUntil(lambda: server.calls[-1][2] == {"password": "a new password", "id": "u-kim"})


def test_a_refusal_without_a_field_stands_above_the_buttons(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk, AdminKind.USER)
    page_of(dialog).change()
    form = form_of(dialog)
    choose(form, "role", "technician")
    server.refusal = InvalidInputError("Somebody must stay administrator")
    form.save()
    desk.qtbot.waitUntil(lambda: form.notice.text() == "Not saved. Somebody must stay administrator")


def deliveries(dialog: AdministrationDialog) -> DeliveriesPage:
    assert isinstance(dialog.page, DeliveriesPage)
    return dialog.page


def test_deliveries_are_paged_filtered_and_shown_with_what_came(desk: UiDesk, server: FakeAdministration) -> None:
    dialog = opened(desk, AdminKind.DELIVERY)
    page = deliveries(dialog)
    desk.qtbot.waitUntil(lambda: page.message.text() == "1 to 50 of 70")
    page.older.click()
    desk.qtbot.waitUntil(lambda: page.message.text() == "51 to 70 of 70")
    assert (page.older.isEnabled(), page.newer.isEnabled()) == (False, True)

    server.kept[AdminKind.DELIVERY][0]["client_id"] = "c2"
    desk.qtbot.waitUntil(lambda: page.clients.count() == 2)
    page.clients.setCurrentIndex(1)
    desk.qtbot.waitUntil(lambda: page.message.text() == "1 to 50 of 69")

    desk.qtbot.keyClick(page.table, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: dialog.findChild(DeliveryDialog) is not None)
    shown = dialog.findChild(DeliveryDialog)
    assert shown is not None
    assert (shown.body.toPlainText(), shown.told.text()) == ("<b>1</b>", "Made an order")


def test_a_colour_is_a_swatch_or_six_digits(desk: UiDesk) -> None:
    editor = ColorEditor()
    desk.qtbot.addWidget(editor)
    editor.set_value("#ABCDEF")
    assert (editor.value(), editor.touched) == ("#ABCDEF", False)
    editor.line.setText("red")
    assert editor.problem() == "A colour looks like #1f5fd6"
    editor.buttons["#1f5fd6"].click()
    assert (editor.problem(), editor.value()) == ("", "#1f5fd6")
    editor.buttons["#1f5fd6"].click()
    assert editor.value() is None


def test_the_window_opens_it_by_its_key(desk: UiDesk) -> None:
    accounts(desk, an_account(name="Workshop", role=Role.ADMIN))
    window = MainWindow(desk.context)
    window.show()
    desk.wait_active(window)
    desk.qtbot.waitUntil(window.menuBar().isEnabled)
    desk.qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    desk.qtbot.waitUntil(lambda: any(isinstance(one, AdministrationDialog) for one in QApplication.topLevelWidgets()))


def test_without_an_administrators_sign_in_the_system_that_has_an_administration_says_what_to_do(desk: UiDesk) -> None:
    accounts(desk, an_account(account_id="a0", name="Claims", system="extend"), an_account(name="Workshop"))
    dialog = AdministrationDialog(desk.context)
    dialog.show()
    desk.qtbot.waitUntil(lambda: dialog.accounts.count() == 2)
    assert dialog.accounts.currentText() == "Workshop"
    assert "has no administration here" not in dialog.reason.text()
