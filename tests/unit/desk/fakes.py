"""A desk whose systems, built-in server, keyring and store live in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from techdesk.application.account_settings import Setting
from techdesk.application.accounts import Account, Profile
from techdesk.application.administration import Administration
from techdesk.application.desk_services import SystemInfo
from techdesk.application.exchange import (
    AccountFacts,
    FreezeTarget,
    PulledOrder,
    PullPage,
    ReadBack,
    ServerQuery,
    Sighting,
)
from techdesk.application.network import Network
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass
from techdesk.application.papers import CustomerPage
from techdesk.application.store_news import BackupReason, StoreFacts, StoreNews
from techdesk.desk.desk import Desk
from techdesk.desk.parts import Parts
from techdesk.desk.places import Places
from techdesk.domain.errors import (
    ConnectionFailedError,
    InvalidInputError,
    OfflineError,
    SecretsError,
    WrongCredentialsError,
)
from techdesk.domain.records import Document
from techdesk.embedded.server import SignIn
from tests.support.builders import KEYED, Ids
from tests.support.fake_administration import FakeAdministration
from tests.support.fake_desk import FakeSettings
from tests.support.memory_store import MemoryStore

WITHOUT_FEED = replace(KEYED, has_feed=False)
"""What the fake system guarantees: its pages tell nothing of what it confirmed."""


@dataclass
class FakeSystem:
    """A back end that confirms everything; `refusal` is raised by reads instead, `asked` notes who called.

    While it `hangs`, what is sent is answered only when the connection is closed; orders that are followed are pulled
    once `may_answer`.
    """

    refusal: ConnectionFailedError | None = None
    refused_token: str = ""
    hangs: bool = False
    profile: Profile = WITHOUT_FEED
    may_answer: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    built: list[FakeConnector] = field(default_factory=list)
    sent: list[Operation] = field(default_factory=list)
    called: threading.Event = field(default_factory=threading.Event)
    administered: FakeAdministration | None = None
    makes_papers: bool = False
    server_time: datetime | None = None

    def build(self, account: Account, secret: str, network: Network) -> FakeConnector:
        make = AdministeredConnector if self.administered else PaperConnector if self.makes_papers else FakeConnector
        connector = make(self, account, secret, network, profile=self.profile)
        self.built.append(connector)
        return connector

    def note(self, what: str, connector: FakeConnector) -> None:
        self.asked.append((what, connector.account.address, connector.secret))
        self.called.set()
        if self.refusal:
            raise self.refusal
        if connector.secret == self.refused_token:
            raise WrongCredentialsError


@dataclass
class FakeConnector:
    """One sign-in at the fake system."""

    system: FakeSystem
    account: Account
    secret: str
    network: Network
    closed: bool = False
    closing: threading.Event = field(default_factory=threading.Event)
    signed_in: bool = False
    profile: Profile = WITHOUT_FEED

    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        return FrozenRequest(method="POST", path="/events", body=operation.op_id.encode())

    def send(self, operation: Operation) -> Outcome:
        assert not self.closed
        self.system.asked.append(("send", self.account.address, self.secret))
        self.system.called.set()
        if self.system.hangs:
            self.closing.wait(10)
            return Outcome(kind=OutcomeClass.AMBIGUOUS)
        if self.system.refusal:
            return Outcome(kind=OutcomeClass.NOT_SENT)
        self.system.sent.append(operation)
        return Outcome(kind=OutcomeClass.APPLIED, server_id="s-" + operation.op_id, record={}, revision="1")

    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        assert not self.closed
        self.system.note("find", self)
        return [PulledOrder(server_id=f"s-{wanted.text}", document={"title": wanted.text})]

    def fetch(self, found: PulledOrder) -> PulledOrder:
        assert not self.closed
        return found

    def read_back(self, operation: Operation) -> ReadBack:
        assert not self.closed
        return ReadBack(sighting=Sighting.FOUND, server_id="s-" + operation.op_id)

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        assert not self.closed
        if not self.signed_in:
            raise OfflineError
        self.system.note("pull", self)
        if followed:
            self.system.may_answer.wait(10)
        orders = [PulledOrder(server_id=one, document={"title": "Kettle"}) for one in followed]
        return PullPage(orders=orders, cursor="c1", more=False, server_time=self.system.server_time)

    def facts(self) -> AccountFacts:
        assert not self.closed
        self.system.note("facts", self)
        self.signed_in = True
        return AccountFacts(
            user_uid="u-kim",
            user_name="Kim Larsen",
            role="technician",
            profile=WITHOUT_FEED,
            references={},
            server_version="1",
        )

    def close(self) -> None:
        self.closed = True
        self.closing.set()


class PaperConnector(FakeConnector):
    """A sign-in at a system that makes papers."""

    def report(self, order: Document, kind: str) -> bytes:
        assert not self.closed
        self.system.note(f"report {kind}", self)
        return b"%PDF-" + str(order["service_number"]).encode()

    def public_address(self, order: Document) -> str:
        assert not self.closed
        return f"{self.account.address}/public/{order['public_page_hash']}"

    def public_page(self, order: Document) -> CustomerPage:
        assert not self.closed
        self.system.note("public page", self)
        return CustomerPage(service_number=str(order["service_number"]))


@dataclass
class AdministeredConnector(FakeConnector):
    """One sign-in at a fake system that can be administered."""

    def administration(self) -> Administration:
        self.system.note("administration", self)
        assert self.system.administered is not None
        return self.system.administered


@dataclass
class FakeSecrets:
    """A keyring in memory that can be locked."""

    kept: dict[str, str] = field(default_factory=dict)
    session: dict[str, str] = field(default_factory=dict)
    locked: bool = False

    def read(self, name: str) -> str | None:
        self._open()
        return self.session.get(name) or self.kept.get(name)

    def write(self, name: str, secret: str) -> None:
        self._open()
        self.kept[name] = secret

    def delete(self, name: str) -> None:
        self._open()
        self.kept.pop(name, None)

    def keep_for_session(self, name: str, secret: str) -> None:
        self.session[name] = secret

    def _open(self) -> None:
        if self.locked:
            raise SecretsError("The keyring is locked", "Unlock it")


@dataclass
class FakeServer:
    """The built-in server; its port counts up with each start."""

    port: int = 9000
    runs: bool = False
    samples: list[int] = field(default_factory=list)
    broken: bool = False

    def start(self) -> str:
        if self.broken:
            raise OfflineError("The built-in server did not start")
        if not self.runs:
            self.port += 1
            self.runs = True
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, sample: int) -> SignIn:
        self.samples.append(sample)
        again = f"-{len(self.samples)}" if self.samples[1:] else ""
        return SignIn(self.start(), "Kim Larsen", "sample-token", f"sample-password{again}", ["CLAIM-1", "CLAIM-2"])

    def stop(self) -> None:
        self.runs = False


@dataclass
class RunningClock:
    """The real clock, which threads wait by; a test may put it forward."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


class ClosableMemoryStore(MemoryStore):
    """A store in memory that notes that it was closed, and tells what a test has it tell."""

    closed = False
    tell: Callable[[StoreNews], object]

    def __init__(self) -> None:
        super().__init__()
        self.backups: list[BackupReason] = []
        self.is_like = StoreFacts(is_whole=True, schema=7, engine="Memory 1", size=1_000_000)

    def back_up(self, reason: BackupReason) -> None:
        self.backups.append(reason)

    def look_after_itself(self, tell: Callable[[StoreNews], object]) -> None:
        self.tell = tell

    def facts(self) -> StoreFacts:
        return self.is_like

    def close(self) -> None:
        self.closed = True


@dataclass
class Workbench:
    """Everything below a desk, and the desk."""

    store: ClosableMemoryStore = field(default_factory=ClosableMemoryStore)
    system: FakeSystem = field(default_factory=FakeSystem)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    server: FakeServer = field(default_factory=FakeServer)
    settings: FakeSettings = field(default_factory=FakeSettings)
    clock: RunningClock = field(default_factory=RunningClock)
    closings: list[str] = field(default_factory=list)
    new_id: Callable[[], str] = field(default_factory=Ids)
    places: Places = field(default_factory=lambda: Places.below(Path("no-folder")))

    def open(self) -> Desk:
        """Put a desk together; what was kept before is still there."""
        return Desk(
            Parts(
                store=self.store,
                settings=self.settings,
                secrets=self.secrets,
                clock=self.clock,
                new_id=self.new_id,
                build=self.system.build,
                systems=_systems,
                server=self.server,
                on_close=lambda: self.closings.append("log"),
                places=self.places,
            )
        )


def _systems() -> Sequence[SystemInfo]:
    return [
        SystemInfo(
            name="flow_retail",
            label="Flow Retail",
            address_hint="https://…",
            secret_label="Token",
            settings={"tenantUid": Setting(label="Tenant")},
            check_settings=_check_settings,
            read_file=_read_file,
        ),
        SystemInfo(
            name="extend",
            label="Extend",
            address_hint="https://…",
            secret_label="Token",
            settings={"settleSeconds": Setting(label="Seconds")},
        ),
        SystemInfo(
            name="resource_scheduler",
            label="Scheduler",
            address_hint="https://…",
            secret_label="Password",
            settings={
                "userName": Setting(label="User"),
                "currency": Setting(label="Currency"),
                "providerId": Setting(label="Provider"),
            },
        ),
    ]


def _check_settings(settings: Mapping[str, str]) -> None:
    if settings.get("tenantUid") == "no such":
        raise InvalidInputError("There is no such tenant", field="tenantUid")


def _read_file(raw: bytes, settings: Mapping[str, str]) -> PulledOrder:
    if not raw.isdigit():
        raise InvalidInputError("This is no number")
    return PulledOrder(server_id=raw.decode(), document={"title": settings.get("tenantUid", "Kettle")}, raw=raw)
