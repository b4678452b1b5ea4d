"""A key can be written down and typed again, and a slip is named before anything is tried."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.domain.errors import WrongRecoveryCodeError
from techdesk.domain.recovery_code import GROUP_LENGTH, GROUPS, key_of_code, recovery_code, recovery_sheet

KEY = bytes(range(7, 39))
CODE = recovery_code(KEY)
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

keys = st.binary(min_size=32, max_size=32)


def test_it_is_fourteen_groups_of_five_characters_that_cannot_be_mistaken() -> None:
    groups = CODE.split("-")
    assert [len(one) for one in groups] == [GROUP_LENGTH] * GROUPS
    assert not set(CODE) & set("ILOU")


@given(keys)
def test_a_key_is_read_back_from_its_code(key: bytes) -> None:
    assert key_of_code(recovery_code(key)) == key


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", " "),
        CODE.replace("-", ""),
        CODE.replace("-", "\n"),
        f"  {CODE}  ",
        CODE.replace("0", "O").replace("1", "l"),
        CODE.replace("-", " – "),
    ],
)
def test_it_may_be_typed_as_people_type(typed: str) -> None:
    assert key_of_code(typed) == KEY


def test_every_single_wrong_character_is_found_and_its_group_named() -> None:
    groups = CODE.split("-")
    for place, group in enumerate(groups[:-1]):
        for at, right in enumerate(group):
            for wrong in set(DIGITS) - {right}:
                slipped = [*groups[:place], group[:at] + wrong + group[at + 1 :], *groups[place + 1 :]]
                with pytest.raises(WrongRecoveryCodeError, match=f"^Group {place + 1} "):
                    key_of_code("-".join(slipped))


def test_two_characters_of_a_group_that_changed_places_are_found_and_the_group_named() -> None:
    groups = CODE.split("-")
    for place, group in enumerate(groups[:-1]):
        for one, other in combinations(range(GROUP_LENGTH), 2):
            letters = list(group)
            letters[one], letters[other] = letters[other], letters[one]
            if letters != list(group):
                slipped = [*groups[:place], "".join(letters), *groups[place + 1 :]]
                with pytest.raises(WrongRecoveryCodeError, match=f"^Group {place + 1} "):
                    key_of_code("-".join(slipped))


def test_groups_that_changed_places_are_found() -> None:
    for one, other in combinations(range(GROUPS), 2):
        groups = CODE.split("-")
        groups[one], groups[other] = groups[other], groups[one]
        with pytest.raises(WrongRecoveryCodeError):
            key_of_code("-".join(groups))


def test_a_slip_in_the_last_group_is_found() -> None:
    wrong = next(one for one in DIGITS if one != CODE[-1])
    with pytest.raises(WrongRecoveryCodeError, match="last group"):
        key_of_code(CODE[:-1] + wrong)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "this has 0"),
        (CODE[:-6], "this has 13"),
        (f"{CODE}-AAAAA", "this has 15"),
        (CODE[:-1], "Group 14 of the recovery code has 4 characters"),
        (f"{CODE[:2]}{CODE[3:]}", "Group 1 of the recovery code has 4 characters"),
        (f"{CODE[:30]}U{CODE[31:]}", "Group 6 has a character"),
        (f"ö{CODE[1:]}", "Group 1 has a character"),
    ],
)
def test_what_is_no_code_is_told_where(typed: str, told: str) -> None:
    with pytest.raises(WrongRecoveryCodeError, match=told):
        key_of_code(typed)


@given(st.text(max_size=120))
def test_no_text_is_taken_for_a_code_by_chance_or_crashes(text: str) -> None:
    with pytest.raises(WrongRecoveryCodeError):
        key_of_code(text)


def test_a_slip_is_told_without_the_code() -> None:
    with pytest.raises(WrongRecoveryCodeError) as caught:
        key_of_code(CODE.replace(CODE[:5], "ZZZZZ"))
    assert not any(group in str(caught.value) for group in CODE.split("-"))


def test_a_key_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        recovery_code(b"short")


def test_a_code_of_a_newer_techdesk_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("techdesk.domain.recovery_code._VERSION", 1)
    newer = recovery_code(KEY)
    monkeypatch.undo()
    with pytest.raises(WrongRecoveryCodeError, match="newer"):
        key_of_code(newer)


def test_the_sheet_numbers_the_groups_so_that_a_slip_can_be_looked_up() -> None:
    lines = recovery_sheet(CODE).splitlines()
    numbers, groups = (lines[2] + " " + lines[5]).split(), (lines[3] + "   " + lines[6]).split()
    assert numbers == [str(number) for number in range(1, GROUPS + 1)]
    assert "-".join(groups) == CODE
    assert [len(lines[2]), len(lines[5])] == [len(lines[3]), len(lines[6])]
