"""Prove where everything lies."""

from __future__ import annotations

from pathlib import Path

from techdesk.desk.places import Places


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    places = Places.from_environment({"TECHDESK_HOME": str(tmp_path)})
    everything = (places.run, places.store, places.sealed, places.server, places.settings_file, places.log)
    assert all(one.is_relative_to(tmp_path) for one in everything)


def test_two_desks_share_no_place_and_no_keyring_entry(tmp_path: Path) -> None:
    usual = Places.from_environment({})
    other = Places.from_environment({"TECHDESK_HOME": str(tmp_path)})
    assert usual.keyring_service != other.keyring_service
    assert usual.store != other.store


def test_the_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    places = Places.below(tmp_path)
    places.make()
    places.make()
    assert {one.stat().st_mode & 0o777 for one in (places.data, places.settings, places.log)} == {0o700}


def test_a_relative_home_stays_where_it_was_meant() -> None:
    assert Places.from_environment({"TECHDESK_HOME": "here"}).data == Path.cwd() / "here" / "data"
