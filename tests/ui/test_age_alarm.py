"""Unsent work that grows old is told by the window itself, step by step, until it is sent; nobody touches anything."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.unsent.age import CARRIED_AFTER, SHOWN_AFTER, TOLD_AFTER
from techdesk.domain.events import OtherEvent
from techdesk.ui.accounts.accounts_dialog import AccountsDialog
from techdesk.ui.age_alarm import AgeBanner
from techdesk.ui.main_window import MainWindow
from tests.support.builders import an_account
from tests.support.outbox_states import put_in_state
from tests.support.store_records import an_operation
from tests.support.ui_desk import UiDesk

_MINUTE = timedelta(minutes=1)


def record(desk: UiDesk) -> str:
    return desk.desk.commands.record_event(desk.order, OtherEvent(event="called")).op_ids[0]


def opened(desk: UiDesk, unsent: str) -> MainWindow:
    """Return a window that has read how much is unsent."""
    window = MainWindow(desk.context)
    window.show()
    desk.qtbot.waitUntil(lambda: window.status.unsent.text().startswith(unsent))
    desk.wait_active(window)
    return window


def pass_time(desk: UiDesk, window: MainWindow, *spans: timedelta) -> None:
    """Let time pass, and then the minute of the window's own timer be over; nothing is read anew."""
    for span in spans:
        desk.desk.clock.advance(span.total_seconds())
    window._ticks.timeout.emit()


def banner_of(window: MainWindow) -> AgeBanner | None:
    """Return the banner if it is to be seen."""
    found = window.findChild(AgeBanner)
    return found if isinstance(found, AgeBanner) and found.isVisible() else None


def shown(window: MainWindow) -> AgeBanner:
    banner = banner_of(window)
    assert banner is not None
    return banner


def press(desk: UiDesk, button: object) -> None:
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def settle(desk: UiDesk, op_id: str) -> None:
    """Have the server confirm a change, and the sync tell the window."""
    put_in_state(desk.desk.store, op_id, OpState.DONE)
    desk.context.tasks.report_changes(Changes(outbox=True))


def test_the_status_bar_tells_the_age_of_unsent_work_from_an_hour_on(desk: UiDesk) -> None:
    op_id = record(desk)
    window = opened(desk, "1 unsent")
    unsent = window.status.unsent
    pass_time(desk, window, SHOWN_AFTER, -_MINUTE)
    assert (unsent.text(), unsent.property("tone"), unsent.toolTip()) == (
        "1 unsent",
        None,
        "Show what is unsent (Ctrl+U)",
    )
    plain = unsent.palette().buttonText().color()
    pass_time(desk, window, _MINUTE)
    assert (unsent.text(), unsent.property("tone")) == ("1 unsent for 1 h", "warn")
    assert unsent.toolTip() == "Oldest: Today 11:12. Show what is unsent (Ctrl+U)"
    assert unsent.palette().buttonText().color() != plain
    assert unsent.palette().buttonText().color().name() == desk.context.theme.color("warn")
    second = record(desk)
    put_in_state(desk.desk.store, second, OpState.CONFLICT)
    desk.context.tasks.report_changes(Changes(outbox=True))
    desk.qtbot.waitUntil(lambda: unsent.text() == "2 unsent, oldest 1 h · 1 needs you")
    assert banner_of(window) is None
    settle(desk, op_id)
    desk.qtbot.waitUntil(lambda: unsent.text() == "1 unsent · 1 needs you")
    assert unsent.property("tone") is None


def test_a_day_without_sending_brings_a_banner_though_nobody_touches_anything(desk: UiDesk) -> None:
    record(desk)
    window = opened(desk, "1 unsent")
    pass_time(desk, window, TOLD_AFTER, -_MINUTE)
    assert banner_of(window) is None
    pass_time(desk, window, _MINUTE)
    banner = shown(window)
    assert banner.words[0] == "1 change has been unsent for more than 1 day"
    assert banner.words[1] == "Nothing is lost: it is kept on this computer. The sync centre says what holds it up."
    assert not banner.save.isVisible()
    assert window.status.unsent.text() == "1 unsent for 1 d"
    press(desk, banner.look)
    assert window.pages.currentWidget() is window.sync_center
    press(desk, banner.look)
    assert window.pages.currentWidget() is window.sync_center


def test_work_that_is_held_up_by_the_persons_own_switch_grows_old_too_and_the_banner_says_so(desk: UiDesk) -> None:
    desk.desk.settings.set("work_offline", "yes")
    record(desk)
    window = opened(desk, "1 unsent")
    pass_time(desk, window, TOLD_AFTER)
    assert "once “Work offline” is switched off" in shown(window).words[1]


def test_after_three_days_the_work_can_be_saved_for_somebody_else(desk: UiDesk) -> None:
    record(desk)
    record(desk)
    window = opened(desk, "2 unsent")
    pass_time(desk, window, CARRIED_AFTER)
    banner = shown(window)
    assert banner.words[0] == "2 changes are unsent, the oldest for more than 3 days"
    assert "supervisor" in banner.words[1]
    press(desk, banner.save)
    (chooser,) = window.findChildren(QFileDialog)
    assert chooser.windowTitle() == "Save unsent work"
    chooser.reject()


def test_it_goes_by_itself_when_the_work_is_sent_and_comes_for_other_work(desk: UiDesk) -> None:
    op_id = record(desk)
    window = opened(desk, "1 unsent")
    pass_time(desk, window, CARRIED_AFTER)
    assert shown(window).save.isVisible()
    later = record(desk)
    settle(desk, op_id)
    desk.qtbot.waitUntil(lambda: banner_of(window) is None)
    assert window.status.unsent.text() == "1 unsent"
    pass_time(desk, window, TOLD_AFTER)
    assert not shown(window).save.isVisible()
    settle(desk, later)
    desk.qtbot.waitUntil(lambda: banner_of(window) is None)
    assert window.status.unsent.text() == "Everything confirmed"


def test_closed_it_comes_again_with_the_next_step_only_also_after_a_restart(desk: UiDesk) -> None:
    record(desk)
    window = opened(desk, "1 unsent")
    pass_time(desk, window, TOLD_AFTER)
    press(desk, shown(window).leave)
    assert banner_of(window) is None
    record(desk)
    desk.context.tasks.report_changes(Changes(outbox=True))
    desk.qtbot.waitUntil(lambda: window.status.unsent.text() == "2 unsent, oldest 1 d")
    pass_time(desk, window, timedelta(hours=20))
    assert banner_of(window) is None
    desk.qtbot.waitUntil(lambda: desk.desk.settings.get("unsent.closed_level") == "2")
    window.close()
    again = opened(desk, "2 unsent, oldest 1 d")
    pass_time(desk, again, timedelta(hours=27))
    assert banner_of(again) is None
    pass_time(desk, again, timedelta(hours=1))
    assert shown(again).save.isVisible()


def test_closed_for_work_that_was_sent_since_it_comes_for_the_next_work_that_grows_old(desk: UiDesk) -> None:
    op_id = record(desk)
    window = opened(desk, "1 unsent")
    pass_time(desk, window, CARRIED_AFTER)
    press(desk, shown(window).leave)
    settle(desk, op_id)
    desk.qtbot.waitUntil(lambda: window.status.unsent.text() == "Everything confirmed")
    record(desk)
    desk.context.tasks.report_changes(Changes(outbox=True))
    desk.qtbot.waitUntil(lambda: window.status.unsent.text() == "1 unsent")
    pass_time(desk, window, TOLD_AFTER)
    assert not shown(window).save.isVisible()


def test_a_start_tells_at_once_what_grew_old_while_techdesk_was_closed(desk: UiDesk) -> None:
    record(desk)
    desk.desk.clock.advance(CARRIED_AFTER.total_seconds())
    desk.desk.settings.set("unsent.closed_level", "a person's own idea")
    window = opened(desk, "1 unsent for 3 d")
    assert shown(window).save.isVisible()


def test_with_several_accounts_the_banner_names_those_that_are_late(desk: UiDesk) -> None:
    now = desk.desk.clock.now()
    ages = {"a2": timedelta(days=2), "a3": timedelta(hours=3), "a4": timedelta(days=3)}
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        for number, (account_id, age) in enumerate(ages.items(), 1):
            tx.save_account(an_account(account_id=account_id, name=f"Shop <{account_id}>"))
            tx.add_operation(an_operation(number, account_id=account_id, created_at=now - age))
    window = opened(desk, "3 unsent, oldest 3 d")
    said = "3 changes are unsent, the oldest for more than 3 days · Shop <a4>, Shop <a2>"
    assert shown(window).words[0] == said


def keep_after_sign_out(desk: UiDesk, number: int, age: timedelta) -> None:
    """Have an account that is signed out keep changes, the oldest of them so old."""
    made_at = desk.desk.clock.now() - age
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(account_id="away", name="Van", signed_out=True))
        for one in range(number):
            tx.add_operation(an_operation(90 + one, account_id="away", created_at=made_at + one * _MINUTE))


def test_what_is_kept_of_a_signed_out_account_is_never_called_confirmed(desk: UiDesk) -> None:
    keep_after_sign_out(desk, 1, timedelta(0))
    window = opened(desk, "1 kept unsent (signed out)")
    unsent = window.status.unsent
    assert unsent.property("tone") is None
    assert "signed in again (Ctrl+Shift+K)" in unsent.toolTip()
    pass_time(desk, window, SHOWN_AFTER)
    assert (unsent.text(), unsent.property("tone")) == ("1 kept unsent for 1 h (signed out)", "warn")
    record(desk)
    desk.context.tasks.report_changes(Changes(outbox=True))
    desk.qtbot.waitUntil(lambda: unsent.text() == "1 unsent · 1 kept unsent for 1 h (signed out)")


def test_kept_work_that_grows_old_brings_the_banner_with_the_way_to_the_accounts(desk: UiDesk) -> None:
    keep_after_sign_out(desk, 2, timedelta(0))
    window = opened(desk, "2 kept unsent (signed out)")
    pass_time(desk, window, TOLD_AFTER)
    banner = shown(window)
    assert banner.words[0] == "2 changes kept after a sign-out, unsent for more than 1 day"
    assert banner.words[1].endswith("goes out once its account is signed in again.")
    assert (banner.look.isVisible(), banner.accounts.isVisible(), banner.save.isVisible()) == (False, True, False)
    press(desk, banner.accounts)
    (accounts,) = window.findChildren(AccountsDialog)
    accounts.reject()
    record(desk)
    desk.context.tasks.report_changes(Changes(outbox=True))
    pass_time(desk, window, CARRIED_AFTER)
    desk.qtbot.waitUntil(banner.look.isVisible)
    kept = "2 changes kept after a sign-out, unsent for more than 4 days"
    assert banner.words[0] == f"1 change has been unsent for more than 3 days · {kept}"
    assert (banner.accounts.isVisible(), banner.save.isVisible()) == (True, True)
