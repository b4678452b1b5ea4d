"""See one operation whole, decide about it, and carry unsent work to another computer, all without a window."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.outbox import Clash, FrozenRequest, Operation, OpState, Outcome, OutcomeClass
from techdesk.application.ports import Urgency
from techdesk.cli.run import run
from tests.support.builders import MORNING, an_account
from tests.support.fake_desk import FakeDesk
from tests.support.outbox_states import put_in_state


def said(desk: FakeDesk, *words: str, folder: str = "") -> Any:
    answer = run(desk, [*words, "--json"], "", folder=folder)
    assert (answer["exit"], answer["err"]) == (0, "")
    return json.loads(answer["out"])


def told(desk: FakeDesk, *words: str) -> str:
    return str(run(desk, words, "")["out"])


def refused(desk: FakeDesk, *words: str, folder: str = "") -> str:
    answer = run(desk, words, "", folder=folder)
    assert (answer["exit"], answer["out"], answer["err"].count("\n")) == (2, "", 1)
    return str(answer["err"])


def recorded(desk: FakeDesk, notes: str = "dented") -> str:
    return str(said(desk, "record", "10042", "product_received", f"notes={notes}")["opId"])


def sent(desk: FakeDesk, op_id: str, body: bytes = b'{"notes":"dented"}') -> None:
    """Send an operation whose answer is an error of the server."""
    request = FrozenRequest(method="POST", path="/events", headers={"Idempotency-Key": op_id}, body=body)
    with desk.store.write(Urgency.BACKGROUND) as tx:
        going = replace(operation(desk, op_id), state=OpState.INFLIGHT, attempts=1, request=request)
        tx.save_operation(replace(going, first_sent_at=MORNING, last_sent_at=MORNING))
        tx.add_attempt(op_id, MORNING, "send", None)
        failed = Outcome(kind=OutcomeClass.AMBIGUOUS, http_status=500, code="boom", reason="The server failed")
        tx.add_attempt(op_id, MORNING, "answer", failed)


def operation(desk: FakeDesk, op_id: str) -> Operation:
    return desk.store.tables.operations[op_id]


def in_conflict(desk: FakeDesk, **mine: Any) -> str:
    changes = desk.commands.change_order(_order(desk), dict(mine), {})
    (op_id,) = changes.op_ids
    clashes = [Clash(op_id=op_id, field=name, base=None, mine=one, theirs=None) for name, one in mine.items()]
    put_in_state(desk.store, op_id, OpState.CONFLICT, "Somebody else changed this too", clashes)
    return op_id


def _order(desk: FakeDesk) -> Any:
    from techdesk.application.outbox import OrderRef

    return OrderRef("a1", "so-1")


# Show.


def test_an_entry_is_shown_with_what_was_entered_and_who_made_it(desk: FakeDesk) -> None:
    op_id = recorded(desk)
    shown = said(desk, "outbox", "show", op_id)
    assert shown["content"]["notes"] == "dented"
    assert (shown["createdBy"], shown["onBehalfOf"], shown["account"]) == ("Kim Larsen", "", "Bench")
    assert (shown["request"], shown["history"]) == (None, [])
    assert shown["actions"] == [f"techdesk outbox {one} {shown['supportCode']}" for one in ("retry", "discard")]


def test_exactly_what_was_sent_and_what_came_of_it_is_shown(desk: FakeDesk) -> None:
    op_id = recorded(desk)
    sent(desk, op_id)
    shown = said(desk, "outbox", "show", operation(desk, op_id).support_code.lower())
    assert shown["request"] == {
        "method": "POST",
        "path": "/events",
        "headers": {"Idempotency-Key": op_id},
        "body": '{"notes":"dented"}',
    }
    assert [(one["phase"], one["outcome"], one["httpStatus"], one["code"]) for one in shown["history"]] == [
        ("send", None, None, ""),
        ("answer", "ambiguous", 500, "boom"),
    ]
    text = told(desk, "outbox", "show", op_id)
    assert '  POST /events\n  Idempotency-Key: 0190f3e2-0000-7000-8000-000000000002\n  {"notes":"dented"}\n' in text
    assert "answer · ambiguous · The server failed" in text
    assert "What can be done" not in text


def test_a_body_that_is_no_text_is_shown_in_base_64(desk: FakeDesk) -> None:
    op_id = recorded(desk)
    sent(desk, op_id, b"\xff\x00")
    assert said(desk, "outbox", "show", op_id)["request"]["bodyBase64"] == "/wA="
    assert "(no text; in base 64) /wA=" in told(desk, "outbox", "show", op_id)


def test_a_conflict_is_shown_with_all_three_texts_and_how_to_settle_it(desk: FakeDesk) -> None:
    op_id = in_conflict(desk, title="Mine\nof two lines")
    text = told(desk, "outbox", "show", op_id)
    assert (
        "In conflict: title:\n  when it was opened: null\n  mine: Mine\n    of two lines\n  theirs: No power\n" in text
    )
    code = operation(desk, op_id).support_code
    assert f"  techdesk outbox resolve {code} title=mine|theirs|TEXT\n" in text
    assert "Somebody else changed this too" in text


def test_what_was_there_before_and_whose_work_it_is_is_shown(desk: FakeDesk) -> None:
    op_id = said_change(desk)
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(user_name="Ola Nord"))
    text = told(desk, "outbox", "show", op_id)
    assert "What was there before:\n  title: No power\n" in text
    assert "by Kim Larsen, sent by Ola Nord on their behalf" in text
    assert said(desk, "outbox", "show", op_id)["onBehalfOf"] == "Kim Larsen"


def said_change(desk: FakeDesk) -> str:
    (op_id,) = desk.commands.change_order(_order(desk), {"title": ""}, {"title": "No power"}).op_ids
    return op_id


def test_letters_that_a_terminal_would_obey_are_not_printed(desk: FakeDesk) -> None:
    op_id = recorded(desk, "a\x1b[31mred")
    assert "\x1b" not in told(desk, "outbox", "show", op_id)


def test_a_support_code_means_the_unsettled_one_else_the_settled_one(desk: FakeDesk) -> None:
    op_id = recorded(desk)
    code = operation(desk, op_id).support_code
    said(desk, "outbox", "discard", code)
    assert said(desk, "outbox", "show", code)["state"] == "cancelled"
    twin = op_id.replace("0190f3e2", "0190f3e3")
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.add_operation(replace(operation(desk, op_id), op_id=twin, state=OpState.QUEUED, seq=0, position=0))
    assert said(desk, "outbox", "show", code)["opId"] == twin
    other = op_id.replace("0190f3e2", "0190f3e4")
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.add_operation(replace(operation(desk, twin), op_id=other, seq=0, position=0))
    assert "fits 2 operations" in refused(desk, "outbox", "show", code)
    assert "no operation “QQQQQQ”" in refused(desk, "outbox", "show", "QQQQQQ")


# Resolve.


@pytest.mark.parametrize(
    ("answer", "title"), [("mine", "Mine"), ("theirs", None), ("Both of them", "Both of them"), ("", None)]
)
def test_a_conflict_is_settled_by_either_text_or_one_of_ones_own(
    desk: FakeDesk, answer: str, title: str | None
) -> None:
    op_id = in_conflict(desk, title="Mine")
    said(desk, "outbox", "resolve", op_id, f"title={answer}")
    left = [one for one in desk.store.tables.operations.values() if not one.state.is_settled]
    assert [one.intent.get("title") or None for one in left] == ([] if answer == "theirs" else [title])
    assert desk.woken[-1] == "a1"


def test_a_value_that_is_no_text_is_written_as_json(desk: FakeDesk) -> None:
    op_id = in_conflict(desk, metadata={"shelf": 4})
    assert "holds no text" in refused(desk, "outbox", "resolve", op_id, "metadata=shelf 5")
    said(desk, "outbox", "resolve", op_id, 'metadata={"shelf": 5}')
    (left,) = [one for one in desk.store.tables.operations.values() if not one.state.is_settled]
    assert left.intent["metadata"] == {"shelf": 5}


@pytest.mark.parametrize("words", [["notes=mine"], ["title"], ["title=mine", "arrived"]])
def test_words_that_answer_nothing_are_refused(desk: FakeDesk, words: list[str]) -> None:
    op_id = in_conflict(desk, title="Mine")
    assert "The fields in conflict: title" in refused(desk, "outbox", "resolve", op_id, *words)
    assert operation(desk, op_id).state is OpState.CONFLICT


def test_arrived_answers_only_what_needs_a_check(desk: FakeDesk) -> None:
    op_id = in_conflict(desk, title="Mine")
    assert "does not wait for a check" in refused(desk, "outbox", "resolve", op_id, "arrived")


# Export and import.


def shop() -> FakeDesk:
    """Another computer, where Ola is signed in to the same system."""
    other = FakeDesk()
    with other.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(account_id="b1", name="Counter", user_uid="u-ola", user_name="Ola Nord"))
        tx.remove_account("a1")
    return other


def test_unsent_work_goes_to_another_computer_in_a_file(desk: FakeDesk, tmp_path: Path) -> None:
    op_id = recorded(desk)
    made = said(desk, "outbox", "export", "monday", folder=str(tmp_path))
    assert made["file"] == str(tmp_path / "monday")
    assert [one["opId"] for one in made["operations"]] == [op_id]
    assert made["handedOver"] is False
    other = shop()
    taken = said(other, "outbox", "import", "monday", folder=str(tmp_path))
    assert (taken["takenIn"], taken["known"], taken["key"]) == ([op_id], 0, made["key"])
    assert other.woken == ["b1"]
    assert said(other, "outbox", "show", op_id)["onBehalfOf"] == "Kim Larsen"
    again = said(other, "outbox", "import", "monday", folder=str(tmp_path))
    assert (again["takenIn"], again["known"]) == ([], 1)
    assert operation(desk, op_id).state is OpState.QUEUED


def test_people_are_told_who_made_the_file_and_its_key(desk: FakeDesk, tmp_path: Path) -> None:
    op_id = recorded(desk)
    file = str(tmp_path / "monday")
    text = told(desk, "outbox", "export", file)
    assert text.startswith(
        f"Saved in {file}. It stays here and is sent from here.\nMade by Kim Larsen on {os.uname().nodename}"
    )
    key = text.split("Key ", 1)[1].splitlines()[0]
    code = operation(desk, op_id).support_code
    assert f"10042 No power: Product received ({code}, saved here)" in text
    other = shop()
    assert told(other, "outbox", "import", file, "--check").startswith("monday is whole.\nMade by Kim Larsen on ")
    assert said(other, "outbox", "list") == []
    assert "signed with another key" in refused(other, "outbox", "import", file, "--key", "0000-0000-0000-0000")
    assert said(other, "outbox", "list") == []
    assert told(other, "outbox", "import", file, "--key", key.lower()).startswith("Took in 1 from monday.\n")
    assert "Took in 0 from monday. 1 were here already." in told(other, "outbox", "import", file)


def test_a_file_that_was_changed_is_refused_in_one_line(desk: FakeDesk, tmp_path: Path) -> None:
    recorded(desk)
    file = Path(said(desk, "outbox", "export", str(tmp_path / "monday"))["file"])
    file.write_bytes(file.read_bytes().replace(b"dented", b"banned"))
    other = shop()
    assert "was changed in line" in refused(other, "outbox", "import", str(file))
    assert said(other, "outbox", "list") == []


def test_the_account_of_an_import_can_be_named_and_must_be_there(desk: FakeDesk, tmp_path: Path) -> None:
    recorded(desk)
    file = str(tmp_path / "monday")
    said(desk, "outbox", "export", file, "--account", "bench")
    other = shop()
    with other.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(account_id="b1", name="Counter", address="http://elsewhere"))
    assert "no account here for “Bench”" in refused(other, "outbox", "import", file)
    assert len(said(other, "outbox", "import", file, "--account", "counter")["takenIn"]) == 1
