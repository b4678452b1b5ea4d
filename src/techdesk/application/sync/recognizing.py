"""Tell the effect of an operation among what a back end shows (`docs/sync.md` §3.3).

A mark tells it at once. Without one it is told by what it says, and by what was not there before: then only a record
that leaves no doubt, and is the only one, counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.merge import SERVER_KEPT
from techdesk.application.outbox import Operation
from techdesk.application.typed_values import agree
from techdesk.domain.documents import Document, RecordType, is_empty
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import parse_instant

SKEW = timedelta(minutes=5)
"""The server's clock and ours may differ by so much before it is said (`docs/sync.md` §6)."""

TOO_OLD = timedelta(days=1)
"""What the server dates so long before the first attempt is not its effect, whatever the clocks say."""

LOOKS_ALIKE = "The server has one that looks the same, and whether it is this one cannot be told"

_SECOND = timedelta(seconds=1)
_NOT_SET_BY_PEOPLE = SERVER_KEPT | {"created_at", "created_by"}
_TELLING: Mapping[RecordType, str] = {
    RecordType.ORDER: "title",
    RecordType.ITEM: "name",
    RecordType.EVENT: "event_type",
    RecordType.HOURS: "started_at",
}
"""Type of record → the field without which it cannot be the one that was sent."""


class Mark(Enum):
    """What a record's mark says about who made it."""

    OURS = "ours"
    NONE = "none"
    ANOTHERS = "another's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record that stands where the effect of an operation would; without a document it cannot be read."""

    server_id: str
    document: Document | None
    revision: str | None = None
    mark: Mark = Mark.NONE


class _Likeness(Enum):
    SURE = "sure"
    POSSIBLE = "possible"
    OTHER = "other"


def recognized(operation: Operation, shown: Iterable[Shown]) -> ReadBack:
    """Return what a complete list says about an operation that makes something."""
    every = list(shown)
    marked = sorted((one for one in every if one.mark is Mark.OURS), key=lambda one: one.server_id)
    if marked:
        return _found(marked[0], is_double=len(marked) > 1)
    likeness = [(_likeness(operation, one), one) for one in every]
    sure = [one for kind, one in likeness if kind is _Likeness.SURE]
    possible = [one for kind, one in likeness if kind is _Likeness.POSSIBLE]
    if not sure and not possible:
        return ReadBack(sighting=Sighting.ABSENT)
    if len(sure) > 1 or possible:
        return ReadBack(sighting=Sighting.UNCLEAR, reason=LOOKS_ALIKE)
    return _found(sure[0], by_likeness=True)


def fields_set(operation: Operation) -> list[str]:
    """Return the fields that a person set in what an operation makes."""
    return [name for name, one in operation.intent.items() if name not in _NOT_SET_BY_PEOPLE and not is_empty(one)]


def holds(shown: Any, wanted: Any) -> bool:
    """Say whether a value that a server shows holds all that was sent; it may say more, and write it otherwise."""
    if isinstance(wanted, Mapping):
        return isinstance(shown, Mapping) and all(
            is_empty(one) or holds(shown.get(name), one) for name, one in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(shown, list):
        return len(wanted) == len(shown) and all(holds(*both) for both in zip(shown, wanted, strict=True))
    return agree(shown, wanted) or _is_same_instant(shown, wanted)


def _found(one: Shown, *, is_double: bool = False, by_likeness: bool = False) -> ReadBack:
    return ReadBack(
        sighting=Sighting.FOUND,
        server_id=one.server_id,
        record=one.document,
        revision=one.revision,
        is_double=is_double,
        by_likeness=by_likeness,
    )


def _likeness(operation: Operation, one: Shown) -> _Likeness:
    if one.mark is Mark.ANOTHERS or one.server_id in (operation.known or ()):
        return _Likeness.OTHER
    if one.document is None:
        return _Likeness.POSSIBLE
    if not _might_be(operation, one.document):
        return _Likeness.OTHER
    return _Likeness.SURE if _must_be(operation, one.document) else _Likeness.POSSIBLE


def _might_be(operation: Operation, shown: Document) -> bool:
    """Say whether nothing speaks against it."""
    telling = _TELLING.get(operation.record_type, "")
    makers = {one for one in (operation.created_by, shown.get("created_by")) if one}
    is_alike = not telling or holds(shown.get(telling), operation.intent.get(telling))
    return is_alike and len(makers) < 2 and _is_dated_after(operation, shown, TOO_OLD, if_not_told=True)


def _must_be(operation: Operation, shown: Document) -> bool:
    """Say whether everything speaks for it: what was set, that it is new, and when it was made."""
    is_order = operation.record_type is RecordType.ORDER
    is_new = is_order or operation.known is not None
    in_time = _is_dated_after(operation, shown, SKEW, if_not_told=not is_order)
    return is_new and in_time and all(holds(shown.get(name), operation.intent[name]) for name in fields_set(operation))


def _is_dated_after(operation: Operation, shown: Document, margin: timedelta, *, if_not_told: bool) -> bool:
    created_at = shown.get("created_at")
    if not created_at or operation.first_sent_at is None:
        return if_not_told
    return parse_instant(created_at) >= operation.first_sent_at - margin


def _is_same_instant(one: Any, other: Any) -> bool:
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    try:
        return abs(parse_instant(one) - parse_instant(other)) < _SECOND
    except InvalidInputError:
        return False
