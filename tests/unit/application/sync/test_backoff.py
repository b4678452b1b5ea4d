"""Waiting: jitter above the server's wish, and deadlines that a wrong clock cannot stretch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techdesk.application.sync.backoff import LONGEST_DELAY_S, delay_s, is_due, later
from tests.support.builders import MORNING


@pytest.mark.parametrize(
    ("failures", "bound"), [(1, 2.0), (3, 8.0), (8, 256.0), (9, LONGEST_DELAY_S), (5000, LONGEST_DELAY_S)]
)
def test_the_wait_is_anything_up_to_a_bound_that_doubles(failures, bound):
    assert delay_s(failures, 0.0) == 0.0
    assert delay_s(failures, 1.0) == bound
    assert delay_s(failures, 0.5) == bound / 2


def test_what_the_server_asks_for_is_the_floor():
    assert delay_s(1, 0.0, retry_after_s=30.0) == 30.0
    assert delay_s(9, 1.0, retry_after_s=30.0) == LONGEST_DELAY_S


def test_no_server_silences_us_for_longer_than_an_hour():
    assert delay_s(1, 0.0, retry_after_s=10 * 365 * 86400.0) == 3600.0


def test_a_wish_in_the_past_is_no_wish():
    assert delay_s(1, 0.0, retry_after_s=-5.0) == 0.0


def test_a_deadline_comes():
    assert is_due(None, MORNING)
    assert is_due(MORNING, MORNING)
    assert not is_due(later(MORNING, 0.1), MORNING)
    assert not is_due(later(MORNING, 3600.0), MORNING)


def test_a_deadline_set_under_a_wrong_clock_counts_as_come():
    assert is_due(MORNING + timedelta(days=1), MORNING)
