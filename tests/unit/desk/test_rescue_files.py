"""A rescue file says to people what it is, and to TechDesk whether it is as it was written."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from techdesk.application.outbox import FrozenRequest, Operation, OpState
from techdesk.application.ports import Urgency
from techdesk.application.unsent.rescue import RescueFile, RescueWork
from techdesk.desk.rescue_file import opened
from techdesk.desk.rescuing import KEPT, LARGEST, RescueFiles
from techdesk.domain.errors import FileNotSavedError, NotFoundError, RescueFileError
from techdesk.domain.events import ProductDiagnosed
from tests.support.builders import FakeClock, an_account, commands_over, put_order
from tests.support.memory_store import MemoryStore
from tests.unit.desk.fakes import FakeSecrets

TYPED = "Fuse blew ⚡ “twice”\r\n--- what follows is for TechDesk ---"


class Van:
    """A computer with unsent work."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.commands = commands_over(self.store, self.clock)
        self.secrets = FakeSecrets()
        self.folder = folder / "rescue"
        self.files = RescueFiles(self.store, self.secrets, self.clock, self.folder)
        self.order = put_order(self.store)

    def diagnose(self, text: str = TYPED) -> str:
        (op_id,) = self.commands.record_event(self.order, ProductDiagnosed(diagnostic_explanation=text)).op_ids
        return op_id

    def operation(self, op_id: str) -> Operation:
        return self.store.tables.operations[op_id]


@pytest.fixture
def van(tmp_path: Path) -> Van:
    return Van(tmp_path)


@pytest.fixture
def made(van: Van, tmp_path: Path) -> RescueFile:
    """A file with an event that was sent, an event that was not, and a change."""
    sent = van.operation(van.diagnose())
    request = FrozenRequest(method="POST", path="/x", headers={"Idempotency-Key": "k"}, body=b"\x00\xff{}")
    with van.store.write(Urgency.BACKGROUND) as tx:
        going = replace(sent, state=OpState.INFLIGHT, attempts=1, request=request, first_sent_at=van.clock.now())
        tx.save_operation(going)
        tx.add_attempt(sent.op_id, van.clock.now(), "send", None)
    van.diagnose("not sent")
    van.commands.change_order(van.order, {"title": "Dead"}, {"title": "No power"})
    return van.files.export(tmp_path / "monday.techdesk-rescue")


def refusal(raw: bytes) -> str:
    with pytest.raises(RescueFileError) as raised:
        opened(raw, "monday")
    return str(raised.value)


def test_what_is_read_is_what_was_written(van: Van, made: RescueFile) -> None:
    read = van.files.read(made.path)
    assert read == made
    assert [one.operation for one in read.work.entries] == list(van.store.tables.operations.values())
    assert read.work.entries[0].operation.intent["data"]["diagnosticExplanation"] == TYPED
    assert read.work.records[0].base == van.store.tables.records[next(iter(van.store.tables.records))].base


def test_a_person_who_opens_it_reads_whose_it_is_and_what_is_in_it(made: RescueFile) -> None:
    text = made.path.read_text(encoding="utf-8").split("---", 1)[0]
    assert text.startswith("TechDesk rescue file 1\n")
    assert "Made by Kim Larsen on " in text
    assert f"Key of the maker: {made.fingerprint}" in text
    assert "techdesk outbox import" in text
    codes = [one.operation.support_code for one in made.work.entries]
    assert f"1. 10042 Dead: Product diagnosed ({codes[0]}, sending)\n" in text
    assert f"3. 10042 Dead: Order changed: Dead ({codes[2]}, saved here)\n" in text


def test_only_its_owner_can_read_it(made: RescueFile) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_every_file_of_a_desk_bears_the_same_fingerprint_and_another_desk_another(
    van: Van, made: RescueFile, tmp_path: Path
) -> None:
    again = van.files.export(tmp_path / "again")
    other = RescueFiles(van.store, FakeSecrets(), van.clock, tmp_path).export(tmp_path / "other")
    assert again.fingerprint == made.fingerprint != other.fingerprint
    groups = made.fingerprint.split("-")
    assert [len(one) for one in groups] == [4, 4, 4, 4]


def test_without_a_keyring_it_is_signed_all_the_same(van: Van, tmp_path: Path) -> None:
    van.diagnose()
    van.secrets.locked = True
    first, second = van.files.export(tmp_path / "1"), van.files.export(tmp_path / "2")
    assert first.fingerprint != second.fingerprint
    van.secrets.locked = False
    assert van.secrets.kept == {}


def test_no_byte_can_be_changed_unseen(made: RescueFile) -> None:
    raw = made.path.read_bytes()
    for place in range(0, len(raw), 7):
        refusal(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])


def test_no_byte_can_be_missing_at_its_end(made: RescueFile) -> None:
    raw = made.path.read_bytes()
    for length in range(0, len(raw), 7):
        refusal(raw[:length])
    refusal(raw[:-1])


def test_a_changed_line_is_named_with_what_can_still_be_read(made: RescueFile) -> None:
    raw = made.path.read_bytes()
    told = refusal(raw.replace(b"not sent", b"not sand"))
    line = raw[: raw.index(b"not sent")].count(b"\n") + 1
    assert f"“monday” was changed in line {line}" in told
    code = made.work.entries[0].operation.support_code
    assert told.endswith(f"Readable: 10042 Dead: Product diagnosed ({code}, sending)")


def test_a_file_that_was_cut_off_says_so_with_what_can_still_be_read(made: RescueFile) -> None:
    raw = made.path.read_bytes()
    told = refusal(raw[: raw.index(b"not sent")])
    assert "“monday” was cut off" in told
    assert "Product diagnosed" in told
    whole_lines = raw[: raw.index(b"signed ed25519")]
    assert "was cut off" in refusal(whole_lines)
    assert refusal(whole_lines).count("10042") == 3
    assert refusal(raw[:200]).endswith("Readable: nothing")


def test_a_line_that_was_taken_out_or_put_in_is_seen(made: RescueFile) -> None:
    lines = made.path.read_bytes().splitlines(keepends=True)
    assert "was changed after it was signed" in refusal(b"".join([*lines[:-3], *lines[-2:]]))
    assert "was changed after it was signed" in refusal(b"".join([*lines[:-2], *lines[-3:]]))
    assert "was changed after it was signed" in refusal(b"".join([*lines[:-1], b"signed ed25519 AAAA BBBB\n"]))


def test_the_words_for_people_cannot_be_changed_either(made: RescueFile) -> None:
    raw = made.path.read_bytes()
    assert "was changed after it was signed" in refusal(raw.replace(b"Kim Larsen on", b"Ola Nordahl on", 1))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is no rescue file"),
        (b"\x89PNG\r\n", "is no rescue file"),
        (b"TechDesk rescue file 2\n", "made by a newer TechDesk"),
        (b"TechDesk rescue file 1\n", "cut off or changed in its first lines"),
    ],
)
def test_any_other_file_is_refused(raw: bytes, words: str) -> None:
    assert words in refusal(raw)


def test_more_than_a_screenful_of_what_can_be_read_is_counted(van: Van, tmp_path: Path) -> None:
    for number in range(25):
        van.diagnose(str(number))
    raw = van.files.export(tmp_path / "many").path.read_bytes()
    assert refusal(raw[: raw.index(b"signed ed25519")]).endswith("; and 5 more")


def test_a_file_is_never_written_over_another(van: Van, made: RescueFile) -> None:
    with pytest.raises(FileNotSavedError, match="already a file “monday"):
        van.files.export(made.path)
    with pytest.raises(FileNotSavedError, match="is a folder"):
        van.files.export(made.path.parent)


def test_without_unsent_work_there_is_no_file(van: Van, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        van.files.export(tmp_path / "none")
    assert van.files.write_rescue("upgrade") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(van: Van, tmp_path: Path) -> None:
    van.diagnose()
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(FileNotSavedError):
        van.files.export(tmp_path / "taken" / "x")


def test_a_file_that_does_not_read_as_it_was_written_is_told(
    van: Van, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = van.files
    van.diagnose()

    def forget(work: RescueWork, key: bytes) -> bytes:
        from techdesk.desk.rescue_file import written

        return written(replace(work, entries=()), key)

    monkeypatch.setattr("techdesk.desk.rescuing.written", forget)
    with pytest.raises(FileNotSavedError, match="does not read as it was written"):
        other.export(tmp_path / "x")


def test_what_is_written_unasked_lies_in_its_folder_and_the_newest_are_kept(van: Van) -> None:
    van.diagnose()
    for number in range(KEPT + 3):
        van.clock.advance(1)
        made = van.files.write_rescue(f"Sign-out of Bench {number}")
        assert made is not None
    names = sorted(one.name for one in van.folder.iterdir())
    assert len(names) == KEPT
    assert names[0] == "20260601T091204000000-sign-out-of-bench-3.techdesk-rescue"
    assert van.files.read(van.folder / names[-1]).work.maker.reason == "Sign-out of Bench 22"
    assert stat.S_IMODE(van.folder.stat().st_mode) == 0o700


def test_a_file_that_is_not_there_or_far_too_large_is_told(
    van: Van, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFoundError):
        van.files.read(tmp_path / "none")
    monkeypatch.setattr("techdesk.desk.rescuing.LARGEST", 10)
    (tmp_path / "large").write_bytes(b"TechDesk rescue file 1\n")
    with pytest.raises(RescueFileError, match="too large"):
        van.files.read(tmp_path / "large")
    assert LARGEST > 10


def test_another_computer_takes_it_in_once(made: RescueFile, tmp_path: Path) -> None:
    shop = Van(tmp_path / "shop")
    taken = shop.files.take_in(made.path)
    assert set(taken.op_ids) == {one.operation.op_id for one in made.work.entries}
    assert taken.known == 0
    assert taken.changes.outbox
    again = shop.files.take_in(made.path)
    assert (again.op_ids, again.known) == ((), 3)


def test_the_account_that_sends_it_can_be_chosen(made: RescueFile, tmp_path: Path) -> None:
    shop = Van(tmp_path / "shop")
    with shop.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_account("a1")
        tx.save_account(an_account(account_id="a7", name="Moved", address="http://elsewhere"))
    with pytest.raises(NotFoundError, match="no account here for “Bench”"):
        shop.files.take_in(made.path)
    taken = shop.files.take_in(made.path, "a7")
    assert {shop.operation(one).account_id for one in taken.op_ids} == {"a7"}


def test_the_name_at_the_computer_stands_where_no_account_has_one(
    van: Van, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "LOGNAME", "kim")
    with van.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(user_name=""))
    van.diagnose()
    assert van.files.export(tmp_path / "x").work.maker.user == "kim"


def test_only_one_accounts_work_goes_into_a_file_that_is_asked_for_so(van: Van, tmp_path: Path) -> None:
    van.diagnose()
    with van.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(account_id="a2", name="Other", user_name="Ola Nord"))
    with pytest.raises(NotFoundError):
        van.files.export(tmp_path / "x", "a2")
    assert van.files.export(tmp_path / "y", "a1").work.maker.user == "Kim Larsen"
