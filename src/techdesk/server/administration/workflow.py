"""Change what a tenant's orders are sorted and priced by: types, statuses and hourly rates."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, insert, select, update

from techdesk.domain.vocabulary import ServiceState
from techdesk.server.administration.renaming import rewrite_orders
from techdesk.server.answers.problems import Problem, invalid, not_found
from techdesk.server.orders.choices import chosen
from techdesk.server.storage.folding import folded
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import hourly_rates, orders, products, service_statuses, service_types
from techdesk.server.storage.work import Row, Work
from techdesk.wire.flow_retail import (
    HourlyRateCreate,
    HourlyRateUpdate,
    ServiceStatusCreate,
    ServiceStatusUpdate,
    ServiceTypeUpdate,
)
from techdesk.wire.flow_retail.administration import LAST_POSITION

_CLOSING = tuple(state.value for state in ServiceState if not state.takes_work)
_NAMES = {service_types: "service type", service_statuses: "status", hourly_rates: "hourly rate"}


def update_type(work: Work, uid: str, body: ServiceTypeUpdate) -> Row:
    """Change what the body names; the type's orders show its new name.

    Raises:
        Problem: 404; 400 it is the last one in use; 409 the name is taken.
    """
    before, after = _changed(work, service_types, uid, body.named())
    shown = {"service_type_name": after["name"], "service_kind": after["service_kind"]}
    if shown != {"service_type_name": before["name"], "service_kind": before["service_kind"]}:
        rewrite_orders(work, orders.c.service_type_uid == uid, shown)
    return after


def create_status(work: Work, body: ServiceStatusCreate) -> Row:
    """Add a step to the workflow; without a position it is the last.

    Raises:
        Problem: 409, the name is taken; 400, no position is left.
    """
    row: Row = {
        "service_status_uid": new_uid(),
        "tenant_uid": work.caller.tenant_uid,
        "color": "",
        "notify_customer": False,
        "active": True,
        "position": None,
        **_plain(body.named()),
    }
    _ensure_name_free(work, service_statuses, row["service_status_uid"], row["name"])
    if row["position"] is None:
        row["position"] = _checked(_last_position(work, service_statuses) + 1)
    _make_room(work, service_statuses, row["service_status_uid"], row["position"])
    work.connection.execute(insert(service_statuses).values(**row))
    return row


def update_status(work: Work, uid: str, body: ServiceStatusUpdate) -> Row:
    """Change what the body names; the status's orders show its new name and state.

    Raises:
        Problem: 404; 400 it is the last one in use or no position is left; 409 the name is taken.
    """
    before, after = _changed(work, service_statuses, uid, body.named())
    which = orders.c.service_status_uid == uid
    shown = {"service_status_name": after["name"], "service_state": after["service_state"]}
    if after["service_state"] != before["service_state"]:
        _move_closing_dates(work, which, after["service_state"])
    if shown != {"service_status_name": before["name"], "service_state": before["service_state"]}:
        rewrite_orders(work, which, shown, also=("closed_at",))
    return after


def create_rate(work: Work, body: HourlyRateCreate) -> Row:
    """Add an hourly rate.

    Raises:
        Problem: 409, the name is taken; 400, the product is unknown.
    """
    row = {
        "hourly_rate_uid": new_uid(),
        "tenant_uid": work.caller.tenant_uid,
        "product_uid": None,
        "active": True,
        **body.named(),
    }
    _ensure_name_free(work, hourly_rates, row["hourly_rate_uid"], row["name"])
    _ensure_product(work, row["product_uid"])
    work.connection.execute(insert(hourly_rates).values(**row))
    return row


def update_rate(work: Work, uid: str, body: HourlyRateUpdate) -> Row:
    """Change what the body names; hours that were recorded keep their price.

    Raises:
        Problem: 404; 400 the product is unknown; 409 the name is taken.
    """
    named = body.named()
    _ensure_product(work, named.get("product_uid"))
    return _changed(work, hourly_rates, uid, named)[1]


def _changed(work: Work, table: Table, uid: str, named: dict[str, Any]) -> tuple[Row, Row]:
    """Write what is named down; returns the row before and after."""
    key = next(iter(table.primary_key.columns))
    before = work.row(select(table).where(key == uid, table.c.tenant_uid == work.caller.tenant_uid))
    if before is None:
        raise not_found(_NAMES[table])
    after = {**before, **_plain(named)}
    _ensure_name_free(work, table, uid, after["name"])
    if before["active"] and not after["active"] and table is not hourly_rates:
        _ensure_another(work, table, uid)
    if after.get("position") != before.get("position"):
        _make_room(work, table, uid, after["position"])
    work.connection.execute(update(table).where(key == uid).values(**after))
    return before, after


def _plain(named: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(value, "value", value) for name, value in named.items()}


def _others(work: Work, table: Table, uid: str) -> ColumnElement[bool]:
    key = next(iter(table.primary_key.columns))
    return and_(table.c.tenant_uid == work.caller.tenant_uid, key != uid)


def _ensure_name_free(work: Work, table: Table, uid: str, name: str) -> None:
    taken = work.connection.execute(select(table.c.name).where(_others(work, table, uid))).scalars()
    if folded(name.strip()) in {folded(one.strip()) for one in taken}:
        raise Problem(409, "name_taken", f"There is another {_NAMES[table]} of this name")


def _ensure_another(work: Work, table: Table, uid: str) -> None:
    if not work.row(select(table.c.name).where(_others(work, table, uid), table.c.active)):
        raise invalid(f"must be true: this is the last {_NAMES[table]} in use", "/active")


def _ensure_product(work: Work, uid: str | None) -> None:
    if uid:
        chosen(work, products, uid, "/productUid")


def _last_position(work: Work, table: Table) -> int:
    last = select(func.max(table.c.position)).where(table.c.tenant_uid == work.caller.tenant_uid)
    return int(work.connection.execute(last).scalar() or 0)


def _make_room(work: Work, table: Table, uid: str, position: int) -> None:
    """Move up what stands at a position and behind it, if it is taken."""
    others = _others(work, table, uid)
    if not work.row(select(table.c.name).where(others, table.c.position == position)):
        return
    _checked(_last_position(work, table) + 1)
    behind = update(table).where(others, table.c.position >= position)
    work.connection.execute(behind.values(position=table.c.position + 1))


def _checked(position: int) -> int:
    if position > LAST_POSITION:
        raise invalid("leaves no place behind it", "/position")
    return position


def _move_closing_dates(work: Work, which: ColumnElement[bool], state: str) -> None:
    """Close or reopen the orders of a status that changes its state; what was closed before keeps its date."""
    if state in _CLOSING:
        change = update(orders).where(which, orders.c.closed_at.is_(None)).values(closed_at=work.now)
    else:
        change = update(orders).where(which).values(closed_at=None)
    work.connection.execute(change)
