"""Sign out of an account: its unsent work is kept, handed over or thrown away, and always copied first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.unsent.leaving import Leaving, Left, Way
from techdesk.desk.desk import Desk
from techdesk.desk.places import Places
from techdesk.domain.errors import (
    FileNotSavedError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    SecretsError,
    WrongCredentialsError,
)
from techdesk.domain.events import ProductReceived
from tests.support.builders import an_account, put_order
from tests.unit.desk.fakes import Workbench

pytestmark = pytest.mark.usefixtures("account")

KEEP, DISCARD = Leaving(Way.KEEP), Leaving(Way.DISCARD)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(places=Places.below(tmp_path))


def work(desk: Desk, bench: Workbench) -> str:
    """Record something that is not sent."""
    order = put_order(bench.store)
    (op_id,) = desk.commands.record_event(order, ProductReceived(received_by="Kim")).op_ids
    return op_id


def states(bench: Workbench) -> list[OpState]:
    return [one.state for one in bench.store.tables.operations.values()]


def copies(bench: Workbench) -> list[Path]:
    return sorted(bench.places.rescue.glob("*")) if bench.places.rescue.exists() else []


def handed(file: Path) -> Leaving:
    return Leaving(Way.HAND_OVER, file)


# Keep.


def test_kept_work_waits_unseen_until_somebody_signs_in_again(desk: Desk, bench: Workbench) -> None:
    op_id = work(desk, bench)
    left = desk.leave_account("a1", KEEP)
    assert left.changes.references
    assert bench.secrets.kept.keys() == {"rescue-key"}
    assert states(bench) == [OpState.QUEUED]
    with desk.store.read() as view:
        assert view.find_orders("10042") == []
        assert [one.signed_out for one in view.accounts()] == [True]
    assert desk.sync_once().sent == 0
    with pytest.raises(WrongCredentialsError):
        desk.check_account("a1")
    desk.change_account(an_account(), "token again")
    assert desk.sync_once().sent == 1
    assert [one.op_id for one in bench.system.sent] == [op_id]


def test_a_change_without_a_token_leaves_it_signed_out(desk: Desk, bench: Workbench) -> None:
    work(desk, bench)
    desk.leave_account("a1", KEEP)
    with desk.store.read() as view:
        (kept,) = view.accounts()
    assert desk.change_account(kept).signed_out
    assert not bench.system.sent


def test_no_thread_runs_for_who_is_signed_out_and_one_does_after_signing_in(desk: Desk, bench: Workbench) -> None:
    work(desk, bench)
    bench.system.hangs = True
    desk.leave_account("a1", KEEP)
    desk.start_sync(lambda _: None, lambda _: None)
    assert not bench.system.called.wait(0.1)
    desk.change_account(an_account(), "token")
    assert bench.system.called.wait(5)


def test_another_account_at_the_same_server_does_not_send_what_is_kept(desk: Desk, bench: Workbench) -> None:
    work(desk, bench)
    desk.leave_account("a1", KEEP)
    desk.add_account(an_account(account_id="a2", name="Mine"), "other")
    assert desk.sync_once().sent == 0
    assert states(bench) == [OpState.QUEUED]


def test_without_the_keyring_nobody_is_signed_out(desk: Desk, bench: Workbench) -> None:
    work(desk, bench)
    bench.secrets.locked = True
    with pytest.raises(SecretsError):
        desk.leave_account("a1", KEEP)
    with desk.store.read() as view:
        assert not view.accounts()[0].signed_out


def test_the_sample_is_signed_in_to_again_with_one_click(desk: Desk, bench: Workbench) -> None:
    sample = desk.add_sample_account(3)
    desk.leave_account(sample.account_id, KEEP)
    desk.add_sample_account(3)
    with desk.store.read() as view:
        assert not any(one.signed_out for one in view.accounts())
    assert bench.secrets.kept[sample.account_id] == "sample-token"


def test_a_new_password_of_the_sample_reaches_the_account_that_stayed(desk: Desk, bench: Workbench) -> None:
    sample = desk.add_sample_account(3)
    with desk.store.read() as view:
        (scheduler,) = [one for one in view.accounts() if one.system == "resource_scheduler"]
    desk.leave_account(sample.account_id, KEEP)
    desk.add_sample_account(3)
    assert bench.secrets.kept[scheduler.account_id] == "sample-password-2"


# The copy.


@pytest.mark.parametrize("way", list(Way))
def test_unsent_work_is_copied_first_whatever_becomes_of_it(
    desk: Desk, bench: Workbench, tmp_path: Path, way: Way
) -> None:
    op_id = work(desk, bench)
    left = desk.leave_account("a1", Leaving(way, tmp_path / "monday"))
    assert left.copy is not None
    assert copies(bench) == [left.copy.path]
    copied = desk.rescue.read(left.copy.path).work
    assert [one.operation.op_id for one in copied.unsent] == [op_id]
    assert (copied.maker.reason, copied.is_handed_over) == ("sign-out of Bench", False)


@pytest.mark.parametrize("leaving", [KEEP, DISCARD])
def test_where_no_copy_can_be_written_nothing_is_changed(desk: Desk, bench: Workbench, leaving: Leaving) -> None:
    work(desk, bench)
    bench.places.rescue.parent.mkdir(parents=True)
    bench.places.rescue.write_text("in the way")
    before = bench.store.tables.copied()
    with pytest.raises(FileNotSavedError):
        desk.leave_account("a1", leaving)
    assert bench.store.tables == before
    assert "a1" in bench.secrets.kept


def test_without_unsent_work_there_is_no_copy(desk: Desk, bench: Workbench) -> None:
    assert desk.leave_account("a1", DISCARD).copy is None
    assert copies(bench) == []


# Hand over.


def leave_by_file(desk: Desk, file: Path) -> Left:
    left = desk.leave_account("a1", handed(file))
    assert left.handed_over is not None
    assert left.handed_over.path == file
    return left


def test_what_is_handed_over_goes_out_from_the_other_computer_only(
    desk: Desk, bench: Workbench, tmp_path: Path
) -> None:
    op_id = work(desk, bench)
    left = leave_by_file(desk, tmp_path / "monday")
    with desk.store.read() as view:
        assert view.accounts() == []
    assert bench.secrets.kept.keys() == {"rescue-key"}
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["monday"]
    shop = Workbench(places=Places.below(tmp_path / "shop"), system=bench.system)
    other = shop.open()
    other.add_account(an_account(account_id="b1"), "token")
    read = other.rescue.read(tmp_path / "monday")
    assert read.work.is_handed_over
    assert left.handed_over
    assert read.fingerprint == left.handed_over.fingerprint
    other.rescue.take_in(tmp_path / "monday")
    assert other.sync_once().confirmed == 1
    assert [one.op_id for one in bench.system.sent] == [op_id]
    other.close()


def test_nothing_is_handed_over_into_a_file_that_is_there_or_none_or_without_work(
    desk: Desk, bench: Workbench, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="no unsent work"):
        desk.leave_account("a1", handed(tmp_path / "monday"))
    work(desk, bench)
    (tmp_path / "monday").write_text("mine")
    with pytest.raises(FileNotSavedError, match="already a file"):
        desk.leave_account("a1", handed(tmp_path / "monday"))
    with pytest.raises(InvalidInputError):
        desk.leave_account("a1", Leaving(Way.HAND_OVER))
    assert (tmp_path / "monday").read_text() == "mine"
    assert states(bench) == [OpState.QUEUED]


def test_what_is_saved_while_the_file_is_written_stops_the_hand_over(
    desk: Desk, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(desk, bench)
    save = desk.rescue.save

    def save_and_work(path: Path, what: object) -> object:
        work(desk, bench)
        return save(path, what)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(desk.rescue, "save", save_and_work)
    with pytest.raises(NotAllowedError, match="saved meanwhile"):
        desk.leave_account("a1", handed(tmp_path / "monday"))
    assert [one.name for one in tmp_path.iterdir()] == ["data"]
    assert OpState.CANCELLED not in states(bench)


def test_a_file_that_cannot_get_its_name_is_named_and_the_work_is_in_it(
    desk: Desk, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    op_id = work(desk, bench)

    def refuse(_: Path) -> None:
        raise OSError("no")

    monkeypatch.setattr("techdesk.desk.departing.flush_folder", refuse)
    with pytest.raises(FileNotSavedError, match=r"monday or in monday\.part"):
        desk.leave_account("a1", handed(tmp_path / "monday"))
    assert states(bench) == [OpState.CANCELLED]
    assert [one.operation.op_id for one in desk.rescue.read(tmp_path / "monday").work.unsent] == [op_id]


# Discard.


def test_what_is_discarded_is_gone_here_but_for_its_copy(desk: Desk, bench: Workbench) -> None:
    work(desk, bench)
    desk.leave_account("a1", DISCARD)
    assert states(bench) == []
    with desk.store.read() as view:
        assert view.accounts() == []
    assert "a1" not in bench.secrets.kept
    assert len(copies(bench)) == 1


def test_an_account_that_is_kept_can_still_be_handed_over_or_removed(
    desk: Desk, bench: Workbench, tmp_path: Path
) -> None:
    work(desk, bench)
    desk.leave_account("a1", KEEP)
    leave_by_file(desk, tmp_path / "monday")
    assert states(bench) == []


def test_an_account_that_is_not_here_cannot_be_left(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.leave_account("no-account", KEEP)


def test_the_second_sign_in_of_another_person_sends_nothing(desk: Desk, bench: Workbench) -> None:
    desk.sync_once()
    work(desk, bench)
    with bench.store.write(Urgency.BACKGROUND) as tx:
        (known,) = tx.accounts()
        assert known.user_uid == "u-kim"
        tx.save_account(replace(known, user_uid="u-ola", user_name="Ola Nord"))
    with pytest.raises(WrongCredentialsError, match="sign-in of Kim Larsen, and the unsent work is of Ola Nord"):
        desk.sync_once()
    assert states(bench) == [OpState.QUEUED]
