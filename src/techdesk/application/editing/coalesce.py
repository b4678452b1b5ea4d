"""Fold a new change of a record into an operation that was never attempted.

Only an untouched operation may change: once its bytes have left, a new edit is a new operation whose base is what the
earlier one intended (research: ODK's "different XML", collect#4589). Two events are never folded into one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from techdesk.application.outbox import Operation, Verb
from techdesk.domain.documents import Document, is_empty, same

_FOLDING = (Verb.CREATE, Verb.UPDATE)


def foldable(operations: Sequence[Operation]) -> Operation | None:
    """Return the record's last unsettled operation if a further change can be folded into it."""
    unsettled = [one for one in operations if not one.state.is_settled]
    last = unsettled[-1] if unsettled else None
    return last if last and last.is_untouched and last.verb in _FOLDING else None


def fold(operation: Operation, intent: Mapping[str, Any], base: Mapping[str, Any]) -> Operation | None:
    """Return the operation with `intent` folded in, or None if nothing is left to do.

    A create keeps only what is not empty. An update keeps the first base of each field; a field that is back at its
    base is left out.
    """
    if operation.verb is Verb.CREATE:
        joined = {**operation.intent, **intent}
        return replace(operation, intent={name: value for name, value in joined.items() if not is_empty(value)})
    # what the operation set already was empty before it, where its base does not have it
    fresh = {name: value for name, value in base.items() if name not in operation.intent}
    bases: Document = {**fresh, **operation.base}
    changed = {
        name: value for name, value in {**operation.intent, **intent}.items() if not same(value, bases.get(name))
    }
    kept = {name: bases[name] for name in changed if name in bases}
    return replace(operation, intent=changed, base=kept) if changed else None
