"""Name the saved views of the order list and say which orders each one shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from techdesk.application.queries import OrderFilter, SortBy
from techdesk.domain.vocabulary import ServiceKind, ServiceState

_OPEN = frozenset(one for one in ServiceState if one.is_open)
_WITH_DUE = frozenset({ServiceState.NOT_STARTED, ServiceState.IN_PROGRESS, ServiceState.ON_HOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What a view depends on besides the orders.

    Attributes:
        now: The present instant.
        zone: The technician's own zone; *today* is their day.
        me: Uids of the person in all accounts.
    """

    now: datetime
    zone: tzinfo
    me: frozenset[str]


@dataclass(frozen=True, slots=True)
class SavedView:
    """One entry of the sidebar.

    Attributes:
        name: Stable name, for settings and shortcuts.
        label: What the sidebar shows.
        empty: What an empty list says.
        filter: Which orders it shows, and how they are sorted.
    """

    name: str
    label: str
    empty: str
    filter: Callable[[Today], OrderFilter]


def _mine(today: Today) -> OrderFilter:
    return OrderFilter(states=_OPEN, assignee_uids=today.me, sort_by=SortBy.DUE, descending=False)


def _depot_queue(_: Today) -> OrderFilter:
    return OrderFilter(states=_OPEN, kinds=frozenset({ServiceKind.DEPOT}), sort_by=SortBy.CREATED, descending=False)


def _onsite_today(today: Today) -> OrderFilter:
    midnight = today.now.astimezone(today.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return OrderFilter(
        kinds=frozenset({ServiceKind.ONSITE}),
        appointment_from=midnight,
        appointment_before=midnight + timedelta(days=1),
        sort_by=SortBy.DUE,
        descending=False,
    )


def _overdue(today: Today) -> OrderFilter:
    return OrderFilter(states=_WITH_DUE, due_before=today.now, sort_by=SortBy.DUE, descending=False)


def _waiting(_: Today) -> OrderFilter:
    return OrderFilter(states=frozenset({ServiceState.ON_HOLD}), sort_by=SortBy.CREATED, descending=False)


def _unsent(_: Today) -> OrderFilter:
    return OrderFilter(unsent=True)


def _all(_: Today) -> OrderFilter:
    return OrderFilter()


SAVED_VIEWS: tuple[SavedView, ...] = (
    SavedView("mine", "My open orders", "No open order is assigned to you.", _mine),
    SavedView("depot", "Depot queue", "The depot queue is empty.", _depot_queue),
    SavedView("onsite_today", "Onsite today", "No visit is planned for today.", _onsite_today),
    SavedView("overdue", "Overdue", "Nothing is overdue.", _overdue),
    SavedView("waiting", "Waiting", "No order waits for parts or a customer.", _waiting),
    SavedView("unsent", "Unsent", "Everything you did has been confirmed.", _unsent),
    SavedView("all", "All", "There are no orders here yet.", _all),
)
"""The views of the sidebar, in its order."""
