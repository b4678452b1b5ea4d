"""Tell a person that the work order of an order changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from techdesk.application.changes import Changes
from techdesk.application.outbox import OrderRef
from techdesk.ui.context import Context

_NAMED = 5


class WorkOrderNews(QObject):
    """Tell the person when a pull changed the work order of an order of theirs, or of the one they look at."""

    def __init__(self, context: Context, shown: Callable[[], OrderRef | None], parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._shown = shown
        context.tasks.changed.connect(self._take)

    def _take(self, changes: Changes) -> None:
        if changes.work_orders:
            from techdesk.application.sync.work_order_news import numbers_to_tell

            shown, refs = self._shown(), changes.work_orders
            self._context.tasks.query(lambda view: numbers_to_tell(view, refs, shown), self._tell, self)

    def _tell(self, numbers: list[str]) -> None:
        if numbers:
            self._context.notices.tell(*_news(numbers))


def _news(numbers: Sequence[str]) -> tuple[str, str]:
    if len(numbers) == 1:
        return f"The work order of {numbers[0]} changed", "See “Work order” in its overview"
    listed = ", ".join(numbers[:_NAMED]) + (" and others" if len(numbers) > _NAMED else "")
    return f"The work orders of {len(numbers)} orders changed", listed
