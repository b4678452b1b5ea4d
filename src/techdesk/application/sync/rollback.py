"""Notice that a server went back to an older state, and find out what is missing before anything is sent again.

At a start, when the server does not know our place in its feed, and when the feed runs backwards, the latest
confirmations are looked at. If one of them no longer stands, nothing is sent until every order with work confirmed in
the last 30 days was looked at, what is gone was put to a person, and everything was read anew (`docs/sync.md` §6.12).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial

from techdesk.application.changes import Changes
from techdesk.application.exchange import PulledOrder
from techdesk.application.outbox import UNSETTLED
from techdesk.application.ports import Connector, OrderStore, ReadTransaction, Urgency, WriteTransaction
from techdesk.application.sync.account_warnings import WarningKind, warn
from techdesk.application.sync.acks import Ack, forget_acks, hear, latest_acks
from techdesk.application.sync.confirmations import compared
from techdesk.application.sync.held_removals import held_removals
from techdesk.application.sync.lagging import forget_older, lags_until
from techdesk.application.sync.lost_effects import (
    order_to_fetch,
    orders_to_verify,
    put_to_person,
    put_unknown_to_person,
)
from techdesk.application.sync.rereading import begin_rereading, rereading_at
from techdesk.domain.documents import RecordType
from techdesk.domain.errors import (
    CaptivePageError,
    ConnectionFailedError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotShownError,
    OfflineError,
)

LOOKED_AT_ONCE = 20
LOOKED_AT_AT_START = 3
LOOK_ON_S = 3.0
MOST_TRIES = 5
MOST_TRIES_WITHOUT_FEED = 1
"""What such a back end does not show is soon left out: it may show nothing at all."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Orders as the server has them now, by its id, None where one is gone; and why the rest could not be fetched."""

    brought: Mapping[str, PulledOrder | None]
    failure: ConnectionFailedError | None = None

    def again_s(self, patience_s: float) -> float:
        """Return after how many seconds the rest is to be fetched: soon if something came, else with patience."""
        return LOOK_ON_S if self.brought else patience_s


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far the look at a server that went back is: orders that are still to be looked at, and what was missing."""

    left: list[str]
    missing: int


class _Doubt(Enum):
    """Why the latest confirmations are looked at; unknown before the server has told what it guarantees.

    At a start, and where the feed said nothing yet of what was confirmed, a record that is missing may have been
    removed by somebody, which the next pull tells. Where the feed itself is another one, it counts at once. So does a
    page that goes backwards where there is no feed, if it still does when what is shown can no longer lag behind.
    """

    UNKNOWN = "unknown"
    NONE = "none"
    STARTED = "started"
    SUSPECTS = "suspects"
    REFUSED = "refused"
    UNHEARD = "unheard"
    BACKWARDS = "backwards"


_MAY_BE_REMOVED = (_Doubt.STARTED, _Doubt.UNHEARD)


class RollbackWatch:
    """Watch one account's server; used by the thread of its sync only.

    Attributes:
        is_looking: Confirmations are being looked at, until the round has the answer.
        look_at: When they are to be looked at; None means at once.
    """

    def __init__(self, account_id: str, store: OrderStore, connector: Connector) -> None:
        """Keep whose server it is; the first thing is to look at the latest confirmations."""
        self._account_id = account_id
        self._store = store
        self._connector = connector
        self._doubt = _Doubt.UNKNOWN
        self._suspects: list[Ack] = []
        self._known: list[_Progress | None] = []
        self._found: dict[str, PulledOrder | None] = {}
        self._tries = 0
        self._was_from_before, self._may_lag = False, True
        self._reads_whole = self.is_looking = False
        self.look_at: datetime | None = None

    def begin(self) -> None:
        """Begin to watch, now that the server has told what it guarantees."""
        if self._doubt is _Doubt.UNKNOWN:
            self._doubt = _Doubt.STARTED if self._connector.profile.can_be_read else _Doubt.NONE

    @property
    def _lag_s(self) -> float:
        """Return for how many seconds the server may go on showing what is no longer so."""
        profile = self._connector.profile
        return 0.0 if profile.has_feed else profile.visibility_lag_s

    @property
    def lets_push(self) -> bool:
        """Say whether the server is known to have what it confirmed; raises `StoreError` if it cannot be read."""
        return self._doubt is _Doubt.NONE and self._progress is None

    @property
    def lets_pull(self) -> bool:
        """Say whether nothing is to be looked at before the next page; raises `StoreError` if it cannot be read."""
        return self._doubt in (_Doubt.NONE, _Doubt.SUSPECTS) and not (self._progress and self._progress.left)

    @property
    def is_suspicious(self) -> bool:
        """Say whether the next whole reading of the feed is to tell what became of something."""
        return self._doubt is _Doubt.SUSPECTS

    def refused(self) -> None:
        """Take in that the feed is not the one we knew.

        Raises:
            StoreError: It was not stored; call again.
        """
        self.look_at = None
        if self._connector.profile.has_feed and self._progress is None:
            self._doubt = _Doubt.REFUSED
            return
        with self._store.write(Urgency.BACKGROUND) as tx:
            begin_rereading(tx, self._account_id)

    def answered(self, *, is_older: bool) -> None:
        """Doubt a feed whose server answered with a record older than it is here; without one the next pull tells.

        That one reads everything, as an order that went back is not among those that changed since.

        Raises:
            StoreError: It was not stored; call again.
        """
        if is_older and self._connector.profile.has_feed:
            self.refused()
        elif is_older and not self._reads_whole:
            with self._store.write(Urgency.BACKGROUND) as tx:
                tx.save_cursor(self._account_id, "")
            self._reads_whole = True

    def ask_again_at(self, runs_backwards: bool, now: datetime) -> datetime | None:
        """Return when a page is to be asked for again, as it shows a past; None if it is to be taken in.

        A feed that shows it twice is another one; without a feed it is one once it cannot lag behind.

        Raises:
            StoreError: It was not stored; call again.
        """
        if self._connector.profile.has_feed:
            if runs_backwards and self._was_from_before:
                self.refused()
            self._was_from_before = runs_backwards
            return now if runs_backwards else None
        if not runs_backwards and not self._may_lag:
            return None
        with self._store.write(Urgency.BACKGROUND) as tx:
            until = lags_until(tx, self._account_id, self._lag_s, now) if runs_backwards else None
            if not runs_backwards:
                forget_older(tx, self._account_id)
        self._may_lag = runs_backwards
        if runs_backwards and until is None:
            self._doubt = _Doubt.BACKWARDS
        return until or (now if runs_backwards else None)

    def look(self, submit: Callable[[Callable[[], Verified]], None], now: datetime) -> Changes:
        """Begin to fetch what is to be looked at; where there is nothing, the doubt is over.

        Raises:
            StoreError: Nothing was decided; call again.
        """
        changes = Changes()
        while self._doubt is not _Doubt.UNKNOWN and not self.lets_pull:
            if wanted := self._wanted():
                self.is_looking = True
                most_tries = MOST_TRIES if self._connector.profile.has_feed else MOST_TRIES_WITHOUT_FEED
                is_last_try = self._tries >= most_tries
                submit(partial(_fetched, self._connector, wanted, is_last_try=is_last_try))
                break
            changes |= self.take({}, now)
        return changes

    def failed(self, brought: Mapping[str, PulledOrder | None], look_at: datetime) -> None:
        """Take in that not everything could be fetched; what was is kept, as a bad line never brings all in one go."""
        self.look_at = look_at
        self._found |= brought
        self._tries = 0 if brought else self._tries + 1

    def _wanted(self) -> list[PulledOrder]:
        """Return which orders are to be fetched now."""
        with self._store.read() as view:
            if self._doubt is _Doubt.BACKWARDS:
                return []
            if self._progress:
                ids = self._progress.left[:LOOKED_AT_ONCE]
            else:
                acks = reversed(latest_acks(view, self._account_id))
                # a backup is older than the latest confirmations, so at a start these are enough
                ids = list(dict.fromkeys(one.order_id for one in acks))
                ids = ids[:LOOKED_AT_AT_START] if self._doubt is _Doubt.STARTED else ids
            wanted = (order_to_fetch(view, self._account_id, order_id) for order_id in ids)
            return [one for one in wanted if one and one.server_id not in self._found]

    def take(self, brought: Mapping[str, PulledOrder | None], now: datetime) -> Changes:
        """Judge what was fetched.

        Raises:
            StoreError: Nothing was decided; ask again.
        """
        self.look_at = None
        brought = {**self._found, **brought}
        doubt, suspects = _Doubt.NONE, list[Ack]()
        with self._writing() as tx:
            if self._progress:
                changes = self._verify(tx, self._progress, brought, now)
            else:
                older, missing = self._compared(tx, brought)
                changes = Changes()
                if older and (until := lags_until(tx, self._account_id, self._lag_s, now)):
                    doubt, self.look_at = self._doubt, until
                elif older or self._doubt is _Doubt.BACKWARDS or (missing and self._doubt not in _MAY_BE_REMOVED):
                    changes = self._went_back(tx, now)
                elif missing:
                    doubt, suspects = _Doubt.SUSPECTS, missing
                else:
                    self._stands(tx)
        self._doubt, self._suspects, self._tries, self._found = doubt, suspects, 0, {}
        return changes

    def pulled(self, now: datetime, *, is_whole: bool) -> Changes:
        """Go on after a pull has brought everything: what is still here but not there was not removed by anybody.

        A reading of the feed that is not whole, as something was sent since it began, tells nothing of that.

        Raises:
            StoreError: Nothing was decided; call again.
        """
        changes, progress = Changes(), self._progress
        self._reads_whole = False
        if progress is None and self._doubt is not _Doubt.SUSPECTS:
            if is_whole:
                self._listen()
            return changes
        if progress is None and not is_whole:
            return changes
        with self._writing() as tx:
            if progress is None and any(_is_here(tx, self._account_id, one) for one in self._suspects):
                changes = self._went_back(tx, now)
            elif progress is not None and rereading_at(tx, self._account_id) is None:
                tx.save_note(_name(self._account_id), None)
                changes = _told(tx, self._account_id, "done", progress.missing)
        self._doubt = _Doubt.NONE
        return changes

    def _listen(self) -> None:
        """Doubt a feed that said nothing of what was confirmed before it was read."""
        with self._store.read() as view:
            is_heard = all(one.is_heard for one in latest_acks(view, self._account_id))
        if not is_heard and self._connector.profile.has_feed:
            self._doubt = _Doubt.UNHEARD

    def _stands(self, tx: WriteTransaction) -> None:
        """Go on as always; another feed is read from its beginning."""
        hear(tx, self._account_id)
        forget_older(tx, self._account_id)
        if self._doubt is _Doubt.REFUSED:
            begin_rereading(tx, self._account_id)

    @contextmanager
    def _writing(self) -> Iterator[WriteTransaction]:
        """Open a transaction; what is known of the progress is read again after it."""
        with self._store.write(Urgency.BACKGROUND) as tx:
            yield tx
        self._known = []

    def _went_back(self, tx: WriteTransaction, now: datetime) -> Changes:
        """Stop sending, durably, and begin to look at everything that was confirmed lately."""
        account_id = self._account_id
        left = orders_to_verify(tx, account_id, now)
        missing = put_unknown_to_person(tx, account_id, now)
        forget_acks(tx, account_id)
        forget_older(tx, account_id)
        return self._go_on(tx, left, missing) | Changes(list_changed=True)

    def _verify(
        self, tx: WriteTransaction, progress: _Progress, brought: Mapping[str, PulledOrder | None], now: datetime
    ) -> Changes:
        missing, some = progress.missing, progress.left[:LOOKED_AT_ONCE]
        for order_id in some:
            asked = order_to_fetch(tx, self._account_id, order_id)
            if asked and asked.server_id in brought:
                missing += put_to_person(tx, self._account_id, order_id, brought[asked.server_id], now)
        changes = self._go_on(tx, progress.left[LOOKED_AT_ONCE:], missing)
        return changes | Changes(orders=frozenset(some), list_changed=True)

    def _go_on(self, tx: WriteTransaction, left: Sequence[str], missing: int) -> Changes:
        tx.save_note(_name(self._account_id), json.dumps({"left": list(left), "missing": missing}))
        if not left:
            begin_rereading(tx, self._account_id)
        return _told(tx, self._account_id, "reading" if not left else "looking", missing)

    def _compared(
        self, view: ReadTransaction, brought: Mapping[str, PulledOrder | None]
    ) -> tuple[list[Ack], list[Ack]]:
        is_sure = self._doubt is _Doubt.REFUSED
        older, missing = compared(view, self._account_id, brought, is_sure=is_sure)
        # without a feed nothing tells whether somebody removed it
        return older, missing if self._connector.profile.has_feed else []

    @property
    def _progress(self) -> _Progress | None:
        if not self._known:
            with self._store.read() as view:
                self._known = [_progress(view, self._account_id)]
        return self._known[0]


def _fetched(connector: Connector, orders: Sequence[PulledOrder], *, is_last_try: bool) -> Verified:
    """Fetch orders as they are now; what cannot be read, or not asked for, tells nothing and is left out.

    Args:
        connector: What fetches.
        orders: Which ones.
        is_last_try: An order that the server goes on refusing to show is left out too, as work would wait for ever.
    """
    found: dict[str, PulledOrder | None] = {}
    for one in orders:
        try:
            found[one.server_id] = connector.fetch(one)
        except NotFoundError:
            found[one.server_id] = None
        except (InvalidInputError, NotAllowedError, NotShownError):
            continue
        except ConnectionFailedError as error:
            if not is_last_try or (isinstance(error, OfflineError | CaptivePageError) and not _answers(connector)):
                return Verified(found, error)
    return Verified(found)


def _answers(connector: Connector) -> bool:
    """Say whether the server answers to something else, so that it is one order that is never answered."""
    try:
        connector.facts()
    except ConnectionFailedError:
        return False
    return True


def _is_here(view: ReadTransaction, account_id: str, ack: Ack) -> bool:
    """Say whether a record is here although neither unsent work nor a question to a person keeps it."""
    order = view.record(account_id, RecordType.ORDER, ack.order_id)
    if order is None or view.record(account_id, ack.record_type, ack.record_id) is None:
        return False
    is_held = order.server_id in held_removals(view, account_id)
    return not is_held and not view.operations(account_id=account_id, order_id=ack.order_id, states=UNSETTLED)


def _told(tx: WriteTransaction, account_id: str, step: str, missing: int) -> Changes:
    warn(tx, account_id, WarningKind.ROLLED_BACK, {"step": step, "missing": str(missing)})
    return Changes(outbox=True)


def _progress(view: ReadTransaction, account_id: str) -> _Progress | None:
    noted = view.note(_name(account_id))
    return _Progress(**json.loads(noted)) if noted else None


def _name(account_id: str) -> str:
    return f"rolled_back:{account_id}"
