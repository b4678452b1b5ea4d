"""Model what wraps the records: pages of a list, pages of the change feed, and problems (RFC 9457)."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from techdesk.wire.flow_retail.fields import Answer, Text, Uid
from techdesk.wire.flow_retail.orders import Order
from techdesk.wire.flow_retail.parts import Event, Hours, Notification
from techdesk.wire.flow_retail.sales import SalesOrder

Record = TypeVar("Record")


class Paging(Answer):
    """Say which page this is and how many records there are in all."""

    page_number: int
    page_size: int
    total_count: int


class Page(Answer, Generic[Record]):
    """Be one page of a list."""

    items: tuple[Record, ...]
    paging: Paging


class WholeOrder(Order):
    """Be an order with all its parts, as the change feed gives it."""

    events: tuple[Event, ...] = ()
    hours: tuple[Hours, ...] = ()
    notifications: tuple[Notification, ...] = ()
    sales_orders: tuple[SalesOrder, ...] = ()


class ChangesEnvelope(Answer):
    """Be a page of the change feed with its orders unread, so that one malformed order can be set aside."""

    orders: tuple[dict[str, Any], ...]
    deleted: tuple[Uid, ...]
    cursor: str
    more: bool


class ChangesPage(Answer):
    """Be a page of the change feed; `more` says that another page waits behind `cursor`."""

    orders: tuple[WholeOrder, ...]
    deleted: tuple[Uid, ...]
    cursor: str
    more: bool


class ProblemError(Answer):
    """Point to one wrong member of the request by JSON pointer, or to a parameter by its name."""

    pointer: Text = ""
    message: Text = ""


class Problem(Answer):
    """Say why a request was refused; `current` is the present record where a revision did not fit (412)."""

    type: Text = "about:blank"
    title: Text = ""
    status: int = 0
    detail: Text = ""
    code: Text = ""
    errors: tuple[ProblemError, ...] = ()
    current: dict[str, Any] | None = None
