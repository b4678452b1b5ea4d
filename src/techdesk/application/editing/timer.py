"""Run one timer at a time; it is kept in the store, so it survives a restart and needs no clock tick."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from techdesk.application.changes import Changes
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Clock, OrderStore, ReadTransaction, Urgency, WriteTransaction
from techdesk.domain.errors import NotAllowedError
from techdesk.domain.instants import instant_text, parse_instant

if TYPE_CHECKING:
    from techdesk.domain.hours import HoursEntry

_NOTE = "timer"

SaveHours = Callable[[OrderRef, "HoursEntry", Callable[[WriteTransaction], None]], Changes]
"""Saves an hours entry and runs one more step in the same transaction, so that a crash cannot record it twice."""


@dataclass(frozen=True, slots=True)
class RunningTimer:
    """The timer that runs: on which order, since when."""

    order: OrderRef
    started_at: datetime


class Timer:
    """Start and stop the timer of this computer."""

    def __init__(self, store: OrderStore, clock: Clock, save_hours: SaveHours) -> None:
        """Keep where the timer is stored and how its hours are saved."""
        self._store = store
        self._clock = clock
        self._save_hours = save_hours

    def running(self) -> RunningTimer | None:
        """Return the running timer.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            return running_timer(view)

    def start(self, order: OrderRef) -> Changes:
        """Start the timer on an order.

        Raises:
            NotAllowedError: It already runs on some order.
            StoreError: It was not saved.
        """
        if self.running():
            raise NotAllowedError("A timer is already running", "Stop it first; only one runs at a time")
        started = instant_text(self._clock.now())
        note = {"account": order.account_id, "order": order.order_id, "started": started}
        with self._store.write(Urgency.PERSON) as tx:
            tx.save_note(_NOTE, json.dumps(note))
        return Changes(orders=frozenset({order.order_id}))

    def stop(self, note: str = "", *, billable: bool = True, rate: str | None = None) -> Changes:
        """Stop the timer and record its hours, at an hourly rate; if they cannot be saved it goes on running.

        Raises:
            NotAllowedError: None runs, or the order takes no hours any more.
            StoreError: It was not saved.
        """
        from techdesk.domain.hours import HoursEntry

        timer = self.running()
        if timer is None:
            raise NotAllowedError("No timer is running")
        entry = HoursEntry(
            started_at=timer.started_at,
            ended_at=self._clock.now(),
            note=note,
            billable=billable,
            hourly_rate_uid=rate,
        )
        return self._save_hours(timer.order, entry, _forget)

    def discard(self) -> Changes:
        """Stop the timer without recording anything.

        Raises:
            StoreError: It was not saved.
        """
        timer = self.running()
        with self._store.write(Urgency.PERSON) as tx:
            _forget(tx)
        return Changes(orders=frozenset({timer.order.order_id})) if timer else Changes()


def running_timer(view: ReadTransaction) -> RunningTimer | None:
    """Return the timer that runs on this computer.

    Raises:
        StoreError: The store could not be read.
    """
    note = view.note(_NOTE)
    if note is None:
        return None
    kept = json.loads(note)
    return RunningTimer(OrderRef(kept["account"], kept["order"]), parse_instant(kept["started"]))


def _forget(tx: WriteTransaction) -> None:
    tx.save_note(_NOTE, None)
