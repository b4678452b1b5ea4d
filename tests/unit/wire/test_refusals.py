"""What does not fit is said in words that follow the field's name."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from techdesk.wire.refusals import in_plain_words


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Annotated[int, Field(gt=0)], 0, "must be greater than 0"),
        (Annotated[str, Field(max_length=2)], "long", "must have at most 2 characters"),
    ],
)
def test_a_limit_is_told_as_what_must_be(kind: Any, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    assert [in_plain_words(one) for one in refused.value.errors()] == [words]


def test_a_rule_that_has_its_own_words_keeps_them() -> None:
    assert in_plain_words({"msg": "Ends before it should begin"}) == "Ends before it should begin"
