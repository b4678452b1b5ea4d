"""List the orders on this computer, and find the one that a command means."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from techdesk.application.desk_services import DeskServices
from techdesk.application.outbox import SCREEN_WORDS, OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter, OrderRow
from techdesk.cli.accounts import wanted_account
from techdesk.cli.answer import Answer, table
from techdesk.domain.errors import AmbiguousError, NotFoundError
from techdesk.domain.instants import instant_text

_BLOCK = 500
_LONGEST_NAMED = 60
_HEAD = ("NUMBER", "CUSTOMER", "PRODUCT", "KIND", "STATUS", "PRIORITY", "ASSIGNEE", "DUE", "SYNC")


def list_orders(services: DeskServices, options: Namespace) -> Answer:
    """List the orders in which every word is found, newest first.

    Raises:
        TechDeskError: There is no such account, or the store cannot be read.
    """
    account_id = wanted_account(services, options)
    accounts = frozenset({account_id}) if account_id else frozenset[str]()
    with services.store.read() as view:
        keys = view.order_keys(OrderFilter(text=" ".join(options.query), account_ids=accounts))
        rows = [row for start in range(0, len(keys), _BLOCK) for row in view.order_rows(keys[start : start + _BLOCK])]
        names = {one.account_id: one.name for one in view.accounts()}
    documents = [_document(one, names[one.account_id]) for one in rows]
    if not rows:
        return Answer(documents, "No order fits." if options.query else "There are no orders here yet.")
    return Answer(documents, table([_HEAD, *map(_line, rows)]))


def find_order(view: ReadTransaction, text: str, account_id: str | None) -> OrderRef:
    """Return the one order whose uid or service number is `text`; else the one whose number people say so.

    `so-10042` and `10042` mean SO-10042 where no order is called exactly so.

    Raises:
        NotFoundError: There is none on this computer.
        AmbiguousError: There are several.
    """
    text = text.strip()
    found = [OrderRef(one.account_id, one.record_id) for one in view.find_orders(text, account_id)]
    found = found or _said_shorter(view, text, account_id)
    if not found:
        named = text if len(text) <= _LONGEST_NAMED else text[:_LONGEST_NAMED] + "…"
        raise NotFoundError(f"There is no order “{named}” on this computer", "Its uid or service number is needed")
    if len(found) > 1:
        raise AmbiguousError(
            f"“{text}” fits {len(found)} orders", _how_to_choose(view, [one.account_id for one in found])
        )
    return found[0]


def _said_shorter(view: ReadTransaction, text: str, account_id: str | None) -> list[OrderRef]:
    """Return the orders whose number is `text` in other letters, or without the letters it begins with."""
    accounts = frozenset({account_id}) if account_id else frozenset[str]()
    wanted = text.casefold()
    rows = view.order_rows(view.order_keys(OrderFilter(text=text, account_ids=accounts))) if wanted else []
    known = [(one, one.number.casefold()) for one in rows]
    return [
        OrderRef(row.account_id, row.order_id)
        for row, number in known
        if number == wanted or (number.endswith(wanted) and not number[-len(wanted) - 1].isalnum())
    ]


def _how_to_choose(view: ReadTransaction, account_ids: Sequence[str]) -> str:
    names = [one.name for one in view.accounts() if one.account_id in account_ids]
    return f"Say which with --account: {', '.join(names)}" if len(names) > 1 else "Give the uid instead"


def _document(row: OrderRow, account: str) -> dict[str, Any]:
    return {
        "account": account,
        "uid": row.order_id,
        "number": row.number,
        "title": row.title,
        "customer": row.customer,
        "product": row.product,
        "serialNumber": row.serial,
        "kind": row.kind.value,
        "status": row.status,
        "state": row.state.value,
        "priority": row.priority.value,
        "assignee": row.assignee,
        "createdAt": _instant(row.created_at),
        "dueAt": _instant(row.due_at),
        "appointmentAt": _instant(row.appointment_at),
        "sync": row.sync.value if row.sync else None,
        "unsent": row.unsent,
    }


def _line(row: OrderRow) -> tuple[str, ...]:
    kind = row.kind.value.removeprefix("repair_")
    due = f"{row.due_at.astimezone():%Y-%m-%d}" if row.due_at else ""
    sync = SCREEN_WORDS[row.sync] if row.sync else ""
    priority = "" if row.priority.value == "NONE" else row.priority.value.lower()
    return row.number or row.order_id, row.customer, row.product, kind, row.status, priority, row.assignee, due, sync


def _instant(value: datetime | None) -> str | None:
    return instant_text(value) if value else None
