"""A recovery code opens the data whose key the keyring has lost, and puts the key back; nothing else is ever made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.desk.desk import Desk
from techdesk.desk.opening import KEY_NOT_KEPT, open_desk
from techdesk.desk.places import Places
from techdesk.desk.withheld import MASTER_PASSWORD, RECOVERY_CODE
from techdesk.domain.errors import NoKeyringError, SecretsError, StoreLockedError, WrongRecoveryCodeError
from techdesk.domain.recovery_code import recovery_code
from techdesk.store import sealed_file
from techdesk.store.recovery import code_of_store
from techdesk.store.sealed_file import SealedFile
from techdesk.store.secrets import STORE_KEY, KeyringSecrets
from tests.unit.secrets.keyrings import FakeKeyring, in_session, needs_keyring

PASSWORD = "horse battery"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing may be cheap here; and nothing is asked of this computer's own environment."""
    monkeypatch.setitem(sealed_file._SCRYPT, "n", 2**4)
    for name in (MASTER_PASSWORD, RECOVERY_CODE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path)


Open = Callable[..., Desk]


@pytest.fixture
def opened(places: Places) -> Iterator[Open]:
    """Opens the desk, and closes it at the end."""
    desks: list[Desk] = []

    def open_it(password: str | None = None, code: str | None = None) -> Desk:
        desks.append(open_desk(places, password, code))
        return desks[-1]

    yield open_it
    for desk in desks:
        desk.close()


def made(places: Places, password: str | None = None) -> str:
    """Make a desk with something in it; return its recovery code."""
    desk = open_desk(places, password)
    with closing(desk):
        with desk.store.write(Urgency.PERSON) as tx:
            tx.save_note("word", "kept")
        return desk.recovery_code()


def word_in(desk: Desk) -> str | None:
    with desk.store.read() as view:
        return view.note("word")


def files_of(places: Places) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in places.data.iterdir() if path.is_file()}


def test_the_code_opens_the_data_of_a_keyring_that_lost_its_key_and_gives_it_back(
    ring: FakeKeyring, places: Places, opened: Open
) -> None:
    code = made(places)
    kept = dict(ring.kept)
    ring.kept.clear()
    before = files_of(places)
    with pytest.raises(StoreLockedError):
        opened()
    assert files_of(places) == before
    assert ring.kept == {}, "no other key is made for a store that is there"
    desk = opened(code=code)
    assert word_in(desk) == "kept"
    assert ring.kept == kept
    desk.close()
    assert word_in(opened()) == "kept"


def test_the_code_is_taken_from_the_environment_where_it_is_needed(
    ring: FakeKeyring, places: Places, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = made(places)
    ring.kept.clear()
    monkeypatch.setenv(RECOVERY_CODE, code.lower())
    desk = opened()
    assert word_in(desk) == "kept"
    desk.close()
    monkeypatch.setenv(RECOVERY_CODE, "nonsense, which nobody looks at")
    assert word_in(opened()) == "kept"


def test_a_key_in_the_keyring_that_belongs_to_other_data_is_replaced(
    ring: FakeKeyring, places: Places, opened: Open
) -> None:
    code = made(places)
    right = dict(ring.kept)
    for name in ring.kept:
        ring.kept[name] = os.urandom(32).hex()
    with pytest.raises(StoreLockedError):
        opened()
    assert word_in(opened(code=code)) == "kept"
    assert ring.kept == right


def test_a_slip_is_told_before_anything_is_tried(ring: FakeKeyring, places: Places, opened: Open) -> None:
    code = made(places)
    ring.kept.clear()
    before = files_of(places)
    with pytest.raises(WrongRecoveryCodeError, match="Group 3"):
        opened(code=code[:12] + ("0" if code[12] != "0" else "1") + code[13:])
    assert (files_of(places), ring.kept) == (before, {})


def test_the_code_of_other_data_opens_nothing_and_changes_nothing(
    ring: FakeKeyring, places: Places, opened: Open
) -> None:
    made(places)
    ring.kept.clear()
    before = files_of(places)
    with pytest.raises(StoreLockedError, match="belongs to other data"):
        opened(code=recovery_code(os.urandom(32)))
    assert (files_of(places), ring.kept) == (before, {})


def test_where_there_is_no_data_a_code_makes_none(ring: FakeKeyring, places: Places, opened: Open) -> None:
    def locked() -> None:
        raise OSError("locked")

    ring.before = locked
    with pytest.raises(StoreLockedError, match="no data here"):
        opened(code=recovery_code(bytes(32)))
    assert not places.store.exists()


def test_where_only_a_backup_is_left_no_new_key_is_made_and_the_code_brings_it_back(
    ring: FakeKeyring, places: Places, opened: Open
) -> None:
    desk = open_desk(places)
    with closing(desk):
        with desk.store.write(Urgency.PERSON) as tx:
            tx.save_note("word", "kept")
        code = desk.recovery_code()
        desk._parts.store.back_up(BackupReason.SIGN_OUT)
    for path in places.data.glob("store.db*"):
        path.unlink()
    ring.kept.clear()
    with pytest.raises(StoreLockedError):
        opened()
    assert ring.kept == {}
    assert not places.store.exists()
    assert word_in(opened(code=code)) == "kept"


def test_a_damaged_store_is_opened_by_the_code_if_a_backup_knows_it(
    ring: FakeKeyring, places: Places, opened: Open
) -> None:
    desk = open_desk(places)
    with closing(desk):
        with desk.store.write(Urgency.PERSON) as tx:
            tx.save_note("word", "kept")
        code = desk.recovery_code()
        desk._parts.store.back_up(BackupReason.SIGN_OUT)
    content = places.store.read_bytes()
    places.store.write_bytes(bytes(4096) + content[4096:])
    ring.kept.clear()
    assert word_in(opened(code=code)) == "kept"


def test_a_keyring_that_stays_locked_does_not_keep_anybody_from_their_work(
    ring: FakeKeyring, places: Places, opened: Open
) -> None:
    code = made(places)

    def locked() -> None:
        raise OSError("locked")

    ring.before = locked
    with pytest.raises(SecretsError):
        opened()
    desk = opened(code=code)
    assert word_in(desk) == "kept"
    assert desk.recovery_code() == code
    news: list[StoreNews] = []
    desk.look_after_store(news.append)
    assert news == [KEY_NOT_KEPT]
    assert not places.sealed.exists(), "never a file instead of the keyring without being asked"


def test_a_keyring_that_forgets_at_once_does_not_count_as_kept(
    ring: FakeKeyring, places: Places, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = made(places)
    ring.kept.clear()
    monkeypatch.setattr(FakeKeyring, "set_password", lambda *_: None)
    news: list[StoreNews] = []
    opened(code=code).look_after_store(news.append)
    assert news == [KEY_NOT_KEPT]


def test_without_a_keyring_a_new_master_password_takes_the_key(places: Places, opened: Open, ring: FakeKeyring) -> None:
    code = made(places)

    def none() -> None:
        raise NoKeyringError

    ring.before = none
    desk = opened(password=PASSWORD, code=code)
    assert word_in(desk) == "kept"
    desk.close()
    assert word_in(opened(password=PASSWORD)) == "kept"


def test_who_forgot_the_master_password_chooses_another_and_the_old_file_stays_beside(
    places: Places, opened: Open
) -> None:
    code = made(places, "the forgotten one")
    old = places.sealed.read_bytes()
    for number in ("", "-2"):
        with pytest.raises(SecretsError):
            opened(password=PASSWORD + number)
        desk = opened(password=PASSWORD + number, code=code)
        assert word_in(desk) == "kept"
        desk.close()
    assert places.sealed.with_name("secrets.sealed.before-recovery").read_bytes() == old
    assert SealedFile(places.sealed.with_name("secrets.sealed.before-recovery-2"), PASSWORD).read(STORE_KEY)
    assert word_in(opened(password=f"{PASSWORD}-2")) == "kept"


def test_a_sealed_file_whose_key_is_gone_gets_it_back_and_keeps_the_rest(places: Places, opened: Open) -> None:
    code = made(places, PASSWORD)
    sealed = SealedFile(places.sealed, PASSWORD)
    sealed.write("a1", "token")
    sealed.delete(STORE_KEY)
    desk = opened(password=PASSWORD, code=code)
    assert word_in(desk) == "kept"
    assert SealedFile(places.sealed, PASSWORD).read("a1") == "token"
    assert desk.recovery_code() == code


def test_a_sealed_file_is_not_touched_without_a_password(places: Places, opened: Open) -> None:
    code = made(places, PASSWORD)
    old = places.sealed.read_bytes()
    desk = opened(code=code)
    assert word_in(desk) == "kept"
    assert places.sealed.read_bytes() == old


def test_a_sealed_file_that_cannot_be_set_aside_stays(
    places: Places, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = made(places, PASSWORD)
    old = places.sealed.read_bytes()

    def refused(*_: object) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refused)
    assert word_in(opened(password="another one", code=code)) == "kept"
    assert places.sealed.read_bytes() == old


def test_a_desk_whose_key_is_gone_meanwhile_has_no_code(ring: FakeKeyring) -> None:
    with pytest.raises(StoreLockedError):
        code_of_store(KeyringSecrets("TechDesk test"))


def test_the_code_is_in_no_log(ring: FakeKeyring, places: Places, opened: Open) -> None:
    code = made(places)
    key = next(iter(ring.kept.values()))
    ring.kept.clear()
    with pytest.raises(WrongRecoveryCodeError):
        opened(code=code[:-1] + ("0" if code[-1] != "0" else "1"))
    opened(code=code).close()
    everything = b"".join(path.read_bytes() for path in places.log.rglob("*") if path.is_file())
    for secret in (code, code[:11], code.replace("-", ""), key):
        assert secret.encode() not in everything


LOSE_AND_RECOVER = """
import sys
from contextlib import closing
from pathlib import Path
import keyring
from techdesk.application.ports import Urgency
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.errors import TechDeskError
places = Places.below(Path(sys.argv[1]))
with closing(open_desk(places)) as desk:
    with desk.store.write(Urgency.PERSON) as tx:
        tx.save_note("word", "kept")
    code = desk.recovery_code()
keyring.delete_password(places.keyring_service, "store-key")
for typed in (None, code[:-1] + ("0" if code[-1] != "0" else "1")):
    try:
        open_desk(places, code=typed)
    except TechDeskError as error:
        print(type(error).__name__)
with closing(open_desk(places, code=code)) as desk, desk.store.read() as view:
    print(view.note("word"))
with closing(open_desk(places)) as desk, desk.store.read() as view:
    print(view.note("word"), desk.recovery_code() == code)
"""


@needs_keyring
def test_the_desktops_own_keyring_gets_its_key_back(tmp_path: Path) -> None:
    done = in_session(tmp_path, LOSE_AND_RECOVER, str(tmp_path / "desk"))
    assert done.stdout.split() == ["StoreLockedError", "WrongRecoveryCodeError", "kept", "kept", "True"], done.stderr
