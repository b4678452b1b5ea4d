"""Turn what a request says about an order into the values of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import Role, ServiceState
from techdesk.server.answers.problems import forbidden, invalid
from techdesk.server.orders.choices import chosen
from techdesk.server.storage.folding import folded
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import orders, service_statuses, service_types, users
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import CustomerInput, OrderUpdate, SiteInput

Values = dict[str, Any]
Current = Mapping[str, Any]
"""The order's present columns; empty for a new one."""


def order_values(work: Work, body: OrderUpdate, current: Current) -> Values:
    """Return the columns that a body sets.

    Raises:
        Problem: 400 for what refers to nothing, 403 for what the caller's role may not change.
    """
    named = body.named()
    if "customer" in named:
        named["customer"] = _with_uid(body, current)
        named.pop("customer_uid", None)
    values: Values = {}
    for name, value in named.items():
        turn = _TURNS.get(name)
        values |= turn(work, value, current) if turn else {name: value}
    stated = values.pop("service_state_stated", None)
    if stated and stated != values.get("service_state"):
        raise invalid("follows the status; give serviceStatusUid instead", "/serviceState")
    return values


def folded_columns(order: Mapping[str, Any], item_serials: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the columns that search looks in."""
    customer = order["customer"] or {}
    serials = [asset["serialNumber"] for asset in order["assets"]] + list(item_serials)
    return {
        "folded_customer_name": folded(customer.get("name", "")),
        "folded_customer_phone": folded(customer.get("phone", "")),
        "folded_customer_email": folded(customer.get("email", "")),
        "folded_service_number": folded(order["service_number"]),
        "folded_title": folded(order["title"]),
        "folded_serial_numbers": folded("\n".join(serials)),
    }


def status_values(work: Work, status: Mapping[str, Any], current: Current) -> Values:
    """Return the columns of an order that enters a status; its state and the date it closed follow.

    Raises:
        Problem: 403, only a supervisor reopens a closed order.
    """
    state = ServiceState(status["service_state"])
    was_closed = bool(current) and not ServiceState(current["service_state"]).takes_work
    if was_closed and state.takes_work and not work.caller.is_at_least(Role.SUPERVISOR):
        raise forbidden("Only a supervisor can reopen an order")
    closed_at = current.get("closed_at") if was_closed else work.now
    return {
        "service_status_uid": status["service_status_uid"],
        "service_status_name": status["name"],
        "service_state": state.value,
        "closed_at": None if state.takes_work else closed_at,
    }


def _with_uid(body: OrderUpdate, current: Current) -> CustomerInput | None:
    """Return the body's customer with a uid: its own, the one beside it, the order's, else a new one."""
    customer = body.customer
    if customer is None or customer.customer_uid:
        return customer
    uid = body.customer_uid or current.get("customer_uid") or new_uid()
    return customer.model_copy(update={"customer_uid": uid})


def _customer(_: Work, customer: CustomerInput | None, __: Current) -> Values:
    if customer is None:
        return {"customer_uid": None, "customer": None}
    return {"customer_uid": customer.customer_uid, "customer": customer.model_dump(mode="json", by_alias=True)}


def _customer_uid(work: Work, uid: str | None, current: Current) -> Values:
    """Take over the customer as the latest order with this uid has them; the uid alone says no more."""
    if uid is None:
        return {"customer_uid": None, "customer": None}
    if uid == current.get("customer_uid"):
        return {}
    known = work.row(
        select(orders.c.customer)
        .where(orders.c.customer_uid == uid, orders.c.tenant_uid == work.caller.tenant_uid)
        .order_by(orders.c.last_modified_at.desc())
    )
    if known is None:
        raise invalid("refers to no customer of an order; give customer instead", "/customerUid")
    return {"customer_uid": uid, "customer": known["customer"]}


def _assigned_user(work: Work, uid: str | None, current: Current) -> Values:
    name = chosen(work, users, uid, "/assignedUserUid")["display_name"] if uid else ""
    before = current.get("assigned_user_uid")
    others = {before, uid} - {None, work.caller.tenant_user_uid}
    takes_over = uid == work.caller.tenant_user_uid
    if uid != before and others and not takes_over and not work.caller.is_at_least(Role.SUPERVISOR):
        raise forbidden("Only a supervisor assigns orders to others")
    return {"assigned_user_uid": uid, "assigned_user_display_name": name}


def _service_type(work: Work, uid: str, _: Current) -> Values:
    row = chosen(work, service_types, uid, "/serviceTypeUid")
    return {
        "service_type_uid": uid,
        "service_type_name": row["name"],
        "service_kind": row["service_kind"],
    }


def _service_status(work: Work, uid: str, current: Current) -> Values:
    if uid == current.get("service_status_uid"):
        return {"service_state": current["service_state"]}
    return status_values(work, chosen(work, service_statuses, uid, "/serviceStatusUid"), current)


def _service_state(_: Work, state: ServiceState | None, __: Current) -> Values:
    return {"service_state_stated": state.value} if state else {}


def _site(_: Work, site: SiteInput | None, __: Current) -> Values:
    return {"site": site.model_dump(mode="json", by_alias=True) if site else None}


def _assets(_: Work, assets: Any, __: Current) -> Values:
    with_uids = (one if one.asset_uid else one.model_copy(update={"asset_uid": new_uid()}) for one in assets)
    return {"assets": [one.model_dump(mode="json", by_alias=True) for one in with_uids]}


def _requires_acceptance(_: Work, requires: bool, current: Current) -> Values:
    values: Values = {"requires_acceptance": requires}
    if current and not requires and current["accepted_at"] is None:
        values["accepted_at"] = current["created_at"]
    return values


def _instant(name: str) -> Callable[[Work, Any, Current], Values]:
    return lambda _, value, __: {name: instant_text(value) if value else None}


_TURNS: dict[str, Callable[[Work, Any, Current], Values]] = {
    "customer": _customer,
    "customer_uid": _customer_uid,
    "assigned_user_uid": _assigned_user,
    "service_type_uid": _service_type,
    "service_status_uid": _service_status,
    "service_state": _service_state,
    "site": _site,
    "assets": _assets,
    "priority": lambda _, priority, __: {"priority": priority.value},
    "requires_acceptance": _requires_acceptance,
    "ready_at_estimate": _instant("ready_at_estimate"),
    "ready_at_needed": _instant("ready_at_needed"),
}
"""What is not simply written down as it came."""
