"""Each of a technician's primary ways through the real window by keys alone, worked from outside the program.

The program runs in a process of its own on a real screen, a window manager gives it the keyboard, and xdotool presses
the keys. What came of it is read from the server's own tables, over HTTP, or from the desk over its socket.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.real_screen import Screen, real_screen
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables
from tests.support.technician import Technician
from tests.support.waiting import wait_until

pytest.importorskip("PySide6")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("keys")]

_BARE = (700, 76)
"""A point of the menu bar where nothing stands."""


@dataclass(frozen=True)
class Site:
    """The server's process, a look into its tables, a technician's token, and what its administrator does."""

    server: ServerProcess
    tables: ServerTables
    token: str
    benches: list[tuple[str, str]]

    def put(self, uid: str, **fields: Any) -> None:
        """Change an order as somebody else."""
        self._call("PUT", f"/{uid}", fields)

    def make(self, **fields: Any) -> str:
        """Make an order as somebody else; returns its number."""
        return str(self._call("POST", "", fields)["serviceNumber"])

    def order(self, uid: str) -> Any:
        """Return an order as the server tells it."""
        return self._call("GET", f"/{uid}")

    def status(self, name: str) -> str:
        """Return the uid of a status."""
        return str(self.tables.rows("select service_status_uid from service_statuses where name = ?", name)[0][0])

    def depot(self, place: int) -> tuple[str, str]:
        """Return uid and number of one of the depot orders that took work at first; each test has its own."""
        return self.benches[place]

    def _call(self, method: str, path: str, fields: Any = None) -> Any:
        ((tenant, store),) = self.tables.rows("select distinct tenant_uid, store_uid from orders limit 1")
        address = f"{self.server.address}/v2/tenants/{tenant}/stores/{store}/serviceorders{path}"
        headers = {"Authorization": f"Bearer {self.server.admin_token}"}
        answer = httpx.request(method, address, json=fields, headers=headers).raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with real_screen(tmp_path_factory.mktemp("screen")) as one:
        yield one


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, "--sample", "60") as server:
        tables = ServerTables(folder / "server.sqlite")
        yield Site(server, tables, server.technician_token(), tables.open_orders("repair_depot"))


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory: pytest.TempPathFactory, screen: Screen, site: Site) -> Path:
    """Return the folder of a desk that has signed in and has all orders, for copies of it."""
    one = Technician(tmp_path_factory.mktemp("desk") / "home", screen)
    one.sign_in(site.server.address, site.token)
    return one.home


@pytest.fixture
def newcomer(tmp_path: Path, screen: Screen) -> Iterator[Technician]:
    one = Technician(tmp_path / "home", screen)
    yield one
    screen.keep_picture(tmp_path / "at-the-end.ppm")
    one.end()


@pytest.fixture
def technician(newcomer: Technician, signed_in: Path) -> Technician:
    shutil.copytree(signed_in, newcomer.home, ignore=shutil.ignore_patterns("run"))
    newcomer.start()
    return newcomer


def test_an_account_is_added(newcomer: Technician, screen: Screen, site: Site) -> None:
    newcomer.start("TechDesk")
    newcomer.open_dialog("alt+c", "Connect an account")
    screen.type(f"Workshop\t\t{site.server.address}\t{site.token}")
    screen.press("Return")
    screen.see("TechDesk")
    ((orders,),) = site.tables.rows("select count(*) from orders")
    wait_until(lambda: len(newcomer.asked("orders") or []) == orders, "the first sync")
    (account,) = newcomer.asked("account", "list")
    assert (account["name"], account["address"]) == ("Workshop", site.server.address)


def test_an_order_is_found_by_typing_and_an_event_recorded_on_it(
    technician: Technician, screen: Screen, site: Site
) -> None:
    uid, number = site.depot(0)
    before = site.tables.last_event()
    technician.find(site.order(uid)["assets"][0]["serialNumber"].lower(), number)
    technician.open_dialog("ctrl+1", "Product received")
    screen.type("Came with its charger")
    technician.save()
    wait_until(lambda: site.tables.last_event() > before, "the event on the server")
    (event,) = [one for one in site.tables.events(before) if one.order_uid == uid]
    assert (event.event_type, event.notes) == ("product_received", "Came with its charger")


def test_an_item_is_added(technician: Technician, screen: Screen, site: Site) -> None:
    uid, number = site.depot(1)
    technician.find(number, number)
    screen.press("alt+3")
    technician.open_dialog("Insert", "Add item")
    screen.type("Fuse F3 slow\t2\t4.50")
    technician.save()
    wait_until(lambda: any(one["name"] == "Fuse F3 slow" for one in site.order(uid)["items"]), "the item")
    (item,) = [one for one in site.order(uid)["items"] if one["name"] == "Fuse F3 slow"]
    assert (item["quantity"], item["price"], item["totalPrice"]) == (2, 4.5, 9)


def test_the_timer_counts_over_a_restart_and_becomes_hours(technician: Technician, screen: Screen, site: Site) -> None:
    uid, number = site.depot(2)
    note = "Looked for the short circuit"
    technician.find(number, number)
    screen.press("alt+4", "alt+t")
    technician.open_dialog("alt+t", "Stop the timer")  # the key that starts it
    screen.press("Escape")
    screen.see(number)
    technician.quit()
    closed_at = datetime.now(UTC)
    technician.start()
    technician.find(number, number)
    screen.press("alt+4")
    technician.open_dialog("alt+t", "Stop the timer")
    screen.type(note)
    technician.save()
    wanted = "select started_at, ended_at from hours where service_order_uid = ? and note = ?"
    wait_until(lambda: site.tables.rows(wanted, uid, note), "the hours on the server")
    ((started_at, ended_at),) = site.tables.rows(wanted, uid, note)
    assert datetime.fromisoformat(started_at) < closed_at < datetime.fromisoformat(ended_at)


def test_a_new_order_is_taken_in(technician: Technician, screen: Screen, site: Site) -> None:
    technician.open_dialog("ctrl+n", "New order")
    for keys, text in (
        ("alt+p", "+47 900 00 001\tzoe@example.org\tHill 3"),
        ("alt+m", "Revox\tB77\tQ-77\tScratched\tCable"),
        ("alt+f", "Right channel is silent\tSince Monday"),
        ("alt+n", "Zoe Quist"),
    ):
        screen.press(keys)
        screen.type(text)
    technician.save()
    wanted = "select service_order_uid from orders where title = ?"
    wait_until(lambda: site.tables.rows(wanted, "Right channel is silent"), "the order on the server")
    order = site.order(site.tables.rows(wanted, "Right channel is silent")[0][0])
    assert (order["customer"]["name"], order["customer"]["address"]) == ("Zoe Quist", "Hill 3")
    assert order["description"] == "Since Monday"
    device = order["assets"][0]
    known = [device[name] for name in ("maker", "model", "serialNumber", "condition", "accessories")]
    assert known == ["Revox", "B77", "Q-77", "Scratched", "Cable"]


def test_the_status_of_several_orders_is_changed_at_once(technician: Technician, screen: Screen, site: Site) -> None:
    numbers = [site.make(title="Batch of toasters", serviceTypeUid=_depot_type(site)) for _ in range(4)]
    screen.press("F5")
    wait_until(lambda: len(technician.asked("orders", "Batch", "of", "toasters")) == 4, "the four orders")
    technician.find("batch of toasters", "Batch of toasters")
    screen.press("shift+Down", "shift+Down")
    technician_menu = len(screen.windows_of("techdesk"))
    screen.press("ctrl+shift+s")
    wait_until(lambda: len(screen.windows_of("techdesk")) > technician_menu, "the menu")
    screen.press("Down", "Down", "Return")
    wanted = "select count(*) from orders where title = 'Batch of toasters' and service_status_uid = ?"
    wait_until(lambda: site.tables.rows(wanted, site.status("In repair")) == [(3,)], "three changed orders")
    assert len(numbers) == 4
    assert site.tables.rows(wanted, site.status("New")) == [(1,)]


def test_an_order_is_accepted(technician: Technician, screen: Screen, site: Site) -> None:
    number = site.make(title="Sent by an insurer", serviceTypeUid=_depot_type(site), requiresAcceptance=True)
    screen.press("F5")
    wait_until(lambda: technician.asked("orders", number), "the order")
    technician.find(number, number)
    accepted = "select 1 from orders where service_number = ? and accepted_at is not null"
    assert not site.tables.rows(accepted, number)
    screen.press("alt+1")
    screen.press_until("alt+a", lambda: technician.outbox() or site.tables.rows(accepted, number), "the acceptance")
    wait_until(lambda: site.tables.rows(accepted, number), "the acceptance on the server")


def test_a_conflict_is_settled(technician: Technician, screen: Screen, site: Site) -> None:
    uid, number = site.depot(3)
    technician.find(number, number)
    technician.work_offline(True)
    technician.open_dialog("ctrl+d", "Change")
    screen.press("alt+f", "ctrl+a")
    screen.type("What I wrote")
    technician.save()
    site.put(uid, title="What they wrote")
    technician.work_offline(False)
    wait_until(lambda: technician.outbox() == ["conflict"], "the conflict")
    screen.press("ctrl+u")
    technician.open_dialog("alt+c", "Conflict")
    screen.press("1")
    screen.press_until("alt+s", lambda: technician.outbox() == [], "the choice")
    assert site.tables.order(uid, "title") == "What I wrote"


def test_what_was_refused_is_discarded_or_sent_again_in_the_sync_centre(
    technician: Technician, screen: Screen, site: Site
) -> None:
    uid, number = site.depot(4)
    before = site.tables.last_event()
    technician.find(number, number)
    technician.work_offline(True)
    for note in ("thrown away", "kept"):
        technician.open_dialog("ctrl+9", "Internal note")
        screen.type(note)
        technician.save()
    site.put(uid, serviceStatusUid=site.status("Closed"))
    technician.work_offline(False)
    wait_until(lambda: technician.outbox() == ["rejected", "rejected"], "the refusals")
    site.put(uid, serviceStatusUid=site.status("In repair"))
    screen.press("ctrl+u")
    technician.open_dialog("alt+d", "Discard")
    screen.press("Tab", "space")
    wait_until(lambda: len(technician.outbox()) == 1, "the end of the first")
    screen.press_until("alt+r", lambda: technician.outbox() == [], "the second try")
    assert [one.notes for one in site.tables.events(before) if one.order_uid == uid] == ["kept"]


def test_a_form_that_was_open_when_the_desk_was_killed_stands_there_again(
    technician: Technician, screen: Screen, site: Site
) -> None:
    uid, number = site.depot(5)
    before = site.tables.last_event()
    technician.find(number, number)
    technician.work_offline(True)
    technician.open_dialog("ctrl+1", "Product received")
    for text in ("Came without its charger", " and wet"):
        written_at = technician.written()
        screen.type(text)
        wait_until(partial(technician.has_written_since, written_at), "the form's second")
    technician.kill()
    technician.start("Product received")
    technician.save()
    screen.see(number)
    technician.work_offline(False)
    wait_until(lambda: site.tables.last_event() > before, "the event on the server")
    (event,) = [one for one in site.tables.events(before) if one.order_uid == uid]
    assert event.notes.startswith("Came without its charger")


def test_the_colours_are_switched_and_stay_switched(technician: Technician, screen: Screen) -> None:
    wait_until(lambda: min(screen.pixel(*_BARE)) > 200, "a light window")
    screen.press("ctrl+k")
    screen.type("dark colours")
    screen.press("Return")
    wait_until(lambda: max(screen.pixel(*_BARE)) < 80, "a dark window")
    technician.quit()
    technician.start()
    wait_until(lambda: max(screen.pixel(*_BARE)) < 80, "a dark window after a restart")


def test_a_second_start_raises_the_first_window(technician: Technician, screen: Screen) -> None:
    first = screen.windows("TechDesk")
    screen.minimise()
    wait_until(lambda: not screen.windows("TechDesk"), "the empty screen")
    technician.run()
    screen.see("TechDesk")
    assert screen.windows("TechDesk") == first


def _depot_type(site: Site) -> str:
    return str(site.tables.rows("select service_type_uid from service_types where name = 'Depot repair'")[0][0])
