"""Be the desk: everything a front may ask for, over one store, one place for secrets and one thread an account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from techdesk.application.accounts import Account, Profile
from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices, SystemInfo
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Clock, OrderStore
from techdesk.application.settings import WORK_OFFLINE, Settings, seconds_between_looks
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.application.sync.state import RoundResult, SyncState
from techdesk.desk.parts import Parts
from techdesk.desk.rounds import offline_result, rounds
from techdesk.desk.sign_ins import SignIns, require_secret
from techdesk.desk.sync_threads import SyncThreads, fraction
from techdesk.domain.documents import Document
from techdesk.domain.errors import OfflineError

if TYPE_CHECKING:
    from techdesk.application.administration import Administration
    from techdesk.application.commands import Commands
    from techdesk.application.doctor import Examining
    from techdesk.application.exchange import AccountFacts, PulledOrder, ServerQuery
    from techdesk.application.finding import OpenedFile
    from techdesk.application.papers import CustomerPage
    from techdesk.application.sync.round import SyncPorts
    from techdesk.application.unsent.leaving import Leaving, Left
    from techdesk.desk.rescuing import RescueFiles

_FINISH_WITHIN_S = 2.0
_END_WITHIN_S = 1.0


class Desk(DeskServices):
    """The desk without windows."""

    def __init__(self, parts: Parts) -> None:
        """Put the parts together; no thread is started."""
        self._parts = parts
        self._sign_ins = SignIns(parts)
        self._threads = SyncThreads(self._ports)

    @property
    @override
    def store(self) -> OrderStore:
        return self._parts.store

    def look_after_store(self, tell: Callable[[StoreNews], object]) -> None:
        """Check the store's file and back it up every hour, behind the work, until the desk is closed.

        Args:
            tell: Called from a thread of the store's, or at once, with what a person should know.
        """
        self._parts.store.look_after_itself(tell)

    @cached_property
    @override
    def commands(self) -> Commands:
        from techdesk.application.commands import Commands

        parts = self._parts
        return Commands(parts.store, parts.clock, parts.new_id, self.profile)

    @property
    @override
    def settings(self) -> Settings:
        return self._parts.settings

    @property
    @override
    def clock(self) -> Clock:
        return self._parts.clock

    @cached_property
    @override
    def rescue(self) -> RescueFiles:
        from techdesk.desk.rescuing import RescueFiles

        parts = self._parts
        return RescueFiles(parts.store, parts.secrets, parts.clock, parts.places.rescue)

    @cached_property
    @override
    def doctor(self) -> Examining:
        from techdesk.desk.doctor import DeskDoctor

        return DeskDoctor(self._parts, self._sign_ins, self.rescue)

    @override
    def recovery_code(self) -> str:
        from techdesk.store.recovery import code_of_store

        return code_of_store(self._parts.secrets)

    @override
    def systems(self) -> Sequence[SystemInfo]:
        return self._parts.systems()

    @override
    def test_account(self, account: Account, secret: str) -> AccountFacts:
        return self._sign_ins.test(account, secret)

    @override
    def check_account(self, account_id: str) -> AccountFacts:
        return self._sign_ins.connector(account_id).facts()

    @override
    def add_account(self, account: Account, secret: str, *, session_only: bool = False) -> Account:
        require_secret(secret)
        added = self._sign_ins.keep(account, secret, session_only=session_only)
        self._threads.start(added.account_id)
        return added

    @override
    def change_account(self, account: Account, secret: str = "", *, session_only: bool = False) -> Account:
        self._sign_ins.account(account.account_id)
        with self._threads.stopped(account.account_id):
            changed = self._sign_ins.keep(account, secret, session_only=session_only)
        if not changed.signed_out:
            self._threads.start(changed.account_id)
        return changed

    @override
    def remove_account(self, account_id: str) -> Changes:
        with self._threads.stopped(account_id):
            self._parts.store.back_up(BackupReason.SIGN_OUT)
            self._sign_ins.forget(account_id)
            self._threads.forget(account_id)
        return Changes(list_changed=True, outbox=True, references=True)

    @override
    def leave_account(self, account_id: str, leaving: Leaving) -> Left:
        from techdesk.desk.departing import Departure

        parts = self._parts
        with self._threads.stopped(account_id):
            parts.store.back_up(BackupReason.SIGN_OUT)
            left = Departure(parts.store, parts.clock, self._sign_ins, self.rescue).leave(account_id, leaving)
            self._threads.forget(account_id)
        return left

    @override
    def add_sample_account(self, orders: int) -> Account:
        accounts = self._sign_ins.sample(orders)
        for one in accounts:
            self._threads.start(one.account_id)
        return accounts[0]

    @override
    def network(self) -> Mapping[str, str]:
        return self._sign_ins.networks.of_desk()

    @override
    def change_network(self, wanted: Mapping[str, str]) -> None:
        self._sign_ins.networks.keep(wanted)
        self._reconnect()

    @override
    def sign_in_to_proxy(self, proxy: str, user_name: str, password: str) -> None:
        self._sign_ins.networks.sign_in_to_proxy(proxy, user_name, password)
        self._reconnect()

    @override
    def find_orders(self, account_id: str, wanted: ServerQuery) -> Sequence[PulledOrder]:
        self._check_online()
        return self._sign_ins.connector(account_id).find(wanted)

    @override
    def bring_orders(self, account_id: str, found: Sequence[PulledOrder]) -> Changes:
        from techdesk.application.sync.pulling import Puller

        self._check_online()
        connector = self._sign_ins.connector(account_id)
        return Puller(account_id, self.store).bring([connector.fetch(one) for one in found])

    @override
    def administration(self, account_id: str) -> Administration:
        self._check_online()
        return self._sign_ins.connector(account_id).administration()

    @override
    def renew_references(self, account_id: str) -> Changes:
        from techdesk.application.sync.pulling import Puller

        return Puller(account_id, self.store).learn(self._sign_ins.connector(account_id).facts())

    @override
    def profile(self, account_id: str) -> Profile:
        return self._sign_ins.connector(account_id).profile

    @override
    def report(self, account_id: str, order: Document, kind: str) -> bytes:
        return self._sign_ins.connector(account_id).papers().report(order, kind)

    @override
    def public_address(self, account_id: str, order: Document) -> str:
        return self._sign_ins.connector(account_id).papers().public_address(order)

    @override
    def public_page(self, account_id: str, order: Document) -> CustomerPage:
        return self._sign_ins.connector(account_id).papers().public_page(order)

    @override
    def open_order_file(self, account_id: str, path: Path) -> OpenedFile:
        from techdesk.application.sync.pulling import Puller
        from techdesk.desk.order_files import read_order_file

        order = read_order_file(path, self._sign_ins.account(account_id), self.systems())
        return Puller(account_id, self.store).take_file(order)

    @override
    def stop_following(self, order: OrderRef) -> Changes:
        # a round that runs has asked for this order already, and would bring it back
        with self._threads.stopped(order.account_id):
            return self.commands.following.stop(order)

    @override
    def start_sync(self, on_state: Callable[[SyncState], None], on_changes: Callable[[Changes], None]) -> None:
        self._threads.begin(on_state, on_changes, self._sign_ins.signed_in, lambda: self._is_offline)

    @override
    def sync_now(self, account_id: str | None = None, order_ids: Iterable[str] | None = None) -> None:
        self._threads.sync_now(account_id, order_ids)

    @override
    def sync_once(self, account_id: str | None = None) -> RoundResult:
        if self._is_offline:
            return offline_result(self.store, account_id)
        account_ids = [account_id] if account_id else self._sign_ins.signed_in()
        names = {one.account_id: one.name for one in self._sign_ins.accounts()}
        return rounds({one: names.get(one, "") for one in account_ids}, self._threads.round, self.store)

    @override
    def work_offline(self, offline: bool) -> None:
        self.settings.set(WORK_OFFLINE, "yes" if offline else "no")
        self._threads.work_offline(offline)

    @override
    def close(self) -> None:
        self._threads.close(_FINISH_WITHIN_S)
        self._sign_ins.close()  # breaks off what still runs; it is found out at the next start
        all_ended = self._threads.close(_END_WITHIN_S)
        self._parts.server.stop()
        if all_ended:
            self._parts.store.close()
        self._parts.on_close()

    def _reconnect(self) -> None:
        """Let every account connect anew, by the network as it is now."""
        for one in self._sign_ins.accounts():
            with self._threads.stopped(one.account_id):
                self._sign_ins.disconnect(one.account_id)

    @property
    def _is_offline(self) -> bool:
        return self.settings.get(WORK_OFFLINE) == "yes"

    def _check_online(self) -> None:
        if self._is_offline:
            raise OfflineError("You work offline", "Switch “Work offline” off first")

    def _ports(self, account_id: str) -> SyncPorts:
        from techdesk.application.sync.round import POLL_EVERY_S, SyncPorts

        return SyncPorts(
            account_id=account_id,
            store=self.store,
            connector=self._sign_ins.connector(account_id),
            clock=self.clock,
            new_id=self._parts.new_id,
            fraction=fraction,
            poll_every_s=seconds_between_looks(self.settings, POLL_EVERY_S),
            back_up=self._parts.store.back_up,
        )
