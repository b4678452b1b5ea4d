"""Drive one account's outbox without clock, dice, threads or HTTP: all of them are given (`docs/sync.md` §2–§5).

`start` says what to send and has already noted it as in flight; the caller sends it and hands the outcome to `settle`.
Nothing is remembered here that is not in the store, but for which lanes are worth a look and how the host does.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from techdesk.application.accounts import Dedup
from techdesk.application.changes import Changes
from techdesk.application.exchange import ReadBack
from techdesk.application.outbox import UNSETTLED, Operation, OpState, Outcome
from techdesk.application.ports import Connector, OrderStore, Urgency, WriteTransaction
from techdesk.application.sync.backoff import is_due
from techdesk.application.sync.duplicates import watch_anew
from techdesk.application.sync.host_health import HostHealth
from techdesk.application.sync.lanes import LanePicker, Pick
from techdesk.application.sync.settling import Settlement, at_home
from techdesk.application.sync.verdicts import how_told
from techdesk.domain.instants import instant_text, parse_instant

SET_CLOCK_S = 5.0
"""A wall clock that moved by more than this against the steady one was set."""

LANES_A_TRANSACTION = 32
"""So many lanes are looked at before a person's save may go between."""


class Started(NamedTuple):
    """What goes out now, what is to be looked for now, and what that changed on the screen."""

    operations: list[Operation]
    looks: list[Operation]
    changes: Changes


class SyncEngine:
    """Own the outbox of one account; used by one thread only.

    Attributes:
        host: How the account's host does.
        sent: How many requests went out.
        confirmed: How many operations the server confirmed.
    """

    def __init__(
        self,
        account_id: str,
        store: OrderStore,
        connector: Connector,
        new_id: Callable[[], str],
        fraction: Callable[[], float],
    ) -> None:
        """Keep what the engine works with; call `recover` before anything else.

        Args:
            account_id: Whose outbox it is.
            store: The local store.
            connector: Only its `profile` and its pure `freeze` are used.
            new_id: Makes a UUIDv7 as text.
            fraction: Makes random numbers in 0..1.
        """
        self._account_id = account_id
        self._store = store
        self._connector = connector
        self._new_id = new_id
        self._fraction = fraction
        self._lanes = _Lanes()
        self.host = HostHealth()
        self._silence_noted: datetime | None = None
        self._clock_began: datetime | None = None
        self.sent = 0
        self.confirmed = 0
        self._saw_older = False

    @property
    def in_flight(self) -> int:
        """Return how many operations wait for their outcome."""
        return len(self._lanes.busy)

    def recover(self, now: datetime) -> Changes:
        """Begin after a start: what was in flight may or may not have arrived; by now it had been sent under any clock.

        Raises:
            StoreError: The store could not be read or written.
        """
        with self._store.write(Urgency.BACKGROUND) as tx:
            lost = tx.operations(account_id=self._account_id, states=[OpState.INFLIGHT])
            for operation in lost:
                tx.save_operation(replace(operation, state=OpState.AMBIGUOUS, last_sent_at=now, not_before=None))
                tx.add_attempt(operation.op_id, now, "restart", None)
            silent_until = tx.note(self._silence_note)
        self._silence_noted = parse_instant(silent_until) if silent_until else None
        self.host = HostHealth(silent_until=self._silence_noted)
        self._lanes.busy.clear()
        self.refresh()
        return _changed(one.order_id for one in lost)

    def refresh(self, order_ids: Iterable[str] | None = None) -> None:
        """Look again at lanes that a person changed; at all of them without `order_ids`.

        Raises:
            StoreError: The store could not be read.
        """
        if order_ids is None:
            with self._store.read() as view:
                pending = view.operations(account_id=self._account_id, states=UNSETTLED)
            self._lanes.look_at(dict.fromkeys(one.order_id for one in pending))
        else:
            self._lanes.look_at(sorted(order_ids))

    def hurry(self) -> None:
        """Try at once where only our own patience stands in the way."""
        self.host = self.host.hurried()

    def signed_in(self) -> None:
        """Go on after the credential was seen to work."""
        self.host = self.host.signed_in()

    def start(self, now: datetime) -> Started:
        """Choose what goes out now, each durably `inflight` when this returns; call until nothing more comes.

        Raises:
            StoreError: Nothing may be sent; what was chosen is undone.
        """
        changed: set[str] = set()
        self._lanes.wake(now)
        while room := self.host.room(now, self.in_flight):
            picks = self._pick(self._lanes.next(LANES_A_TRANSACTION), room, now)
            changed.update(order_id for order_id, pick in picks.items() if pick.changed)
            started = [pick.send for pick in picks.values() if pick.send]
            looks = [pick.look for pick in picks.values() if pick.look]
            self.sent += len(started)
            if started or looks or not picks:
                return Started(started, looks, _changed(changed))
        return Started([], [], _changed(changed))

    def settle(self, op_id: str, outcome: Outcome, now: datetime) -> Changes:
        """Take in what became of an operation in flight; an outcome that nothing waits for changes nothing.

        Raises:
            StoreError: It could not be made durable; call again with the same outcome.
        """
        host = self.host.after(outcome, now, self._fraction())
        is_done = False
        with self._store.write(Urgency.BACKGROUND) as tx:
            operation = tx.operation(op_id)
            if operation and operation.state is OpState.INFLIGHT:
                settlement = Settlement(tx, self._new_id, now, self._fraction())
                sent, operation = operation, at_home(tx, operation)
                is_done = settlement.settle(operation, outcome, self._connector.profile)
                settlement.show_moved(sent, operation)
                self._saw_older = self._saw_older or settlement.saw_older
            self._keep_silence(tx, host)
        self.host = host
        self._silence_noted = host.silent_until
        self.confirmed += is_done
        return self._finished(op_id, operation)

    def took_older(self) -> bool:
        """Say whether an answer since the last call showed a record older than it is here."""
        saw_older, self._saw_older = self._saw_older, False
        return saw_older

    def sighted(self, op_id: str, read: ReadBack, asked_at: datetime, now: datetime) -> Changes:
        """Take in what a look for an operation's effect brought, that was asked for at `asked_at`.

        Raises:
            StoreError: It could not be made durable; call again with the same.
        """
        is_done = False
        with self._store.write(Urgency.BACKGROUND) as tx:
            operation = tx.operation(op_id)
            if operation and operation.state is OpState.AMBIGUOUS:
                settlement = Settlement(tx, self._new_id, now, self._fraction())
                sent, operation = operation, at_home(tx, operation)
                is_done = settlement.sighted(operation, read, self._connector.profile, asked_at)
                settlement.show_moved(sent, operation)
        self.confirmed += is_done
        return self._finished(op_id, operation)

    def check_clock(self, now: datetime, began: datetime) -> None:
        """Let everything settle anew if the clock was set since the last call, as nobody knows how long it has waited.

        Args:
            now: The present instant.
            began: When this computer's steady clock began, by its wall clock; moves when that is set or the computer
                was started anew, and stays over a restart of the desk.

        Raises:
            StoreError: It could not be stored; call again.
        """
        if self._clock_began is None:
            with self._store.read() as view:
                noted = view.note(self._clock_note)
            self._clock_began = parse_instant(noted) if noted else None
        if self._clock_began and abs(began - self._clock_began) <= timedelta(seconds=SET_CLOCK_S):
            return
        with self._store.write(Urgency.BACKGROUND) as tx:
            self._settle_anew(tx, now)
            watch_anew(tx, self._account_id, now)
            tx.save_note(self._clock_note, instant_text(began))
        self._clock_began = began
        self.refresh()

    def heard(self, outcome: Outcome, now: datetime) -> None:
        """Take in what a call beside the outbox told about the host.

        Raises:
            StoreError: The host's wish for silence holds, but a restart would forget it.
        """
        self.host = self.host.after(outcome, now, self._fraction())
        if self.host.silent_until != self._silence_noted:
            with self._store.write(Urgency.BACKGROUND) as tx:
                self._keep_silence(tx, self.host)
            self._silence_noted = self.host.silent_until

    def wake_at(self, now: datetime) -> datetime | None:
        """Return when `start` may have something that it has not now; None if only news from outside can help."""
        lanes = now if self._lanes.ready else self._lanes.wake_at()
        if lanes is None or self.host.signed_out:
            return None
        host = self.host.wake_at(now)
        if is_due(lanes, now):
            return host or (None if self.in_flight else now)
        return max(lanes, host or lanes)

    def _finished(self, op_id: str, operation: Operation | None) -> Changes:
        """Free the lane of an operation; one that moved meanwhile has another to be looked at as well."""
        orders = self._lanes.finish(op_id)
        if orders and operation and operation.order_id not in orders:
            self._lanes.look_at([operation.order_id])
            orders.append(operation.order_id)
        return _changed(orders)

    def _settle_anew(self, tx: WriteTransaction, now: datetime) -> None:
        """Count the time in which a request may still take effect from now on."""
        profile = self._connector.profile
        for operation in tx.operations(account_id=self._account_id, states=[OpState.AMBIGUOUS]):
            if profile.reads_back or how_told(operation, profile) is not Dedup.KEYED:
                tx.save_operation(replace(operation, last_sent_at=now, settle_reads=0))

    def _keep_silence(self, tx: WriteTransaction, host: HostHealth) -> None:
        """Note the host's wish, so that a restart does not forget it."""
        if host.silent_until is not None and host.silent_until != self._silence_noted:
            tx.save_note(self._silence_note, instant_text(host.silent_until))

    @property
    def _clock_note(self) -> str:
        return f"clock_began:{self._account_id}"

    @property
    def _silence_note(self) -> str:
        return f"silent_until:{self._account_id}"

    def _pick(self, lanes: list[str], room: int, now: datetime) -> dict[str, Pick]:
        """Look at lanes in one transaction, until there is no more room; remember what they told once it is durable."""
        picks: dict[str, Pick] = {}
        if lanes:
            with self._store.write(Urgency.BACKGROUND) as tx:
                for order_id in lanes:
                    picks[order_id] = LanePicker(self._connector, tx, now).pick(self._account_id, order_id)
                    room -= picks[order_id].takes_room
                    if not room:
                        break
        for order_id, pick in picks.items():
            self._lanes.note(order_id, pick)
        return picks


class _Lanes:
    """Remember which orders are worth a look, which wait until when or for another order, and which are busy."""

    def __init__(self) -> None:
        self.busy: dict[str, str] = {}
        self.ready: OrderedDict[str, None] = OrderedDict()
        self._for_others: set[str] = set()
        self._waiting: list[tuple[datetime, int, str]] = []
        self._numbers = count()

    def look_at(self, order_ids: Iterable[str]) -> None:
        busy = set(self.busy.values())
        wanted = [*order_ids, *sorted(self._for_others)]
        self._for_others.clear()
        self.ready.update(dict.fromkeys(one for one in wanted if one not in busy))

    def wake(self, now: datetime) -> None:
        """Make those ready whose time has come."""
        while self._waiting and is_due(self._waiting[0][0], now):
            self.look_at([heapq.heappop(self._waiting)[2]])

    def next(self, limit: int) -> list[str]:
        return [order_id for order_id, _ in zip(self.ready, range(limit), strict=False)]

    def note(self, order_id: str, pick: Pick) -> None:
        """Keep what a look at a lane told."""
        del self.ready[order_id]
        if going := pick.send or pick.look:
            self.busy[going.op_id] = order_id
        elif pick.wait_until:
            heapq.heappush(self._waiting, (pick.wait_until, next(self._numbers), order_id))
        elif pick.needs_others:
            self._for_others.add(order_id)

    def finish(self, op_id: str) -> list[str]:
        """Free the lane of an operation that has its outcome."""
        order_id = self.busy.pop(op_id, None)
        if order_id is None:
            return []
        self.look_at([order_id])
        return [order_id]

    def wake_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None


def _changed(order_ids: Iterable[str]) -> Changes:
    orders = frozenset(order_ids)
    return Changes(orders=orders, list_changed=bool(orders), outbox=bool(orders))
