"""Say what a back end gives of an order on paper, and to its customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from techdesk.domain.documents import Document
from techdesk.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """What a customer sees of an order without a login (Flow Retail, operation 24)."""

    service_number: str = ""
    title: str = ""
    service_type_name: str = ""
    service_status_name: str = ""
    ready_at_estimate: datetime | None = None
    estimated_price: Money | None = None


@runtime_checkable
class MakesPapers(Protocol):
    """A connector whose system makes papers of an order and shows it to its customer."""

    def report(self, order: Document, kind: str) -> bytes:
        """Fetch a paper of an order as PDF; `kind` is `workorder`, `receipt` or `label`.

        Raises:
            NotSupportedError: The server does not have the order yet.
            NotFoundError: The order is gone.
            ConnectionFailedError: It could not be fetched.
        """
        ...

    def public_address(self, order: Document) -> str:
        """Return the address of the page that shows an order to its customer; calls nothing.

        Raises:
            NotSupportedError: The order has no such page, or none yet.
        """
        ...

    def public_page(self, order: Document) -> CustomerPage:
        """Fetch what that page shows; raises as `public_address`.

        Raises:
            NotFoundError: The order is gone.
            ConnectionFailedError: It could not be fetched.
        """
        ...
