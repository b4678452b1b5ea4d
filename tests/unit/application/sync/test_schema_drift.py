"""A field that comes in a form we do not know is told once, and cannot be overwritten unseen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from techdesk.application.exchange import BadRecord, PulledOrder, PullPage
from techdesk.application.outbox import OrderRef
from techdesk.application.sync.account_warnings import WarningCommands, WarningKind
from techdesk.domain.documents import SET_ASIDE
from techdesk.domain.errors import NotAllowedError
from tests.support.builders import FakeClock, an_order, commands_over, order_document
from tests.support.pulling_desk import PullingDesk


class Desk(PullingDesk):
    """A desk that takes in fields it does not know."""

    def pull(self, *odd_fields: str, bad: Sequence[BadRecord] = ()) -> bool:
        """Return whether the window is told of anything."""
        page = PullPage(orders=[], cursor="c1", more=False, odd_fields=odd_fields, bad=bad)
        return self.take(page)

    @property
    def told(self) -> list[dict[str, str]]:
        return [{name: text for name, text in one.facts.items() if text} for one in self.warnings]


def test_a_field_of_another_kind_is_told_once():
    desk = Desk()
    assert desk.pull("warranty")
    assert not desk.pull("warranty")
    assert desk.told == [{"changed": "warranty"}]
    WarningCommands(desk.store).answer("a1", WarningKind.SCHEMA_DRIFT, "understood")
    assert not desk.pull("warranty")
    assert desk.told == []


def test_another_field_is_told_beside_the_first_while_nobody_has_read_it():
    desk = Desk()
    desk.pull("warranty")
    bad = [BadRecord(server_id="s1", reason="title: is not text", raw=b"{}")]
    assert desk.pull("customer", "warranty", bad=bad)
    assert desk.told == [{"changed": "warranty, customer", "unreadable": "title"}]


def test_nothing_odd_is_nothing_to_tell():
    desk = Desk()
    assert not desk.pull()
    assert desk.told == []


@pytest.mark.parametrize("refused", [True, False])
def test_a_field_that_cannot_be_read_cannot_be_changed_and_all_others_can(refused: bool):
    desk = Desk()
    document = {**order_document(an_order()), SET_ASIDE: {"location_label": 7}}
    page = PullPage(orders=[PulledOrder(server_id="s1", document=document)], cursor="c1", more=False)
    desk.take(page)
    commands = commands_over(desk.store, FakeClock())
    order = OrderRef("a1", "s1")
    if not refused:
        assert commands.change_order(order, {"title": "Mine"}, document).op_ids
        return
    with pytest.raises(NotAllowedError, match="location label"):
        commands.change_order(order, {"location_label": "B2"}, document)
    with desk.store.read() as view:
        assert view.operations(account_id="a1") == []
