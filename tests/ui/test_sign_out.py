"""Sign out in the window: what becomes of unsent work is asked, and keeping it is the answer that Enter gives."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.sync.state import RoundResult
from techdesk.application.unsent.leaving import Leaving, Left, Way
from techdesk.domain.errors import DiskFullError, OfflineError
from techdesk.domain.events import ProductReceived
from techdesk.ui.accounts.account_list import SIGNED_OUT
from techdesk.ui.accounts.accounts_dialog import AccountsDialog
from techdesk.ui.dialogs.sign_out_dialog import SignOutDialog
from techdesk.ui.main_window import MainWindow
from tests.support.builders import an_account
from tests.support.outbox_states import put_in_state
from tests.support.shown_widgets import open_windows
from tests.support.ui_desk import UiDesk


def record(desk: UiDesk) -> str:
    (op_id,) = desk.desk.commands.record_event(desk.order, ProductReceived(received_by="Kim")).op_ids
    return op_id


def asked(desk: UiDesk) -> SignOutDialog:
    """Press “Sign out…” among the accounts and return what is asked."""
    accounts = AccountsDialog(desk.context)
    accounts.show()
    desk.qtbot.waitUntil(accounts.sign_out.isEnabled)
    accounts.sign_out.click()
    desk.qtbot.waitUntil(lambda: bool(open_windows(SignOutDialog)))
    (dialog,) = open_windows(SignOutDialog)
    assert isinstance(dialog, SignOutDialog)
    return dialog


def wait_for_end(desk: UiDesk) -> None:
    desk.qtbot.waitUntil(lambda: not open_windows(SignOutDialog))


def test_the_unsent_work_is_counted_in_the_words_of_the_screen(desk: UiDesk) -> None:
    record(desk)
    record(desk)
    put_in_state(desk.desk.store, record(desk), OpState.NEEDS_CHECK)
    dialog = asked(desk)
    assert (
        dialog.counts.text().replace("\N{NO-BREAK SPACE}", " ")
        == "3 changes not confirmed by the server: 2 Saved here · 1 Needs your check"
    )
    assert dialog.keep.text() == "&Keep for Kim Larsen on this PC"
    assert dialog.discard.text() == "&Discard 3 changes"


def test_enter_keeps_the_work_on_this_pc(desk: UiDesk) -> None:
    record(desk)
    dialog = asked(desk)
    desk.wait_active(dialog)
    with desk.qtbot.waitSignal(desk.context.tasks.changed):
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    wait_for_end(desk)
    assert desk.desk.left == [Leaving(Way.KEEP)]


def test_work_is_discarded_only_once_the_word_is_typed(desk: UiDesk) -> None:
    record(desk)
    dialog = asked(desk)
    for typed, can in (("", False), ("discard", False), ("DISCARD ", True), ("DISCARDS", False), ("DISCARD", True)):
        dialog.word.setText(typed)
        assert dialog.discard.isEnabled() is can
    dialog.discard.click()
    wait_for_end(desk)
    assert desk.desk.left == [Leaving(Way.DISCARD)]


def test_enter_does_what_is_lit_and_nothing_while_the_word_is_half_typed(desk: UiDesk) -> None:
    record(desk)
    dialog = asked(desk)
    desk.wait_active(dialog)
    dialog.word.setFocus()
    desk.qtbot.keyClicks(dialog.word, "discard")
    desk.qtbot.keyClick(dialog.word, Qt.Key.Key_Return)
    assert dialog.message.isHidden()
    dialog.hand_over.setFocus()
    assert [one.isDefault() for one in (dialog.keep, dialog.hand_over)] == [False, True]
    dialog.word.setFocus()
    dialog.word.setText("DISCARD")
    assert dialog.discard.isDefault()
    desk.qtbot.keyClick(dialog.word, Qt.Key.Key_Return)
    wait_for_end(desk)
    assert desk.desk.left == [Leaving(Way.DISCARD)]


def test_a_name_is_shown_on_the_button_as_it_is_written(desk: UiDesk) -> None:
    for name, shown in (("Kim & Ana", "&Keep for Kim && Ana on this PC"), ("K" * 60, "&Keep for me on this PC")):
        dialog = SignOutDialog(desk.context, replace(an_account(), user_name=name), {OpState.QUEUED: 1})
        assert dialog.keep.text() == shown
        dialog.deleteLater()


def test_who_is_being_signed_out_cannot_stop_half_way(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    record(desk)
    go_on = threading.Event()

    def leave(account_id: str, leaving: Leaving) -> Left:
        go_on.wait(10)
        raise DiskFullError

    monkeypatch.setattr(desk.desk, "leave_account", leave)
    dialog = asked(desk)
    dialog.keep.click()
    assert (dialog.message.text(), dialog.cancel.isEnabled()) == ("Signing out…", False)
    dialog.reject()
    assert dialog.isVisible()
    go_on.set()
    desk.qtbot.waitUntil(lambda: "disk is full" in dialog.message.text())
    assert (dialog.cancel.isEnabled(), dialog.keep.isEnabled()) == (True, True)
    dialog.reject()
    wait_for_end(desk)


def test_a_hand_over_file_is_asked_for_and_its_key_is_told(desk: UiDesk, tmp_path: Path) -> None:
    record(desk)
    dialog = asked(desk)
    dialog.hand_over.click()
    (chooser,) = open_windows(QFileDialog)
    assert [Path(one).name for one in chooser.selectedFiles()] == ["Bench 2026-06-01.techdesk-rescue"]
    chooser.reject()
    dialog.hand_over_in(tmp_path / "monday")
    wait_for_end(desk)
    assert desk.desk.left == [Leaving(Way.HAND_OVER, tmp_path / "monday")]
    key = desk.desk.rescue.read(tmp_path / "monday").fingerprint
    assert (desk.told[-1].title, key in desk.told[-1].hint) == (f"Handed over in {tmp_path / 'monday'}", True)


def test_a_failure_is_told_in_the_dialog_and_nothing_is_lost(desk: UiDesk, tmp_path: Path) -> None:
    record(desk)
    dialog = asked(desk)
    (tmp_path / "file").write_text("in the way")
    dialog.hand_over_in(tmp_path / "file" / "monday")
    desk.qtbot.waitUntil(lambda: "could not be saved" in dialog.message.text())
    assert dialog.keep.isEnabled()
    assert len(desk.operations()) == 1


def test_what_could_be_sent_first_needs_no_decision(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    op_id = record(desk)

    def send(account_id: str | None = None) -> RoundResult:
        put_in_state(desk.desk.store, op_id, OpState.DONE)
        return RoundResult(sent=1)

    monkeypatch.setattr(desk.desk, "sync_once", send)
    dialog = asked(desk)
    dialog.sync.click()
    wait_for_end(desk)
    assert desk.desk.left == []
    with desk.desk.store.read() as view:
        assert view.accounts() == []


def test_what_could_not_be_sent_is_counted_again(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    record(desk)
    record(desk)
    dialog = asked(desk)

    def refuse(account_id: str | None = None) -> RoundResult:
        raise OfflineError

    first = desk.operations()[0].op_id
    monkeypatch.setattr(desk.desk, "sync_once", refuse)
    dialog.sync.click()
    desk.qtbot.waitUntil(lambda: "The server does not answer" in dialog.message.text())
    assert dialog.discard.visibleRegion().boundingRect() == dialog.discard.rect()  # nothing was squeezed
    monkeypatch.undo()
    put_in_state(desk.desk.store, first, OpState.DONE)
    dialog.sync.click()
    desk.qtbot.waitUntil(lambda: "1 change not confirmed" in dialog.counts.text())
    assert "Not all of it has arrived" in dialog.message.text()
    assert desk.desk.rounds == ["a1"]


def test_without_unsent_work_only_the_question_is_asked(desk: UiDesk) -> None:
    accounts = AccountsDialog(desk.context)
    accounts.show()
    desk.qtbot.waitUntil(accounts.sign_out.isEnabled)
    accounts.sign_out.click()
    desk.qtbot.waitUntil(lambda: bool(open_windows(QMessageBox)))
    (box,) = open_windows(QMessageBox)
    next(one for one in box.findChildren(QPushButton) if "Sign out" in one.text()).click()

    def is_gone() -> bool:
        with desk.desk.store.read() as view:
            return view.accounts() == []

    desk.qtbot.waitUntil(is_gone)


def test_who_is_signed_out_stands_in_the_list_greyed_with_what_is_kept(desk: UiDesk) -> None:
    record(desk)
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(account_id="a2", name="Claims"))
        tx.save_account(replace(an_account(), signed_out=True))
    desk.desk.settings.set("list.view", "all")
    window = MainWindow(desk.context)
    window.show()
    accounts = window.sidebar.accounts
    desk.qtbot.waitUntil(lambda: [one.aside for one in accounts.lines()] == ["1 kept", ""])
    bench, claims = accounts.lines()
    assert (bench.name, bench.words, claims.name) == ("Bench", SIGNED_OUT, "Claims")
    assert not accounts.item(0).flags() & Qt.ItemFlag.ItemIsEnabled
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 0)
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
    desk.context.tasks.report_changes(Changes(references=True, list_changed=True, outbox=True))
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 1)


def test_kept_work_can_be_handed_over_or_discarded_but_not_sent(desk: UiDesk) -> None:
    record(desk)
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(replace(an_account(), signed_out=True))
    dialog = asked(desk)
    assert [one.isVisible() for one in (dialog.keep, dialog.sync)] == [False, False]
    assert dialog.hand_over.isVisible()
