"""See and settle what has not been confirmed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices
from techdesk.application.outbox import Operation, Verb
from techdesk.application.outbox_list import OutboxEntry, outbox_list
from techdesk.application.ports import ReadTransaction
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
        documents = [_document(view, one) for one in entries]
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


def arrived(services: DeskServices, options: Namespace) -> Answer:
    """Note that an operation was found at the back end; raises as `settle`."""
    return settle(services, options, services.commands.outbox.it_arrived, "Confirmed")


def send_again(services: DeskServices, options: Namespace) -> Answer:
    """Send an operation again that was not found at the back end; raises as `settle`."""
    return settle(services, options, services.commands.outbox.send_again, "Sending again")


def choose(services: DeskServices, options: Namespace) -> Answer:
    """Settle a conflict field by field; raises as `settle`, and InvalidInputError for another word."""
    choices = dict(one.split("=", 1) for one in options.choices if "=" in one)
    if len(choices) < len(options.choices):
        raise InvalidInputError("Write each choice as field=mine or field=theirs")

    def settle_clashes(op_id: str) -> Changes:
        return services.commands.outbox.settle_clashes(op_id, choices)

    return settle(services, options, settle_clashes, "Settled")


def settle(services: DeskServices, options: Namespace, act: Callable[[str], Changes], words: str) -> Answer:
    """Apply a person's decision to the operation that was named.

    Raises:
        NotAllowedError: Its state does not allow this.
        NotFoundError: There is no such operation.
        StoreError: It was not saved.
    """
    with services.store.read() as view:
        operation = _operation(view, options.operation)
    changes = act(operation.op_id)
    services.sync_now(operation.account_id, [operation.order_id])
    document = {"opId": changes.op_ids[0] if changes.op_ids else operation.op_id}
    return Answer(document, words + ".", changes=changes)


def _operation(view: ReadTransaction, text: str) -> Operation:
    """Return the operation with this id, or the unsettled one with this support code."""
    by_id = view.operation(text)
    if by_id:
        return by_id
    unsettled = [one.operation for one in outbox_list(view)]
    found = [one for one in unsettled if one.support_code == text.upper()]
    if len(found) > 1:
        raise AmbiguousError(f"“{text}” fits {len(found)} operations", "Give the whole id: techdesk outbox list --json")
    if not found:
        raise NotFoundError(f"There is no operation “{text}” here")
    return found[0]


def _document(view: ReadTransaction, entry: OutboxEntry) -> dict[str, Any]:
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


def _kind(operation: Operation) -> str:
    """Return the event's name for an event that is recorded, else what is done to which kind of record."""
    if operation.record_type is RecordType.EVENT and operation.verb is Verb.CREATE:
        return str(operation.intent.get("event_type", ""))
    return f"{operation.verb.value} {operation.record_type.value}"


def _line(entry: OutboxEntry) -> tuple[str, ...]:
    operation = entry.operation
    since = f"{operation.created_at.astimezone():%Y-%m-%d %H:%M}"
    return operation.support_code, entry.number or entry.title, entry.what, entry.words, since, operation.reason
