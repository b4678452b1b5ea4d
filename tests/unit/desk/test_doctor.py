"""Examine a desk, and pack what helps others to help without a secret in it."""

from __future__ import annotations

import json
import stat
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.doctor import Finding, Grade, Health
from techdesk.application.ports import Urgency
from techdesk.application.store_news import StoreFacts
from techdesk.application.sync.clock_skew import note_skew
from techdesk.application.unsent.leaving import Leaving, Way
from techdesk.cli.run import run
from techdesk.desk.clock import SystemClock
from techdesk.desk.desk import Desk
from techdesk.desk.doctor import unopened, versions
from techdesk.desk.logs import start_log, stop_log
from techdesk.desk.places import Places
from techdesk.domain.errors import FileNotSavedError, OfflineError, StoreLockedError, WrongCredentialsError
from techdesk.domain.events import ProductReceived
from techdesk.store.order_store import open_store
from tests.support.builders import an_account, put_order
from tests.unit.desk.fakes import Workbench

CLOCK = "Clock against Bench"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places.below(tmp_path)
    made.make()
    return made


@pytest.fixture
def bench(places: Places) -> Workbench:
    return Workbench(places=places)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.add_account(an_account(), "s3cr3t-token")
    return desk


def found(health: Health) -> dict[str, Finding]:
    return {one.what: one for one in health.findings}


def said(desk: Desk, *words: str, folder: str = "") -> tuple[int, Any]:
    answer = run(desk, ["doctor", *words, "--json"], "", folder=folder)
    return answer["exit"], json.loads(answer["out"])


def work(desk: Desk, bench: Workbench, notes: str = "dented") -> None:
    desk.commands.record_event(put_order(bench.store), ProductReceived(received_by="Kim", notes=notes))


def test_a_healthy_desk_is_told_so_in_full(desk: Desk, bench: Workbench) -> None:
    bench.store.is_like = StoreFacts(
        is_whole=True, schema=7, engine="SQLite 3.54.1", size=5, copies=1, newest_copy=bench.clock.now()
    )
    code, document = said(desk)
    assert (code, document["worst"]) == (0, "good")
    told = {one["what"]: one for one in document["findings"]}
    assert {"Versions", "Data file", "Backup", "Outbox", "Secrets", "Disk", "Account Bench", CLOCK} == told.keys()
    assert told["Versions"]["Store"] == "SQLite 3.54.1, store version 7"
    assert {"TechDesk", "Python", "Qt", "System"} < told["Versions"].keys()
    assert told["Account Bench"]["words"] == "not tested; --online signs in"
    assert told[CLOCK]["words"] == "no difference was noticed so far; --online compares"


def test_a_clock_that_was_seen_to_be_off_is_told_without_asking_the_server(desk: Desk, bench: Workbench) -> None:
    with bench.store.write(Urgency.BACKGROUND) as tx:
        note_skew(tx, "a1", -7200)
    told = found(desk.doctor.examine())[CLOCK]
    assert (told.grade, told.facts) == (Grade.LOOK, {"aheadSeconds": -7200})
    assert bench.system.asked == []


def test_online_every_sign_in_is_tested_and_the_clock_compared(desk: Desk, bench: Workbench) -> None:
    told = found(desk.doctor.examine(online=True))
    assert told["Account Bench"].words == "works: signed in as Kim Larsen (technician), server 1"
    assert told["Clock against Bench"].facts == {"aheadSeconds": None}
    bench.system.server_time = bench.clock.now() - timedelta(minutes=5)
    assert found(desk.doctor.examine(online=True))["Clock against Bench"].grade is Grade.LOOK


def test_a_refused_sign_in_needs_a_person_and_a_silent_server_is_offline(desk: Desk, bench: Workbench) -> None:
    bench.store.is_like = StoreFacts(
        is_whole=True, schema=7, engine="x", size=5, copies=1, newest_copy=bench.clock.now()
    )
    bench.system.refusal = OfflineError()
    assert said(desk, "--online")[0] == 4
    bench.system.refusal = WrongCredentialsError()
    code, document = said(desk, "--online")
    assert (code, document["worst"]) == (3, "bad")
    assert "Sign in again" in run(desk, ["doctor", "--online"], "")["out"]


def test_who_is_signed_out_is_not_asked(desk: Desk, bench: Workbench) -> None:
    desk.leave_account("a1", Leaving(Way.KEEP))
    told = found(desk.doctor.examine(online=True))
    assert told["Account Bench"].words == "signed out, its work is kept"
    assert bench.system.asked == []


def test_a_locked_keyring_is_bad(desk: Desk, bench: Workbench) -> None:
    bench.secrets.locked = True
    locked = found(desk.doctor.examine())["Secrets"]
    assert (locked.grade, locked.facts) == (Grade.BAD, {"readable": False})
    assert "the keyring: The keyring is locked" in locked.words


def test_a_sealed_file_is_called_by_its_name(desk: Desk, places: Places) -> None:
    places.sealed.touch()
    assert "master password" in found(desk.doctor.examine())["Secrets"].words


def test_a_store_is_read_from_end_to_end(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "store.db", bytes(32))) as store:
        facts = store.facts()
    assert facts.is_whole
    assert facts.schema >= 7
    assert facts.engine.startswith("SQLite 3.")
    assert (facts.copies, facts.newest_copy) == (0, None)
    assert facts.size > 0


# The bundle.


def unpacked(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_a_bundle_holds_findings_outbox_and_log_but_no_content_and_no_secret(
    desk: Desk, bench: Workbench, places: Places, tmp_path: Path
) -> None:
    work(desk, bench, "SECRET NOTES")
    log = start_log(places.log)
    # as if it had come there before the redaction knew of it
    (places.log / "techdesk.log").write_text("sent with s3cr3t-token to https://x/?signingKey=abc\n", encoding="utf-8")
    stop_log(log)
    (places.log / "crashes").mkdir()
    (places.log / "crashes" / "1.txt").write_text("Traceback s3cr3t-token", encoding="utf-8")
    code, document = said(desk, "--bundle", "help.zip", folder=str(tmp_path))
    assert document["bundle"] == str(tmp_path / "help.zip")
    assert code == 0
    texts = unpacked(tmp_path / "help.zip")
    assert texts.keys() == {"doctor.json", "outbox.json", "log/techdesk.log", "crashes/1.txt"}
    assert json.loads(texts["outbox.json"])[0]["fields"]
    together = " ".join(texts.values())
    for hidden in ("SECRET NOTES", "s3cr3t-token", "signingKey=abc", "No power", "Johanna"):
        assert hidden not in together
    assert stat.S_IMODE((tmp_path / "help.zip").stat().st_mode) == 0o600


def test_with_content_a_bundle_holds_what_people_entered(desk: Desk, bench: Workbench, tmp_path: Path) -> None:
    work(desk, bench, "THEIR NOTES")
    text = run(desk, ["doctor", "--bundle", str(tmp_path / "b.zip"), "--with-content"], "")["out"]
    assert "what people entered and no secrets" in text
    assert "THEIR NOTES" in unpacked(tmp_path / "b.zip")["outbox.json"]


def test_a_bundle_is_not_written_over_a_file_nor_where_no_file_can_be(desk: Desk, tmp_path: Path) -> None:
    health = desk.doctor.examine()
    (tmp_path / "mine").write_text("mine")
    for path in (tmp_path / "mine", tmp_path / "mine" / "x.zip"):
        with pytest.raises(FileNotSavedError):
            desk.doctor.bundle(path, health)
    assert (tmp_path / "mine").read_text() == "mine"


def test_with_a_locked_keyring_a_bundle_is_written_all_the_same(desk: Desk, bench: Workbench, tmp_path: Path) -> None:
    health = desk.doctor.examine()
    bench.secrets.locked = True
    desk.doctor.bundle(tmp_path / "b.zip", health)
    assert "doctor.json" in unpacked(tmp_path / "b.zip")


# A desk that cannot be opened.


def test_a_desk_that_cannot_be_opened_is_examined_from_outside(places: Places, tmp_path: Path) -> None:
    told = found(unopened(places, StoreLockedError()))
    assert (told["Data file"].grade, told["Data file"].facts) == (Grade.BAD, {"opened": False})
    assert told["Disk"].facts["freeBytes"] > 0
    assert "Disk" not in found(unopened(Places.below(tmp_path / "none"), StoreLockedError()))
    assert SystemClock().now() - unopened(places, StoreLockedError()).at < timedelta(minutes=1)


def test_what_is_not_installed_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def missing(_: str) -> str:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "version", missing)
    (told,) = versions("")
    assert told.facts["Qt"] == "not installed"
    assert "Store" not in told.facts
