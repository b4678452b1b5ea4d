"""Read and write the records of a plain vendor: in its own units, each new one marked with what made it.

A mark stands at the end of a record's free text, where the vendor keeps it and its people can read it:
`[TD 7F3K2Q]`, with the support code of the operation. On this computer it is never seen.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from typing_extensions import override

from techdesk.application.outbox import Operation, Verb
from techdesk.connectors.flow_retail.reading import Found, Reader
from techdesk.connectors.flow_retail.settings import FlowRetailSettings
from techdesk.connectors.flow_retail.writing import body_of
from techdesk.domain.errors import NotSupportedError
from techdesk.domain.records import RecordType

MARKED: Mapping[RecordType, str] = {
    RecordType.ORDER: "description",
    RecordType.ITEM: "note",
    RecordType.EVENT: "notes",
    RecordType.HOURS: "note",
}
"""Type of record → the free text that carries the mark."""

_MARK = re.compile(r" ?\[TD [0-9A-HJKMNP-TV-Z]{6}\]\Z")
_PRICES = frozenset(
    {
        "price",
        "costPrice",
        "originalPrice",
        "totalPrice",
        "totalCostPrice",
        "estimatedPrice",
        "maxPrice",
        "grandTotal",
        "partsTotal",
        "workTotal",
    }
)
_OURS = frozenset({"requiresAcceptance"})
"""What only our own server knows, and one that refuses unknown fields by name would refuse the record for."""
_NESTED = frozenset({"totals", "lines"})


class PlainReader(Reader):
    """Read a plain vendor's records: amounts in our units, texts without marks, the last change for a revision."""

    def __init__(self, settings: FlowRetailSettings, kinds: Mapping[str, str]) -> None:
        """Build the tables; `kinds` tells service type uid → service kind, and may learn more later."""
        super().__init__(settings.currency, kinds)
        self._settings = settings

    @override
    def record(self, record_type: RecordType, raw: Any) -> Found:
        if type(raw) is not dict:
            return super().record(record_type, raw)
        shown = in_our_units(raw, self._settings)
        name = MARKED.get(record_type, "")
        if isinstance(text := shown.get(name), str):
            shown = {**shown, name: _MARK.sub("", text)}
        found = super().record(record_type, shown)
        return Found(found.server_id, found.document.get("last_modified_at"), found.document)


def plain_body(operation: Operation, settings: FlowRetailSettings) -> bytes:
    """Return the JSON body of an operation in the vendor's units, marked if it makes a record.

    Raises:
        NotSupportedError: The server would refuse it by its type, or counts too coarsely for an amount.
    """
    written = body_of(operation)
    if not written:
        return written
    said = {name: value for name, value in json.loads(written).items() if name not in _OURS}
    body = {name: _in_their_units(name, value, settings) for name, value in said.items()}
    name = MARKED.get(operation.record_type)
    if name and operation.verb is Verb.CREATE and settings.marks:
        body[name] = f"{body.get(name) or ''} {mark_of(operation)}".lstrip(" ")
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def mark_of(operation: Operation) -> str:
    """Return the mark of what an operation makes."""
    return f"[TD {operation.support_code}]"


def is_marked(record_type: RecordType, raw: Mapping[str, Any], mark: str = "") -> bool:
    """Say whether a record carries this mark; without one, whether it carries any."""
    text = raw.get(MARKED[record_type])
    if not isinstance(text, str):
        return False
    return mark in text if mark else _MARK.search(text) is not None


def in_our_units(raw: Mapping[str, Any], settings: FlowRetailSettings) -> Mapping[str, Any]:
    """Return a record with its amounts in units of the currency and its quantities in pieces."""
    if settings.price_scale == settings.quantity_scale == 1:
        return raw
    return {name: _in_ours(name, value, settings) for name, value in raw.items()}


def _in_ours(name: str, value: Any, settings: FlowRetailSettings) -> Any:
    if name in _NESTED and isinstance(value, dict):
        return in_our_units(value, settings)
    if name in _NESTED and isinstance(value, list):
        return [in_our_units(one, settings) if isinstance(one, dict) else one for one in value]
    scale = _scale(name, settings)
    if scale == 1 or type(value) not in (int, float) or not math.isfinite(value):
        return value
    return float(Decimal(str(value)) / scale)


def _in_their_units(name: str, value: Any, settings: FlowRetailSettings) -> Any:
    scale = _scale(name, settings)
    if scale == 1 or type(value) not in (int, float):
        return value
    scaled = Decimal(str(value)) * scale
    if scaled != int(scaled):
        raise NotSupportedError(f"This server counts in steps of 1/{scale}", f"Round {value}")
    return int(scaled)


def _scale(name: str, settings: FlowRetailSettings) -> int:
    if name == "quantity":
        return settings.quantity_scale
    return settings.price_scale if name in _PRICES else 1
