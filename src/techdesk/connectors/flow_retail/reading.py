"""Read Flow Retail's records by tables of fields: which of ours a name is, and how its value is read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from techdesk.application.exchange import BadRecord, PulledOrder, PulledPart
from techdesk.connectors.flow_retail.drift import document_in_part, odd_fields
from techdesk.connectors.flow_retail.mapping import (
    PARTS,
    UIDS,
    Fields,
    Read,
    camel,
    data,
    day,
    document_by,
    each,
    flag,
    instant,
    left_out,
    money,
    nested,
    number,
    text,
    whole,
)
from techdesk.connectors.flow_retail.work_orders import work_order
from techdesk.connectors.server_ids import checked_id
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.records import Document, RecordType
from techdesk.domain.text import checked_text
from techdesk.domain.vocabulary import ServiceKind

_NOT_IN_AN_ORDER = dict.fromkeys(("revision", *(one.member for one in PARTS.values())), ("", left_out))
_NOT_IN_A_PART = dict.fromkeys(("revision", "serviceOrderUid"), ("", left_out))
"""Members that are kept elsewhere: the revision beside the document, the parts as records of their own."""


class Found(NamedTuple):
    """One record as the server has it; a tuple, as eight are made for an order."""

    server_id: str
    revision: str | None
    document: Document


class Reader:
    """Read records of one currency; made once a store.

    Attributes:
        odd_fields: Fields that came in another kind than we know, in words.
    """

    def __init__(self, currency: str, kinds: Mapping[str, str]) -> None:
        """Build the tables; `kinds` tells service type uid → service kind, and may learn more later."""
        self._currency = currency
        self._kinds = kinds
        self.odd_fields: set[str] = set()
        amount = money(currency)
        self._tables: dict[RecordType, Fields] = {
            RecordType.ORDER: _NOT_IN_AN_ORDER | _order_table(amount) | _table(work_order=work_order),
            RecordType.ITEM: _NOT_IN_A_PART | _item_table(amount),
            RecordType.EVENT: _NOT_IN_A_PART | _event_table(),
            RecordType.HOURS: _NOT_IN_A_PART | _hours_table(amount),
            RecordType.SALES_ORDER: _NOT_IN_A_PART | _sales_order_table(amount),
            RecordType.NOTIFICATION: _NOT_IN_A_PART | _notification_table(),
        }

    def record(self, record_type: RecordType, raw: Any) -> Found:
        """Read one record.

        Raises:
            InvalidInputError: It is no object, has no uid that can be asked for, or a known field holds what it cannot.
        """
        if type(raw) is not dict:
            raise InvalidInputError("is not an object")
        server_id = checked_id(raw.get(UIDS[record_type]), UIDS[record_type])
        try:
            document = document_by(raw, self._tables[record_type])
        except InvalidInputError:
            document = document_in_part(raw, self._tables[record_type])
            self.odd_fields |= odd_fields(document)
        if record_type is RecordType.ORDER:
            document["service_kind"] = self._kinds.get(document.get("service_type_uid", ""), ServiceKind.OTHER.value)
            document["currency"] = self._currency
        revision = raw.get("revision")
        return Found(server_id, None if revision is None else str(revision), document)

    def checked_record(self, record_type: RecordType, raw: Any) -> Found:
        """Read one record that stands by itself, texts that no store can keep included.

        Raises:
            InvalidInputError: As `record`, or it is nested too deeply.
        """
        try:
            check_texts(raw)
            return self.record(record_type, raw)
        except RecursionError as error:
            raise InvalidInputError("is nested too deeply") from error

    def whole_order(self, raw: Any) -> PulledOrder:
        """Read an order with all its parts.

        Raises:
            InvalidInputError: The order or one of its parts cannot be read.
        """
        found = self.record(RecordType.ORDER, raw)
        parts = [
            _part(record_type, self.record(record_type, one))
            for record_type, part in PARTS.items()
            for one in _members(raw.get(part.member), part.member)
        ]
        return PulledOrder(server_id=found.server_id, document=found.document, revision=found.revision, parts=parts)


def _members(value: Any, name: str) -> list[Any]:
    """Return the parts of one kind that stand in an order; an order without them has none.

    Raises:
        InvalidInputError: There stands something else.
    """
    if not value and type(value) in (list, type(None)):
        return []
    if type(value) is not list:
        raise InvalidInputError(f"{name}: is not a list", field=name)
    return value


def read_orders(raw_orders: Sequence[Any], reader: Reader, body: bytes) -> tuple[list[PulledOrder], list[BadRecord]]:
    """Read orders one by one, so that a malformed one is set aside with its raw text and the rest goes in.

    Args:
        raw_orders: The orders of a page.
        reader: What reads them.
        body: The page they stand in.
    """
    orders: list[PulledOrder] = []
    bad: list[BadRecord] = []
    is_suspicious = _is_suspicious(body)
    for raw in raw_orders:
        try:
            if is_suspicious:
                check_texts(raw)
            orders.append(reader.whole_order(raw))
        except (InvalidInputError, RecursionError) as error:
            bad.append(BadRecord(server_id=_uid_in(raw), reason=str(error), raw=_raw_text(raw)))
    return orders, bad


def service_types_in(raw_orders: Sequence[Any]) -> set[str]:
    """Return the uids of the service types that orders name."""
    named = (one.get("serviceTypeUid") for one in raw_orders if isinstance(one, dict))
    return {uid for uid in named if uid and isinstance(uid, str)}


def uids_in(value: Any) -> list[str]:
    """Return the uids of a list; what is none is left out."""
    return [one for one in value if isinstance(one, str) and one.isprintable()] if isinstance(value, list) else []


_SUSPICIOUS = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
"""Escapes of NUL and of surrogates; most pages have none, so most orders need no look at each text."""


def _is_suspicious(body: bytes) -> bool:
    """Say whether a page holds something that no store can keep: as an escape, or as it is."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in body or _SUSPICIOUS.search(body) is not None


def check_texts(value: Any) -> None:
    """Return if a store can keep every text; a proper pair of surrogates has become one character by now.

    Raises:
        InvalidTextError: It cannot keep one of them.
        RecursionError: The value is nested too deeply.
    """
    if isinstance(value, str):
        checked_text(value)
    elif isinstance(value, dict):
        for name, one in value.items():
            checked_text(name)
            check_texts(one)
    elif isinstance(value, list):
        for one in value:
            check_texts(one)


def _uid_in(raw: Any) -> str:
    """Return the uid of an order that cannot be read, empty where it has none that a store can keep."""
    uid = raw.get(UIDS[RecordType.ORDER]) if isinstance(raw, dict) else None
    try:
        return checked_text(uid) if isinstance(uid, str) else ""
    except InvalidInputError:
        return ""


def _raw_text(raw: Any) -> bytes:
    try:
        return json.dumps(raw).encode()
    except RecursionError:
        return b"(nested too deeply to be shown)"


def _part(record_type: RecordType, found: Found) -> PulledPart:
    return PulledPart(
        record_type=record_type, server_id=found.server_id, document=found.document, revision=found.revision
    )


def _table(**readers: tuple[str, ...] | Read) -> dict[str, tuple[str, Read]]:
    """Return wire name → (our name, reader); names are given in snake case."""
    return {camel(name): (name, read) for name, read in readers.items() if callable(read)}


def _texts(*names: str) -> dict[str, tuple[str, Read]]:
    return {camel(name): (name, text) for name in names}


def _order_table(amount: Read) -> dict[str, tuple[str, Read]]:
    customer = _texts("customer_uid", "name", "phone", "email", "address")
    site = _texts("name", "address", "time_zone")
    asset = _texts("asset_uid", "name", "maker", "model", "serial_number", "condition", "accessories", "state")
    asset = {**asset, **_table(warranty_until=day)}
    totals = _table(grand_total=amount, parts_total=amount, work_total=amount)
    return {
        **_texts(
            "service_order_uid",
            "tenant_uid",
            "store_uid",
            "customer_uid",
            "created_from_store_uid",
            "assigned_user_uid",
            "assigned_user_display_name",
            "service_type_uid",
            "service_type_name",
            "service_status_uid",
            "service_status_name",
            "service_state",
            "title",
            "service_number",
            "external_service_number",
            "description",
            "location_label",
            "priority",
            "public_page_hash",
            "created_by",
            "last_modified_by",
            "external_system",
            "external_id",
        ),
        **_table(
            requires_price_estimate=flag,
            warranty=flag,
            requires_acceptance=flag,
            estimated_price=amount,
            max_price=amount,
            ready_at_estimate=instant,
            ready_at_needed=instant,
            created_at=instant,
            last_modified_at=instant,
            accepted_at=instant,
            closed_at=instant,
            totals=partial(nested, totals),
            customer=partial(nested, customer),
            site=partial(nested, site),
            assets=partial(each, partial(nested, asset)),
        ),
    }


def _item_table(amount: Read) -> dict[str, tuple[str, Read]]:
    return {
        **_texts(
            "service_order_item_uid",
            "warehouse_uid",
            "tenant_user_uid",
            "product_uid",
            "sales_order_uid",
            "name",
            "sku",
            "serial_number",
            "note",
            "tenant_user_display_name",
        ),
        **_table(
            quantity=number,
            price=amount,
            cost_price=amount,
            original_price=amount,
            total_price=amount,
            total_cost_price=amount,
            created_at=instant,
            last_modified_at=instant,
        ),
    }


def _event_table() -> dict[str, tuple[str, Read]]:
    return {
        **_texts(
            "service_event_uid",
            "event_type",
            "tenant_user_uid",
            "tenant_user_display_name",
            "notes",
            "created_by",
            "last_modified_by",
        ),
        **_table(data=data, occurred_at=instant, created_at=instant, last_modified_at=instant),
    }


def _hours_table(amount: Read) -> dict[str, tuple[str, Read]]:
    return {
        **_texts("service_hours_uid", "tenant_user_uid", "tenant_user_display_name", "hourly_rate_uid", "note"),
        **_table(
            started_at=instant,
            ended_at=instant,
            minutes=whole,
            billable=flag,
            price=amount,
            created_at=instant,
            last_modified_at=instant,
        ),
    }


def _sales_order_table(amount: Read) -> dict[str, tuple[str, Read]]:
    address = _texts("name", "address", "postal_code", "city", "country_code")
    totals = _table(grand_total=amount, parts_total=amount, work_total=amount)
    line = {
        **_texts("service_order_item_uid", "service_hours_uid", "product_uid", "name", "sku"),
        **_table(quantity=number, price=amount, total_price=amount),
    }
    return {
        **_texts("sales_order_uid", "order_number", "customer_uid", "warehouse_uid", "created_by"),
        **_table(
            order_address=partial(nested, address),
            invoice_address=partial(nested, address),
            service_order_item_uids=partial(each, text),
            lines=partial(each, partial(nested, line)),
            totals=partial(nested, totals),
            created_at=instant,
        ),
    }


def _notification_table() -> dict[str, tuple[str, Read]]:
    return {
        **_texts("service_notification_uid", "channel", "recipient", "message", "status"),
        **_table(created_at=instant, sent_at=instant),
    }
