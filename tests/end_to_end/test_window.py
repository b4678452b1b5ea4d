"""A real window, a real desk, a real server process: what is typed while it is down is in its tables afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import httpx
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from techdesk.application.outbox import Clash, OpState
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.sync_center.clash_dialog import ClashDialog
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import KeptEvent, ServerTables
from tests.support.window_driver import At, DrivenWindow

pytestmark = [
    pytest.mark.slow,
    # what the invisible screen says about the names offered below a line
    pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)"),
]

NOTES = "Seen twice.\nTom said: “näher am Rand” – עברית – 🔥 <b>not bold</b>"


@dataclass(frozen=True)
class Step:
    """One event to record.

    Attributes:
        keys: The key of its dialog.
        name: What it is called in JSON.
        typed: Field of the dialog → what is typed there; the same fields as JSON are in `data`.
        data: What the server has to hold; None where it holds the moment of recording and nothing else.
        own_date: The typed moment that says when it happened; None where it is the moment of recording.
    """

    keys: str
    name: str
    typed: dict[str, Any]
    data: dict[str, Any] | None
    own_date: At | None = None


ON_THE_BENCH = (
    Step(
        "Ctrl+1",
        "product_received",
        {"received_by": "Kim <Larsen>", "received_at": At("2026-06-01 08:05"), "notes": NOTES},
        {"receivedBy": "Kim <Larsen>", "receivedAt": At("2026-06-01 08:05").epoch_ms},
        At("2026-06-01 08:05"),
    ),
    Step(
        "Ctrl+2",
        "product_delivered",
        {"delivered_to": "Ana O'Neil & son", "delivered_at": At("2026-06-01 08:10"), "notes": "two"},
        {"deliveredTo": "Ana O'Neil & son", "deliveredAt": At("2026-06-01 08:10").epoch_ms},
        At("2026-06-01 08:10"),
    ),
    Step(
        "Ctrl+3",
        "product_diagnosed",
        {
            "diagnosed_by": "Zoë 張",
            "diagnostic_explanation": "Fuse F3 blown\n\n\tboard  fine",
            "diagnostic_completed_at": At("2026-06-01 09:15"),
            "notes": "three",
        },
        {
            "diagnosedBy": "Zoë 張",
            "diagnosticExplanation": "Fuse F3 blown\n\n\tboard  fine",
            "diagnosticCompletedAt": At("2026-06-01 09:15").epoch_ms,
        },
        At("2026-06-01 09:15"),
    ),
    Step(
        "Ctrl+4",
        "repair_eta",
        {
            "estimated_repair_completion_at": At("2026-12-24 16:00"),
            "is_delayed": True,
            "delay_reason": "The part comes by ship",
            "notes": "four",
        },
        {
            "estimatedRepairCompletionAt": At("2026-12-24 16:00").epoch_ms,
            "isDelayed": True,
            "delayReason": "The part comes by ship",
        },
    ),
    Step(
        "Ctrl+5",
        "repair_started",
        {"repair_started_at": At("2026-06-01 09:20"), "notes": "five"},
        {"repairStartedAt": At("2026-06-01 09:20").epoch_ms},
        At("2026-06-01 09:20"),
    ),
    Step(
        "Ctrl+6",
        "repair_completed",
        {"repair_completed_at": At("2026-06-01 10:00"), "repair_explanation": "New fuse", "notes": "six"},
        {"repairCompletedAt": At("2026-06-01 10:00").epoch_ms, "repairExplanation": "New fuse"},
        At("2026-06-01 10:00"),
    ),
    Step(
        "Ctrl+7",
        "repair_shipped",
        {"repair_shipped_at": At("2026-06-01 11:30"), "notes": "seven"},
        {"repairShippedAt": At("2026-06-01 11:30").epoch_ms},
        At("2026-06-01 11:30"),
    ),
    Step(
        "Ctrl+0",
        "battery_calibrated",
        {
            "event": "battery_calibrated",
            "event_date": At("2026-06-01 11:00"),
            "metadata": {"cycles": "312", "cell": "naïve 🔋"},
            "notes": "eight",
        },
        {"eventDate": At("2026-06-01 11:00").epoch_ms, "metadata": {"cycles": "312", "cell": "naïve 🔋"}},
        At("2026-06-01 11:00"),
    ),
    Step("Ctrl+9", "internal_note", {"notes": NOTES}, None),
)
AT_THE_SITE = (
    Step(
        "Ctrl+1",
        "part_management",
        {"part_management_event_type": "parts_shipped", "notes": "one"},
        {"partManagementEventType": "parts_shipped"},
    ),
    Step(
        "Ctrl+2",
        "appointment_scheduling",
        {"appointment_event_type": "rescheduled", "appointment_date": At("2026-06-03 13:00"), "notes": "two"},
        {"appointmentEventType": "rescheduled", "appointmentDate": At("2026-06-03 13:00").epoch_ms},
    ),
    Step(
        "Ctrl+3",
        "customer_contact",
        {
            "customer_contact_event_type": "appointment_request_confirmed",
            "method": "email_and_phone",
            "contact_timestamp": At("2026-06-01 14:40"),
            "appointment_timestamps": [At("2026-06-03 13:00"), At("2026-06-04 08:30")],
            "notes": "three",
        },
        {
            "customerContactEventType": "appointment_request_confirmed",
            "method": "email_and_phone",
            "contactTimestamp": At("2026-06-01 14:40").epoch_ms,
            "appointmentTimestamps": [At("2026-06-03 13:00").epoch_ms, At("2026-06-04 08:30").epoch_ms],
        },
        At("2026-06-01 14:40"),
    ),
    Step(
        "Ctrl+4",
        "batched",
        {"availability_windows": [At("2026-06-05 07:00"), At("2026-10-25 12:00")], "notes": "four"},
        {"availabilityWindows": [At("2026-06-05 07:00").epoch_ms, At("2026-10-25 12:00").epoch_ms]},
    ),
    Step(
        "Ctrl+5",
        "resolved",
        {"resolution_type": "repaired", "reason": "Hose was loose", "notes": NOTES},
        {"resolutionType": "repaired", "reason": "Hose was loose"},
    ),
)


@dataclass(frozen=True)
class Site:
    """The server process, a look into its tables, and a technician's token."""

    server: ServerProcess
    tables: ServerTables
    token: str

    def change_order(self, uid: str, **fields: Any) -> None:
        """Change an order as another user of the server."""
        tenant, store = (self.tables.order(uid, column) for column in ("tenant_uid", "store_uid"))
        address = f"{self.server.address}/v2/tenants/{tenant}/stores/{store}/serviceorders/{uid}"
        headers = {"Authorization": f"Bearer {self.server.admin_token}"}
        httpx.put(address, json=fields, headers=headers).raise_for_status()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, "--sample", "40") as server:
        yield Site(server, ServerTables(folder / "server.sqlite"), server.technician_token())


@pytest.fixture
def desk(
    qtbot: QtBot, site: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DrivenWindow]:
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", "horse battery")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    one = DrivenWindow(qtbot, tmp_path_factory.mktemp("desk") / "home")
    try:
        one.sign_in(site.server.address, site.token)
        yield one
    finally:
        one.close()


@dataclass(frozen=True)
class Recorded:
    """An event that a person recorded, and the moments between which they did."""

    step: Step
    record_id: str
    begun: datetime
    done: datetime


def record_all(desk: DrivenWindow, order: tuple[str, str], steps: tuple[Step, ...]) -> list[Recorded]:
    """Record events on an order, each seen as “Saved here” before the next."""
    desk.open_order(order[1])
    recorded = []
    for step in steps:
        begun = datetime.now(UTC)
        record_id = desk.record(step.keys, step.typed)
        recorded.append(Recorded(step, record_id, begun, datetime.now(UTC)))
        see(desk, recorded[-1:], "Saved here")
    see(desk, recorded, "Saved here")
    return recorded


def see(desk: DrivenWindow, recorded: list[Recorded], words: str) -> None:
    """Wait until the badge of each of these events on the open order says so."""
    ids = [one.record_id for one in recorded]
    desk.wait(lambda: desk.badges(ids) == [words] * len(ids))


def hold_exactly(kept: list[KeptEvent], recorded: list[Recorded]) -> None:
    """Compare an order's rows on the server with what was typed, field for field and in order."""
    assert [one.event_type for one in kept] == [one.step.name for one in recorded]
    for event, one in zip(kept, recorded, strict=True):
        step = one.step
        occurred_at = datetime.fromisoformat(event.occurred_at)
        assert event.notes == step.typed["notes"]
        if step.own_date:
            assert occurred_at == step.own_date.when
        else:
            assert one.begun.replace(microsecond=0) <= occurred_at <= one.done
        moment = {"eventDate": int(occurred_at.timestamp() * 1000)}
        assert event.data == (moment if step.data is None else step.data)


def test_everything_typed_while_the_server_is_down_arrives_once_in_order_and_whole(
    desk: DrivenWindow, site: Site
) -> None:
    (depot, *_), (onsite, *_) = (site.tables.open_orders(kind) for kind in ("repair_depot", "repair_onsite"))
    before = site.tables.last_event()
    assert site.server.stop() == 0
    bench = record_all(desk, depot, ON_THE_BENCH)
    visit = record_all(desk, onsite, AT_THE_SITE)
    number = len(bench) + len(visit)
    desk.wait(lambda: desk.unsent == f"{number} unsent" and desk.connection != "Online")
    assert site.tables.events(before) == []

    site.server.start()
    desk.press("F5")
    desk.wait(lambda: desk.unsent == "Everything confirmed" and desk.connection == "Online")

    for order, recorded in ((onsite, visit), (depot, bench)):
        desk.open_order(order[1])
        see(desk, recorded, "")
    kept = site.tables.events(before)
    assert len(kept) == number
    hold_exactly([one for one in kept if one.order_uid == depot[0]], bench)
    hold_exactly([one for one in kept if one.order_uid == onsite[0]], visit)


def disagree(desk: DrivenWindow, site: Site, order: tuple[str, str]) -> str:
    """Change an order's title here while offline and there by somebody else; returns what it was before.

    Afterwards the sync centre stands open on the conflict.
    """
    uid, number = order
    title = str(site.tables.order(uid, "title"))
    desk.open_order(number)
    desk.press("Ctrl+Shift+O")
    desk.wait(lambda: desk.connection == "Working offline")
    desk.press("Ctrl+D")
    dialog = desk.dialog(OrderDialog)
    desk.type_over(dialog.form.editor("title").entry(), "What I wrote")
    desk.save(dialog)
    site.change_order(uid, title="What they wrote")
    desk.press("Ctrl+Shift+O")
    desk.wait(lambda: "1 needs you" in desk.unsent)
    desk.press("Ctrl+U")
    desk.wait(lambda: desk.window.sync_center.chosen)
    return title


def choose(desk: DrivenWindow, side: str) -> str:
    """Settle the conflict that is shown with the keyboard alone; returns the id of its operation."""
    entry = desk.window.sync_center.chosen
    assert entry is not None
    assert entry.words == "Conflict"
    desk.press("Ctrl+Shift+U")
    dialog = desk.dialog(ClashDialog)
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"What I wrote", "What they wrote"} <= texts
    desk.press({"mine": "1", "theirs": "2"}[side], dialog.rows["title"])
    desk.press("Ctrl+Return", dialog)
    desk.wait(lambda: desk.unsent == "Everything confirmed" and desk.window.sync_center.chosen is None)
    return entry.operation.op_id


def history(desk: DrivenWindow, op_id: str) -> tuple[OpState, Any, list[Clash]]:
    """Return what the store keeps of a settled operation: state, the title it set, and both texts."""
    with desk.desk.store.read() as view:
        operation = view.operation(op_id)
        assert operation is not None
        return operation.state, operation.intent.get("title"), view.clashes(op_id)


@pytest.mark.parametrize(
    ("side", "kept"), [("mine", "What I wrote"), ("theirs", "What they wrote")], ids=["mine", "theirs"]
)
def test_a_field_changed_here_and_there_waits_for_a_choice_and_the_loser_is_kept(
    desk: DrivenWindow, site: Site, side: str, kept: str
) -> None:
    order = site.tables.open_orders("repair_depot")[-1 if side == "mine" else -2]
    before = disagree(desk, site, order)
    assert site.tables.order(order[0], "title") == "What they wrote"
    op_id = choose(desk, side)
    assert site.tables.order(order[0], "title") == kept
    both = Clash(op_id=op_id, field="title", base=before, mine="What I wrote", theirs="What they wrote", choice=side)
    assert history(desk, op_id) == (OpState.CANCELLED, "What I wrote", [both])
    desk.press("Ctrl+U")
    desk.wait(lambda: desk.window.work.pane.header.title.text() == kept)
