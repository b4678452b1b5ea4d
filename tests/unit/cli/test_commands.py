"""Prove each command of the command line over a desk in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.sync.state import RoundResult
from techdesk.application.unsent.leaving import Leaving, Way
from techdesk.cli.run import COMMANDS, answer_request, request_for, run
from techdesk.domain.errors import OfflineError, WrongCredentialsError
from techdesk.domain.instants import instant_text
from tests.support.builders import MORNING, an_account, an_order, put_order
from tests.support.fake_desk import FakeDesk, with_account


def said(desk: FakeDesk, *words: str, token: str = "") -> tuple[int, Any]:
    """Run a command with --json and return its exit code with its document, or with its line of failure."""
    answer = run(desk, [*words, "--json"], token)
    assert bool(answer["out"]) is not bool(answer["err"])
    if answer["err"]:
        assert answer["err"].startswith("techdesk: ")
        assert answer["err"].count("\n") == 1
        return answer["exit"], answer["err"]
    return answer["exit"], json.loads(answer["out"])


def text_of(desk: FakeDesk, *words: str) -> str:
    """Run a command as people do and return what it prints."""
    return str(run(desk, words, "")["out"])


def test_recording_answers_with_the_operation_that_is_now_durable(desk: FakeDesk) -> None:
    code, document = said(desk, "record", "10042", "product_received", "receivedBy=Kim", "notes=dented")
    assert code == 0
    with desk.store.read() as view:
        (operation,) = view.operations()
    assert document == {"opId": operation.op_id, "state": "queued", "supportCode": operation.support_code}
    assert operation.intent["event_type"] == "product_received"
    assert operation.intent["notes"] == "dented"


def test_recording_wakes_the_sync_of_that_account(desk: FakeDesk) -> None:
    said(desk, "record", "so-1", "product_received")
    assert desk.woken == ["a1"]


def test_recording_for_people_says_the_words_of_the_screen(desk: FakeDesk) -> None:
    assert text_of(desk, "record", "10042", "repair_started").startswith("Saved here · Repair started · support code ")


def test_a_refused_event_is_one_plain_line_and_nothing_is_saved(desk: FakeDesk) -> None:
    code, line = said(desk, "record", "10042", "resolved")
    assert code == 2
    assert "onsite" in line
    with desk.store.read() as view:
        assert view.operations() == []


@pytest.mark.parametrize(
    "slip", ["product_diagnosd", "Product_Diagnosed", "product-diagnosed", "repair_start", "resolve"]
)
def test_a_kind_with_a_slip_in_its_name_is_refused_with_the_right_name(desk: FakeDesk, slip: str) -> None:
    code, line = said(desk, "record", "10042", slip, "notes=x")
    assert code == 2
    assert f"Did you mean {'product_diagnosed' if 'iagnos' in slip else slip + 'ed'[slip.endswith('e') :]}?" in line
    with desk.store.read() as view:
        assert view.operations() == []


@pytest.mark.parametrize("words", [["put_on_shelf"], ["burnt_in"], ["--other", "repair_restarted"]])
def test_any_other_name_is_an_event_of_its_own(desk: FakeDesk, words: list[str]) -> None:
    assert said(desk, "record", "10042", *words)[0] == 0
    with desk.store.read() as view:
        (operation,) = view.operations()
    assert operation.intent["event_type"] == words[-1]


@pytest.mark.parametrize("number", ["10126", "so-10126", "SO-10126", " SO-10126\n"])
def test_an_order_is_known_by_its_number_as_people_say_it(desk: FakeDesk, number: str) -> None:
    put_order(desk.store, an_order(service_number="SO-10126"), server_id="so-long")
    put_order(desk.store, an_order(service_number="SO-110126"), server_id="so-other")
    assert said(desk, "record", number, "product_received")[0] == 0
    with desk.store.read() as view:
        (operation,) = view.operations()
        (order,) = view.find_orders("SO-10126")
    assert operation.order_id == order.record_id


def test_a_number_said_shorter_that_fits_several_orders_is_refused(desk: FakeDesk) -> None:
    put_order(desk.store, an_order(service_number="SO-10126"), server_id="so-long")
    put_order(desk.store, an_order(service_number="RMA-10126"), server_id="so-other")
    assert "fits 2 orders" in said(desk, "record", "10126", "product_received")[1]


def test_an_order_that_is_not_here_is_named(desk: FakeDesk) -> None:
    assert said(desk, "record", "99999", "product_received") == (
        2,
        "techdesk: There is no order “99999” on this computer. Its uid or service number is needed\n",
    )
    assert f"“{'9' * 60}…” on" in said(desk, "record", "9" * 10_000, "product_received")[1]


def test_a_number_that_two_accounts_know_needs_the_accounts_name(desk: FakeDesk) -> None:
    with_account(desk, an_account(account_id="a2", name="Van"))
    with desk.store.write(Urgency.BACKGROUND) as tx:
        record = tx.find_orders("10042")[0]
        tx.save_record(replace(record, account_id="a2"))
    code, line = said(desk, "record", "10042", "product_received")
    assert code == 2
    assert "--account: Bench, Van" in line
    assert said(desk, "record", "10042", "product_received", "--account", "van")[0] == 0
    assert desk.woken == ["a2"]


def test_the_orders_are_listed_with_what_a_program_needs(desk: FakeDesk) -> None:
    code, (order,) = said(desk, "orders")
    assert code == 0
    assert (order["uid"], order["number"], order["customer"]) == ("so-1", "10042", "Johanna Berg")
    assert (order["account"], order["kind"], order["sync"], order["unsent"]) == ("Bench", "repair_depot", None, 0)


def test_a_query_of_several_words_needs_all_of_them(desk: FakeDesk) -> None:
    put_order(desk.store, an_order(service_number="10043", title="Cracked screen"), server_id="so-2")
    assert [one["number"] for one in said(desk, "orders", "cracked", "berg")[1]] == ["10043"]
    assert said(desk, "orders", "cracked", "nobody") == (0, [])


def test_the_orders_for_people_stand_in_a_table_that_no_foreign_text_can_break(desk: FakeDesk) -> None:
    put_order(desk.store, an_order(service_number="10043\n\x1b[31m"), server_id="so-2")
    table = text_of(desk, "orders")
    assert "Johanna Berg" in table
    assert "\x1b" not in table
    assert table.count("\n") == 3


def test_an_empty_list_says_so(desk: FakeDesk) -> None:
    assert text_of(FakeDesk(), "orders") == "There are no orders here yet.\n"
    assert text_of(desk, "orders", "zzz") == "No order fits.\n"


def test_the_outbox_lists_what_is_not_confirmed(desk: FakeDesk) -> None:
    _, recorded = said(desk, "record", "10042", "product_received")
    _, (entry,) = said(desk, "outbox", "list")
    assert {name: entry[name] for name in ("opId", "order", "kind", "state", "attempts", "reason", "supportCode")} == {
        "opId": recorded["opId"],
        "order": "so-1",
        "kind": "product_received",
        "state": "queued",
        "attempts": 0,
        "reason": "",
        "supportCode": recorded["supportCode"],
    }


def test_the_outbox_for_people_shows_codes_words_and_orders(desk: FakeDesk) -> None:
    assert text_of(desk, "outbox", "list") == "Everything has been confirmed.\n"
    _, recorded = said(desk, "record", "10042", "product_received")
    listed = text_of(desk, "outbox", "list")
    assert all(one in listed for one in (recorded["supportCode"], "10042", "Product received", "Saved here"))


def test_an_entry_is_discarded_by_its_support_code_in_any_case(desk: FakeDesk) -> None:
    _, recorded = said(desk, "record", "10042", "product_received")
    assert said(desk, "outbox", "discard", recorded["supportCode"].lower())[0] == 0
    assert said(desk, "outbox", "list") == (0, [])


def test_a_code_that_no_entry_has_is_named(desk: FakeDesk) -> None:
    code, line = said(desk, "outbox", "retry", "ZZZZZZ")
    assert code == 2
    assert "ZZZZZZ" in line


def _with_state(desk: FakeDesk, state: OpState) -> str:
    """Record an event whose request went out and ended in `state`; return its id."""
    _, recorded = said(desk, "record", "10042", "product_received")
    with desk.store.write(Urgency.BACKGROUND) as tx:
        operation = tx.operation(recorded["opId"])
        assert operation
        for step in (OpState.INFLIGHT, state):
            tx.save_operation(replace(operation, state=step, attempts=1))
    return operation.op_id


def test_a_refused_entry_is_tried_again_as_a_new_operation(desk: FakeDesk) -> None:
    refused = _with_state(desk, OpState.REJECTED)
    code, document = said(desk, "outbox", "retry", refused)
    assert code == 0
    assert document["opId"] != refused
    assert [one["state"] for one in said(desk, "outbox", "list")[1]] == ["queued"]
    assert desk.woken == ["a1", "a1"]


@pytest.mark.parametrize(("word", "left"), [("arrived", []), ("discard", []), ("send-again", ["queued"])])
def test_a_person_decides_about_what_needs_a_check(desk: FakeDesk, word: str, left: list[str]) -> None:
    op_id = _with_state(desk, OpState.NEEDS_CHECK)
    assert said(desk, "outbox", "resolve", op_id, word)[0] == 0
    assert [one["state"] for one in said(desk, "outbox", "list")[1]] == left


def test_a_choice_for_something_not_in_conflict_is_refused(desk: FakeDesk) -> None:
    op_id = _with_state(desk, OpState.REJECTED)
    assert said(desk, "outbox", "resolve", op_id, "notes=mine")[0] == 2
    assert "Or: arrived, send-again, discard" in said(desk, "outbox", "resolve", op_id, "notes")[1]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (RoundResult(sent=2, confirmed=2, pulled=40), 0),
        (RoundResult(unsent=1, must_wait=True), 5),
        (RoundResult(unsent=1, online=False), 4),
        (RoundResult(unsent=2, needs_person=1, online=False, must_wait=True), 3),
        (RoundResult(online=False), 4),
        (RoundResult(trouble="The server is busy"), 4),
        (RoundResult(needs_person=1, trouble="Bench: The server does not accept this sign-in", refused=True), 2),
    ],
)
def test_a_round_ends_with_the_lowest_code_that_applies(desk: FakeDesk, result: RoundResult, code: int) -> None:
    desk.result = result
    assert said(desk, "sync", "--once") == (
        code,
        {
            "sent": result.sent,
            "confirmed": result.confirmed,
            "unsent": result.unsent,
            "needsPerson": result.needs_person,
            "pulled": result.pulled,
            "trouble": result.trouble,
            "waitsUntil": None,
        },
    )


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (RoundResult(unsent=1, must_wait=True, waits_until=MORNING), "Not all is sent, or known to have arrived"),
        (RoundResult(waits_until=MORNING, is_wished=True), "The server asked for a pause"),
    ],
)
def test_a_round_that_must_wait_says_why_and_until_when(desk: FakeDesk, result: RoundResult, why: str) -> None:
    desk.result = result
    code, told = said(desk, "sync", "--once")
    assert (code, told["waitsUntil"]) == (5, instant_text(MORNING))
    last = text_of(desk, "sync", "--once").splitlines()[-1]
    assert last == f"{why}: sync again after {MORNING.astimezone():%Y-%m-%d %H:%M:%S}"


def test_a_round_for_people_says_what_to_do_next(desk: FakeDesk) -> None:
    desk.result = RoundResult(unsent=3, needs_person=1, online=False)
    text = text_of(desk, "sync", "--once")
    assert "techdesk outbox list" in text
    assert "does not answer" in text


def test_a_round_that_could_not_fetch_says_why(desk: FakeDesk) -> None:
    desk.result = RoundResult(sent=1, trouble="The server is busy or has a fault")
    assert text_of(desk, "sync", "--once").endswith("0 fetched\nThe server is busy or has a fault\n")


def test_a_round_can_be_for_one_account_only(desk: FakeDesk) -> None:
    said(desk, "sync", "--once", "--account", "BENCH")
    assert desk.rounds == ["a1"]
    assert said(desk, "sync", "--once", "--account", "nobody")[0] == 2


def test_a_round_without_any_account_says_how_to_sign_in() -> None:
    desk = FakeDesk()
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_account("a1")
    code, line = said(desk, "sync", "--once")
    assert code == 2
    assert "account add" in line


def test_an_account_is_added_with_the_token_from_standard_input(desk: FakeDesk) -> None:
    words = ["account", "add", "Van", "--system", "flow_retail", "--address", "http://x.test", "--token-stdin"]
    code, document = said(desk, *words, "--set", "tenantUid=t1", "--set", "storeUid=a=b", token=" s3cr3t\n")
    assert code == 0
    assert document["settings"] == {"tenantUid": "t1", "storeUid": "a=b"}
    assert "s3cr3t" in desk.tokens.values()
    listed = said(desk, "account", "list")[1]
    assert [one["name"] for one in listed] == ["Bench", "Van"]
    assert "s3cr3t" not in json.dumps(listed)


ADD = ["account", "add", "Van", "--system", "flow_retail", "--address", "http://x.test", "--token-stdin"]


def test_adding_an_account_signs_in_and_says_how_it_went(desk: FakeDesk) -> None:
    assert "signed in as Kim Larsen (technician)" in run(desk, ADD, "t")["out"]


def test_an_account_whose_server_cannot_be_reached_is_kept_and_says_so(desk: FakeDesk) -> None:
    desk.refusal = OfflineError()
    code, document = said(desk, *ADD, token="t")
    assert (code, document["name"]) == (0, "Van")
    assert "could not be tested now: The server does not answer" in document["test"]


def test_a_token_that_is_not_taken_is_not_kept_unless_one_insists(desk: FakeDesk) -> None:
    desk.refusal = WrongCredentialsError()
    code, line = said(desk, *ADD, token="t")
    assert code == 2
    assert "--no-test" in line
    assert [one["name"] for one in said(desk, "account", "list")[1]] == ["Bench"]
    assert said(desk, *ADD, "--no-test", token="t")[0] == 0


def test_an_account_is_signed_in_again_with_another_token(desk: FakeDesk) -> None:
    desk.tokens["a1"] = "old"
    code, document = said(desk, "account", "change", "bench", "--token-stdin", token="new\n")
    assert (code, document["address"], desk.tokens["a1"]) == (0, "http://127.0.0.1:1", "new\n")
    assert said(desk, "account", "change", "bench", "--token-stdin", token=" ")[0] == 2
    said(desk, "account", "change", "bench", "--address", "http://y.test", "--set", "storeUid=s1")
    (listed,) = said(desk, "account", "list")[1]
    assert (listed["address"], listed["settings"], desk.tokens["a1"]) == ("http://y.test", {"storeUid": "s1"}, "new\n")


def test_a_setting_without_a_value_is_refused(desk: FakeDesk) -> None:
    words = ["account", "add", "Van", "--system", "flow_retail", "--address", "http://x.test", "--token-stdin"]
    assert "--set name=value" in said(desk, *words, "--set", "tenantUid", token="t")[1]


def test_an_account_that_works_says_who_is_signed_in(desk: FakeDesk) -> None:
    assert said(desk, "account", "test", "bench")[1]["userName"] == "Kim Larsen"
    assert "signed in as Kim Larsen" in text_of(desk, "account", "test", "bench")


def test_an_account_that_does_not_work_says_why(desk: FakeDesk) -> None:
    desk.refusal = WrongCredentialsError()
    code, line = said(desk, "account", "test", "Bench")
    assert code == 2
    assert "does not accept this sign-in" in line


def test_an_account_is_removed_by_its_name(desk: FakeDesk) -> None:
    assert said(desk, "account", "remove", "Bench") == (0, {"name": "Bench", "removed": True})
    assert said(desk, "account", "list") == (0, [])
    assert "no account yet" in text_of(desk, "account", "list")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["account"],
        ["sync"],
        ["record", "10042"],
        ["orders", "--sort", "x"],
        ["account", "add", "Van", "--system", "flow_retail"],
    ],
)
def test_words_that_are_no_command_are_told_in_one_line(desk: FakeDesk, words: list[str]) -> None:
    code, line = said(desk, *words)
    assert code == 2
    assert "--help" in line


def test_another_process_gets_the_same_answer_over_the_socket(desk: FakeDesk) -> None:
    request = json.loads(json.dumps(request_for(["orders", "--json"], "")))
    assert answer_request(desk, request) == run(desk, ["orders", "--json"], "")


def test_a_window_hears_what_a_command_changed(desk: FakeDesk) -> None:
    heard: list[Changes] = []
    answer_request(desk, request_for(["record", "10042", "product_received"], ""), heard.append)
    answer_request(desk, request_for(["outbox", "list"], ""), heard.append)
    assert [one.orders for one in heard] == [frozenset({"so-1"})]
    (op_id,) = heard[0].op_ids
    answer_request(desk, request_for(["outbox", "discard", op_id], ""), heard.append)
    answer_request(desk, request_for(["account", "remove", "Bench"], ""), heard.append)
    assert (heard[1].outbox, heard[2].references) == (True, True)


def test_a_command_has_no_window_to_raise(desk: FakeDesk) -> None:
    assert answer_request(desk, {"raise": True}) == {"raised": False}


def test_signing_out_with_unsent_work_needs_to_be_told_what_becomes_of_it(desk: FakeDesk, tmp_path: Path) -> None:
    said(desk, "record", "10042", "product_received")
    word = "1 unsent entry of Bench would be discarded"
    for words in (["--discard"], ["--discard", "discard"], ["--discard=yes"]):
        code, line = said(desk, "account", "remove", "bench", *words)
        assert (code, word in line, "--discard DISCARD" in line) == (2, True, True)
    assert said(desk, "account", "remove", "bench", "--keep", "--discard")[0] == 2
    assert desk.left == []
    assert said(desk, "account", "remove", "bench", "--discard", "DISCARD") == (
        0,
        {"name": "Bench", "removed": True, "copy": None, "handedOver": None},
    )
    assert desk.left == [Leaving(Way.DISCARD)]


def test_signing_out_can_keep_the_work_here(desk: FakeDesk) -> None:
    said(desk, "record", "10042", "product_received")
    assert "kept for Kim Larsen" in text_of(desk, "account", "remove", "bench", "--keep")
    assert "(signed out)" in text_of(desk, "account", "list")
    assert said(desk, "account", "list")[1][0]["signedOut"] is True
    assert said(desk, "outbox", "list") == (0, [])
    assert said(desk, "orders") == (0, [])


def test_signing_out_can_hand_the_work_over(desk: FakeDesk, tmp_path: Path) -> None:
    said(desk, "record", "10042", "product_received")
    answer = run(desk, ["account", "remove", "bench", "--hand-over", "monday"], "", folder=str(tmp_path))
    assert answer["out"].startswith(f"Handed over in {tmp_path / 'monday'}, key ")
    assert said(desk, "account", "list") == (0, [])
    assert "It was handed over" in (tmp_path / "monday").read_text()


def test_discarding_says_where_a_copy_is(desk: FakeDesk, tmp_path: Path) -> None:
    said(desk, "record", "10042", "product_received")
    desk.copy = desk.rescue.export(tmp_path / "copy")
    told = text_of(desk, "account", "remove", "bench", "--discard=DISCARD")
    assert told == f"Removed Bench. A copy of what was unsent is in {tmp_path / 'copy'}.\n"


def test_json_may_stand_before_the_command(desk: FakeDesk) -> None:
    assert run(desk, ["--json", "orders"], "") == run(desk, ["orders", "--json"], "")


def test_every_command_has_its_words() -> None:
    from techdesk.cli.arguments import parse

    examples = {
        "account add": ["n", "--system", "s", "--address", "a", "--token-stdin"],
        "account change": ["n"],
        "account test": ["n"],
        "account remove": ["n"],
        "record": ["o", "k"],
        "sync": ["--once"],
        "outbox resolve": ["id", "f=mine"],
        "outbox export": ["file"],
        "outbox import": ["file"],
        "follow": ["id"],
        "unfollow": ["id"],
        "open": ["file"],
    } | {f"outbox {one}": ["id"] for one in ("show", "retry", "discard")}
    for command in COMMANDS:
        assert parse([*command.split(), *examples.get(command, [])]).command == command
