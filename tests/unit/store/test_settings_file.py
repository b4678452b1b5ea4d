"""This computer's settings."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from techdesk.domain.errors import StoreError
from techdesk.store.settings_file import SettingsFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "settings.json"


def test_a_setting_is_there_after_a_restart(path: Path) -> None:
    SettingsFile(path).set("theme", "dark ☾")
    again = SettingsFile(path)
    assert again.get("theme") == "dark ☾"
    assert again.all() == {"theme": "dark ☾"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_setting_that_was_never_set_has_its_default(path: Path) -> None:
    assert SettingsFile(path).get("theme") == ""
    assert SettingsFile(path).get("theme", "system") == "system"
    assert not path.exists()


def test_settings_do_not_disturb_each_other(path: Path) -> None:
    settings = SettingsFile(path)
    settings.set("theme", "dark")
    settings.set("zoom", "2")
    settings.set("theme", "light")
    assert SettingsFile(path).all() == {"theme": "light", "zoom": "2"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_counts_as_empty_and_is_kept_until_something_is_set(
    path: Path, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    settings = SettingsFile(path)
    assert settings.all() == {}
    assert path.read_bytes() == content
    settings.set("theme", "dark")
    assert SettingsFile(path).get("theme") == "dark"


def test_a_full_disk_leaves_the_old_setting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    settings = SettingsFile(path)
    settings.set("theme", "dark")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="could not be kept"):
        settings.set("theme", "light")
    assert settings.get("theme") == "dark"
    assert SettingsFile(path).get("theme") == "dark"


def test_a_system_without_folders_to_open_keeps_settings_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_DIRECTORY")
    SettingsFile(path).set("theme", "dark")
    assert SettingsFile(path).get("theme") == "dark"
