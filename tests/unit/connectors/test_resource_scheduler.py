"""What a change adds to an order goes out once, and what the same change takes out again does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.application.accounts import Account
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.connectors.resource_scheduler.mapping import changes_of, new_keys
from techdesk.connectors.resource_scheduler.settings import RESOURCE_SCHEDULER
from techdesk.domain.errors import InvalidInputError, NotSupportedError
from techdesk.wire.resource_scheduler import Form, read_order

SAMPLE = Path(__file__).parents[2] / "data" / "resource_scheduler" / "sample.json"
ITEMS, OPTIONS = "rs:ServiceOrderItemList", "ServiceItemOptionList"
VALUES = read_order(SAMPLE.read_bytes(), Form.JSON)
PLACE = len(VALUES["ServiceOrderItemList"])


def test_a_new_thing_goes_with_all_its_members_and_what_is_in_it() -> None:
    new = f"{ITEMS}/new1"
    intent = {new: True, f"{new}/Name": "Desk", f"{new}/{OPTIONS}/new1": True}
    intent |= {f"{new}/{OPTIONS}/new1/ServiceOptionName": "Oak"}
    assert changes_of(intent, VALUES) == {
        f"ServiceOrderItemList/{PLACE}": {"Name": "Desk", OPTIONS: [{"ServiceOptionName": "Oak"}]}
    }
    assert new_keys(intent) == {new, f"{new}/{OPTIONS}/new1"}


def test_a_new_thing_that_was_taken_out_again_does_not_go() -> None:
    new, other = f"{ITEMS}/new1", f"{ITEMS}/1/{OPTIONS}/new1"
    intent = {new: "", f"{new}/Name": "", other: True, f"{other}/ServiceOptionName": "Oak"}
    assert list(changes_of(intent, VALUES).values()) == [{"ServiceOptionName": "Oak"}]
    assert new_keys(intent) == {other}


def test_a_change_of_a_thing_that_an_earlier_change_added_is_not_taken_for_another_one() -> None:
    with pytest.raises(NotSupportedError, match="known by its own number now"):
        changes_of({f"{ITEMS}/new1/Quantity": 5}, VALUES)


@pytest.mark.parametrize(("given", "late", "lag"), [({}, 120.0, 5.0), ({"settleSeconds": "25"}, 24.0, 1.0)])
def test_the_settle_window_is_the_accounts(given, late: float, lag: float):
    account = Account(
        account_id="a1", name="RS", system="resource_scheduler", address="https://rs.example", settings=given
    )
    desk = ResourceSchedulerConnector(account, "secret")
    assert (desk.profile.late_commit_s, desk.profile.visibility_lag_s) == pytest.approx((late, lag))


def test_a_settle_window_that_is_no_number_is_refused_by_name():
    with pytest.raises(InvalidInputError) as raised:
        RESOURCE_SCHEDULER.check_settings({"userName": "kim", "settleSeconds": "soon"})
    assert raised.value.field == "settleSeconds"
