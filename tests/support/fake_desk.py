"""A desk in memory: real commands over a store in memory, and a network that does what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from techdesk.application.accounts import Account, Profile
from techdesk.application.administration import Administration
from techdesk.application.changes import Changes
from techdesk.application.commands import Commands
from techdesk.application.desk_services import SystemInfo
from techdesk.application.doctor import Examining
from techdesk.application.exchange import AccountFacts, PulledOrder, ServerQuery
from techdesk.application.finding import SEARCH_FIELDS, OpenedFile, SearchForm
from techdesk.application.outbox import OrderRef
from techdesk.application.papers import CustomerPage
from techdesk.application.ports import Urgency
from techdesk.application.sync.pulling import Puller
from techdesk.application.sync.state import RoundResult, SyncState
from techdesk.application.unsent.leaving import Leaving, Left, Way
from techdesk.application.unsent.rescue import RescueFile
from techdesk.desk.networks import checked_network_settings
from techdesk.desk.rescuing import RescueFiles
from techdesk.domain.errors import ConnectionFailedError, InvalidInputError, NoKeyringError, SecretsError
from techdesk.domain.records import Document
from techdesk.domain.recovery_code import recovery_code
from tests.support.builders import KEYED, FakeClock, Ids, commands_over
from tests.support.fake_administration import FakeAdministration
from tests.support.memory_store import MemoryStore


@dataclass
class FakeSettings:
    """Settings in memory."""

    kept: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        return self.kept.get(name, default)

    def set(self, name: str, value: str) -> None:
        self.kept[name] = value

    def all(self) -> Mapping[str, str]:
        return dict(self.kept)


def _form_for(form: SearchForm, settings: Mapping[str, str]) -> SearchForm:
    if "broken" in settings:
        raise InvalidInputError("“broken” cannot be set")
    return replace(form, asks_kind="blind" in settings)


def _system(name: str, form: SearchForm, *, reads_files: bool = False) -> SystemInfo:
    return SystemInfo(
        name=name,
        label=name.title(),
        address_hint="",
        secret_label="Token",
        settings={},
        search_form=partial(_form_for, form),
        read_file=(lambda raw, _: PulledOrder(server_id=raw.decode(), document={})) if reads_files else None,
    )


_FLOW = replace(_system("flow_retail", SearchForm(fields=SEARCH_FIELDS, most=3)), label="Flow", is_administered=True)
_BY_ID = _system("by_id", SearchForm(label="Order id"))
_ROOMS = _system("rooms", SearchForm(refusal="Rooms cannot be asked for orders"), reads_files=True)


class NoSecrets:
    """No keyring at all."""

    def read(self, name: str) -> str | None:
        raise NoKeyringError

    def write(self, name: str, secret: str) -> None:
        raise NoKeyringError

    def delete(self, name: str) -> None:
        raise NoKeyringError


@dataclass
class FakeDesk:
    """Implement `DeskServices`; `facts` or `refusal` is what a sign-in brings, `result` what a round brings."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    settings: FakeSettings = field(default_factory=FakeSettings)
    refusal: ConnectionFailedError | None = None
    result: RoundResult = field(default_factory=RoundResult)
    tokens: dict[str, str] = field(default_factory=dict)
    woken: list[str | None] = field(default_factory=list)
    more_systems: list[SystemInfo] = field(default_factory=list)
    rounds: list[str | None] = field(default_factory=list)
    found: list[PulledOrder] = field(default_factory=list)
    asked: list[ServerQuery] = field(default_factory=list)
    reached: Mapping[str, str] = field(default_factory=dict)
    proxies: dict[str, tuple[str, str]] = field(default_factory=dict)
    administered: FakeAdministration = field(default_factory=FakeAdministration)
    renewed: list[str] = field(default_factory=list)
    paper: bytes = b""
    reports: list[str] = field(default_factory=list)
    public: str = "https://desk.example/public"
    page: CustomerPage = field(default_factory=CustomerPage)
    opened: list[Path] = field(default_factory=list)

    left: list[Leaving] = field(default_factory=list)
    copy: RescueFile | None = None
    rescue_folder: Path = Path("no-folder")
    key_refusal: SecretsError | None = None

    def __post_init__(self) -> None:
        self.rescue = RescueFiles(self.store, NoSecrets(), self.clock, self.rescue_folder)
        self.guarantees = replace(KEYED, no_reports="", no_notifications="", no_public_page="")
        self.commands: Commands = commands_over(self.store, self.clock, self.guarantees)

    def use(self, guarantees: Profile) -> None:
        """Be a desk whose back end guarantees something else."""
        self.guarantees = guarantees
        self.commands = Commands(self.store, self.clock, Ids(), self.profile)

    def recovery_code(self) -> str:
        if self.key_refusal:
            raise self.key_refusal
        return recovery_code(bytes(range(32)))

    def systems(self) -> Sequence[SystemInfo]:
        return [_FLOW, _BY_ID, _ROOMS, *self.more_systems]

    def test_account(self, account: Account, secret: str) -> AccountFacts:
        if self.refusal:
            raise self.refusal
        return AccountFacts(
            user_uid="u-kim",
            user_name="Kim Larsen",
            role="technician",
            profile=KEYED,
            references={},
            server_version="1",
        )

    def check_account(self, account_id: str) -> AccountFacts:
        with self.store.read() as view:
            account = next(one for one in view.accounts() if one.account_id == account_id)
        return self.test_account(account, self.tokens.get(account_id, ""))

    def add_account(self, account: Account, secret: str, *, session_only: bool = False) -> Account:
        if not secret:
            raise InvalidInputError("The token is missing")
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(account)
        self.tokens[account.account_id] = secret
        return account

    def change_account(self, account: Account, secret: str = "", *, session_only: bool = False) -> Account:
        return self.add_account(account, secret or self.tokens[account.account_id])

    def remove_account(self, account_id: str) -> Changes:
        with self.store.write(Urgency.PERSON) as tx:
            tx.remove_account(account_id)
        return Changes(references=True)

    def leave_account(self, account_id: str, leaving: Leaving) -> Left:
        self.left.append(leaving)
        made = None
        if leaving.file:
            with self.store.read() as view:
                work = self.rescue.gathered(view, account_id, "handed over", handed_over=True)
            made = self.rescue.save(leaving.file, work)
        with self.store.write(Urgency.PERSON) as tx:
            (account,) = [one for one in tx.accounts() if one.account_id == account_id]
            if leaving.way is Way.KEEP:
                tx.save_account(replace(account, signed_out=True))
            else:
                tx.remove_account(account_id)
        return Left(changes=Changes(list_changed=True, outbox=True, references=True), copy=self.copy, handed_over=made)

    @property
    def doctor(self) -> Examining:
        raise NotImplementedError

    def add_sample_account(self, orders: int) -> Account:
        raise NotImplementedError

    def network(self) -> Mapping[str, str]:
        return dict(self.reached)

    def change_network(self, wanted: Mapping[str, str]) -> None:
        self.reached = checked_network_settings(wanted)

    def sign_in_to_proxy(self, proxy: str, user_name: str, password: str) -> None:
        self.proxies[proxy] = (user_name, password)

    def find_orders(self, account_id: str, wanted: ServerQuery) -> Sequence[PulledOrder]:
        if self.refusal:
            raise self.refusal
        self.asked.append(wanted)
        return self.found

    def bring_orders(self, account_id: str, found: Sequence[PulledOrder]) -> Changes:
        if self.refusal:
            raise self.refusal
        return Puller(account_id, self.store).bring(found)

    def administration(self, account_id: str) -> Administration:
        if self.refusal:
            raise self.refusal
        return self.administered

    def renew_references(self, account_id: str) -> Changes:
        self.renewed.append(account_id)
        return Changes(references=True)

    def profile(self, account_id: str) -> Profile:
        return self.guarantees

    def report(self, account_id: str, order: Document, kind: str) -> bytes:
        if self.refusal:
            raise self.refusal
        self.reports.append(kind)
        return self.paper

    def public_address(self, account_id: str, order: Document) -> str:
        return f"{self.public}/{order['public_page_hash']}"

    def public_page(self, account_id: str, order: Document) -> CustomerPage:
        if self.refusal:
            raise self.refusal
        return self.page

    def open_order_file(self, account_id: str, path: Path) -> OpenedFile:
        self.opened.append(path)
        if not self.found:
            raise InvalidInputError(f"“{path.name}” holds no order of Rooms")
        return Puller(account_id, self.store).take_file(self.found[0])

    def stop_following(self, order: OrderRef) -> Changes:
        return self.commands.following.stop(order)

    def start_sync(self, on_state: Callable[[SyncState], None], on_changes: Callable[[Changes], None]) -> None:
        raise NotImplementedError

    def sync_now(self, account_id: str | None = None, order_ids: Iterable[str] | None = None) -> None:
        self.woken.append(account_id)

    def sync_once(self, account_id: str | None = None) -> RoundResult:
        self.rounds.append(account_id)
        return self.result

    def work_offline(self, offline: bool) -> None:
        self.settings.set("work_offline", "yes" if offline else "")

    def close(self) -> None:
        """Nothing runs."""


def with_account(desk: FakeDesk, account: Account) -> FakeDesk:
    """Return the desk with one more account."""
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(replace(account))
    return desk
