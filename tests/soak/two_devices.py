"""Let two desks of one account work for hours over a line that harms one request in five, and watch what they hold.

Each desk is a process of its own: the real, encrypted store, the real sync with its threads, real sockets through a
proxy to a real server. They make orders, record events and items on their own orders and on each other's, and change
the titles of their own. Then the line gets calm, both come to rest, and the server's tables tell the truth.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from pytest import MonkeyPatch

from techdesk.application.accounts import Account
from techdesk.application.commands import Commands
from techdesk.application.network import BY_SYSTEM
from techdesk.application.outbox import Operation, OpState, OrderRef, Outcome
from techdesk.application.ports import OrderStore, ReadTransaction, Urgency
from techdesk.application.queries import OrderFilter
from techdesk.application.sync.account_warnings import sync_warnings
from techdesk.application.sync.loop import SyncListeners, SyncLoop
from techdesk.application.sync.round import SyncPorts
from techdesk.application.sync.state import SyncState
from techdesk.connectors import CONNECTORS
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.desk.clock import SystemClock, new_ids
from techdesk.domain.events import RepairStarted
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.store.order_store import open_store
from tests.faults.killing import hear, tell
from tests.faults.stores import KEY, a_template
from tests.soak.holding import Held, held
from tests.soak.suite import Found, Suite
from tests.support.chaos_proxy import ChaosProxy, Fault, chaos_proxy
from tests.support.server_process import running_server
from tests.support.server_tables import ServerTables

DEVICES = ("a", "b")
HARMED = 0.2
ORDERS_EACH = 3
NEW_ORDER_EVERY = 60
"""Changes after which a device begins another order: nobody works on orders of thousands of parts."""
PAUSE_S = (0.05, 0.6)
PATIENCE_S = 300.0
"""What makes no progress for so long is stuck."""
LONGEST_REST_S = 1800.0
"""So long a device may work off what it holds: on a busy computer that takes longer than the work itself."""
LOOKED_AT_EVERY_S = 10.0
MOST_MORE_KB = 24 * 1024
"""What a process may hold more at its end than after its first quarter; Python's heap alone moves by some megabytes."""
MOST_PAGES_KB = 64 * 1024
"""What SQLite may hold of files that grow: 16 MB for who writes, 8 MB for each who reads, of which there are few."""
MOST_MORE_HANDLES = 8
_AFTER = (Fault.ANSWER_LOST, Fault.RESET_AFTER, Fault.FAILED_AFTER)
_CONTROL_S = 40.0
_CONTROL_TRIES = 4
"""On a busy computer few requests are made in the time of one."""
_FAULTS = (
    Fault.REQUEST_LOST,
    Fault.ANSWER_LOST,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.FAILED_BEFORE,
    Fault.FAILED_AFTER,
    Fault.THROTTLED,
    Fault.TRUNCATED,
    Fault.GARBAGE,
    Fault.CAPTIVE,
)


@dataclass
class Told:
    """What a device has told the parent."""

    saved: list[tuple[str, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    shown: dict[str, list[str]] = field(default_factory=dict)
    trouble: str = ""
    question: list[str] = field(default_factory=list)


class _Device:
    """One desk, in a process of its own."""

    def __init__(self, name: str, folder: Path, address: str, token: str, line: socket.socket) -> None:
        self._name = name
        self._line = line
        self._dice = Random(name)
        self._number = 0
        self._store: OrderStore = open_store(folder / "orders.db", KEY)
        account = Account(account_id="a1", name="Bench", system="flow_retail", address=address)
        self._connector = CONNECTORS["flow_retail"].build(account, token, BY_SYSTEM)
        self._commands = Commands(self._store, SystemClock(), new_ids(), lambda _: self._connector.profile)
        ports = SyncPorts(
            account_id="a1",
            store=self._store,
            connector=self._connector,
            clock=SystemClock(),
            new_id=new_ids(),
            fraction=self._dice.random,
            poll_every_s=5.0,
        )
        self._state = SyncState(account_id="a1")
        listeners = SyncListeners(on_state=self._keep, on_changes=lambda _: None, on_crash=self._crashed)
        self._loop = SyncLoop(ports, listeners)
        with self._store.write(Urgency.PERSON) as tx:
            tx.save_account(account)

    def live(self) -> None:
        """Work until the parent speaks, then come to rest and tell what is shown."""
        self._loop.start()
        self._wait(self._knows_types)
        looked_at = 0.0
        while not select.select([self._line], [], [], self._dice.uniform(*PAUSE_S))[0]:
            self._work()
            if time.monotonic() - looked_at > LOOKED_AT_EVERY_S:
                looked_at = time.monotonic()
                tell(self._line, ("held", held()))
                self._decide()
        hear(self._line)
        self._come_to_quiet()
        tell(self._line, ("quiet", None))
        hear(self._line)
        self._loop.sync_now()
        time.sleep(2 * 5.0)  # the other's last work comes with a pull of its own time
        tell(self._line, ("rest", self._shown()))
        hear(self._line)

    def _work(self) -> None:
        orders = self._orders()
        newest = {name: sorted(_of(orders, name), key=_number)[-ORDERS_EACH:] for name in DEVICES}
        own = [orders[one] for one in newest[self._name]]
        known = [orders[one] for some in newest.values() for one in some]
        self._number += 1
        text = f"{self._name}{self._number}"
        if len(own) < ORDERS_EACH or self._number % NEW_ORDER_EVERY == 0:
            description = f"device {self._name} order {len(_of(orders, self._name))}"
            order = Order(title=text, description=description, service_type_uid=self._depot_type())
            changed = self._commands.create_order("a1", order)
            kind = "order"
        elif self._dice.random() < 0.1:
            ref, kind = self._dice.choice(own), "title"
            with self._store.read() as view:
                record = view.record("a1", RecordType.ORDER, ref.order_id)
            changed = self._commands.change_order(ref, {"title": text}, record.view if record else {})
        elif self._dice.random() < 0.5:
            kind = "event"
            changed = self._commands.record_event(self._dice.choice(known), RepairStarted(notes=text))
        else:
            kind = "item"
            changed = self._commands.add_item(self._dice.choice(known), Item(name=text))
        tell(self._line, ("saved", (kind, text)))
        self._loop.sync_now(changed.orders)

    def _orders(self) -> dict[str, OrderRef]:
        """Return the devices' orders that are here, by their description."""
        with self._store.read() as view:
            rows = view.order_rows(view.order_keys(OrderFilter()))
            records = [view.record("a1", RecordType.ORDER, one.order_id) for one in rows]
        named = {str(one.view.get("description", "")): one.order_id for one in records if one}
        return {name: OrderRef("a1", uid) for name, uid in named.items() if name.startswith("device ")}

    def _depot_type(self) -> str:
        with self._store.read() as view:
            types = view.references("a1", "service_types")
        return str(next(one["service_type_uid"] for one in types if one.get("service_kind") == "repair_depot"))

    def _knows_types(self) -> bool:
        with self._store.read() as view:
            return bool(view.references("a1", "service_types"))

    def _come_to_quiet(self) -> None:
        """Work off what is unsent; each operation that gets settled shows that nothing is stuck."""
        while left := self._unsettled():
            self._wait(lambda most=left: self._decided() < most)

    def _decided(self) -> int:
        """Answer what a person is asked; return how much is unsettled."""
        self._decide()
        return self._unsettled()

    def _unsettled(self) -> int:
        with self._store.read() as view:
            return sum(count for state, count in view.outbox_counts().items() if not state.is_settled)

    def _decide(self) -> None:
        """Keep what is ours where a person is asked, and tell that they were: nobody else changes the same here."""
        with self._store.read() as view:
            asked = view.operations(states=[OpState.CONFLICT])
            told = ["\n".join([f"asks {view.clashes(one.op_id)}", *_told(view, one)]) for one in asked]
        for operation, question in zip(asked, told, strict=True):
            tell(self._line, ("question", question))
            self._commands.outbox.settle_clashes(operation.op_id, dict.fromkeys(operation.intent, "mine"))

    def _shown(self) -> dict[str, list[str]]:
        """Return of each order its title and the texts of its parts, as the window would show them."""
        shown = {}
        for name, ref in self._orders().items():
            with self._store.read() as view:
                record = view.record("a1", RecordType.ORDER, ref.order_id)
                parts = view.parts(*ref)
            texts = sorted(str(one.view.get("notes") or one.view.get("name")) for one in parts)
            shown[name] = [str(record.view.get("title")) if record else "", *texts]
        return shown

    def _wait(self, is_so: Any) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > end:
                raise TimeoutError(f"it did not come to rest: {self._left()}")
            time.sleep(0.05)

    def _left(self) -> str:
        """Return how much is not settled, and what of it is the oldest."""
        with self._store.read() as view:
            counts = {str(state): count for state, count in view.outbox_counts().items() if count}
            oldest = view.operations(states=[one for one in OpState if not one.is_settled])[:5]
            warned = [one.title for one in sync_warnings(view)]
        said = [
            f"{one.verb} {one.record_type} of {one.order_id}: {one.state}, tried {one.attempts} times, {one.reason!r}, "
            f"not before {one.not_before}"
            for one in oldest
        ]
        return "; ".join([str(counts), *warned, str(self._state), *said])

    def _keep(self, state: SyncState) -> None:
        self._state = state

    def _crashed(self, error: Exception) -> None:
        tell(self._line, ("trouble", "".join(traceback.format_exception(error))[-2000:]))


def _told(view: ReadTransaction, asked: Operation) -> Iterator[str]:
    """Yield what is kept of all that was done to an operation's record."""
    for one in view.operations(account_id=asked.account_id, record_id=asked.record_id):
        yield f"  {one.op_id} {one.verb} {one.state} {one.intent} for {one.base}, replaces {one.replaces or 'none'}"
        yield from (
            f"    {did.at:%H:%M:%S.%f} {did.phase} {did.kind} {did.http_status} {did.reason}"
            for did in view.attempts(one.op_id)
        )


def _of(orders: Iterable[str], name: str) -> list[str]:
    return [one for one in orders if one.startswith(f"device {name} ")]


def _number(description: str) -> int:
    return int(description.rpartition(" ")[2])


@dataclass
class _Running:
    """A device's process, as the parent sees it."""

    pid: int
    line: socket.socket
    told: Told = field(default_factory=Told)

    def listen(self, until: str) -> bool:
        """Take in what it tells; true once it said `until`, or is in trouble."""
        while select.select([self.line], [], [], 0.0)[0]:
            said = hear(self.line)
            if said is None:
                self.told.trouble = self.told.trouble or "the process ended by itself"
                return True
            what, content = said
            if what in ("saved", "held", "question"):
                getattr(self.told, what).append(content)
            elif what in ("trouble", "rest"):
                setattr(self.told, "shown" if what == "rest" else "trouble", content)
            if what in (until, "trouble"):
                return True
        return False


@contextmanager
def _forked(name: str, folder: Path, address: str, token: str) -> Iterator[_Running]:
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        here.close()
        try:
            _Device(name, folder, address, token, there).live()
        except BaseException:  # noqa: BLE001 - a forked child must not go on as the parent does; that is told
            tell(there, ("trouble", traceback.format_exc()[-2000:]))
        finally:
            os._exit(0)
    there.close()
    here.settimeout(PATIENCE_S)
    try:
        yield _Running(pid, here)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        here.close()


def run_minutes(minutes: range) -> Found:
    """Let both work for so many minutes, and compare."""
    return work(60.0 * len(minutes), len(minutes))


def work(seconds: float, runs: int) -> Found:
    """Let both work for so many seconds."""
    with tempfile.TemporaryDirectory(prefix="techdesk-two-") as name:
        folder = Path(name)
        a_template(folder / "template")
        (folder / "server").mkdir()
        with running_server(folder / "server", "--sample", "2") as server, chaos_proxy(server.port) as proxy:
            homes = {one: folder / one for one in DEVICES}
            for home in homes.values():
                shutil.copytree(folder / "template", home)
            token = server.technician_token()
            with (
                _forked("a", homes["a"], proxy.address, token) as first,
                _forked("b", homes["b"], proxy.address, token) as second,
            ):
                both = (first, second)
                _work(both, proxy, seconds)
                _come_to_rest(both, proxy)
            tables = ServerTables(server.folder / "server.sqlite")
            failures = tuple(_compared([one.told for one in both], tables))
            requests = Counter(one.fault for one in proxy.seen)
    harmed = sum(requests.values()) - requests[Fault.PASS]
    facts = {
        "saved": sum(len(one.told.saved) for one in both),
        "requests": sum(requests.values()),
        "harmed": harmed,
        "kilobytes_more": max(_more(one.told).kilobytes for one in both),
        "of_them_pages": max(_more(one.told).page_cache for one in both),
        "handles_more": max(_more(one.told).handles for one in both),
    }
    return Found(runs=runs, failures=failures, facts=facts)


def _work(both: tuple[_Running, ...], proxy: ChaosProxy, seconds: float) -> None:
    dice = Random(20)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not any(one.told.trouble for one in both):
        faults = [dice.choice(_FAULTS) if dice.random() < HARMED else Fault.PASS for _ in range(400)]
        proxy.script(*faults, reads=True)
        pause = min(time.monotonic() + 5.0, end)
        while time.monotonic() < pause:
            for one in both:
                one.listen("")
            time.sleep(0.05)


def _come_to_rest(both: tuple[_Running, ...], proxy: ChaosProxy) -> None:
    proxy.calm()
    for word in ("quiet", "rest"):
        waiting = [one for one in both if not one.told.trouble]
        for one in waiting:
            tell(one.line, word)
        end = time.monotonic() + LONGEST_REST_S
        while waiting and time.monotonic() < end:
            waiting = [one for one in waiting if not one.listen(word)]
            time.sleep(0.05)
        for one in waiting:
            one.told.trouble = f"it was not {word} in time"


def _more(told: Told) -> Held:
    """Return what a device held more in its last quarter than in its second."""
    quarter = max(1, len(told.held) // 4)
    before, after = told.held[quarter : 2 * quarter] or told.held[:1], told.held[-quarter:]
    if not before:
        return Held(0, 0, 0)
    n = len(before)
    return Held(*(max(column[n:]) - max(column[:n]) for column in zip(*before, *after, strict=True)))


def _compared(both: list[Told], tables: ServerTables) -> Iterator[str]:
    """Yield what is wrong: with the processes, with what the server has, and with what they show."""
    for name, told in zip(DEVICES, both, strict=True):
        yield from (f"device {name} {wrong}" for wrong in _wrong_with(told))
    if any(told.trouble for told in both):
        return
    rows = tables.rows("select service_order_uid, description, title from orders where description like 'device %'")
    there = {description: [title, *_texts(tables, uid)] for uid, description, title in rows}
    if len(rows) != len(there):
        yield "an order is there two times"
    counted = Counter(text for _, *texts in there.values() for text in texts)
    yield from (f"“{text}” is there {times} times" for text, times in counted.items() if times > 1)
    saved = [text for told in both for kind, text in told.saved if kind in ("event", "item")]
    yield from (f"“{text}” was saved and is not there" for text in saved if not counted[text])
    for name, told in zip(DEVICES, both, strict=True):
        wrong = {one for one in there if told.shown.get(one) != there[one]} | (told.shown.keys() - there.keys())
        yield from (f"device {name} shows another “{one}” than the server has" for one in sorted(wrong))


def _wrong_with(told: Told) -> Iterator[str]:
    if told.trouble:
        yield f"is in trouble: {told.trouble}"
    yield from told.question
    more = _more(told)
    if more.kilobytes - more.page_cache > MOST_MORE_KB:
        yield f"holds {more.kilobytes} kB more than at first, of which {more.page_cache} kB are the file's pages"
    if told.held and (most := max(one.page_cache for one in told.held)) > MOST_PAGES_KB:
        yield f"holds {most} kB of the file's pages"
    if more.handles > MOST_MORE_HANDLES:
        yield f"has {more.handles} handles more than at first"


def _texts(tables: ServerTables, uid: str) -> list[str]:
    events = tables.rows("select notes from events where service_order_uid = ?", uid)
    items = tables.rows("select name from items where service_order_uid = ?", uid)
    return sorted(str(text) for (text,) in (*events, *items))


def control() -> str:
    """Let every attempt have a key of its own, and see the doubles noticed."""
    usual = FlowRetailConnector.send

    def send(self: FlowRetailConnector, operation: Operation) -> Outcome:
        request = operation.request
        if request and "Idempotency-Key" in request.headers:
            headers = {**request.headers, "Idempotency-Key": str(uuid4())}
            operation = replace(operation, request=replace(request, headers=headers))
        return usual(self, operation)

    with MonkeyPatch.context() as patch:
        patch.setattr(FlowRetailConnector, "send", send)
        patch.setattr("tests.soak.two_devices._FAULTS", _AFTER)
        for tries in range(1, _CONTROL_TRIES + 1):
            failures = [one for one in work(_CONTROL_S, 1).failures if "times" in one]
            if failures:
                return f"a new key for each attempt, {tries * _CONTROL_S:.0f} s: {len(failures)} doubles, {failures[0]}"
    raise AssertionError("a new key for each attempt was taken for harmless")


TWO_DEVICES = Suite(
    name="two-devices",
    what="a minute of two desks at work, one request in five harmed, on the wall's clock",
    asked=480,
    run=run_minutes,
    control=control,
    chunk=480,
)
