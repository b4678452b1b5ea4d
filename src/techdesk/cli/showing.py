"""Show one operation whole: what is in it, what exactly was sent, what came of it, and what can be done."""

from __future__ import annotations

import json
from argparse import Namespace
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from techdesk.application.behalf import made_by, on_behalf_of
from techdesk.application.desk_services import DeskServices
from techdesk.application.outbox import FrozenRequest
from techdesk.application.unsent.outbox_case import Case, outbox_case
from techdesk.application.unsent.outbox_list import OutboxAction
from techdesk.cli.answer import Answer
from techdesk.cli.outbox import entry_document, operation_called
from techdesk.domain.errors import NotFoundError
from techdesk.domain.instants import instant_text
from techdesk.domain.text import printable

_COMMANDS = {
    OutboxAction.RETRY: "outbox retry {}",
    OutboxAction.DISCARD: "outbox discard {}",
    OutboxAction.CHOOSE: "outbox resolve {} {}",
    OutboxAction.IT_ARRIVED: "outbox resolve {} arrived",
    OutboxAction.SEND_AGAIN: "outbox resolve {} send-again",
}


def show(services: DeskServices, options: Namespace) -> Answer:
    """Show an operation.

    Raises:
        NotFoundError: There is no such operation.
        AmbiguousError: Several have this support code.
        StoreError: The store could not be read.
    """
    with services.store.read() as view:
        case = outbox_case(view, operation_called(view, options.operation).op_id)
        if case is None:
            raise NotFoundError("This operation is no longer here")
        document = entry_document(view, case.entry) | _document(case)
    return Answer(document, "\n".join(_lines(case)))


def _document(case: Case) -> dict[str, Any]:
    operation, clashes = case.entry.operation, case.entry.clashes
    return {
        "account": case.account.name,
        "title": case.entry.title,
        "createdBy": operation.created_by,
        "onBehalfOf": on_behalf_of(operation, case.account),
        "firstSentAt": _instant(operation.first_sent_at),
        "lastSentAt": _instant(operation.last_sent_at),
        "notBefore": _instant(operation.not_before),
        "settledAt": _instant(operation.done_at),
        "httpStatus": operation.http_status,
        "needs": list(operation.needs),
        "replaces": operation.replaces,
        "content": operation.intent,
        "seen": operation.base,
        "request": _request(operation.request) if operation.request else None,
        "clashes": [
            {"field": one.field, "base": one.base, "mine": one.mine, "theirs": one.theirs, "choice": one.choice}
            for one in clashes
        ],
        "history": [
            {
                "at": instant_text(one.at),
                "phase": one.phase,
                "outcome": one.kind.value if one.kind else None,
                "httpStatus": one.http_status,
                "code": one.code,
                "reason": one.reason,
            }
            for one in case.attempts
        ],
        "actions": _commands(case),
    }


def _request(request: FrozenRequest) -> dict[str, Any]:
    """Return the exact request; a body that is no text is told in base 64."""
    try:
        body = {"body": request.body.decode()}
    except UnicodeDecodeError:
        body = {"bodyBase64": b64encode(request.body).decode()}
    return {"method": request.method, "path": request.path, "headers": dict(request.headers), **body}


def _commands(case: Case) -> list[str]:
    choices = " ".join(f"{one.field}=mine|theirs|TEXT" for one in case.entry.clashes)
    code = case.entry.operation.support_code
    return [
        "techdesk " + _COMMANDS[one].format(code, choices).strip() for one in case.entry.actions if one in _COMMANDS
    ]


def _lines(case: Case) -> Iterator[str]:
    entry = case.entry
    operation = entry.operation
    order = " ".join(one for one in (entry.number, entry.title) if one)
    yield printable(f"{entry.what} · {order or operation.order_id} · {case.account.name}")
    yield f"{entry.words} · support code {operation.support_code} · {operation.op_id}"
    if operation.reason:
        yield printable(operation.reason)
    by = f" by {made_by(operation, case.account)}" if operation.created_by else ""
    yield printable(f"Made {_local(operation.created_at)}{by}")
    yield from _section("What was entered", operation.intent)
    if operation.base:
        yield from _section("What was there before", operation.base)
    for one in entry.clashes:
        values = {"when it was opened": one.base, "mine": one.mine, "theirs": one.theirs}
        yield from _section(f"In conflict: {one.field}", values)
    if operation.request:
        yield from _sent(operation.request)
    if case.attempts:
        yield from ("", "History:")
    for attempt in case.attempts:
        came = (attempt.phase, attempt.kind.value if attempt.kind else "", attempt.reason)
        yield printable(f"  {_local(attempt.at)}  " + " · ".join(one for one in came if one))
    commands = _commands(case)
    if commands:
        yield from ("", "What can be done:", *(f"  {one}" for one in commands))


def _section(title: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        first, *rest = text.splitlines() or [""]
        yield printable(f"  {name}: {first}")
        yield from (printable(f"    {one}") for one in rest)


def _sent(request: FrozenRequest) -> Iterator[str]:
    yield ""
    yield "Exactly what goes out, and never anything else:"
    yield printable(f"  {request.method} {request.path}")
    yield from (printable(f"  {name}: {value}") for name, value in request.headers.items())
    told = _request(request)
    body = told.get("body", f"(no text; in base 64) {told.get('bodyBase64', '')}")
    yield from (printable(f"  {one}") for one in str(body).splitlines())


def _local(value: datetime) -> str:
    return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"


def _instant(value: datetime | None) -> str | None:
    return instant_text(value) if value else None
