"""A thousand schedules over the real connector, its HTTP client and the encrypted file: the same promises.

`TECHDESK_SIM_WIRED=50000` runs more. A failure names its seed; `run_wired(seed)` replays it.
"""

from __future__ import annotations

import logging
import os

import pytest

from tests.sim.full_stack import run_wired
from tests.sim.wire import CANARY, WiredConnector

SCHEDULES = int(os.environ.get("TECHDESK_SIM_WIRED", "1000"))
CHUNK = 50


@pytest.mark.parametrize("start", range(0, SCHEDULES, CHUNK))
def test_no_schedule_breaks_a_promise_over_http_and_the_real_file(start):
    reports = [run_wired(seed) for seed in range(start, start + CHUNK)]
    assert {one.seed: one.violations for one in reports if one.violations} == {}
    assert sum(one.effects for one in reports) > 3 * CHUNK


def test_a_full_disk_as_a_look_at_the_server_is_put_off_stops_nothing_for_good():
    assert run_wired(501_882).violations == ()


def test_a_seed_replays_to_the_same_trace_over_http():
    assert [run_wired(seed).digest for seed in range(5)] == [run_wired(seed).digest for seed in range(5)]


def test_a_secret_that_is_logged_or_stored_is_noticed_whatever_the_levels(monkeypatch, caplog):
    caplog.set_level(logging.WARNING, "techdesk")

    def leak(self, operation):
        logging.getLogger("techdesk").debug("sent with %s", CANARY)
        return original(self, operation)

    original = WiredConnector.send
    monkeypatch.setattr(WiredConnector, "send", leak)
    assert any("I11" in one for seed in range(5) for one in run_wired(seed).violations)
