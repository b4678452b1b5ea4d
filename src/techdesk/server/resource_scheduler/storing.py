"""Take an order as a client sends it: what is ours changes our order, everything else is kept as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from pydantic import ValidationError
from sqlalchemy import delete, insert, select

from techdesk.domain.vocabulary import ServiceState
from techdesk.server.answers.problems import Problem
from techdesk.server.orders.items import create_item, delete_item, update_item
from techdesk.server.orders.orders import update_order
from techdesk.server.orders.publishing import publish
from techdesk.server.resource_scheduler.showing import PHASES, Showing, Shown, id_of
from techdesk.server.resource_scheduler.tables import kept_orders
from techdesk.server.storage.tables import orders, service_statuses
from techdesk.server.storage.work import Row, Work
from techdesk.wire.flow_retail import ItemCreate, ItemUpdate, OrderUpdate
from techdesk.wire.refusals import in_plain_words
from techdesk.wire.resource_scheduler import Form, Values, completed, edit, read_order

UNKNOWN, STALE, REFUSED = 1, 2, 3
"""What `ErrorId` says: no such order, somebody was faster, anything else."""

_LIST = "ServiceOrderItemList"
_STATES = {
    "Pending": ServiceState.NOT_STARTED,
    "Accepted": ServiceState.IN_PROGRESS,
    "Rejected": ServiceState.CANCELLED,
    "Fulfilled": ServiceState.CLOSED,
    "Cancelled": ServiceState.CANCELLED,
}
_ITEM_FIELDS = {"Name": "name", "Quantity": "quantity", "Price": "price", "Notes": "note"}


@dataclass
class DomainError(Exception):
    """Refuse an order in its own `Error` and `ErrorId`, as the dialect does with HTTP 200; nothing is stored."""

    words: str
    number: int


def order_of(work: Work, service_order_id: int | None) -> Row:
    """Return an order of the caller's tenant.

    Raises:
        DomainError: There is none.
    """
    which = (orders.c.service_order_id == service_order_id, orders.c.tenant_uid == work.caller.tenant_uid)
    known = service_order_id is not None and 0 < service_order_id < 2**31
    row = work.row(select(orders).where(*which)) if known else None
    if row is None:
        raise DomainError("There is no service order with this number", UNKNOWN)
    return row


def shown_order(work: Work, order: Row) -> Shown:
    """Return an order as the dialect shows it."""
    return Showing(work).shown([order])[0]


def store_order(work: Work, raw: bytes, form: Form) -> Shown:
    """Store a whole order and return it as it is then.

    Raises:
        InvalidInputError: The bytes are no order.
        DomainError: There is no such order, it was changed meanwhile, or our rules refuse the change.
    """
    sent = read_order(raw, form)
    order = order_of(work, sent["ServiceOrderId"])
    work = replace(work, store_uid=order["store_uid"])
    before = shown_order(work, order)
    known = read_order(before.raw, before.form)
    if sent["LastModified"] != known["LastModified"]:
        raise DomainError("Somebody else changed this service order meanwhile", STALE)
    try:
        _change_order(work, order, known, sent)
        uids = _change_items(work, order["service_order_uid"], before.item_uids, (known, sent))
    except Problem as problem:
        raise DomainError(problem.detail, REFUSED) from problem
    except ValidationError as error:
        _refuse(error)
    _keep(work, order, (raw, form), uids)
    return _announced(work, order)


def _announced(work: Work, order: Row) -> Shown:
    """Give the order a new stamp, whichever dialect shows what was changed, and return it."""
    after = order_of(work, order["service_order_id"])
    if after["revision"] == order["revision"]:
        publish(work, order["service_order_uid"], is_touched=True)
        after = order_of(work, order["service_order_id"])
    return shown_order(work, after)


def _change_order(work: Work, order: Row, known: Values, sent: Values) -> None:
    body: dict[str, Any] = {}
    if _differs(known, sent, "Description"):
        body["title"] = sent["Description"] or ""
    if _differs(known, sent, "Notes"):
        body["description"] = sent["Notes"] or ""
    contact = {"ContactName": "name", "ContactEmail": "email", "ContactPhone": "phone"}
    changed = {ours: sent[theirs] or "" for theirs, ours in contact.items() if _differs(known, sent, theirs)}
    if changed:
        body["customer"] = (order["customer"] or {}) | changed
    body |= _status(work, known, sent)
    if body:
        update_order(work, order["service_order_uid"], OrderUpdate.model_validate(body), None)


def _status(work: Work, known: Values, sent: Values) -> dict[str, str]:
    """Return the status that a client asks for: by its number, else the first one of the phase's state.

    A number that was left out is 0, which no status has: then the phase alone counts.
    """
    query = select(service_statuses).where(
        service_statuses.c.tenant_uid == work.caller.tenant_uid, service_statuses.c.active
    )
    found = work.rows(query.order_by(service_statuses.c.position))
    if sent["StatusId"] and _differs(known, sent, "StatusId"):
        fitting = [one for one in found if one["position"] == sent["StatusId"]]
        words = "There is no status with this number"
    elif _differs(known, sent, "Phase"):
        phase = sent["Phase"] or "Pending"
        wanted = _STATES.get(phase)
        fitting = [one for one in found if one["service_state"] == wanted]
        words = f"No status belongs to the phase {phase}"
        if any(PHASES[ServiceState(one["service_state"])] == phase for one in found) and not fitting:
            fitting = [one for one in found if PHASES[ServiceState(one["service_state"])] == phase]
    else:
        return {}
    if not fitting:
        raise DomainError(words, REFUSED)
    return {"serviceStatusUid": fitting[0]["service_status_uid"]}


def _change_items(work: Work, order_uid: str, uids: list[str], both: tuple[Values, Values]) -> list[str]:
    """Make our items what the client's list says; return their uids in its order.

    An item is known by its number, and by its turn where several have the same one, as in the document's samples.
    """
    known, sent = both
    waiting = list(zip(known[_LIST] or [], uids, strict=True))
    found: list[str] = []
    for one in sent[_LIST] or []:
        number = one["ServiceOrderItemId"]
        match = next((pair for pair in waiting if number and pair[0]["ServiceOrderItemId"] == number), None)
        if match is None:
            body = ItemCreate.model_validate(_item_body(one, {}))
            found.append(create_item(work, order_uid, body)["service_order_item_uid"])
            continue
        waiting.remove(match)
        changed = _item_body(one, match[0])
        if changed:
            update_item(work, (order_uid, match[1]), ItemUpdate.model_validate(changed), None)
        found.append(match[1])
    for _, uid in waiting:
        delete_item(work, (order_uid, uid), None)
    return found


def _item_body(one: Values, known: Mapping[str, Any]) -> dict[str, Any]:
    body = {
        ours: one[name]
        for name, ours in _ITEM_FIELDS.items()
        if not known or (one[name] or None) != (known[name] or None)
    }
    if "price" in body:
        body["price"] = _json_amount(body["price"])
    if body.get("quantity", 1) is None:
        body["quantity"] = 1  # a thing is on the order once where nothing says how often
    return {name: "" if value is None else value for name, value in body.items()}


def _json_amount(text: str | None) -> Any:
    whole = float(text or 0)
    return int(whole) if whole.is_integer() else whole


def _keep(work: Work, order: Row, sent: tuple[bytes, Form], uids: list[str]) -> None:
    """Keep the client's bytes, with what they leave out and the numbers that new items were given."""
    raw, form = completed(*sent), sent[1]
    numbers = [one["ServiceOrderItemId"] for one in read_order(raw, form)[_LIST] or []]
    given = {f"{_LIST}/{place}/ServiceOrderItemId": id_of(uids[place]) for place, one in enumerate(numbers) if not one}
    uid = order["service_order_uid"]
    work.connection.execute(delete(kept_orders).where(kept_orders.c.service_order_uid == uid))
    kept = {"service_order_uid": uid, "form": form.value, "raw": edit(raw, form, given).decode(), "item_uids": uids}
    work.connection.execute(insert(kept_orders).values(**kept))


def _differs(known: Values, sent: Values, name: str) -> bool:
    """Say whether a client changed a member; null and nothing are the same, as are null and 0."""
    return (known[name] or None) != (sent[name] or None)


def _refuse(error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False, include_input=False)[0]
    where = "/".join(str(step) for step in first["loc"])
    raise DomainError(f"{where}: {in_plain_words(first)}", REFUSED) from error
