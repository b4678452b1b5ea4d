"""Take in what a back end has to tell: pages of its change feed, and the things one can choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from techdesk.application.behalf import why_not_theirs
from techdesk.application.changes import Changes
from techdesk.application.exchange import AccountFacts, PulledOrder, PullPage
from techdesk.application.finding import OpenedFile
from techdesk.application.outbox import OpState, OrderRef, Verb
from techdesk.application.ports import OrderStore, PageEffect, ReadTransaction, StoredRecord, Urgency, WriteTransaction
from techdesk.application.store_news import BackupReason
from techdesk.application.sync.account_warnings import WarningKind, sync_warning, unwarn, warn
from techdesk.application.sync.acks import hear, is_older
from techdesk.application.sync.clock_skew import SkewMeter, note_skew
from techdesk.application.sync.duplicates import note_duplicates
from techdesk.application.sync.held_removals import held_removals, hold, is_too_much
from techdesk.application.sync.hidden_orders import note_hidden
from techdesk.application.sync.rereading import (
    end_rereading,
    go_on_rereading,
    keep_reread,
    last_pull,
    remember_pull,
    remember_unreadable,
    reread_after_update,
    rereading_at,
    whole_list,
)
from techdesk.application.sync.schema_drift import note_drift
from techdesk.application.sync.work_order_news import note_change
from techdesk.domain.documents import FOLLOWS
from techdesk.domain.errors import ConnectionFailedError
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Role

BackUp = Callable[[BackupReason], object]
"""Keeps a verified copy of the store and waits for it; never raises."""

LONGEST_HOLD = timedelta(minutes=10)

_WORKED_OUT_HERE = frozenset({*FOLLOWS, "currency"})
"""What a connector adds to an order from what it knows of its surroundings, so that it may change by itself."""


def no_backup(_: BackupReason) -> None:
    """Keep no copy: nothing that is here is replaced."""


class Puller:
    """Keep one account's place in its change feed and what a pull has brought so far.

    Attributes:
        taken: Orders taken in by the pull that runs, or by the last one.
    """

    def __init__(self, account_id: str, store: OrderStore, back_up: BackUp = no_backup) -> None:
        """Keep whose feed it is and where its news goes.

        Args:
            account_id: The account.
            store: Where its orders are.
            back_up: Keeps a copy of the store before a feed that was read anew takes the place of what is here.
        """
        self._account_id = account_id
        self._store = store
        self._back_up = back_up
        self.taken = 0
        self._skew = SkewMeter()

    @property
    def clock_skew_s(self) -> float:
        """Return the seconds by which this computer's clock is ahead of the server's."""
        return self._skew.seconds

    def cursor(self) -> str:
        """Return where the next page begins.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            return self._place(view)

    def runs_backwards(self, page: PullPage) -> bool:
        """Say whether a page of the feed brings an order older than it is here, or another one of the same revision.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            if rereading_at(view, self._account_id) is not None:
                return False
            here = view.orders_by_server_id(self._account_id, [one.server_id for one in page.orders])
            known = ((one, here.get(one.server_id)) for one in page.orders)
            return any(record and _is_from_before(one, record) for one, record in known)

    def followed(self) -> list[str]:
        """Return the server's ids of the account's orders, for a back end that is asked for them one by one.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            return view.order_server_ids(self._account_id)

    def must_wait(self, now: datetime) -> bool:
        """Say whether a pull might bring what we made ourselves and do not know yet to have arrived.

        It would stand on the screen twice until its create is confirmed. A create that cannot be found out holds the
        news back for ten minutes at most.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            unknown = view.operations(account_id=self._account_id, states=[OpState.AMBIGUOUS])
        first_sent = (one.first_sent_at for one in unknown if one.verb is Verb.CREATE)
        return any(at and abs(now - at) < LONGEST_HOLD for at in first_sent)

    def as_of(self) -> datetime | None:
        """Return when everything here was last confirmed by the server.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            return last_pull(view, self._account_id)

    def take(self, page: PullPage, now: datetime, *, has_feed: bool = False, after: str | None = None) -> Changes:
        """Store a page and our place after it in one transaction; one that began elsewhere than there is left.

        Args:
            page: The page.
            now: The present instant.
            has_feed: The pages tell everything there is if they are read from the beginning.
            after: Where the page begins; None takes it wherever that is.

        Raises:
            StoreError: Nothing of it was stored.
        """
        if has_feed and not page.more and self._is_rereading():
            self._back_up(BackupReason.BEFORE_BASELINE)
        with self._store.write(Urgency.BACKGROUND) as tx:
            if after not in (None, self._place(tx)):
                return Changes()
            told, effect = self._take_in(tx, page, has_feed=has_feed)
            hear(tx, self._account_id, {*(one.server_id for one in page.orders), *page.deleted})
            told |= note_drift(tx, self._account_id, page)
            told |= note_hidden(tx, self._account_id, page)
            if has_feed:
                remember_unreadable(tx, self._account_id, page)
            if page.server_time is not None:
                self._skew.saw(page.server_time, now)
                told |= note_skew(tx, self._account_id, self.clock_skew_s)
            news = frozenset(OrderRef(self._account_id, one) for one in effect.work_orders)
            note_change(tx, news, now)
            told |= note_duplicates(tx, self._account_id, effect.orders, now, is_whole=not page.more)
            if not page.more:
                remember_pull(tx, self._account_id, now)
        self.taken += len(page.orders)
        return Changes(orders=effect.orders, list_changed=effect.list_changed, work_orders=news, outbox=told)

    def _place(self, view: ReadTransaction) -> str:
        anew = rereading_at(view, self._account_id)
        return view.cursor(self._account_id) if anew is None else anew

    def _is_rereading(self) -> bool:
        with self._store.read() as view:
            return rereading_at(view, self._account_id) is not None

    def _take_in(self, tx: WriteTransaction, page: PullPage, *, has_feed: bool) -> tuple[bool, PageEffect]:
        """Take a page in, or stage it while everything is read anew; say whether a warning is new or gone."""
        account_id = self._account_id
        if rereading_at(tx, account_id) is None or not has_feed:
            go_on_rereading(tx, account_id, page)
            told, page = _held_back(tx, account_id, page, {one.server_id for one in page.orders})
            return told, tx.apply_page(account_id, page)
        keep_reread(tx, account_id, page)
        if page.more:
            return False, PageEffect(orders=frozenset(), list_changed=False)
        end_rereading(tx, account_id)
        staged = tx.staged_ids(account_id)
        told, page = _held_back(tx, account_id, whole_list(tx, account_id, page), staged)
        return told, tx.take_staged(account_id, page)

    def bring(self, orders: Sequence[PulledOrder]) -> Changes:
        """Store orders that were asked for; those already here are left, as the feed keeps them up to date.

        Raises:
            StoreError: Nothing of it was stored.
        """
        with self._store.write(Urgency.BACKGROUND) as tx:
            known = (tx.record_by_server_id(self._account_id, RecordType.ORDER, one.server_id) for one in orders)
            fresh = [one for one, record in zip(orders, known, strict=True) if record is None]
            page = PullPage(orders=fresh, cursor=tx.cursor(self._account_id), more=True)
            effect = tx.apply_page(self._account_id, page)
        return Changes(orders=effect.orders, list_changed=effect.list_changed)

    def take_file(self, order: PulledOrder) -> OpenedFile:
        """Store the order of a file, unless the one here was changed at the same time or later.

        Raises:
            StoreError: Nothing of it was stored.
        """
        with self._store.write(Urgency.PERSON) as tx:
            known = tx.record_by_server_id(self._account_id, RecordType.ORDER, order.server_id)
            is_taken = known is None or _is_newer(order, known)
            page = PullPage(orders=[order] if is_taken else [], cursor=tx.cursor(self._account_id), more=True)
            effect = tx.apply_page(self._account_id, page)
        return OpenedFile(
            order=OrderRef(self._account_id, known.record_id if known else order.server_id),
            is_taken=is_taken,
            changes=Changes(orders=effect.orders, list_changed=effect.list_changed),
        )

    def checked(self, brought: AccountFacts | ConnectionFailedError) -> AccountFacts | ConnectionFailedError:
        """Return what signing in brought, or why the unsent work is not to be sent under this sign-in.

        Raises:
            StoreError: The store could not be read.
        """
        if isinstance(brought, ConnectionFailedError):
            return brought
        with self._store.read() as view:
            return why_not_theirs(view, self._account_id, brought) or brought

    def learn(self, facts: AccountFacts) -> Changes:
        """Store who we are there and what one can choose from.

        Raises:
            StoreError: Nothing of it was stored.
        """
        with self._store.write(Urgency.BACKGROUND) as tx:
            for kind, documents in facts.references.items():
                tx.save_references(self._account_id, kind, documents)
            for account in tx.accounts():
                if account.account_id == self._account_id:
                    role = Role(facts.role) if facts.role in list(Role) else account.role
                    known = replace(account, user_uid=facts.user_uid, user_name=facts.user_name, role=role)
                    tx.save_account(known)
            if facts.profile.has_feed:
                reread_after_update(tx, self._account_id)
        return Changes(references=True)


def _held_back(tx: WriteTransaction, account_id: str, page: PullPage, there: Set[str]) -> tuple[bool, PullPage]:
    """Return a page with what it is to remove now, and whether a warning is new or gone.

    What the pages of one pull remove is judged together, at its last page; what a person was asked about stays until
    they have answered. What is `there`, by the server's id, stays anyway.
    """
    going = (held_removals(tx, account_id) | set(page.deleted)) - there
    if page.more:
        hold(tx, account_id, going)
        return False, replace(page, deleted=())
    here = frozenset(tx.order_server_ids(account_id)) if going else frozenset()
    going &= here
    is_asked = sync_warning(tx, account_id, WarningKind.MASS_REMOVAL) is not None
    if going and (is_asked or is_too_much(len(going), len(here), lists_nothing=page.lists_nothing)):
        hold(tx, account_id, going)
        facts = {"removed": str(len(going)), "here": str(len(here))}
        return warn(tx, account_id, WarningKind.MASS_REMOVAL, facts), replace(page, deleted=())
    hold(tx, account_id, ())
    return unwarn(tx, account_id, WarningKind.MASS_REMOVAL), replace(page, deleted=sorted(going))


def _is_from_before(order: PulledOrder, known: StoredRecord) -> bool:
    if not (order.revision or "").isdecimal() or order.revision != known.revision:
        return is_older(order.revision, known.revision)
    base = known.base or {}
    told = (order.document.keys() | base.keys()) - _WORKED_OUT_HERE
    return any(order.document.get(name) != base.get(name) for name in told)


def _is_newer(order: PulledOrder, known: StoredRecord) -> bool:
    """Say whether an order was changed after what is known of it; where neither says when, the other one is taken."""
    theirs, ours = ((one or {}).get("last_modified_at") or "" for one in (order.document, known.base))
    return bool(theirs > ours if theirs and ours else order.revision != known.revision)
