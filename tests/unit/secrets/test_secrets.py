"""Prove where secrets go: the keyring, a sealed file, this session; never plain text, never a second store key."""

from __future__ import annotations

import threading
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.errors
import pytest

from techdesk.domain.errors import KeyringSlowError, NoKeyringError, SecretsError, StoreLockedError
from techdesk.store.sealed_file import SealedFile
from techdesk.store.secrets import KeyringSecrets, SessionSecrets, choose_secrets, store_key
from tests.unit.secrets.keyrings import FakeKeyring


@pytest.fixture
def secrets() -> KeyringSecrets:
    return KeyringSecrets("TechDesk test")


def test_a_secret_goes_to_the_keyring_and_comes_back(ring: FakeKeyring, secrets: KeyringSecrets) -> None:
    secrets.write("a1", "token")
    assert secrets.read("a1") == "token"
    assert ring.kept == {("TechDesk test", "a1"): "token"}


def test_a_secret_is_forgotten_once_and_for_all(ring: FakeKeyring, secrets: KeyringSecrets) -> None:
    secrets.write("a1", "token")
    secrets.delete("a1")
    secrets.delete("a1")
    assert secrets.read("a1") is None
    assert ring.kept == {}


def test_a_keyring_that_waits_for_a_person_is_left_alone_after_the_limit(ring: FakeKeyring) -> None:
    answered = threading.Event()
    ring.before = lambda: answered.wait(10)
    with pytest.raises(KeyringSlowError):
        KeyringSecrets("TechDesk test", limit_s=0.05).read("a1")
    answered.set()


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (keyring.errors.NoKeyringError(), NoKeyringError),
        (keyring.errors.KeyringLocked(), SecretsError),
        (keyring.errors.InitError(), SecretsError),
        (OSError("no bus"), SecretsError),
    ],
)
def test_a_keyring_that_fails_is_told_in_our_words(
    ring: FakeKeyring, secrets: KeyringSecrets, failure: Exception, expected: type[SecretsError]
) -> None:
    def fail() -> None:
        raise failure

    ring.before = fail
    with pytest.raises(expected) as told:
        secrets.read("a1")
    assert str(failure) not in str(told.value) or not str(failure)


def test_a_backend_that_is_not_recommended_counts_as_none(
    ring: FakeKeyring, secrets: KeyringSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeKeyring, "priority", 0.5)
    with pytest.raises(NoKeyringError):
        secrets.write("a1", "token")
    assert ring.kept == {}


def test_of_several_keyrings_only_the_best_is_used(
    ring: FakeKeyring, secrets: KeyringSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.backends.chainer.ChainerBackend, "backends", [ring, keyring.backends.fail.Keyring()])
    keyring.set_keyring(keyring.backends.chainer.ChainerBackend())
    secrets.write("a1", "token")
    assert ring.kept == {("TechDesk test", "a1"): "token"}


def test_a_computer_without_any_keyring_says_so(secrets: KeyringSecrets) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with pytest.raises(NoKeyringError):
        secrets.read("a1")
    keyring.set_keyring(before)


def test_a_token_kept_for_this_session_leaves_no_trace(ring: FakeKeyring, secrets: KeyringSecrets) -> None:
    session = SessionSecrets(secrets)
    session.keep_for_session("a1", "token")
    assert session.read("a1") == "token"
    assert ring.kept == {}
    assert SessionSecrets(secrets).read("a1") is None
    session.delete("a1")
    assert session.read("a1") is None


def test_a_token_kept_for_good_takes_the_place_of_the_sessions(ring: FakeKeyring, secrets: KeyringSecrets) -> None:
    session = SessionSecrets(secrets)
    session.keep_for_session("a1", "old")
    session.write("a1", "new")
    assert SessionSecrets(secrets).read("a1") == "new"
    session.delete("a1")
    assert ring.kept == {}


def test_the_first_start_with_a_master_password_makes_a_sealed_file(tmp_path: Path) -> None:
    chosen = choose_secrets(tmp_path / "sealed", tmp_path / "store", "s", "horse")
    assert isinstance(chosen, SealedFile)


def test_a_sealed_file_is_used_for_ever_and_needs_its_password(tmp_path: Path) -> None:
    (tmp_path / "sealed").touch()
    (tmp_path / "store").touch()
    assert isinstance(choose_secrets(tmp_path / "sealed", tmp_path / "store", "s", "horse"), SealedFile)
    with pytest.raises(StoreLockedError, match="master password"):
        choose_secrets(tmp_path / "sealed", tmp_path / "store", "s", None)


def test_a_store_whose_key_is_in_the_keyring_stays_there_whatever_password_is_given(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    assert isinstance(choose_secrets(tmp_path / "sealed", tmp_path / "store", "s", "horse"), KeyringSecrets)
    assert isinstance(choose_secrets(tmp_path / "sealed", tmp_path / "none", "s", None), KeyringSecrets)


@pytest.mark.usefixtures("ring")
def test_the_stores_key_is_drawn_once(tmp_path: Path, secrets: KeyringSecrets) -> None:
    key = store_key(secrets, tmp_path / "store")
    (tmp_path / "store").touch()
    assert len(key) == 32
    assert store_key(secrets, tmp_path / "store") == key
    assert store_key(KeyringSecrets("another"), tmp_path / "other") != key


@pytest.mark.usefixtures("ring")
def test_a_store_without_its_key_is_never_given_another(tmp_path: Path, secrets: KeyringSecrets) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(StoreLockedError):
        store_key(secrets, tmp_path / "store")
    assert secrets.read("store-key") is None


def test_a_keyring_that_keeps_nothing_is_noticed_before_the_store_is_made(
    ring: FakeKeyring, secrets: KeyringSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeKeyring, "set_password", lambda *_: None)
    with pytest.raises(SecretsError, match="did not keep"):
        store_key(secrets, tmp_path / "store")
    assert ring.kept == {}
