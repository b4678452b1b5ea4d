"""A change goes out to a back end without revisions only after a look at what it would replace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass, Verb
from techdesk.application.sync.looking_first import NO_LONGER_THERE, sent_after_a_look
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING
from tests.support.fake_server import KEYED, FakeConnector, FakeServer

PLAIN = replace(KEYED, has_etags=False, reads_back=True)


class Counter(FakeConnector):
    """A connector that counts its looks and can be told what they bring."""

    def __init__(self, profile=PLAIN) -> None:
        super().__init__(FakeServer(), profile)
        self.server.put_order("so-1", title="Radio", description="Dead")
        self.looks = 0
        self.brings: ReadBack | None = None

    def read_back(self, operation: Operation) -> ReadBack:
        self.looks += 1
        return self.brings or super().read_back(operation)

    @property
    def title(self) -> str:
        return str(self.server.things["so-1"].document["title"])


def change(verb: Verb = Verb.UPDATE) -> Operation:
    """Return a change of the title, or a removal, by who saw the order as it was first."""
    is_update = verb is Verb.UPDATE
    return Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="so-1",
        record_type=RecordType.ORDER,
        record_id="so-1",
        verb=verb,
        intent={"title": "Old radio"} if is_update else {},
        base={"title": "Radio"} if is_update else {"title": "Radio", "description": "Dead"},
        created_at=MORNING,
        created_by="Kim",
        attempts=1,
        request=FrozenRequest(
            method="PUT" if is_update else "DELETE",
            path='/{"order": "so-1", "record": "so-1"}',
            headers={},
            body=b'{"title": "Old radio"}' if is_update else b"",
        ),
    )


@pytest.fixture
def vendor() -> Counter:
    return Counter()


def test_what_nobody_else_changed_goes_out_after_one_look(vendor):
    assert sent_after_a_look(vendor, change()).kind is OutcomeClass.APPLIED
    assert (vendor.looks, vendor.title) == (1, "Old radio")


def test_a_change_of_another_field_is_in_nobodys_way(vendor):
    vendor.server.edit("so-1", description="Hums")
    assert sent_after_a_look(vendor, change()).kind is OutcomeClass.APPLIED
    assert vendor.server.things["so-1"].document == {"title": "Old radio", "description": "Hums"}


def test_a_field_that_somebody_changed_since_is_not_overwritten_but_shown(vendor):
    vendor.server.edit("so-1", title="Radio of the kitchen")
    outcome = sent_after_a_look(vendor, change())
    assert (outcome.kind, outcome.record) == (
        OutcomeClass.PRECONDITION,
        {"title": "Radio of the kitchen", "description": "Dead"},
    )
    assert vendor.title == "Radio of the kitchen"


def test_nothing_is_removed_that_looks_otherwise_than_the_person_saw_it(vendor):
    vendor.server.edit("so-1", description="Hums")
    assert sent_after_a_look(vendor, change(Verb.DELETE)).kind is OutcomeClass.PRECONDITION
    assert "so-1" in vendor.server.things


def test_where_the_whole_record_goes_out_any_change_by_others_is_in_the_way(vendor):
    vendor.brings = replace(vendor.server.sighting(change()), is_newer=True)
    assert sent_after_a_look(vendor, change()).kind is OutcomeClass.PRECONDITION
    assert vendor.title == "Radio"


def test_what_is_gone_is_told_without_sending(vendor):
    vendor.server.remove("so-1")
    assert sent_after_a_look(vendor, change()) == Outcome(kind=OutcomeClass.GONE, reason=NO_LONGER_THERE)


def test_what_the_server_says_of_what_it_does_not_show_is_told(vendor):
    vendor.brings = ReadBack(sighting=Sighting.GONE, reason="Locked by an import")
    assert sent_after_a_look(vendor, change()) == Outcome(kind=OutcomeClass.GONE, reason="Locked by an import")


def test_a_look_that_fails_keeps_the_change_here(vendor):
    vendor.brings = ReadBack(sighting=Sighting.UNKNOWN, reason="The server does not answer")
    outcome = sent_after_a_look(vendor, change())
    assert (outcome.kind, outcome.reason) == (OutcomeClass.NOT_SENT, "The server does not answer")
    assert vendor.title == "Radio"


@pytest.mark.parametrize("sighting", [Sighting.HIDDEN, Sighting.ABSENT])
def test_where_nothing_can_be_seen_it_goes_out_as_to_a_blind_back_end(vendor, sighting):
    vendor.brings = ReadBack(sighting=sighting)
    assert sent_after_a_look(vendor, change()).kind is OutcomeClass.APPLIED


@pytest.mark.parametrize("profile", [KEYED, replace(PLAIN, reads_back=False), replace(KEYED, reads_back=True)])
def test_revisions_make_a_look_needless_and_a_blind_back_end_makes_it_useless(profile):
    vendor = Counter(profile)
    assert sent_after_a_look(vendor, change()).kind is OutcomeClass.APPLIED
    assert vendor.looks == 0


@pytest.mark.parametrize("verb", [Verb.CREATE, Verb.ACCEPT])
def test_what_replaces_nothing_is_sent_without_a_look(vendor, verb):
    path = '/{"order": "so-1"}' if verb is Verb.ACCEPT else "/{}"
    made = replace(change(), verb=verb, request=FrozenRequest(method="POST", path=path, headers={}, body=b"{}"))
    assert sent_after_a_look(vendor, made).kind is OutcomeClass.APPLIED
    assert vendor.looks == 0
