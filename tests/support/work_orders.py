"""Deliver work orders as ServiceChannel does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "service_channel"

SAMPLE_JSON = (_FOLDER / "sample.json").read_bytes()
SAMPLE_XML = (_FOLDER / "sample.xml").read_bytes()
"""The two samples of the document, as they stand there."""

_WORK_ORDER: dict[str, Any] = {
    "Id": 140004,
    "Number": "WO-140004",
    "PurchaseNumber": "PO-77",
    "SubscriberId": 2014917243,
    "ProviderId": 2000090505,
    "LocationId": 2006081345,
    "Status": {"Primary": "OPEN", "Extended": ""},
    "Caller": "Store manager",
    "CallDate": "2026-03-02T08:00:00",
    "Priority": "P2 - 8 HOURS",
    "Trade": "REFRIGERATION",
    "ScheduledDate": "2026-03-03T10:00:00-05:00",
    "ExpirationDate": "2026-03-09T10:00:00-05:00",
    "Description": "Walk-in cooler too warm\nSince yesterday",
    "Category": "REPAIR",
    "Nte": 450.5,
    "CurrencyAlphabeticalCode": "USD",
    "ProblemCode": "NOT COOLING",
    "UpdatedDate": "2026-03-02T09:00:00Z",
    "Notes": [],
}


def note(note_id: int, text: str, at: str = "2026-03-02T08:30:00Z", **members: Any) -> dict[str, Any]:
    """Return a note."""
    return {"Id": note_id, "Number": note_id, "NoteData": text, "DateCreated": at, "CreatedBy": "Dispatcher"} | members


def work_order(event_type: str = "WorkOrderStatusChanged", action: str = "UPDATE", **members: Any) -> dict[str, Any]:
    """Return a delivery; a member that is `...` is left out."""
    whole = deepcopy(_WORK_ORDER) | members
    named = {name: value for name, value in whole.items() if value is not ...}
    return {"Object": named, "Type": "WoRootNotification", "Action": action, "EventType": event_type}


def body_of(delivery: dict[str, Any]) -> bytes:
    """Return the bytes of a delivery."""
    return json.dumps(delivery).encode()


def signature(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"Sign-Type": "HMACSHA256", "Sign-Data": base64.b64encode(digest).decode()}
