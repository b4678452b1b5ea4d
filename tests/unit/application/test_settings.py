"""Prove how settings that are typed by hand are read."""

from __future__ import annotations

import pytest

from techdesk.application.settings import SYNC_EVERY_S, seconds_between_looks
from tests.support.fake_desk import FakeSettings


@pytest.mark.parametrize(
    ("text", "seconds"), [("60", 60), ("1", 5), ("99999", 3600), ("", 20.0), ("soon", 20.0), ("-7", 20.0)]
)
def test_the_time_between_two_looks_is_what_was_set_within_reason(text: str, seconds: float) -> None:
    settings = FakeSettings()
    settings.set(SYNC_EVERY_S, text)
    assert seconds_between_looks(settings, 20.0) == seconds
