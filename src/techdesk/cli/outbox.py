"""See and settle what has not been confirmed."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices
from techdesk.application.outbox import Clash, Operation, OpState, Verb, support_code
from techdesk.application.ports import ReadTransaction
from techdesk.application.unsent.deciding import Decided
from techdesk.application.unsent.outbox_list import OutboxEntry, outbox_list
from techdesk.cli.accounts import wanted_account
from techdesk.cli.answer import Answer, table
from techdesk.domain.errors import AmbiguousError, InvalidInputError, NotFoundError
from techdesk.domain.instants import instant_text
from techdesk.domain.records import RecordType


def list_outbox(services: DeskServices, options: Namespace) -> Answer:
    """List every operation that is not settled, oldest first.

    Raises:
        TechDeskError: There is no such account, or the store cannot be read.
    """
    account_id = wanted_account(services, options)
    with services.store.read() as view:
        entries = outbox_list(view, account_id)
        documents = [entry_document(view, one) for one in entries]
    if not entries:
        return Answer([], "Everything has been confirmed.")
    rows = [("CODE", "ORDER", "WHAT", "STATE", "SINCE", "REASON")]
    return Answer(documents, table(rows + [_line(one) for one in entries]))


def retry(services: DeskServices, options: Namespace) -> Answer:
    """Try an operation again; raises as `settle`."""
    return settle(services, options, services.commands.outbox.retry, "Trying again")


def discard(services: DeskServices, options: Namespace) -> Answer:
    """Withdraw an operation; raises as `settle`."""
    return settle(services, options, services.commands.outbox.discard, "Discarded; it stays in the history")


def resolve(services: DeskServices, options: Namespace) -> Answer:
    """Decide what only a person can: whether something arrived, or which text stays.

    Raises:
        InvalidInputError: The words are no answer to what is asked.
        TechDeskError: As `settle`.
    """
    commands = services.commands.outbox
    answers: dict[str, tuple[Callable[[str], Changes], str]] = {
        "arrived": (commands.it_arrived, "Confirmed"),
        "send-again": (commands.send_again, "Sending again"),
        "discard": (commands.discard, "Discarded; it stays in the history"),
    }
    if len(options.answers) == 1 and options.answers[0] in answers:
        act, words = answers[options.answers[0]]
        return settle(services, options, act, words)
    return settle(services, options, partial(_choose, services, options.answers), "Settled")


def settle(services: DeskServices, options: Namespace, act: Callable[[str], Changes], words: str) -> Answer:
    """Apply a person's decision to the operation that was named.

    Raises:
        NotAllowedError: Its state does not allow this.
        NotFoundError: There is no such operation.
        StoreError: It was not saved.
    """
    with services.store.read() as view:
        operation = operation_called(view, options.operation)
    changes = act(operation.op_id)
    services.sync_now(operation.account_id, [operation.order_id])
    document = {"opId": changes.op_ids[0] if changes.op_ids else operation.op_id}
    return Answer(document, words + ".", changes=changes)


def operation_called(view: ReadTransaction, text: str) -> Operation:
    """Return the operation with this id or support code; one that is not settled goes before those that are.

    Raises:
        NotFoundError: There is none.
        AmbiguousError: Several have this code.
        StoreError: The store could not be read.
    """
    by_id = view.operation(text)
    if by_id:
        return by_id
    called = [(op_id, state) for op_id, state in view.operation_ids(OpState) if support_code(op_id) == text.upper()]
    unsettled = [op_id for op_id, state in called if not state.is_settled]
    found = unsettled or [op_id for op_id, _ in called]
    if len(found) > 1:
        raise AmbiguousError(f"“{text}” fits {len(found)} operations", "Give the whole id: techdesk outbox list --json")
    operation = view.operation(found[0]) if found else None
    if operation is None:
        raise NotFoundError(f"There is no operation “{text}” here")
    return operation


def entry_document(view: ReadTransaction, entry: OutboxEntry) -> dict[str, Any]:
    """Return an operation as `outbox list --json` prints it."""
    operation = entry.operation
    order = view.record(operation.account_id, RecordType.ORDER, operation.order_id)
    return {
        "opId": operation.op_id,
        "order": order.server_id or order.record_id if order else operation.order_id,
        "orderNumber": entry.number,
        "kind": _kind(operation),
        "what": entry.what,
        "state": operation.state.value,
        "attempts": operation.attempts,
        "reason": operation.reason,
        "supportCode": operation.support_code,
        "createdAt": instant_text(operation.created_at),
        "clashes": [{"field": one.field, "mine": one.mine, "theirs": one.theirs} for one in entry.clashes],
    }


def _choose(services: DeskServices, words: Sequence[str], op_id: str) -> Changes:
    """Settle a conflict by words like `field=mine`.

    Raises:
        InvalidInputError: A word is no choice.
        TechDeskError: As `settle`.
    """
    with services.store.read() as view:
        clashes = {one.field: one for one in view.clashes(op_id)}
    choices: dict[str, str] = {}
    own: dict[str, Any] = {}
    for word in words:
        field, equals, value = word.partition("=")
        if not equals or field not in clashes:
            hint = f"The fields in conflict: {', '.join(clashes)}" if clashes else "Or: arrived, send-again, discard"
            raise InvalidInputError(f"“{word}” is no answer", f"Write field=mine, field=theirs or field=TEXT. {hint}")
        choices[field] = value if value in ("mine", "theirs") else "own"
        if choices[field] == "own":
            own[field] = _value(clashes[field], value)
    return services.commands.outbox.settle_clashes(op_id, choices, Decided(own=own))


def _value(clash: Clash, text: str) -> Any:
    """Return what a person wrote for a field: text where it holds text, else JSON.

    Raises:
        InvalidInputError: It holds something else, and this is no JSON.
    """
    if any(isinstance(one, str) for one in (clash.base, clash.mine, clash.theirs)):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        words = f"{clash.field} holds no text"
        raise InvalidInputError(words, "Write its value as JSON, as `outbox show --json` prints it") from error


def _kind(operation: Operation) -> str:
    """Return the event's name for an event that is recorded, else what is done to which kind of record."""
    if operation.record_type is RecordType.EVENT and operation.verb is Verb.CREATE:
        return str(operation.intent.get("event_type", ""))
    return f"{operation.verb.value} {operation.record_type.value}"


def _line(entry: OutboxEntry) -> tuple[str, ...]:
    operation = entry.operation
    since = f"{operation.created_at.astimezone():%Y-%m-%d %H:%M}"
    return operation.support_code, entry.number or entry.title, entry.what, entry.words, since, operation.reason
