"""Keep a window busy and tell the longest gap of its event loop in each phase, as one JSON object."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.order_detail import order_detail
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter
from techdesk.desk.opening import Opening
from techdesk.desk.places import Places
from techdesk.domain.events import OtherEvent
from techdesk.domain.vocabulary import ServiceState
from techdesk.ui.main_window import MainWindow
from techdesk.window import Front, WindowOptions

_OPERATIONS = 10_000
_STEP_MS = 30
_WORDS = ("printer", "no power", "laptop", "e", "an", "Berg", "Lenovo does not", "washing")


class Pulse(QObject):
    """Beat as often as the event loop lets it, and remember the longest pause."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_ms = 0.0
        self._last = perf_counter()
        self._timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def restart(self) -> None:
        """Forget what was."""
        self.longest_ms, self._last = 0.0, perf_counter()

    def _beat(self) -> None:
        now = perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000)
        self._last = now


class Script(QObject):
    """Play the phases one after the other."""

    def __init__(self, front: Front) -> None:
        super().__init__()
        self._front = front
        self._pulse = Pulse()
        self._found: dict[str, float] = {}
        self._steps: Iterator[Callable[[], object] | None] = iter(())
        before = (self._settling, self._first_sync)
        after = (self._typing, self._scrolling, self._recording, self._filling, self._listing)
        self._phases = iter((*before, *after))
        self._name = ""
        self._timer = QTimer(self, interval=_STEP_MS)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    @property
    def window(self) -> MainWindow | None:
        """Return the main window once it is there."""
        return next((one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)), None)

    def _step(self) -> None:
        if self.window is None:
            return
        step = next(self._steps, None)
        if step is not None:
            step()
            return
        if self._name:
            self._found[self._name] = round(self._pulse.longest_ms, 1)
        phase = next(self._phases, None)
        if phase is None:
            sys.stdout.write(json.dumps(self._found) + "\n")
            sys.stdout.flush()
            QApplication.quit()
            return
        self._name, self._steps = phase(self.window)
        self._pulse.restart()

    def _settling(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        return "behind the first rows", self._until(lambda: window.work.has_pane)

    def _first_sync(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        services, tasks = window._context.services, window._context.tasks
        account = Account(account_id="bench", name="Bench", system="flow_retail", address=os.environ["BENCH_ADDRESS"])

        def ready(_: Account) -> None:
            tasks.report_changes(Changes(list_changed=True, references=True))

        tasks.background(lambda: services.add_account(account, os.environ["BENCH_TOKEN"]), ready)
        return "first sync", self._until(lambda: "as of" in window.status.as_of)

    def _typing(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        window.show_view("all")
        texts = [word[:end] for word in _WORDS for end in range(1, len(word) + 1)] * 4
        return "filtering", (partial(window.work.search.setText, text) for text in [*texts, ""])

    def _scrolling(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        bar = window.work.table.verticalScrollBar()
        places = [bar.maximum() * at // 200 for at in range(200)]
        return "scrolling", (partial(bar.setValue, place) for place in places)

    def _recording(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        self._record(window)
        return "syncing 10,000 operations", self._until(_after_work(window))

    def _filling(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        """Fill the outbox for the next phase; nobody looks meanwhile, so nothing is told of it."""
        window.status.offline.setChecked(True)
        self._record(window)
        return "", self._until(lambda: f"{_OPERATIONS} unsent" in window.status.unsent.text())

    def _listing(self, window: MainWindow) -> tuple[str, Iterator[Callable[[], object]]]:
        window.show_sync_center()
        shown = window.sync_center.list
        rows = [_OPERATIONS * at // 200 for at in range(200)]
        steps = (partial(lambda at: shown.setCurrentIndex(shown.sync_rows.index(at)), row) for row in rows)
        return "the sync centre with 10,000 operations", chain(self._until(lambda: shown.op_id), steps)

    def _record(self, window: MainWindow) -> None:
        """Let a thread record everything, one save after the other; a loop here would be a gap of its own."""
        context = window._context
        record_event, event = context.services.commands.record_event, OtherEvent(event="bench")

        def record(view: ReadTransaction) -> list[OrderRef]:
            wanted = OrderFilter(states=frozenset({ServiceState.NOT_STARTED, ServiceState.IN_PROGRESS}))
            rows = view.order_rows(view.order_keys(wanted))
            refs = [OrderRef(one.account_id, one.order_id) for one in rows]
            return [ref for ref in refs if order_detail(view, ref).order.is_accepted]

        def save(refs: list[OrderRef]) -> Changes:
            for at in range(_OPERATIONS):
                context.tasks.report_changes(record_event(refs[at % len(refs)], event))
            return Changes()

        context.tasks.query(record, lambda refs: context.tasks.command(partial(save, refs)), self)

    @staticmethod
    def _until(done: Callable[[], object]) -> Iterator[Callable[[], object]]:
        while not done():
            yield lambda: None


def _after_work(window: MainWindow) -> Callable[[], bool]:
    """Return what says whether work was seen and is all confirmed again."""
    seen: list[bool] = []

    def done() -> bool:
        if "unsent" in window.status.unsent.text():
            seen.append(True)
        return bool(seen) and "Everything" in window.status.unsent.text()

    return done


def play(places: Places, opening: Opening) -> None:
    """Play the script in a window on a desk that is being opened."""
    app = QApplication(["techdesk"])
    front = Front(app, places, WindowOptions(opening=opening, theme="light"))
    script = Script(front)
    front.await_desk(opening)
    app.exec()
    script.deleteLater()
    front.close()
