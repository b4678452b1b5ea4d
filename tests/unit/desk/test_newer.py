"""The unsent work of data that a newer TechDesk wrote can be saved by this one, which does not open it."""

from __future__ import annotations

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.ports import Urgency
from techdesk.cli.main import main
from techdesk.desk.clock import SystemClock
from techdesk.desk.doctor import unopened
from techdesk.desk.newer import save_newer, save_newer_in_background
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.desk.rescuing import RescueFiles
from techdesk.domain.errors import FileNotSavedError, NotFoundError, StoreTooNewError
from techdesk.store.order_store import open_store
from techdesk.store.sealed_file import SealedFile
from tests.support.builders import an_account
from tests.support.damaged_store import SomeStore, some_store
from tests.support.fake_desk import NoSecrets
from tests.support.newer_store import NEWER, make_newer, set_state
from tests.support.store_records import KEY

PASSWORD = "horse battery"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places.below(tmp_path / "home")
    made.make()
    SealedFile(made.sealed, PASSWORD).write("store-key", KEY.hex())
    monkeypatch.setenv("TECHDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", PASSWORD)
    return made


@pytest.fixture
def home(places: Places) -> SomeStore:
    """The data of a newer TechDesk, of whose work this one does not understand the first change."""
    made = some_store(places.data, orders=16, pulled_orders=5)
    make_newer(made.path, *set_state(1, "parked"))
    return made


def understood(home: SomeStore) -> set[str]:
    return {one.op_id for one in home.saved.values() if one.seq != 1 and not one.state.is_settled}


def test_a_desk_that_is_too_old_says_what_a_person_can_do(places: Places, home: SomeStore) -> None:
    with pytest.raises(StoreTooNewError) as caught:
        open_desk(places)
    assert (caught.value.version, caught.value.unsent) == (NEWER, len(understood(home)) + 1)
    assert len(caught.value.backups or ()) == 1


def test_all_that_is_understood_is_saved_and_another_computer_takes_it_in(
    places: Places, home: SomeStore, tmp_path: Path
) -> None:
    before = home.path.read_bytes()
    saved = save_newer(places, tmp_path / "work.techdesk-rescue")
    assert {one.operation.op_id for one in saved.file.work.unsent} == understood(home)
    assert saved.left_out == 1
    assert "1 change" in saved.left_out_words
    assert home.path.read_bytes() == before
    with closing(open_store(tmp_path / "other.db", KEY)) as store:
        with store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        other = RescueFiles(store, NoSecrets(), SystemClock(), tmp_path / "rescue")
        assert set(other.take_in(saved.file.path).op_ids) >= understood(home)


def test_what_is_all_saved_needs_no_words(places: Places, tmp_path: Path) -> None:
    make_newer(some_store(places.data, orders=4, pulled_orders=0).path)
    saved = save_newer(places, tmp_path / "work", an_account().name.upper())
    assert (saved.left_out, saved.left_out_words) == (0, "")


def test_a_file_that_is_there_is_never_written_over(places: Places, home: SomeStore, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("mine")
    with pytest.raises(FileNotSavedError, match="already"):
        save_newer(places, tmp_path / "work")
    assert (tmp_path / "work").read_text() == "mine"


def test_an_account_that_is_not_in_it_is_told(places: Places, home: SomeStore, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Nowhere"):
        save_newer(places, tmp_path / "work", "Nowhere")


@pytest.mark.parametrize(
    "strange",
    [
        ("ALTER TABLE operations RENAME TO deeds",),
        (
            "INSERT OR IGNORE INTO moves SELECT state, 'parked' FROM operations",
            "UPDATE operations SET state = 'parked'",
        ),
    ],
)
def test_work_of_which_nothing_is_understood_is_left_to_the_newer_techdesk(
    places: Places, home: SomeStore, tmp_path: Path, strange: tuple[str, ...]
) -> None:
    make_newer(home.path, *strange)
    with pytest.raises(StoreTooNewError, match="cannot read the unsent work") as caught:
        save_newer(places, tmp_path / "work")
    assert NEWER in caught.value.hint
    assert not (tmp_path / "work").exists()


def test_where_nothing_is_unsent_no_file_is_written(places: Places, tmp_path: Path) -> None:
    with closing(open_store(places.store, KEY)):
        pass
    for _ in range(2):
        with pytest.raises(NotFoundError, match="no unsent work"):
            save_newer(places, tmp_path / "work")
        make_newer(places.store)


def test_a_window_can_have_it_saved_beside_itself(places: Places, home: SomeStore, tmp_path: Path) -> None:
    saving = save_newer_in_background(places, tmp_path / "work", PASSWORD)
    assert saving.result(20).left_out == 1
    again = save_newer_in_background(places, tmp_path / "work")
    assert isinstance(again.exception(20), FileNotSavedError)


# On the command line.


def test_the_command_saves_what_is_unsent_all_the_same(
    places: Places, home: SomeStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["outbox", "export", str(tmp_path / "one")]) == 0
    printed = capsys.readouterr().out
    assert "The data itself was not changed" in printed
    assert "Not saved, as only the newer TechDesk understands it: 1 change" in printed
    assert main(["outbox", "export", str(tmp_path / "two"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["leftOut"] == 1
    assert {one["opId"] for one in document["operations"]} == understood(home)


def test_every_other_command_names_the_techdesk_that_is_needed(
    places: Places, home: SomeStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["outbox", "list"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"techdesk: A newer TechDesk wrote this data. Install TechDesk {NEWER}")
    assert f"{len(understood(home)) + 1} unsent in it: “techdesk outbox export FILE” saves that" in said


def test_the_doctor_says_what_is_unsent_and_which_backup_fits(
    places: Places, home: SomeStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 2
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert found["Outbox"]["unsent"] == len(understood(home)) + 1
    assert "techdesk outbox export FILE" in found["Outbox"]["words"]
    assert found["Outbox"]["neededVersion"] == NEWER
    (fitting,) = found["Backup"]["fitting"]
    assert fitting in found["Backup"]["words"]


def test_the_doctor_packs_what_helps_others_also_where_the_desk_cannot_be_opened(
    places: Places, home: SomeStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "help.zip"
    assert main(["doctor", "--bundle", str(bundle)]) == 2
    assert f"{bundle} holds findings and log, no customers' data and no secrets" in capsys.readouterr().out
    with zipfile.ZipFile(bundle) as packed:
        assert json.loads(packed.read("doctor.json"))["worst"] == "bad"
        everything = b"".join(packed.read(name) for name in packed.namelist())
    for hidden in (PASSWORD, KEY.hex(), "Kettle"):
        assert hidden.encode() not in everything
    assert main(["doctor", "--bundle", str(bundle)]) == 2
    assert "already a file" in capsys.readouterr().err


@pytest.mark.parametrize(("unsent", "words"), [(None, "cannot tell"), (0, "nothing is unsent")])
def test_the_doctor_says_what_it_cannot_tell(places: Places, unsent: int | None, words: str) -> None:
    found = {one.what: one for one in unopened(places, StoreTooNewError(unsent=unsent)).findings}
    assert words in found["Outbox"].words
    assert found["Backup"].words == "0 can be opened by this TechDesk"
