"""A store that went back to a backup, and the sync that goes on from there: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.commands import Commands
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason
from techdesk.application.sync.engine import SyncEngine
from techdesk.domain.events import ProductDiagnosed
from techdesk.store.backups import Backups
from techdesk.store.database import Database
from techdesk.store.opening import open_whole
from techdesk.store.order_store import SqliteStore
from tests.support.builders import FakeClock, Ids, an_account, an_order, order_document
from tests.support.fake_server import KEYED, FakeConnector, FakeServer
from tests.support.store_records import KEY

WORDS = ("sent before", "sent after", "after", "only here")
LOOKS = Profile(creates=Dedup.READ_BACK, late_commit_s=120.0, visibility_lag_s=60.0, has_feed=True)
BLIND = Profile(creates=Dedup.BLIND, late_commit_s=120.0, visibility_lag_s=60.0, has_feed=True)


class Desk:
    """A desk over a real file, its server, and a clock that a test moves."""

    def __init__(self, path: Path, profile: Profile) -> None:
        self.path, self.profile = path, profile
        self.clock, self.server = FakeClock(), FakeServer()
        self.new_id = Ids(iter(range(5000, 9999)))
        self.server.put_order("so-1", **order_document(an_order()))
        self.open()
        with self.store.write(Urgency.BACKGROUND) as tx:
            tx.save_account(an_account())
        self.pull()

    def open(self) -> None:
        self.store: SqliteStore = open_whole(self.path, KEY, self.clock.now)
        self.commands = Commands(self.store, self.clock, self.new_id, lambda _: self.profile)
        self.engine = SyncEngine("a1", self.store, FakeConnector(self.server, self.profile), self.new_id, lambda: 0.5)
        self.engine.recover(self.clock.now())

    def pull(self) -> None:
        with self.store.write(Urgency.BACKGROUND) as tx:
            tx.apply_page("a1", self.server.page(tx.cursor("a1")))

    def sync(self, hours: int = 3) -> None:
        """Let the desk send, look and pull for some hours."""
        for _ in range(hours * 30):
            self.clock.advance(120)
            self.engine.refresh()
            found = self.engine.start(self.clock.now())
            for one in found.operations:
                self.engine.settle(one.op_id, self.server.handle(one), self.clock.now())
            for one in found.looks:
                self.engine.sighted(one.op_id, self.server.sighting(one), self.clock.now(), self.clock.now())
            self.pull()

    def diagnose(self, words: str) -> str:
        """Record an event; returns the id of its operation."""
        self.commands.record_event(OrderRef("a1", "so-1"), ProductDiagnosed(diagnostic_explanation=words))
        with self.store.read() as view:
            return max(view.operations(), key=lambda one: one.seq).op_id

    def back_up(self) -> None:
        Backups(Database(self.path, KEY), self.clock.now).write(BackupReason.HOURLY)

    def lose_the_file(self) -> None:
        """Close the desk, lose its file, and open it again an hour later: it goes back to the backup."""
        self.store.close()
        self.path.unlink()
        self.clock.advance(3600)
        self.open()

    def effects(self) -> Counter[str]:
        return Counter(one.op_id for one in self.server.effects)

    def states(self) -> dict[str, OpState]:
        with self.store.read() as view:
            return {one.op_id: one.state for one in view.operations()}

    def shown(self) -> list[str]:
        """Return what stands in the order, by its words."""
        with self.store.read() as view:
            events = [json.dumps(one.view) for one in view.parts("a1", "so-1")]
        return [words for event in events for words in WORDS if f'"{words}"' in event]


def a_life(path: Path, profile: Profile) -> tuple[Desk, dict[str, str]]:
    """Live through a backup and a loss; returns what was recorded when, by its words."""
    desk = Desk(path, profile)
    ops = {"sent before": desk.diagnose("sent before")}
    desk.sync(1)
    ops["sent after"] = desk.diagnose("sent after")
    desk.back_up()
    desk.clock.advance(60)
    desk.sync(1)
    ops["after"] = desk.diagnose("after")
    desk.sync(1)
    assert [desk.effects()[one] for one in ops.values()] == [1, 1, 1]
    desk.lose_the_file()
    return desk, ops


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "store.db"


@pytest.mark.parametrize("profile", [KEYED, LOOKS], ids=["keyed", "looks"])
def test_what_was_sent_after_the_backup_is_found_and_not_done_again(path: Path, profile: Profile) -> None:
    desk, ops = a_life(path, profile)
    with closing(desk.store):
        assert desk.states()[ops["sent after"]] is OpState.QUEUED
        desk.sync()
        assert [desk.effects()[one] for one in ops.values()] == [1, 1, 1]
        assert set(desk.states().values()) == {OpState.DONE}
        assert sorted(desk.shown()) == sorted(ops)


def test_where_nothing_can_be_found_out_a_person_is_asked(path: Path) -> None:
    desk, ops = a_life(path, BLIND)
    with closing(desk.store):
        desk.sync()
        assert [desk.effects()[one] for one in ops.values()] == [1, 1, 1]
        assert desk.states()[ops["sent after"]] is OpState.NEEDS_CHECK


@pytest.mark.parametrize("profile", [KEYED, LOOKS], ids=["keyed", "looks"])
def test_what_was_never_sent_goes_out_once(path: Path, profile: Profile) -> None:
    desk = Desk(path, profile)
    op_id = desk.diagnose("only here")
    desk.back_up()
    desk.lose_the_file()
    with closing(desk.store):
        desk.sync()
        assert desk.effects() == {op_id: 1}
        assert desk.shown() == ["only here"]


def test_where_the_keys_life_is_over_a_person_is_asked(path: Path) -> None:
    profile = Profile(creates=Dedup.KEYED, key_life_s=3600.0, has_etags=True, has_feed=True)
    desk, ops = a_life(path, profile)
    with closing(desk.store):
        desk.server.answers.clear()
        desk.sync()
        assert [desk.effects()[one] for one in ops.values()] == [1, 1, 1]
        assert desk.states()[ops["sent after"]] is OpState.NEEDS_CHECK
