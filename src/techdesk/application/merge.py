"""Merge documents field by field: what the person saw, what they want, what the server has now.

`docs/sync.md` §4 in code. Absent means empty everywhere, so a field that nobody sets is never in conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from techdesk.application.outbox import Clash, Operation, Verb
from techdesk.domain.documents import FOLLOWS, Document, compact, is_empty, overlay

SERVER_KEPT = frozenset(
    {
        "last_modified_at",
        "last_modified_by",
        "totals",
        "total_price",
        "total_cost_price",
        "revision",
        *FOLLOWS,
    }
)
"""Fields that the server works out from others: a change of these alone is nobody's edit."""


def agree(one: Any, other: Any) -> bool:
    """Say whether two values of a document mean the same: what is empty means nothing, nor do spaces around a text."""
    return bool(_meaning(one) == _meaning(other))


def _meaning(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    elif isinstance(value, list):
        value = [_meaning(one) for one in value]
    elif isinstance(value, Mapping):
        value = compact({name: _meaning(one) for name, one in value.items()})
    return None if is_empty(value) else value


def clashes(operation: Operation, theirs: Mapping[str, Any]) -> tuple[Clash, ...]:
    """Return the fields that somebody else changed since the person saw them, and set to something else.

    An update is compared in the fields it sets; a removal in every field the person saw, as it does away with all of
    them. A create and an acceptance replace nothing, so nothing can be in their way.
    """
    if operation.verb is Verb.UPDATE:
        fields: Iterable[str] = operation.intent.keys() - FOLLOWS.keys()
    elif operation.verb is Verb.DELETE and operation.base:
        fields = (operation.base.keys() | theirs.keys()) - SERVER_KEPT
    else:
        return ()
    compared = (_clash(operation, name, theirs.get(name)) for name in sorted(fields))
    return tuple(one for one in compared if not agree(one.base, one.theirs) and not agree(one.mine, one.theirs))


def is_applied(operation: Operation, theirs: Mapping[str, Any]) -> bool:
    """Say whether the server already has every value that an update sets."""
    wanted = operation.intent.keys() - FOLLOWS.keys()
    return operation.verb is Verb.UPDATE and all(agree(operation.intent[name], theirs.get(name)) for name in wanted)


def rebase(base: Mapping[str, Any] | None, operations: Iterable[Operation]) -> Document:
    """Return what the person sees: the server's truth with the intents of the operations laid over it in order."""
    view: Document = dict(base or {})
    for operation in operations:
        view = overlay(view, operation.intent)
    return view


def seen_again(operation: Operation, intent: Mapping[str, Any], written: Mapping[str, Any]) -> Operation:
    """Return an operation that stands on an earlier one's values, standing on them as the server wrote them.

    A server may tidy up what it is sent. The person saw their own text, so without this step their next edit of the
    same field would look as if somebody else had been there.

    Args:
        operation: The later operation.
        intent: What the earlier one set.
        written: The record as the server answered it to the earlier one.
    """
    tidied = {
        name: written.get(name)
        for name, value in operation.base.items()
        if name in intent and agree(value, intent[name]) and not agree(value, written.get(name))
    }
    return replace(operation, base=compact({**operation.base, **tidied})) if tidied else operation


def _clash(operation: Operation, name: str, theirs: Any) -> Clash:
    return Clash(
        op_id=operation.op_id,
        field=name,
        base=operation.base.get(name),
        mine=operation.intent.get(name),
        theirs=theirs,
    )
