"""A followed order can be let go of here; nothing unsent goes with it, and what comes by itself stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.accounts import Profile
from techdesk.application.commands import Commands
from techdesk.application.outbox import OrderRef
from techdesk.domain.errors import NotAllowedError, NotFoundError, NotSupportedError
from techdesk.domain.events import ProductReceived
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED, FakeClock, commands_over, put_order
from tests.support.memory_store import MemoryStore

FOLLOWED = replace(KEYED, orders_are_followed=True)


def commands(store: MemoryStore, profile: Profile = FOLLOWED) -> Commands:
    return commands_over(store, FakeClock(), profile)


def test_an_order_that_is_no_longer_followed_leaves_this_computer(store: MemoryStore) -> None:
    order, other = put_order(store), put_order(store, server_id="so-2")
    changes = commands(store).following.stop(order)
    with store.read() as view:
        assert view.record("a1", RecordType.ORDER, "so-1") is None
        assert view.order_server_ids("a1") == [other.order_id]
    assert (changes.orders, changes.list_changed) == (frozenset({"so-1"}), True)


def test_an_order_with_unsent_work_stays(store: MemoryStore) -> None:
    order = put_order(store)
    desk = commands(store)
    desk.record_event(order, ProductReceived(received_by="Kim"))
    with pytest.raises(NotAllowedError, match="unsent"):
        desk.following.stop(order)
    with store.read() as view:
        assert view.record("a1", RecordType.ORDER, "so-1") is not None


def test_an_order_that_comes_by_itself_cannot_be_let_go(store: MemoryStore) -> None:
    order = put_order(store)
    desk = commands(store, KEYED)
    assert "by itself" in desk.following.why_not("a1")
    with pytest.raises(NotSupportedError):
        desk.following.stop(order)


def test_an_order_that_is_not_here_is_told(store: MemoryStore) -> None:
    desk = commands(store)
    assert desk.following.why_not("a1") == ""
    with pytest.raises(NotFoundError):
        desk.following.stop(OrderRef("a1", "so-9"))
