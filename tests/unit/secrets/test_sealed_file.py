"""Prove that the sealed file opens with its password alone and never loses or shows a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from techdesk.domain.errors import SecretsError, WrongPasswordError
from techdesk.store import sealed_file
from techdesk.store.sealed_file import SealedFile


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing may be cheap here: the tests know the password."""
    monkeypatch.setitem(sealed_file._SCRYPT, "n", 2**4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets.sealed"


def test_a_secret_is_read_back_by_the_next_process(path: Path) -> None:
    SealedFile(path, "horse").write("a1", "tøken 🔑")
    assert SealedFile(path, "horse").read("a1") == "tøken 🔑"


def test_a_secret_that_was_never_kept_is_none(path: Path) -> None:
    assert SealedFile(path, "horse").read("a1") is None
    assert not path.exists()


def test_a_deleted_secret_is_gone_and_the_others_stay(path: Path) -> None:
    file = SealedFile(path, "horse")
    file.write("a1", "one")
    file.write("a2", "two")
    file.delete("a1")
    file.delete("never there")
    assert (SealedFile(path, "horse").read("a1"), SealedFile(path, "horse").read("a2")) == (None, "two")


def test_the_file_shows_neither_names_nor_secrets_and_is_its_owners_alone(path: Path) -> None:
    SealedFile(path, "horse").write("account-name", "very-secret")
    assert b"very-secret" not in path.read_bytes()
    assert b"account-name" not in path.read_bytes()
    assert b"horse" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_wrong_password_opens_nothing_and_changes_nothing(path: Path) -> None:
    SealedFile(path, "horse").write("a1", "one")
    before = path.read_bytes()
    with pytest.raises(WrongPasswordError):
        SealedFile(path, "mule").read("a1")
    with pytest.raises(WrongPasswordError):
        SealedFile(path, "mule").write("a1", "other")
    assert path.read_bytes() == before


def test_every_write_is_sealed_with_a_new_nonce(path: Path) -> None:
    file = SealedFile(path, "horse")
    nonces = set()
    for _ in range(5):
        file.write("a1", "the same")
        nonces.add(json.loads(path.read_bytes())["nonce"])
    assert len(nonces) == 5


@pytest.mark.parametrize("change", [{"n": 2**3}, {"r": 9}, {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="}])
def test_nobody_can_change_how_the_key_is_made(path: Path, change: dict[str, object]) -> None:
    SealedFile(path, "horse").write("a1", "one")
    sealed = json.loads(path.read_bytes())
    sealed["head"].update(change)
    path.write_text(json.dumps(sealed))
    with pytest.raises(WrongPasswordError):
        SealedFile(path, "horse").read("a1")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\x00", b'{"head":{"version":9,"kdf":"x","salt":""}}'])
def test_a_damaged_file_is_named_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SecretsError, match=path.name):
        SealedFile(path, "horse").write("a1", "one")
    assert path.read_bytes() == content


def test_a_write_that_finds_no_room_leaves_the_old_secrets(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SealedFile(path, "horse").write("a1", "one")

    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(SecretsError, match="cannot be written"):
        SealedFile(path, "horse").write("a1", "two")
    assert SealedFile(path, "horse").read("a1") == "one"
