"""Bring what is new at a plain vendor, which has no feed: by its list of orders.

A *walk* at each poll reads the list from the latest change back to where the walk before it began. A *sweep*, at most
once an hour, reads the whole list. If orders are missing from it, it is read once more, as its pages shift while others
work; each order that was missing both times is asked for by itself, and only the server's own word for it, a 404,
removes it here. An order is always fetched whole, with all its parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from techdesk.application.exchange import BadRecord, PulledOrder, PullPage
from techdesk.connectors.answers import server_time
from techdesk.connectors.flow_retail.calls import json_object
from techdesk.connectors.flow_retail.mapping import PARTS
from techdesk.connectors.flow_retail.plain_calls import PlainCalls, is_whole
from techdesk.connectors.flow_retail.reading import Reader, read_orders
from techdesk.connectors.one_by_one import OneByOne, failing
from techdesk.connectors.server_ids import can_be_asked_for
from techdesk.domain.errors import BusyError, CursorExpiredError, InvalidInputError, NotFoundError, NotShownError
from techdesk.domain.instants import instant_text, parse_instant

SWEEP_EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=2)
"""A change may show in the list so much later than it says it was made."""
ASKED_AT_ONCE = 50
ANOTHERS = "The server's answer is about another order"
_SETTLED = timedelta(seconds=2)
"""An order that changed so shortly before it was fetched may change again under the same instant."""
_BY_UID = {"sortBy": "serviceOrderUid", "sortDirection": "ASC"}
_ENDED = frozenset({"CLOSED", "CANCELLED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Our place in a store's list; kept as the cursor.

    Attributes:
        store_uid: The store; at another one everything begins anew.
        since: Changes up to here, less the overlap, have been brought by walks.
        swept_since: The same by the sweep before the last one.
        swept_at: When the last sweep ended, by this computer's clock.
        given: Uid → change, of the orders within the overlap that were brought already.
        step: What runs: `walk`, `sweep`, `again`, `check`; empty between two polls.
        page: The page it fetches next.
        top: The latest change when it began.
        after: The last missing order that was asked for.
        owed: Orders that the server failed to show while it showed others; each sweep asks for them again.
    """

    store_uid: str
    since: str = ""
    swept_since: str = ""
    swept_at: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    step: str = ""
    page: int = 1
    top: str = ""
    after: str = ""
    owed: Sequence[str] = ()

    def __str__(self) -> str:
        return json.dumps({"list": asdict(self)})

    def rests(self, now: datetime, *, swept: bool) -> Place:
        """Return the place after all that was to be done."""
        until = max(self.top, self.since)
        floor = _earlier(until, OVERLAP)
        rested = replace(
            self,
            since=until,
            given={uid: at for uid, at in self.given.items() if at >= floor},
            step="",
            page=1,
            top="",
            after="",
        )
        return replace(rested, swept_since=until, swept_at=instant_text(now)) if swept else rested


def read_place(cursor: str, store_uid: str) -> Place:
    """Read a cursor; another store begins anew.

    Raises:
        CursorExpiredError: It is one of a change feed.
    """
    if not cursor:
        return Place(store_uid=store_uid)
    kept = json.loads(cursor).get("list")
    if kept is None:
        raise CursorExpiredError
    place = Place(**kept)
    return place if place.store_uid == store_uid else Place(store_uid=store_uid)


class ListPuller:
    """Pull one store's orders by its list."""

    def __init__(self, calls: PlainCalls, path: str, now: Callable[[], datetime] | None = None) -> None:
        """Keep what fetches, the path of the store's list, and the clock."""
        self._calls = calls
        self._path = path
        self._now = now or (lambda: datetime.now(UTC))
        self._listed: dict[int, frozenset[str]] = {}
        self._first: frozenset[str] | None = None
        self._one_by_one = OneByOne()

    def pull(self, place: Place, followed: Sequence[str], reader: Reader) -> PullPage:
        """Fetch the next page.

        Raises:
            ConnectionFailedError: It could not be fetched.
        """
        if not place.step:
            place = self._begun(place)
        if self._has_forgotten(place):
            place = replace(self._begun(place), step="sweep")
        taken = _Taken(reader)
        step = self._check if place.step == "check" else self._list
        following = step(place, followed, taken)
        return PullPage(
            orders=taken.orders,
            bad=taken.bad,
            deleted=taken.deleted,
            cursor=str(following),
            more=bool(following.step),
            server_time=taken.time,
            lists_nothing=place.step == "check" and not self._ever_listed(),
            odd_fields=tuple(sorted(reader.odd_fields)),
        )

    def _has_forgotten(self, place: Place) -> bool:
        """Say whether the process began anew, so that what was listed before is not known."""
        if place.step == "sweep":
            return place.page > 1 and not self._listed
        return place.step != "walk" and self._first is None

    def _ever_listed(self) -> frozenset[str]:
        """Return what was in the list when it was read whole, the first time or again."""
        return (self._first or frozenset()).union(*self._listed.values())

    def _begun(self, place: Place) -> Place:
        self._listed, self._first = {}, None
        now = self._now()
        is_due = not place.swept_at or not timedelta(0) <= now - parse_instant(place.swept_at) < SWEEP_EVERY
        return replace(place, step="sweep" if is_due else "walk", page=1, top="", after="")

    def _list(self, place: Place, followed: Sequence[str], taken: _Taken) -> Place:
        """Fetch a page of the list, and each order of it that is to be brought."""
        is_walk, is_sweep = place.step == "walk", place.step == "sweep"
        latest = self._latest() if is_sweep and place.page == 1 else ""
        sorting = {"sortBy": "lastModifiedAt", "sortDirection": "DESC"} if is_walk else _BY_UID
        items, count = self._page(place.page, **sorting)
        changes = {uid: _changed_at(one) for one in items if (uid := _uid_of(one))}
        if place.page == 1 and (is_walk or is_sweep):
            place = replace(place, top=latest or max(changes.values(), default=""))
        wanted = _new_in_walk(place, changes) if is_walk else []
        if is_sweep:
            wanted = _new_in_sweep(place, items, frozenset(followed) - {*place.owed})
        place = self._take_all(wanted, taken, place)
        is_last = self._is_last(place, changes, count)
        place = replace(place, given={**place.given, **self._surely_given(wanted, changes)}, page=place.page + 1)
        if not is_last:
            return place
        return place.rests(self._now(), swept=False) if is_walk else self._listed_whole(place, followed)

    def _listed_whole(self, place: Place, followed: Sequence[str]) -> Place:
        """Go on after the whole list was read: it is read again if orders are missing from it."""
        if place.step == "again":
            return replace(place, step="check")
        if not set(followed) - self._ever_listed():
            return place.rests(self._now(), swept=True)
        self._first, self._listed = self._ever_listed(), {}
        return replace(place, step="again", page=1)

    def _is_last(self, place: Place, changes: Mapping[str, str], count: int | None) -> bool:
        """Say whether nothing more is to be listed; a page that only repeats others is the end, too."""
        elsewhere = {uid for number, uids in self._listed.items() if number != place.page for uid in uids}
        self._listed[place.page] = frozenset(changes)
        known = len(elsewhere | changes.keys())
        is_back = place.step == "walk" and any(at < _earlier(place.since, OVERLAP) for at in changes.values())
        return is_back or not changes.keys() - elsewhere or is_whole(count, known, len(changes))

    def _check(self, place: Place, followed: Sequence[str], taken: _Taken) -> Place:
        """Ask for the orders that are held here and were in no page; two whole lists that lack them are no proof."""
        missing = [uid for uid in sorted(set(followed) - self._ever_listed()) if uid > place.after]
        place = self._take_all(missing[:ASKED_AT_ONCE], taken, place)
        if len(missing) > ASKED_AT_ONCE:
            return replace(place, after=missing[ASKED_AT_ONCE - 1])
        return place.rests(self._now(), swept=True)

    def _page(self, number: int, **sorting: str) -> tuple[list[dict[str, Any]], int | None]:
        try:
            return self._calls.page(self._path, number, **sorting)
        except NotShownError as error:
            raise NotShownError("The server does not show its orders to your sign-in", said=error.said) from error

    def _latest(self) -> str:
        items, _ = self._page(1, sortBy="lastModifiedAt", sortDirection="DESC")
        return max((_changed_at(one) for one in items), default="")

    def _surely_given(self, uids: Iterable[str], changes: Mapping[str, str]) -> dict[str, str]:
        until = instant_text(self._now() - _SETTLED)
        return {uid: changes[uid] for uid in uids if changes[uid] < until}

    def _take_all(self, uids: Sequence[str], taken: _Taken, place: Place) -> Place:
        """Take orders, without those that only the server's own failure keeps away; they are owed."""
        left = self._one_by_one.take(uids, lambda uid: self._take(uid, taken), is_there=True)
        taken.bad += [failing(uid, why) for uid, why in left.items()]
        return replace(place, owed=sorted({*place.owed} - {*uids} | left.keys()))

    def _take(self, uid: str, taken: _Taken) -> None:
        path = f"{self._path}/{uid}"
        if not can_be_asked_for(uid):
            taken.take({"serviceOrderUid": uid})
            return
        try:
            answer = self._calls.one(path)
            raw = json_object(answer)
            if _uid_of(raw) != uid:
                raise BusyError(ANOTHERS)
            missing = {part.member: f"{path}/{part.step}" for part in PARTS.values() if part.member not in raw}
            whole = raw | {member: self._calls.every(at) for member, at in missing.items()}
        except NotFoundError:
            taken.deleted.append(uid)
        except NotShownError as error:
            taken.bad.append(BadRecord(server_id=uid, reason=error.said, raw=b"", is_hidden=True))
        else:
            taken.time = server_time(answer.headers)
            taken.take(whole)


class _Taken:
    """Gather a page."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.orders: list[PulledOrder] = []
        self.bad: list[BadRecord] = []
        self.deleted: list[str] = []
        self.time: datetime | None = None

    def take(self, raw: Mapping[str, Any]) -> None:
        orders, bad = read_orders([raw], self._reader, json.dumps(raw).encode())
        self.orders += orders
        self.bad += bad


def _new_in_walk(place: Place, changes: Mapping[str, str]) -> list[str]:
    floor = _earlier(place.since, OVERLAP)
    return [uid for uid, at in changes.items() if at >= floor and place.given.get(uid) != at]


def _new_in_sweep(place: Place, items: Sequence[Mapping[str, Any]], held: frozenset[str]) -> list[str]:
    """Return what is new here, changed since the sweep before, or open.

    Work on an open order may have left the order's own change alone, so it is always brought.
    """
    floor = _earlier(place.swept_since, OVERLAP)
    known = {uid: one for one in items if (uid := _uid_of(one))}
    return [
        uid
        for uid, one in known.items()
        if uid not in held or one.get("serviceState") not in _ENDED or _changed_at(one) >= floor
    ]


def _uid_of(raw: Mapping[str, Any]) -> str:
    uid = raw.get("serviceOrderUid")
    return uid if isinstance(uid, str) else ""


def _changed_at(raw: Mapping[str, Any]) -> str:
    """Return when an order says it was changed, as text that can be compared; empty where it does not say."""
    for name in ("lastModifiedAt", "createdAt"):
        try:
            return instant_text(parse_instant(str(raw.get(name))))
        except InvalidInputError:
            continue
    return ""


def _earlier(instant: str, by: timedelta) -> str:
    return instant_text(parse_instant(instant) - by) if instant else ""
