"""Orders come to the desk by asking, by files, and are let go of again."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from techdesk.application.exchange import PulledOrder, ServerQuery
from techdesk.application.outbox import OrderRef
from techdesk.desk.desk import Desk
from techdesk.desk.order_files import LARGEST
from techdesk.domain.errors import InvalidInputError, NotFoundError, NotSupportedError, OfflineError
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED, an_account
from tests.unit.desk.fakes import Workbench

pytestmark = pytest.mark.usefixtures("account")


def test_nothing_is_asked_while_the_person_works_offline(desk: Desk, bench: Workbench) -> None:
    desk.work_offline(True)
    with pytest.raises(OfflineError, match="You work offline"):
        desk.find_orders("a1", ServerQuery(text="Kettle"))
    with pytest.raises(OfflineError):
        desk.bring_orders("a1", [PulledOrder(server_id="s1", document={})])
    assert bench.system.asked == []


def test_the_order_of_a_file_is_kept_with_the_files_bytes_and_without_the_network(
    desk: Desk, bench: Workbench, tmp_path: Path
) -> None:
    (tmp_path / "order").write_bytes(b"1302")
    desk.work_offline(True)
    opened = desk.open_order_file("a1", tmp_path / "order")
    with bench.store.read() as view:
        kept = view.record_by_server_id("a1", RecordType.ORDER, "1302")
    assert kept is not None
    assert (kept.raw, kept.view) == (b"1302", {"title": "Kettle"})
    assert opened.order == OrderRef("a1", kept.record_id)
    assert bench.system.asked == []


def test_a_file_that_cannot_be_taken_is_told_by_its_name(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    (tmp_path / "film.mkv").write_bytes(b"1" * (LARGEST + 1))
    with pytest.raises(InvalidInputError, match=r"“song.mp3” holds no order of Flow Retail.*This is no number"):
        desk.open_order_file("a1", tmp_path / "song.mp3")
    with pytest.raises(InvalidInputError, match=r"“film.mkv” is too large"):
        desk.open_order_file("a1", tmp_path / "film.mkv")
    for name in ("missing", "."):
        with pytest.raises(NotFoundError, match="cannot be read"):
            desk.open_order_file("a1", tmp_path / name)


def test_an_account_of_a_system_without_files_takes_none(desk: Desk, tmp_path: Path) -> None:
    desk.add_account(an_account(account_id="a2", name="Post", system="extend"), "token")
    (tmp_path / "order").write_bytes(b"1302")
    with pytest.raises(NotSupportedError, match="Post takes no orders from files"):
        desk.open_order_file("a2", tmp_path / "order")


def wait_for_pulls(bench: Workbench, number: int) -> None:
    """Wait until so many pulls have begun, each after the one before it was stored."""
    while [what for what, _, _ in bench.system.asked].count("pull") < number:
        assert bench.system.called.wait(5)
        bench.system.called.clear()


def test_an_order_that_is_let_go_does_not_come_back_by_the_round_that_runs(bench: Workbench) -> None:
    bench.system.profile = replace(KEYED, pulls_followed=True, orders_are_followed=True)
    desk = bench.open()
    try:
        desk.add_account(an_account(), "token")
        desk.bring_orders("a1", desk.find_orders("a1", ServerQuery(text="Kettle")))
        desk.start_sync(lambda _: None, lambda _: None)
        wait_for_pulls(bench, 1)
        letting_go = threading.Thread(target=lambda: desk.stop_following(OrderRef("a1", "s-Kettle")))
        letting_go.start()
        letting_go.join(0.1)
        bench.system.may_answer.set()
        letting_go.join(5)
        desk.sync_now()
        wait_for_pulls(bench, 2)
        with bench.store.read() as view:
            assert view.order_server_ids("a1") == []
    finally:
        bench.system.may_answer.set()
        desk.close()
