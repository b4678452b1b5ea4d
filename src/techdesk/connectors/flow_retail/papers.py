"""Fetch what leaves the shop: an order's papers (Flow Retail, operation 23) and its customer's page (operation 24)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from pydantic import ValidationError

from techdesk.application.outbox import FrozenRequest
from techdesk.application.papers import CustomerPage
from techdesk.connectors.flow_retail.calls import FETCH_DEADLINE_S, Calls
from techdesk.connectors.flow_retail.tenancy import Tenancy
from techdesk.connectors.http import Answer, Silence
from techdesk.domain.errors import BusyError, NotSupportedError
from techdesk.domain.money import Money
from techdesk.domain.records import Document
from techdesk.wire.flow_retail import PublicOrder, Report

PDF = "application/octet-stream"
JSON = "application/json"
_NOT_ACCEPTABLE = 406
_BEGINNING = b"%PDF-"
_NOT_CONFIRMED = "The server does not have this order yet"
_NO_PDF = "The server's answer is no PDF"
_NO_PAGE = "The server gave this order no page for its customer"


def report(calls: Calls, tenancy: Tenancy, order: Document, kind: str) -> bytes:
    """Return a paper as PDF: asked for as it is, and in JSON where the server gives nothing else.

    Raises:
        NotSupportedError: The server does not have the order yet.
        NotFoundError: The order is gone.
        ConnectionFailedError: It could not be fetched, or is no PDF.
    """
    uid = order.get("service_order_uid")
    if not uid:
        raise NotSupportedError(_NOT_CONFIRMED, "It can be had once the order is confirmed")
    path = f"{tenancy.store_path(tenancy.store_of(order))}/serviceorders/{uid}/reports?type={quote(kind)}"
    came = _asked(calls, path, PDF)
    if isinstance(came, Answer) and came.status == _NOT_ACCEPTABLE:
        came = _asked(calls, path, JSON)
    answer = calls.checked_record(came)
    pdf = answer.body or b""
    if not pdf.startswith(_BEGINNING):
        pdf = _from_json(pdf)
    return pdf


def public_address(calls: Calls, order: Document) -> str:
    """Return where people see the page.

    Raises:
        NotSupportedError: The order has none, or none yet.
    """
    return f"{calls.http.url}/public/{_hash_of(order)}"


def public_page(calls: Calls, tenancy: Tenancy, order: Document) -> CustomerPage:
    """Fetch what the page shows.

    Raises:
        NotSupportedError: The order has none, or none yet.
        NotFoundError: The order is gone.
        ConnectionFailedError: It could not be fetched.
    """
    store_uid = tenancy.store_of(order)
    answer = calls.one(f"{tenancy.store_path(store_uid)}/serviceorders/public/{_hash_of(order)}")
    try:
        seen = PublicOrder.model_validate_json(answer.body or b"")
    except ValidationError as error:
        raise BusyError("The server's answer could not be read") from error
    price = seen.estimated_price
    return CustomerPage(
        service_number=seen.service_number,
        title=seen.title,
        service_type_name=seen.service_type_name,
        service_status_name=seen.service_status_name,
        ready_at_estimate=seen.ready_at_estimate,
        estimated_price=None if price is None else Money(price, order.get("currency", "")),
    )


def _hash_of(order: Document) -> str:
    page_hash = str(order.get("public_page_hash") or "")
    if not page_hash:
        raise NotSupportedError(_NO_PAGE if order.get("service_order_uid") else _NOT_CONFIRMED)
    return quote(page_hash, safe="")


def _asked(calls: Calls, path: str, form: str) -> Answer | Silence:
    return calls.http.exchange(FrozenRequest(method="GET", path=path, headers={"Accept": form}), FETCH_DEADLINE_S)


def _from_json(body: bytes) -> bytes:
    try:
        pdf = base64.b64decode(Report.model_validate_json(body).content, validate=True)
    except (ValidationError, binascii.Error) as error:
        raise BusyError(_NO_PDF) from error
    if not pdf.startswith(_BEGINNING):
        raise BusyError(_NO_PDF)
    return pdf
