"""Read what was withdrawn or overruled on an order: nothing that somebody typed is ever lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from techdesk.application.outbox import Clash, Operation, OpState, Verb
from techdesk.application.ports import ReadTransaction
from techdesk.domain.records import FOLLOWS, Document


class Fate(Enum):
    """What became of a change that was not sent as it was typed."""

    WITHDRAWN = "Withdrawn"
    OVERRULED = "Decided in a conflict"
    REPLACED = "Replaced by a later text"


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change that is no longer on its way.

    Attributes:
        operation: What was to be sent, with its whole content.
        fate: What became of it.
        at: When that was decided; when it was made where that is not known.
        clashes: The fields that were in conflict, with both texts and what was chosen.
    """

    operation: Operation
    fate: Fate
    at: datetime
    clashes: Sequence[Clash] = ()

    @property
    def lost(self) -> Mapping[str, Document]:
        """Return by side (`mine`, `theirs`) the fields whose text did not get through; a removal has none.

        What follows another field comes with it from one's own side; of the other side it is not known here.
        """
        operation = self.operation
        if operation.verb not in (Verb.CREATE, Verb.UPDATE):
            return {}
        mine = operation.intent
        if self.clashes:
            beaten = {one.field for one in self.clashes if one.choice != "mine"}
            mine = {name: value for name, value in mine.items() if beaten & {name, FOLLOWS.get(name)}}
        leading = set(FOLLOWS.values())
        theirs = {one.field: one.theirs for one in self.clashes if one.choice != "theirs" and one.field not in leading}
        return {side: lost for side, lost in (("mine", mine), ("theirs", theirs)) if lost}


def order_history(view: ReadTransaction, operations: Iterable[Operation]) -> list[PastChange]:
    """Return what was withdrawn or overruled among an order's operations, the latest first.

    An operation whose successor sends the same content is left out: nothing of it is lost.

    Raises:
        StoreError: The store could not be read.
    """
    known = list(operations)
    successors = {one.replaces: one for one in known if one.replaces}
    past = [_past(view, one, successors) for one in known if one.state is OpState.CANCELLED]
    return sorted((one for one in past if one), key=lambda one: (one.at, one.operation.seq), reverse=True)


def past_change(view: ReadTransaction, operation: Operation) -> PastChange | None:
    """Return one operation as the history shows it, None where nothing of it is lost.

    Raises:
        StoreError: The store could not be read.
    """
    others = view.operations(account_id=operation.account_id, order_id=operation.order_id)
    return next((one for one in order_history(view, others) if one.operation.op_id == operation.op_id), None)


def _past(view: ReadTransaction, operation: Operation, successors: Mapping[str, Operation]) -> PastChange | None:
    clashes = [one for one in view.clashes(operation.op_id) if one.choice]
    successor = successors.get(operation.op_id)
    if clashes:
        fate = Fate.OVERRULED
    elif successor is None:
        fate = Fate.WITHDRAWN
    elif successor.intent == operation.intent:
        return None
    else:
        fate = Fate.REPLACED
    return PastChange(operation, fate, operation.done_at or operation.created_at, clashes)
