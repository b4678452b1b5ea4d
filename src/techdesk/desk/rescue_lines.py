"""Write the work of a rescue file as JSON documents, one an operation or record, and read them back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Any

from techdesk.application.outbox import Attempt, Clash, FrozenRequest, Operation, OpState, OutcomeClass, Verb
from techdesk.application.ports import StoredRecord
from techdesk.application.unsent.rescue import Maker, Rescued, RescuedAccount, RescueWork
from techdesk.domain.documents import Document, RecordType

_INSTANTS = ("created_at", "first_sent_at", "last_sent_at", "not_before", "done_at", "at", "made_at")


def documents_of(work: RescueWork) -> list[Document]:
    """Return the work as documents: first who made it, then the accounts, the operations, the records."""
    head = {"head": _plain(asdict(work.maker)) | {"handed_over": work.is_handed_over}}
    return [
        head,
        *({"account": asdict(one)} for one in work.accounts),
        *({"operation": _entry(one)} for one in work.entries),
        *({"record": _plain(asdict(one))} for one in work.records),
    ]


def work_of(documents: Iterable[Mapping[str, Any]]) -> RescueWork:
    """Return the work of documents, which may also be the first ones of a file that was cut off.

    Raises:
        ValueError: A value is not what it must be.
        TypeError: A value is missing or unknown.
        KeyError: A value is missing.
    """
    heads: list[Document] = []
    accounts: list[RescuedAccount] = []
    entries: list[Rescued] = []
    records: list[StoredRecord] = []
    for document in documents:
        ((kind, values),) = document.items()
        if kind == "account":
            accounts.append(RescuedAccount(**values))
        elif kind == "operation":
            entries.append(_rescued(values))
        elif kind == "record":
            records.append(_record(values))
        else:
            heads.append(values)
    (head,) = heads
    return RescueWork(
        maker=Maker(**{name: one for name, one in _timed(head).items() if name != "handed_over"}),
        accounts=tuple(accounts),
        entries=tuple(entries),
        records=tuple(records),
        is_handed_over=bool(head["handed_over"]),
    )


def _entry(rescued: Rescued) -> Document:
    values = _plain(asdict(rescued.operation))
    request = rescued.operation.request
    if request:
        values["request"] = {
            "method": request.method,
            "path": request.path,
            "headers": dict(request.headers),
            "body": b64encode(request.body).decode(),
        }
    return values | {
        "support_code": rescued.operation.support_code,
        "audit": [_plain(asdict(one)) for one in rescued.attempts],
        "clashes": [asdict(one) for one in rescued.clashes],
        "what": rescued.what,
        "number": rescued.number,
        "title": rescued.title,
    }


def _rescued(values: Mapping[str, Any]) -> Rescued:
    own = {name: one for name, one in _timed(values).items() if name not in ("support_code", "audit", "clashes")}
    told = {name: own.pop(name) for name in ("what", "number", "title")}
    request = own.pop("request")
    operation = Operation(
        **own
        | {
            "record_type": RecordType(own["record_type"]),
            "verb": Verb(own["verb"]),
            "state": OpState(own["state"]),
            "needs": tuple(own["needs"]),
            "known": None if own["known"] is None else tuple(own["known"]),
            "request": request and FrozenRequest(**{**request, "body": b64decode(request["body"], validate=True)}),
        }
    )
    return Rescued(
        operation=operation,
        attempts=tuple(_attempt(one) for one in values["audit"]),
        clashes=tuple(Clash(**one) for one in values["clashes"]),
        **told,
    )


def _attempt(values: Mapping[str, Any]) -> Attempt:
    kind = values["kind"]
    return Attempt(**{**_timed(values), "kind": kind and OutcomeClass(kind)})


def _record(values: Mapping[str, Any]) -> StoredRecord:
    raw = values["raw"]
    record_type = RecordType(values["record_type"])
    return StoredRecord(
        **{**values, "record_type": record_type, "raw": None if raw is None else b64decode(raw, validate=True)}
    )


def _plain(values: Mapping[str, Any]) -> Document:
    """Return the values as JSON has them."""
    return {name: _plain_value(one) for name, one in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.value if isinstance(value, Enum) else value


def _timed(values: Mapping[str, Any]) -> Document:
    """Return the values with their instants; every one must have its offset."""
    read = {name: datetime.fromisoformat(values[name]) for name in _INSTANTS if values.get(name)}
    if any(one.tzinfo is None for one in read.values()):
        raise ValueError("an instant without an offset")
    return {**values, **read}
