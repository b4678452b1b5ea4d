"""What opens the data is given in the environment, which every program inherits that is started from here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from techdesk.__main__ import main
from techdesk.desk import withheld
from techdesk.desk.places import Places
from techdesk.desk.withheld import MASTER_PASSWORD, RECOVERY_CODE, given, withhold
from techdesk.instance.claim import Claim, claim_or_ask

SECRETS = {MASTER_PASSWORD: "horse battery", RECOVERY_CODE: "staple"}
SEES = f"import os, sys; sys.exit(any(name in os.environ for name in {tuple(SECRETS)}))"


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withheld, "_withheld", {})
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A window that is open already, so that another one only raises it."""
    monkeypatch.setenv("TECHDESK_HOME", str(tmp_path))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    places = Places.from_environment()
    places.make()
    claim = claim_or_ask(places.run, {})
    assert isinstance(claim, Claim)
    claim.serve(lambda _: {"raised": True})
    yield
    claim.stop_serving()
    claim.release()


def child_sees_any() -> bool:
    return subprocess.run([sys.executable, "-c", SEES], check=False).returncode == 1


def test_what_is_withheld_reaches_no_child_and_still_opens_the_data() -> None:
    assert child_sees_any()
    withhold()
    assert not child_sees_any()
    assert {name: given(name) for name in SECRETS} == SECRETS


def test_what_was_not_given_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MASTER_PASSWORD, "")
    monkeypatch.delenv(RECOVERY_CODE)
    withhold()
    assert [given(name) for name in SECRETS] == ["", ""]


def test_a_window_withholds_it(window: None) -> None:
    assert main([]) == 0
    assert not set(SECRETS) & set(os.environ)
