"""What the desk works out about administration: who may, where a moved record goes, what a lost answer was."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.application.administration import AdminKind, Attempt, Made, position_at
from techdesk.application.desk_services import SystemInfo
from techdesk.domain.vocabulary import Role
from tests.support.builders import an_account

STATUSES = [
    {"service_status_uid": uid, "name": uid, "position": position} for uid, position in (("a", 1), ("b", 4), ("c", 7))
]


def info(*, is_administered: bool) -> SystemInfo:
    return SystemInfo(
        name="x", label="Extend", address_hint="", secret_label="", settings={}, is_administered=is_administered
    )


def test_only_an_administrator_of_a_system_that_has_an_administration_may():
    admin = an_account(role=Role.ADMIN)
    assert info(is_administered=True).why_not_administer(admin) == ""
    assert info(is_administered=False).why_not_administer(admin) == "Extend has no administration here"
    why = info(is_administered=True).why_not_administer(an_account(name="Bench", role=Role.SUPERVISOR))
    assert why == "This needs the role admin; the sign-in “Bench” has the role supervisor"


@pytest.mark.parametrize(("at", "to", "position"), [(2, 0, 1), (2, 1, 4), (0, 1, 7), (0, 2, 8), (1, 2, 8), (1, 0, 1)])
def test_a_moved_record_takes_the_position_of_what_stands_there_or_the_one_behind_the_last(
    at: int, to: int, position: int
):
    assert position_at(STATUSES, at, to) == position


@pytest.mark.parametrize(
    ("values", "arrived"),
    [
        ({"name": "b"}, True),
        ({"name": "b", "color": ""}, True),
        ({"name": "c"}, False),
        ({"active": False}, False),
        ({"name": "b", "password": "something long"}, False),
    ],
)
def test_a_lost_change_has_arrived_when_the_record_says_all_of_it(values: dict[str, Any], arrived: bool):
    assert Attempt(AdminKind.STATUS, "b", values).has_arrived(STATUSES) is arrived


def test_a_lost_change_of_a_record_that_is_gone_has_not_arrived():
    assert not Attempt(AdminKind.STATUS, "x", {"name": "b"}).has_arrived(STATUSES)


def test_a_lost_add_has_arrived_when_a_record_that_was_not_there_before_says_all_of_it():
    before = frozenset({"a", "b"})
    assert Attempt(AdminKind.STATUS, "", {"name": "c"}, before).has_arrived(STATUSES)
    assert not Attempt(AdminKind.STATUS, "", {"name": "b"}, before).has_arrived(STATUSES)


def test_secrets_do_not_show_where_a_result_is_printed():
    assert "s3cret" not in repr(Made({"token_uid": "t"}, {"token": "s3cret"}))
    assert "s3cret" not in repr(Attempt(AdminKind.USER, "u", {"password": "s3cret"}))
