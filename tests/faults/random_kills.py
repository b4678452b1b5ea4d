"""Kill -9 a desk at random moments while it saves and syncs with a real server, and compare with the server's tables.

A child forked from this warm process is a desk without a window: the real, encrypted store, the real sync with its
threads, real sockets. It tells what it saved only after “Saved here”, and what is confirmed only after “Confirmed”. The
parent keeps that truth, kills the child at a random moment, again and again, lets the last one come to rest, and then
compares field by field.
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.commands import Commands
from techdesk.application.network import BY_SYSTEM
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.sync.engine import SyncEngine
from techdesk.application.sync.loop import SyncListeners, SyncLoop
from techdesk.application.sync.round import SyncPorts
from techdesk.connectors import CONNECTORS
from techdesk.desk.clock import SystemClock, new_ids
from techdesk.domain.events import RepairStarted
from techdesk.domain.instants import instant_text
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.store.order_store import open_store
from tests.faults.killing import hear, tell
from tests.faults.stores import KEY, a_template
from tests.soak.suite import Found
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables

KILLS_A_SEED = 5
ORDERS = 2
MOST_SAVES = 12
PATIENCE_S = 60.0
SILENT_S = 2.0
"""A child that says nothing for so long has told everything: changes that became one are confirmed as one."""
_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Saved(NamedTuple):
    """One thing that a person was told to be saved.

    Attributes:
        order: Which of the seed's orders, by the number that stands in its description.
        kind: `order`, `event`, `item` or `title`.
        number: Counts up over all lives, so that it tells the order of making.
    """

    order: int
    kind: str
    number: int

    def text(self, seed: int) -> str:
        """Return the text that is written nowhere else."""
        return f"s{seed}o{self.order}n{self.number}"


@dataclass
class Truth:
    """What the parent knows."""

    saved: list[Saved] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
    shown: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True)
class _Life:
    seed: int
    number: int
    folder: Path
    address: str
    token: str
    last: int
    is_last: bool


# The child.


class _Child:
    def __init__(self, life: _Life, line: socket.socket) -> None:
        self._life = life
        self._line = line
        self._dice = Random(life.seed * 1000 + life.number)
        self._store: OrderStore = open_store(life.folder / "orders.db", KEY)
        account = Account(account_id="a1", name="Bench", system="flow_retail", address=life.address)
        self._connector = CONNECTORS["flow_retail"].build(account, life.token, BY_SYSTEM)
        self._commands = Commands(self._store, SystemClock(), new_ids(), lambda _: self._connector.profile)
        ports = SyncPorts(
            account_id="a1",
            store=self._store,
            connector=self._connector,
            clock=SystemClock(),
            new_id=new_ids(),
            fraction=self._dice.random,
        )
        listeners = SyncListeners(on_state=lambda _: None, on_changes=lambda _: None, on_crash=self._crashed)
        self._loop = SyncLoop(ports, listeners)
        self._told: set[str] = set()
        if life.number == 1:
            with self._store.write(Urgency.PERSON) as tx:
                tx.save_account(account)

    def live(self) -> None:
        """Work until the parent kills, or come to rest if this is the last life."""
        self._loop.start()
        self._wait(self._knows_types)
        if self._life.is_last:
            self._wait(self._is_quiet)
            self._tell_confirmed()
            tell(self._line, ("rest", self._shown()))
            return
        for number in range(self._life.last + 1, self._life.last + 1 + MOST_SAVES):
            self._save(number)
            self._tell_confirmed()
            time.sleep(self._dice.uniform(0.0, 0.02))
        while True:
            self._tell_confirmed()
            time.sleep(0.005)

    def _save(self, number: int) -> None:
        orders = self._orders()
        if len(orders) < ORDERS:
            saved = Saved(len(orders), "order", number)
            self._tell_saved(saved, self._commands.create_order("a1", self._an_order(saved)))
            return
        place = self._dice.randrange(ORDERS)
        saved = Saved(place, self._dice.choice(("event", "event", "item", "title")), number)
        order, text = orders[place], saved.text(self._life.seed)
        if saved.kind == "event":
            event = RepairStarted(notes=text, repair_started_at=_AT)
            self._tell_saved(saved, self._commands.record_event(order, event))
        elif saved.kind == "item":
            self._tell_saved(saved, self._commands.add_item(order, Item(name=text, note=f"note of {text}")))
        else:
            with self._store.read() as view:
                record = view.record("a1", RecordType.ORDER, order.order_id)
            changed = self._commands.change_order(order, {"title": text}, record.view if record else {})
            self._tell_saved(saved, changed)

    def _an_order(self, saved: Saved) -> Order:
        with self._store.read() as view:
            types = view.references("a1", "service_types")
        kind = next(one for one in types if one.get("service_kind") == "repair_depot")
        text = saved.text(self._life.seed)
        return Order(
            title=text,
            description=f"seed {self._life.seed} order {saved.order}",
            service_type_uid=kind["service_type_uid"],
        )

    def _orders(self) -> list[OrderRef]:
        """Return the seed's orders that are here, by their number."""
        with self._store.read() as view:
            made = [one for one in view.operations() if one.verb.value == "create" and one.record_id == one.order_id]
            named = {str(one.intent["description"]): one.order_id for one in made}
        return [OrderRef("a1", named[name]) for name in sorted(named)]

    def _tell_saved(self, saved: Saved, changes: Changes) -> None:
        tell(self._line, ("saved", saved))
        self._loop.sync_now(changes.orders)

    def _tell_confirmed(self) -> None:
        with self._store.read() as view:
            done = [one for one in view.operations(states=[OpState.DONE]) if one.op_id not in self._told]
        for one in done:
            self._told.add(one.op_id)
            tell(self._line, ("confirmed", _text_of(one.intent)))

    def _knows_types(self) -> bool:
        with self._store.read() as view:
            return bool(view.references("a1", "service_types"))

    def _is_quiet(self) -> bool:
        with self._store.read() as view:
            return all(one.state.is_settled for one in view.operations())

    def _shown(self) -> dict[str, Any]:
        """Return what the window would show of each order."""
        shown: dict[str, Any] = {}
        for place, order in enumerate(self._orders()):
            with self._store.read() as view:
                record = view.record("a1", RecordType.ORDER, order.order_id)
                parts = view.parts("a1", order.order_id)
            texts = sorted(str(one.view.get("notes") or one.view.get("name")) for one in parts)
            shown[f"order {place}"] = (record.view.get("title") if record else None, texts)
        return shown

    def _wait(self, is_so: Any) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > end:
                with self._store.read() as view:
                    states = Counter(one.state.value for one in view.operations())
                raise TimeoutError(f"it did not come to rest: {dict(states)}")
            self._tell_confirmed()
            time.sleep(0.01)

    def _crashed(self, error: Exception) -> None:
        tell(self._line, ("trouble", "".join(traceback.format_exception(error))[-2000:]))


def _text_of(intent: Any) -> str:
    return str(intent.get("notes") or intent.get("name") or intent.get("title"))


def _be_the_child(life: _Life, line: socket.socket) -> None:
    """Live, and never come back to what the parent was doing."""
    try:
        _Child(life, line).live()
    except BaseException:  # noqa: BLE001 - a forked child must not go on as the test runner; the parent is told
        tell(line, ("trouble", traceback.format_exc()[-2000:]))
    finally:
        os._exit(0)


# The parent.


@contextmanager
def _forked(life: _Life) -> Iterator[tuple[int, socket.socket]]:
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        here.close()
        _be_the_child(life, there)
    there.close()
    here.settimeout(2 * PATIENCE_S)
    try:
        yield pid, here
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        here.close()


def _live(life: _Life, dice: Random, truth: Truth) -> None:
    """Let a child live until a random moment, or until it rests."""
    with _forked(life) as (pid, line):
        lines = dice.randint(1, 2 * MOST_SAVES)
        end = time.monotonic() + PATIENCE_S
        while lines and time.monotonic() < end and not truth.trouble:
            if not life.is_last and not select.select([line], [], [], SILENT_S)[0]:
                break
            told = hear(line)
            if told is None:
                truth.trouble = "the child ended by itself"
                return
            if _took(told, truth):
                return
            lines -= not life.is_last
        time.sleep(dice.uniform(0.0, 0.03))
        os.kill(pid, signal.SIGKILL)
        while told := hear(line):
            _took(told, truth)


def _took(told: Any, truth: Truth) -> bool:
    """Keep what a child told; true where it rests."""
    if told[0] == "saved":
        truth.saved.append(told[1])
    elif told[0] == "confirmed":
        truth.confirmed.add(told[1])
    elif told[0] == "trouble":
        truth.trouble = told[1]
    else:
        truth.shown = told[1]
    return bool(told[0] == "rest")


@dataclass(frozen=True)
class Bench:
    """A running server, and an empty store to be copied for each desk."""

    folder: Path
    server: ServerProcess
    token: str

    def play(self, seed: int, kills: int) -> Found:
        """Kill one desk again and again; return what was wrong."""
        home = self.folder / f"desk-{seed}"
        shutil.copytree(self.folder / "template", home)
        truth = Truth()
        wrong = list(self._played(seed, kills, home, truth))
        rows = _rows(self._tables, seed)
        if not truth.trouble:
            wrong += [f"seed {seed}: {one}" for one in _compared(seed, truth, rows)]
        shutil.rmtree(home)
        facts = {"saved": len(truth.saved), "confirmed": len(truth.confirmed), "effects": len(rows.texts)}
        return Found(runs=kills, failures=tuple(wrong), facts=facts)

    @property
    def _tables(self) -> ServerTables:
        return ServerTables(self.server.folder / "server.sqlite")

    def _played(self, seed: int, kills: int, home: Path, truth: Truth) -> Iterator[str]:
        dice = Random(seed)
        for number in range(1, kills + 2):
            # a number that was saved, but not told, is never given again
            last = max((one.number for one in truth.saved), default=0) + MOST_SAVES * (number > 1)
            life = _Life(seed, number, home, self.server.address, self.token, last, is_last=number == kills + 1)
            try:
                _live(life, dice, truth)
            except AssertionError as error:
                truth.trouble = str(error)
            if truth.trouble:
                yield f"seed {seed}, life {number}: {truth.trouble}"
                return
            there = set(_rows(self._tables, seed).texts) | _replaced(truth, seed)
            yield from (f"seed {seed}: “{one}” was confirmed and is not there" for one in truth.confirmed - there)


def _replaced(truth: Truth, seed: int) -> set[str]:
    """Return the confirmed texts that a later change may have replaced: all but those of events and items."""
    parts = {one.text(seed) for one in truth.saved if one.kind in ("event", "item")}
    return truth.confirmed - parts


class Rows(NamedTuple):
    """What the server holds of a seed's orders: uid, title, the notes of events, the names of items, by their order."""

    orders: list[tuple[int, str, str]]
    events: list[tuple[int, str, str, str, str]]
    items: list[tuple[int, str, str]]

    @property
    def texts(self) -> list[str]:
        """Return every text that is there."""
        return [one[1] for one in self.events] + [one[1] for one in self.items] + [one[2] for one in self.orders]


def _rows(tables: ServerTables, seed: int) -> Rows:
    found = tables.rows(
        "select service_order_uid, title, description from orders where description like ?", f"seed {seed} order %"
    )
    places = {uid: int(description.rpartition(" ")[2]) for uid, _, description in found}
    marks = ",".join("?" * len(places)) or "null"
    events = tables.rows(
        f"select service_order_uid, notes, event_type, data, occurred_at from events "
        f"where service_order_uid in ({marks}) order by rowid",
        *places,
    )
    items = tables.rows(
        f"select service_order_uid, name, note from items where service_order_uid in ({marks}) order by rowid", *places
    )
    return Rows(
        orders=[(places[uid], uid, title) for uid, title, _ in found],
        events=[(places[uid], *rest) for uid, *rest in events],
        items=[(places[uid], name, note) for uid, name, note in items],
    )


def _compared(seed: int, truth: Truth, rows: Rows) -> Iterator[str]:
    """Compare what a person was told with what the server's tables hold."""
    there = Counter(rows.texts)
    yield from (f"I1: “{text}” is there {times} times" for text, times in there.items() if times > 1)
    for one in truth.saved:
        if one.kind in ("event", "item") and not there[one.text(seed)]:
            yield f"I3: “{one.text(seed)}” was saved and is not there"
    for place in range(ORDERS):
        yield from _order_compared(seed, place, truth, rows)
    for _, notes, kind, data, at in rows.events:
        if (kind, at) != ("repair_started", instant_text(_AT)) or "1780315200000" not in data:
            yield f"the event “{notes}” is there as {kind} {data} {at}"
    yield from (f"the item “{name}” has the note “{note}”" for _, name, note in rows.items if note != f"note of {name}")


def _order_compared(seed: int, place: int, truth: Truth, rows: Rows) -> Iterator[str]:
    made = [one for one in rows.orders if one[0] == place]
    was_saved = any(one.order == place for one in truth.saved)
    if len(made) != 1:
        if made or was_saved:
            yield f"I1: order {place} is there {len(made)} times"
        return
    notes = [one[1] for one in rows.events if one[0] == place]
    numbers = [int(one.rpartition("n")[2]) for one in notes]
    if numbers != sorted(numbers):
        yield f"I4: the events of order {place} came as {numbers}"
    titles = [one.number for one in truth.saved if one.order == place and one.kind in ("order", "title")]
    title = made[0][2]
    if titles and int(title.rpartition("n")[2]) < max(titles):
        yield f"I3: order {place} is called “{title}”, and {max(titles)} was saved"
    texts = sorted([*notes, *(one[1] for one in rows.items if one[0] == place)])
    if truth.shown.get(f"order {place}") != (title, texts):
        yield f"I7: order {place} is shown as {truth.shown.get(f'order {place}')}, the server has {(title, texts)}"


def run(seeds: range, kills: int = KILLS_A_SEED) -> Found:
    """Play these seeds against one server, each with so many kills."""
    found = Found()
    with a_bench() as bench:
        for seed in seeds:
            found += bench.play(seed, kills)
    return found


@contextmanager
def a_bench() -> Iterator[Bench]:
    """Start a server of its own for some desks."""
    with tempfile.TemporaryDirectory(prefix="techdesk-kills-") as name:
        folder = Path(name)
        a_template(folder / "template")
        (folder / "server").mkdir()
        with running_server(folder / "server", "--sample", "2") as server:
            yield Bench(folder, server, server.technician_token())


def control() -> str:
    """Break the engine and say how that was noticed.

    Raises:
        AssertionError: It was not.
    """
    with new_keys_after_a_restart(), a_bench() as bench:
        for seed in range(1000, 1040):
            found = bench.play(seed, KILLS_A_SEED)
            if found.failures:
                return f"another key after a restart: {found.failures[0]}"
    raise AssertionError("a desk that takes another key after a restart was taken for harmless")


@contextmanager
def new_keys_after_a_restart() -> Iterator[None]:
    """Break the engine: what was in flight when the process died goes out again under another key."""

    def forgetful(self: SyncEngine, now: datetime) -> Changes:
        own = vars(self)
        store: OrderStore = own["_store"]
        with store.write(Urgency.BACKGROUND) as tx:
            lost = tx.operations(account_id=own["_account_id"], states=[OpState.INFLIGHT])
            for one in (one for one in lost if one.record_type in (RecordType.EVENT, RecordType.ITEM)):
                tx.save_operation(replace(one, state=OpState.CANCELLED))
                anew = replace(one, op_id=own["_new_id"](), seq=0, state=OpState.QUEUED, attempts=0, request=None)
                tx.add_operation(replace(anew, replaces=one.op_id))
        return usual(self, now)

    usual = SyncEngine.recover
    SyncEngine.recover = forgetful  # type: ignore[method-assign]  # broken on purpose, for the control
    try:
        yield
    finally:
        SyncEngine.recover = usual  # type: ignore[method-assign]  # mended again
