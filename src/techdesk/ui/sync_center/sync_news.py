"""Read what the sync found out; for what knows nothing of cards, as the window before its first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from techdesk.application.ports import ReadTransaction
from techdesk.domain.documents import RecordType

if TYPE_CHECKING:
    from techdesk.application.sync.account_warnings import SyncWarning
    from techdesk.application.sync.duplicates import Duplicate


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told.

    Attributes:
        warnings: What concerns an account as a whole.
        duplicates: Records that stand at a server twice.
        names: Account id → its name.
        numbers: Order id → its number, of the orders with duplicates.
    """

    warnings: Sequence[SyncWarning] = ()
    duplicates: Sequence[Duplicate] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def titles(self) -> Mapping[tuple[str, str], str]:
        """Return what tells one finding from another (account, kind or record) → what it is called."""
        warned = {(one.account_id, str(one.kind)): one.title for one in self.warnings}
        twice = {(one.account_id, one.extra_record_id): f"Twice at the server: {one.what}" for one in self.duplicates}
        return warned | twice

    @property
    def to_decide(self) -> int:
        """Return how many of them wait for an answer."""
        return sum(bool(one.actions) for one in self.warnings) + len(self.duplicates)


def read_news(view: ReadTransaction) -> News:
    """Read what is to be told.

    Raises:
        StoreError: The store could not be read.
    """
    from techdesk.application.sync.account_warnings import sync_warnings
    from techdesk.application.sync.duplicates import duplicates

    twice = duplicates(view)
    names = {one.account_id: one.name for one in view.accounts()}
    numbers = {one.order.order_id: _number(view, one) for one in twice}
    return News(sync_warnings(view), twice, names, numbers)


def _number(view: ReadTransaction, duplicate: Duplicate) -> str:
    record = view.record(duplicate.account_id, RecordType.ORDER, duplicate.order.order_id)
    return str(record.view.get("service_number", "")) if record else ""
