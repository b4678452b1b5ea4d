"""Say what a command or a sync step changed, so that views know what to read again."""

from __future__ import annotations

from dataclasses import dataclass

from techdesk.application.outbox import Operation, OrderRef


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person did, as far as taking it back needs it (`application/editing/undo.py`).

    Attributes:
        op_id: The operation that holds it.
        before: That operation as it was before the change was folded into it; None where it was made for the change.
    """

    op_id: str
    before: Operation | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different now.

    Attributes:
        orders: Our ids of the orders that changed in any part.
        list_changed: Orders came, went, or moved in sorting; ids and counts must be read again.
        outbox: The outbox changed.
        references: Statuses, types, users, rates, accounts or settings changed.
        op_ids: The operations that were made, oldest first.
        work_orders: Among the orders, those whose work order a pull changed.
        steps: What a person did and may take back.
    """

    orders: frozenset[str] = frozenset()
    list_changed: bool = False
    outbox: bool = False
    references: bool = False
    op_ids: tuple[str, ...] = ()
    work_orders: frozenset[OrderRef] = frozenset()
    steps: tuple[Step, ...] = ()

    def __or__(self, other: Changes) -> Changes:
        """Return both together."""
        return Changes(
            self.orders | other.orders,
            self.list_changed or other.list_changed,
            self.outbox or other.outbox,
            self.references or other.references,
            self.op_ids + other.op_ids,
            self.work_orders | other.work_orders,
            self.steps + other.steps,
        )

    def __bool__(self) -> bool:
        """Say whether anything changed."""
        return bool(self.orders or self.list_changed or self.outbox or self.references)
