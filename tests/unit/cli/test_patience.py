"""One line says what is done where the data takes long to open; where it does not, nothing is said."""

from __future__ import annotations

import io
import threading
from contextlib import closing, redirect_stderr
from functools import partial
from pathlib import Path

import pytest

from techdesk.application.store_news import OpeningStep
from techdesk.cli import recovery, restoring
from techdesk.cli.arguments import parse
from techdesk.cli.patience import told_if_slow
from techdesk.desk.places import Places
from techdesk.desk.restoring import backups_of
from techdesk.store.sealed_file import SealedFile
from tests.support.damaged_store import DAMAGES, some_store
from tests.support.store_records import KEY

SAVING = OpeningStep("Repairing your data", "Saving unsent work…")
LINE = "techdesk: Repairing your data: Saving unsent work… Nothing is lost if it is interrupted\n"
LONG_S = 600.0
PATIENCE_S = 20.0


class Heard(io.StringIO):
    """Standard error, and whether anything was written there."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_what_takes_long_is_told_once(heard: Heard) -> None:
    with redirect_stderr(heard), told_if_slow(0.0) as doing:
        doing(SAVING)
        assert heard.written.wait(PATIENCE_S)
        doing(OpeningStep("Repairing your data", "Checking the new data file…"))
    assert heard.getvalue() == LINE


def test_what_is_done_in_a_moment_is_not_told(heard: Heard) -> None:
    with redirect_stderr(heard), told_if_slow(LONG_S) as doing:
        doing(SAVING)
    assert heard.getvalue() == ""


def test_where_nothing_is_done_with_the_data_no_thread_waits(heard: Heard) -> None:
    before = threading.active_count()
    with redirect_stderr(heard), told_if_slow(0.0):
        assert threading.active_count() == before
    assert heard.getvalue() == ""


def test_nothing_goes_on_after_an_error() -> None:
    before = threading.active_count()

    def fail() -> None:
        with told_if_slow(LONG_S) as doing:
            doing(SAVING)
            raise OSError

    with pytest.raises(OSError):
        fail()
    assert threading.active_count() == before


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A desk whose data has a backup, on which everything takes long."""
    made = Places.below(tmp_path / "home")
    made.make()
    some_store(made.data)
    SealedFile(made.sealed, "horse battery").write("store-key", KEY.hex())
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", "horse battery")
    for module in (recovery, restoring):
        monkeypatch.setattr(module, "told_if_slow", partial(told_if_slow, 0.0))
    return made


def test_a_command_that_repairs_the_data_first_says_so(places: Places, heard: Heard) -> None:
    DAMAGES["a log with a hole"](places.store)
    with redirect_stderr(heard), closing(recovery.open_desk_asking(places, may_ask=False)):
        pass
    assert heard.getvalue().startswith("techdesk: Repairing your data: ")
    assert heard.getvalue().count("\n") == 1


def test_a_command_that_goes_back_to_a_backup_says_so(places: Places, heard: Heard) -> None:
    with redirect_stderr(heard):
        answer = restoring.restore(parse(["restore", backups_of(places)[0].name]), places)
    assert "restored from a backup" in answer.text
    assert heard.getvalue().startswith("techdesk: Going back to a backup: ")
    assert heard.getvalue().count("\n") == 1
