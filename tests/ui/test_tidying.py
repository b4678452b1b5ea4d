"""Prove that garbage is looked for when nobody waits, and never by Python itself in the middle of a sync."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.ui.tasks import Tasks
from techdesk.ui.tidying import Tidying


class Ring:
    """An object that only a look for garbage finds, as it refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def tidying(tasks: Tasks) -> Iterator[Tidying]:
    made = Tidying(tasks)
    yield made
    made.close()


def old_garbage() -> weakref.ref[Ring]:
    """Return garbage that Python counts among what stays."""
    ring = Ring()
    gc.collect(0)
    gc.collect(1)
    return weakref.ref(ring)


def test_garbage_is_found_while_nothing_is_synced(tidying: Tidying) -> None:
    garbage = old_garbage()
    assert garbage() is not None
    tidying.tidy()
    assert garbage() is None


@pytest.mark.parametrize("phase", [SyncPhase.PULLING, SyncPhase.PUSHING])
def test_a_sync_is_not_held_up_and_its_garbage_is_found_afterwards(
    tasks: Tasks, tidying: Tidying, phase: SyncPhase
) -> None:
    tasks.sync_changed.emit(SyncState(account_id="a1", phase=phase))
    tasks.sync_changed.emit(SyncState(account_id="a2", phase=SyncPhase.IDLE))
    garbage = old_garbage()
    tidying.tidy()
    assert garbage() is not None
    tasks.sync_changed.emit(SyncState(account_id="a1", phase=SyncPhase.IDLE))
    tidying.tidy()
    assert garbage() is None


def test_python_looks_through_old_objects_by_itself_only_without_a_window(tasks: Tasks) -> None:
    before = gc.get_threshold()
    tidying = Tidying(tasks)
    assert gc.isenabled()
    assert gc.get_threshold()[2] > 1000 * before[2]
    assert gc.get_freeze_count() > 0
    tidying.close()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
