"""Be a second desk on the same store, in a process of its own: `python -m tests.support.second_desk FILE WORK`.

It claims the folder, saves work, says `ready`, and then does what each line tells it: `save` or `sync`. What it sends
is noted in a file beside the store, as is what the test's own process sends: the log of the one server they share.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from typing_extensions import override

from techdesk.application.outbox import Operation, OrderRef, Outcome
from techdesk.application.sync.loop import SyncListeners, SyncLoop
from techdesk.application.sync.round import SyncPorts
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.desk.clock import SystemClock, new_ids
from techdesk.domain.errors import StoreError
from techdesk.domain.events import ProductDiagnosed
from techdesk.instance.claim import claim
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.builders import FakeClock, an_order, commands_over, order_document, put_order
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.store_records import KEY

PATIENCE_S = 30.0
ORDER = OrderRef("a1", "so-1")


class LoggedServer(FakeServer):
    """A server that notes each request in a file, whichever process sends it."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._sent_log = log
        log.touch()
        self.put_order(ORDER.order_id, **order_document(an_order()))

    @override
    def handle(self, operation: Operation) -> Outcome:
        with self._sent_log.open("a") as log:
            log.write(f"{operation.op_id}\n")
        return super().handle(operation)

    def sent(self) -> list[str]:
        """Return the operations that were sent, in order, each as often as it was."""
        return self._sent_log.read_text().split()


def loop_over(store: SqliteStore, server: FakeServer, on_phase: Callable[[SyncPhase], None]) -> SyncLoop:
    """Return the sync of the store's account, which tells its phases."""

    def tell(state: SyncState) -> None:
        on_phase(state.phase)

    def crash(error: Exception) -> None:
        raise error

    ports = SyncPorts(
        account_id=ORDER.account_id,
        store=store,
        connector=FakeConnector(server),
        clock=SystemClock(),
        new_id=new_ids(),
        fraction=lambda: 0.0,
    )
    return SyncLoop(ports, SyncListeners(on_state=tell, on_changes=lambda _: None, on_crash=crash))


def _obey(store: SqliteStore, server: FakeServer) -> None:
    numbers = count(1)
    for line in sys.stdin:
        if line.strip() == "save":
            print(_save(store, next(numbers)), flush=True)
        else:
            print(_sync(store, server), flush=True)


def _save(store: SqliteStore, number: int) -> str:
    try:
        put_order(store, server_id=f"so-late-{number}")
    except StoreError as error:
        return error.title
    return "saved"


def _sync(store: SqliteStore, server: FakeServer) -> str:
    """Sync until it neither starts nor sends any more; return how it stands then."""
    phases: SimpleQueue[SyncPhase] = SimpleQueue()
    loop = loop_over(store, server, phases.put)
    loop.start()
    while (phase := phases.get(timeout=PATIENCE_S)) not in (SyncPhase.IDLE, SyncPhase.TAKEN):
        continue
    loop.stop()
    return str(phase.value)


def main(path: Path, work: int) -> None:
    """Hold the desk, save work, and obey."""
    held = claim(path.parent)
    assert held is not None
    with closing(open_store(path, KEY)) as store:
        commands = commands_over(store, FakeClock())
        put_order(store)
        for number in range(work):
            commands.record_event(ORDER, ProductDiagnosed(diagnostic_explanation=f"Fuse {number}"))
        print("ready", flush=True)
        _obey(store, LoggedServer(path.parent / "sent.log"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
