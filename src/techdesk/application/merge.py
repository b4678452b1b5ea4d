"""Merge documents field by field: what the person saw, what they want, what the server has now.

`docs/sync.md` §4 in code. Absent means empty everywhere, so a field that nobody sets is never in conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from techdesk.application.outbox import Clash, Operation, Verb
from techdesk.application.ports import StoredRecord
from techdesk.application.typed_values import NOTES, agree, appended
from techdesk.domain.documents import FOLLOWS, SET_ASIDE, Document, compact, overlay

SERVER_KEPT = frozenset(
    {
        "last_modified_at",
        "last_modified_by",
        "totals",
        "total_price",
        "total_cost_price",
        "revision",
        "service_order_uid",
        "service_order_item_uid",
        "service_event_uid",
        "service_hours_uid",
        SET_ASIDE,
        *FOLLOWS,
    }
)
"""Fields that the server makes or works out from others: a change of these alone is nobody's edit."""


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
    return tuple(one for one in compared if _is_clash(one))


def joined_notes(operation: Operation, found: Iterable[Clash]) -> Operation | None:
    """Return an update whose notes hold what both added, standing on theirs; None if anything else clashes.

    Whoever adds to a note takes nothing away, so nobody needs to choose. A note that was empty, or in which something
    was changed, is a clash as any other.
    """
    texts: Document = {}
    seen: Document = {}
    for one in found:
        joined = appended(one.base, one.mine, one.theirs, _signed(operation)) if one.field in NOTES else None
        if joined is None:
            return None
        texts[one.field], seen[one.field] = joined, one.theirs
    return replace(operation, intent={**operation.intent, **texts}, base={**operation.base, **seen})


def changed_by_others(known: Mapping[str, Any] | None, theirs: Mapping[str, Any]) -> list[str]:
    """Return the fields that somebody set since the server's truth was last known."""
    base = known or {}
    fields = (base.keys() | theirs.keys()) - SERVER_KEPT
    return sorted(one for one in fields if not agree(base.get(one), theirs.get(one), one))


def is_applied(operation: Operation, theirs: Mapping[str, Any]) -> bool:
    """Say whether the server already has every value that an update sets."""
    wanted = operation.intent.keys() - FOLLOWS.keys()
    return operation.verb is Verb.UPDATE and all(
        agree(operation.intent[name], theirs.get(name), name) for name in wanted
    )


def rebase(base: Mapping[str, Any] | None, operations: Iterable[Operation]) -> Document:
    """Return what the person sees: the server's truth with the intents of the operations laid over it in order."""
    view: Document = dict(base or {})
    for operation in operations:
        view = overlay(view, operation.intent)
    return view


def laid_over(record: StoredRecord, pending: Sequence[Operation]) -> StoredRecord:
    """Return a record as the person sees it: what is under way laid over its base; a removal hides it."""
    deleted = any(one.verb is Verb.DELETE for one in pending)
    return replace(record, view=rebase(record.base, pending), deleted=deleted)


def seen_below(base: Mapping[str, Any] | None, operations: Iterable[Operation]) -> Document:
    """Return what the person saw of the server's in a record over which unsent changes of their own lie.

    Where they had set a field themselves, it is what stood there when they did: what somebody else wrote since was
    hidden below it.
    """
    every = list(operations)
    seen = rebase(base, [one for one in every if not one.is_untouched])
    for operation in reversed([one for one in every if one.is_untouched]):
        seen |= {name: operation.base.get(name) for name in operation.intent if name not in FOLLOWS}
    return compact(seen)


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
        if name in intent and agree(value, intent[name], name) and not agree(value, written.get(name), name)
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


def _is_clash(one: Clash) -> bool:
    return not agree(one.base, one.theirs, one.field) and not agree(one.mine, one.theirs, one.field)


def _signed(operation: Operation) -> str:
    at = operation.created_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"{operation.created_by}, {at}" if operation.created_by else at
