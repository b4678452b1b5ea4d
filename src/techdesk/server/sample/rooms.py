"""Give some orders of the sample what a Resource Scheduler keeps of them: rooms, options, fields of a team's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from techdesk.domain.instants import instant_text, parse_instant
from techdesk.server.resource_scheduler.showing import id_of, seven_digits
from techdesk.server.resource_scheduler.tables import kept_orders
from techdesk.server.storage.database import Database
from techdesk.server.storage.tables import items, orders, stores
from techdesk.wire.resource_scheduler import Form, Values, twin_of, write_order

ROOMS = 24
"""So many of the newest orders, or as many as there are."""

_PLACES = ("Board room, 4th floor", "Lecture hall 2", "Seminar room B12", "Workshop west", "Video studio")
_PICKUPS = ("Ask at the reception", "Back door, ring twice", "", "The key is at the porter's")
_DEPARTMENTS = ("Facilities", "Physics", "Marketing", "Library")
_OPTIONS = (
    ("Loan device", "While it is repaired", 1),
    ("Original part", "Make of the part", 2),
    ("Old part handed back", "What becomes of the old part", 10),
    ("Express", "Speed", 1),
)
_FIELDS: tuple[tuple[str, int, str, str, bool, bool], ...] = (
    ("Cost centre", 1, "4711", "", True, False),
    ("What to bring", 2, "Ladder\nGloves", "", False, False),
    ("People in the room", 3, "12", "", False, False),
    ("Power may be cut", 4, "true", "", True, False),
    ("Inspected on", 5, "2026-01-15T09:00:00", "", False, False),
    ("Way of access", 6, "Badge", "Badge|Key|Escort", False, False),
    ("Devices in the room", 7, "Projector|Camera", "Projector|Screen|Camera|Microphones", False, False),
    ("Budget approved by", 1, "", "", True, True),
)
"""Name, InputType, value, DefaultQuery, Required, AdminOnly."""


def add_rooms(database: Database) -> int:
    """Write what a Resource Scheduler keeps of the newest orders, and return of how many."""
    with database.write() as connection:
        newest = select(orders).order_by(orders.c.service_order_id.desc()).limit(ROOMS)
        found = [dict(row) for row in connection.execute(newest).mappings()]
        rows = [_kept(connection, order) for order in found]
        if rows:
            connection.execute(insert(kept_orders), rows)
    return len(rows)


def _kept(connection: Connection, order: Mapping[str, Any]) -> dict[str, Any]:
    uid, number = order["service_order_uid"], order["service_order_id"]
    query = select(items).where(items.c.service_order_uid == uid)
    query = query.order_by(items.c.created_at, items.c.service_order_item_uid)
    parts = [dict(row) for row in connection.execute(query).mappings()]
    zone = connection.execute(select(stores.c.time_zone).where(stores.c.store_uid == order["store_uid"])).scalar_one()
    listed = [_item(row, number) for row in parts]
    values = _order(order, str(zone)) | {"ServiceOrderItemList": listed, "UdfList": list(_fields(number))}
    # every third one came in XML, so that both are met
    form = Form.JSON if number % 3 else Form.XML
    return {
        "service_order_uid": uid,
        "form": form.value,
        "raw": write_order(values, form).decode(),
        "item_uids": [row["service_order_item_uid"] for row in parts],
    }


def _order(order: Mapping[str, Any], zone: str) -> Values:
    number = order["service_order_id"]
    begins = order["ready_at_estimate"] or order["ready_at_needed"] or order["created_at"]
    start, end = seven_digits(begins), seven_digits(instant_text(parse_instant(begins) + timedelta(hours=1)))
    department = _DEPARTMENTS[number % len(_DEPARTMENTS)]
    return {
        "ServiceLocationId": number % 5 + 1,
        "ServiceLocationOlsonTimeZone": zone,
        "ServiceProviderId": 3,
        "ServiceOrderDetailId": number,
        "ServiceMenuId": 6,
        "CreatedDate": seven_digits(order["created_at"]),
        "DeliveryLocation": _PLACES[number % len(_PLACES)],
        "PickupInstructions": _PICKUPS[number % len(_PICKUPS)],
        "DeliveryFlag": bool(number % 2),
        "DeliveryOrStartDateUtc": start,
        "DeliveryOrStartDateLocal": twin_of("DeliveryOrStartDateUtc", start, zone),
        "EndDateUtc": end,
        "EndDateLocal": twin_of("EndDateUtc", end, zone),
        "ReservationId": 5_000 + number,
        "UserId": 18,
        "ContactDepartment": department,
        "ContactAccountCode": f"AC-{number % 90 + 10}",
        "BillingName": f"{department} office",
        "BillingEmail": f"{department.lower()}@example.com",
        "BillingDepartment": department,
        "BillingAccountCode": f"AC-{number % 90 + 10}",
        "OrderedFor": (order["customer"] or {}).get("name", ""),
        "SurchargeAmount": "4.5",
        "TaxAmount": "19",
        "TotalAmount": "123.5",
        "AcceptedByFullName": order["assigned_user_display_name"],
        "IsWithinLeadFixedTime": number % 4 == 0,
    }


def _item(row: Mapping[str, Any], number: int) -> Values:
    chosen = (_OPTIONS[number % len(_OPTIONS)], _OPTIONS[(number + 1) % len(_OPTIONS)])
    return {
        "ServiceOrderItemId": id_of(row["service_order_item_uid"]),
        "ServiceMenuItemId": number % 40 + 1,
        "ServiceProviderId": 3,
        "ServiceProviderName": "Repair desk",
        "ServiceMenuId": 6,
        "ServiceMenuName": "Rooms and devices",
        "ServiceDeliveryOptions": "Both",
        "Name": row["name"],
        "ItemId": number % 40 + 1,
        "Quantity": int(row["quantity"]),
        "Price": str(row["price"]),
        "Total": str(row["total_price"]),
        "Notes": row["note"],
        "AssetId": [number, number + 1],
        "AssetTag": [f"TAG-{number:05d}"],
        "AllowEditingAccepted": 1,
        "ServiceItemOptionList": [
            {
                "ServiceItemId": number % 40 + 1,
                "ServiceOptionId": place,
                "ServiceItemTypeId": place,
                "ServiceOptionName": name,
                "ServiceItemTypeName": kind,
                "ServiceOptionLimit": limit,
            }
            for place, (name, kind, limit) in enumerate(chosen, 1)
        ],
    }


def _fields(number: int) -> Iterator[Values]:
    for place, (name, kind, value, query, required, admin_only) in enumerate(_FIELDS, 1):
        yield {
            "Id": place,
            "Name": name,
            "Value": value,
            "DefaultQuery": query,
            "SpecialNotes": "From the annual inspection" if kind == 5 else "",
            "InputType": kind,
            "DisplayOrder": place,
            "Required": required,
            "AdminOnly": admin_only,
            "UdfTypeId": 1,
            "UdfTypeDescription": "Service order",
            "ShowOnEvents": True,
            "Searchable": kind == 1,
            "EntryId": number,
        }
