"""Extend, from the window to the server's tables: every event once, though the server is away or its answer lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from techdesk.ui.dialogs.server_search import ServerSearch
from tests.end_to_end.conftest import Site
from tests.support.chaos_proxy import ChaosProxy, Fault, chaos_proxy
from tests.support.server_tables import KeptEvent
from tests.support.shown_widgets import texts_in
from tests.support.window_driver import At, DrivenWindow, driven_window

pytestmark = [
    pytest.mark.slow,
    # what the invisible screen says about the names offered below a line
    pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)"),
]

EXTEND = "Extend service orders"
SOON = "1"
"""So many seconds is waited before an event that cannot be seen is sent again, or a person asked."""

RECEIVED = {"received_by": "Kim <Larsen>", "received_at": At("2026-06-01 08:05"), "notes": "Box “dented”\n🔥"}
RECEIVED_DATA = {"receivedBy": "Kim <Larsen>", "receivedAt": At("2026-06-01 08:05").epoch_ms}
STARTED = {"repair_started_at": At("2026-06-01 09:20"), "notes": "two"}
STARTED_DATA = {"repairStartedAt": At("2026-06-01 09:20").epoch_ms}


@dataclass(frozen=True)
class Claim:
    """An accepted order of a claim, and whose it is."""

    uid: str
    claim_id: str
    number: str
    technician: str


def claim_at(site: Site) -> Claim:
    """Return a claim at the workshop that is somebody's."""
    columns = "service_order_uid, external_id, service_number, assigned_user_display_name"
    uids = [uid for uid, _ in site.tables.open_orders("repair_depot")]
    places = ", ".join("?" * len(uids))
    wanted = f"external_system = 'extend' and assigned_user_display_name <> '' and service_order_uid in ({places})"
    return Claim(*site.tables.rows(f"select {columns} from orders where {wanted} order by 3", *uids)[0])


@pytest.fixture
def proxy(site: Site) -> Iterator[ChaosProxy]:
    with chaos_proxy(site.server.port) as one:
        yield one


@pytest.fixture
def desk(proxy: ChaosProxy, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrivenWindow]:
    """Open a window, closed before the proxy that its requests go through."""
    with driven_window(qtbot, tmp_path / "home", monkeypatch) as driven:
        yield driven


def sign_in(desk: DrivenWindow, site: Site, claim: Claim, address: str, **settings: str) -> None:
    token = site.server.technician_token(claim.technician)
    desk.sign_in(f"{address}/extend", token, EXTEND, settleSeconds=SOON, **settings)


def follow(desk: DrivenWindow, wanted: str, kind: str = "") -> None:
    """Find an order at the server, bring it here and open its events, by the keyboard."""
    desk.press("Ctrl+Shift+F")
    search = desk.dialog(ServerSearch)
    if kind:
        desk.click(search.kind.buttons[kind])
    desk.type_over(search.text, wanted)
    desk.press("Return", search.text)
    desk.wait(lambda: search.found.rowCount() == 1 and search.found.hasFocus())
    desk.press("Return", search.found)
    desk.wait(lambda: search.found.current_here is not None)
    desk.press("Return", search.found)
    desk.come_back()
    desk.wait(lambda: desk.window.work.pane.detail is not None)
    desk.press("Alt+2")
    desk.wait(desk.events.isVisible)


def see(desk: DrivenWindow, record_ids: list[str], words: str) -> None:
    """Wait until the badge of each of these events says so."""
    desk.wait(lambda: desk.badges(record_ids) == [words] * len(record_ids))


def op_ids(desk: DrivenWindow, record_ids: list[str]) -> list[str]:
    """Return the ids of the operations that made these events."""
    with desk.desk.store.read() as view:
        made = {one.record_id: one.op_id for one in view.operations()}
    return [made[one] for one in record_ids]


def marked(data: dict[str, Any], op_id: str) -> dict[str, Any]:
    """Return an event's data as the server has to hold them."""
    return data | {"metadata": {"techdeskOpId": op_id}}


def kept(events: list[KeptEvent]) -> list[tuple[str, Any, str]]:
    return [(one.event_type, dict(one.data), one.notes) for one in events]


def test_what_is_recorded_on_a_claim_while_the_server_is_down_arrives_once_with_its_mark(
    desk: DrivenWindow, site: Site
) -> None:
    claim = claim_at(site)
    sign_in(desk, site, claim, site.server.address)
    follow(desk, claim.claim_id)
    before = site.tables.last_event()
    assert site.server.stop() == 0
    made = [desk.record("Ctrl+1", RECEIVED), desk.record("Ctrl+5", STARTED)]
    see(desk, made, "Saved here")
    desk.press("F5")
    desk.wait(lambda: desk.unsent == "2 unsent" and desk.connection != "Online")
    assert site.tables.events(before) == []

    site.server.start()
    desk.press("F5")
    desk.wait(lambda: desk.unsent == "Everything confirmed" and desk.connection == "Online")
    see(desk, made, "")
    first, second = op_ids(desk, made)
    events = site.tables.events(before)
    assert {one.order_uid for one in events} == {claim.uid}
    assert kept(events) == [
        ("product_received", marked(RECEIVED_DATA, first), RECEIVED["notes"]),
        ("repair_started", marked(STARTED_DATA, second), "two"),
    ]


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [(Fault.ANSWER_LOST, 1), (Fault.REQUEST_LOST, 2)],
    ids=["it arrived", "it did not"],
)
def test_an_event_whose_answer_is_lost_is_looked_for_and_is_there_once(
    desk: DrivenWindow, site: Site, proxy: ChaosProxy, fault: Fault, attempts: int
) -> None:
    claim = claim_at(site)
    sign_in(desk, site, claim, proxy.address)
    follow(desk, claim.claim_id)
    before = site.tables.last_event()
    proxy.script(fault)
    made = [desk.record("Ctrl+1", RECEIVED)]
    proxy.wait_for(lambda seen: any(one.fault is fault for one in seen))
    desk.wait(lambda: desk.unsent == "Everything confirmed")
    see(desk, made, "")
    (op_id,) = op_ids(desk, made)
    assert kept(site.tables.events(before)) == [("product_received", marked(RECEIVED_DATA, op_id), RECEIVED["notes"])]
    assert len(sent(proxy, claim)) == attempts


def test_where_nothing_can_be_read_a_person_says_what_became_of_an_event(
    desk: DrivenWindow, site: Site, proxy: ChaosProxy
) -> None:
    claim = claim_at(site)
    sign_in(desk, site, claim, proxy.address, reads="no")
    follow(desk, claim.uid, "repair_depot")
    before = site.tables.last_event()

    proxy.script(Fault.ANSWER_LOST)
    first = desk.record("Ctrl+1", RECEIVED)
    assert {"Kim <Larsen>", "Box “dented”\n🔥"} <= set(asked_about(desk, first))
    press(desk, "It arrived")
    assert len(sent(proxy, claim)) == 1

    proxy.script(Fault.REQUEST_LOST)
    second = desk.record("Ctrl+5", STARTED)
    assert "two" in asked_about(desk, second)
    assert [one.event_type for one in site.tables.events(before)] == ["product_received"]
    press(desk, "Not there, send again")
    see(desk, [first, second], "")
    assert len(sent(proxy, claim)) == 3
    marks = op_ids(desk, [first, second])
    assert kept(site.tables.events(before)) == [
        ("product_received", marked(RECEIVED_DATA, marks[0]), RECEIVED["notes"]),
        ("repair_started", marked(STARTED_DATA, marks[1]), "two"),
    ]


def sent(proxy: ChaosProxy, claim: Claim) -> list[Fault]:
    """Return what became of each event that was sent about a claim's order."""
    return [one.fault for one in proxy.seen if one.path == f"/extend/service-orders/{claim.uid}/update-repair"]


def asked_about(desk: DrivenWindow, record_id: str) -> list[str]:
    """Wait until a person has to look at an event; returns what the sync centre, then open, says about it."""
    see(desk, [record_id], "Needs your check")
    desk.press("Ctrl+U")
    center = desk.window.sync_center
    desk.wait(lambda: center.chosen is not None and center.chosen.operation.record_id == record_id)
    desk.wait(lambda: "Needs your check" in texts_in(center.panel))
    return texts_in(center.panel)


def press(desk: DrivenWindow, label: str) -> None:
    """Press a button of the sync centre, wait until nothing is left there, and go back to the order."""
    center = desk.window.sync_center
    (button,) = (one for one in center.panel.findChildren(QPushButton) if one.text().replace("&", "") == label)
    desk.click(button)
    desk.wait(lambda: desk.unsent == "Everything confirmed" and center.chosen is None)
    desk.press("Ctrl+U")
    desk.wait(desk.events.isVisible)
