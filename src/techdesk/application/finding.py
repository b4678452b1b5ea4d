"""Say how orders come here that a system does not send by itself: what it can be asked for, what a file brought."""

from __future__ import annotations

from dataclasses import dataclass

from techdesk.application.changes import Changes
from techdesk.application.outbox import OrderRef

SWITCHED_OFF_BY_TEXT = (
    "customer_name",
    "customer_phone",
    "customer_email",
    "service_number",
    "title",
    "serial_number",
)
"""Fields of `ServerQuery` that do not count beside its `text` (Flow Retail, "Search for service orders")."""

SEARCH_FIELDS = (
    *SWITCHED_OFF_BY_TEXT,
    "from_date",
    "to_date",
    "service_states",
    "service_type_uids",
    "service_status_uids",
    "assigned_user_uids",
    "created_from_store_uids",
    "priorities",
)
"""Every field of `ServerQuery` beside its `text` and `service_kind`, in the order in which a person is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchForm:
    """What an account can be asked for orders by, as the search shows it.

    Attributes:
        label: What its one search field asks for.
        hint: Examples of what can be typed there.
        fields: Names out of `SEARCH_FIELDS` that it can be asked for too.
        asks_kind: The person says whether it is a depot or an onsite order, as the back end cannot be read.
        most: So many orders are found at once; 0 where all are.
        refusal: Why the account cannot be asked at all; empty where it can.
    """

    label: str = "Search"
    hint: str = ""
    fields: tuple[str, ...] = ()
    asks_kind: bool = False
    most: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """What became of a file with an order.

    Attributes:
        order: The order in it, which is on this computer now.
        is_taken: The order is as the file has it; False where the one that was here is as new or newer.
        changes: What is different now.
    """

    order: OrderRef
    is_taken: bool
    changes: Changes
