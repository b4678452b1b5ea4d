"""Build a team on a server, and ask the server as one of them, without a socket between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio.from_thread
import httpx

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import Role
from techdesk.server.administration.users import add_token, add_user
from techdesk.server.app import create_app
from techdesk.server.requests.auth import WrongAttempts
from techdesk.server.requests.calls import Server
from techdesk.server.storage.database import Database

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands until somebody moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Person:
    """Somebody who asks the server."""

    portal: anyio.from_thread.BlockingPortal
    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)
    uid: str = ""
    token: str = ""

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = self.headers | how.pop("headers", {})

        async def send() -> httpx.Response:
            return await self.client.request(method, path, headers=headers, **how)

        return self.portal.call(send)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.ask("GET", path, **how)

    def post(self, path: str, body: Any = None, **how: Any) -> httpx.Response:
        return self.ask("POST", path, json=body, **how)

    def put(self, path: str, body: Any, **how: Any) -> httpx.Response:
        return self.ask("PUT", path, json=body, **how)

    def delete(self, path: str, **how: Any) -> httpx.Response:
        return self.ask("DELETE", path, **how)


@dataclass
class World:
    """A team with its server.

    Attributes:
        orders: Path of the first store's orders.
        types: Uid of the service type of each kind.
        statuses: Uid of each status by its name.
    """

    server: Server
    clock: Clock
    monotonic: Clock
    nobody: Person
    technician: Person
    colleague: Person
    supervisor: Person
    admin: Person
    tenant: str = ""
    orders: str = ""
    types: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    rate_uid: str = ""

    @property
    def database(self) -> Database:
        return self.server.database

    def order(self, kind: str = "repair_depot", **fields: Any) -> str:
        """Make an order and return its path."""
        made = self.technician.post(
            self.orders, {"title": "Kettle leaks", "serviceTypeUid": self.types[kind], **fields}
        )
        assert made.status_code == 201, made.text
        return f"{self.orders}/{made.json()['serviceOrderUid']}"

    def close(self, order: str, status: str = "Closed") -> None:
        done = self.technician.put(order, {"serviceStatusUid": self.statuses[status]})
        assert done.status_code == 200, done.text

    def changes(self, since: str = "", limit: int = 500) -> dict[str, Any]:
        answer = self.technician.get(f"{self.orders}/changes", params={"since": since, "limit": limit})
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page


@contextmanager
def built_world(database: Database, *, extend_reads: bool = True) -> Iterator[World]:
    """Build the team on a database that was begun."""
    clock, monotonic = Clock(), Clock()
    attempts = WrongAttempts(lambda: monotonic().timestamp())
    server = Server(
        database, clock, attempts, WrongAttempts(lambda: monotonic().timestamp()), extend_reads=extend_reads
    )
    app = create_app(server)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with anyio.from_thread.start_blocking_portal() as portal:
        client = httpx.AsyncClient(transport=transport, base_url="http://test")
        technician, colleague, supervisor, admin = (
            _person(database, portal, client, name) for name in ("technician", "colleague", "supervisor", "admin")
        )
        nobody = Person(portal, client)
        world = World(server, clock, monotonic, nobody, technician, colleague, supervisor, admin)
        _learn(world)
        yield world
        portal.call(client.aclose)


def _person(
    database: Database, portal: anyio.from_thread.BlockingPortal, client: httpx.AsyncClient, name: str
) -> Person:
    role = Role.TECHNICIAN if name == "colleague" else Role(name)
    now = instant_text(START)
    with database.write() as connection:
        uid = add_user(connection, f"Test {name}", role, now)
        token = add_token(connection, uid, now).token
    return Person(portal, client, {"Authorization": f"Bearer {token}"}, uid, token)


def _learn(world: World) -> None:
    me = world.technician.get("/v2/me").json()
    world.tenant = f"/v2/tenants/{me['tenantUid']}"
    world.orders = f"{world.tenant}/stores/{me['stores'][0]['storeUid']}/serviceorders"
    ask = world.technician.get
    types = ask(f"{world.tenant}/serviceorders/types").json()["items"]
    world.types = {one["serviceKind"]: one["serviceTypeUid"] for one in types}
    statuses = ask(f"{world.tenant}/serviceorders/statuses").json()["items"]
    world.statuses = {one["name"]: one["serviceStatusUid"] for one in statuses}
    world.rate_uid = ask(f"{world.tenant}/serviceorders/hourlyrates").json()["items"][0]["hourlyRateUid"]
