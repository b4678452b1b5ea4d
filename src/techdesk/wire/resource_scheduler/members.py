"""Describe the members of a Resource Scheduler service order, as its help page prints them.

Source: "PUT api/Services/UpdateServiceOrder", with its own types and samples. 46 members of an order, 19 of an item,
6 of an option, 19 of a user-defined field. A member goes by its name in XML; options are spelt in camelCase in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

ENTITIES = "http://schemas.datacontract.org/2004/07/RSMCP.Entities"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


class Kind(StrEnum):
    """What a member holds."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    FLAG = "flag"
    DATE = "date"
    ENUM = "enum"
    LIST = "list"


class Section(StrEnum):
    """Which part of a form a member stands in."""

    ORDER = "Order"
    CONTACT = "Contact"
    BILLING = "Billing"
    DATES = "Dates"
    ITEMS = "Items"
    FIELDS = "Further fields"
    AMOUNTS = "Amounts"
    RECORD = "Record"


PHASES: Mapping[str, int] = {"Pending": 0, "Accepted": 1, "Rejected": 2, "Fulfilled": 3, "Cancelled": 4}
"""Only Pending is published; the others are inferred from the names of other members."""

DELIVERY: Mapping[str, int] = {"Both": 1, "Delivery": 2, "Pickup": 3}
"""Only Both is published."""


@dataclass(frozen=True)
class Member:
    """One member.

    Attributes:
        label: What people call it.
        fixed: The back end keeps it; a person does not set it.
        choices: Name in XML → number in JSON, of an enum.
        shape: What stands in a list.
    """

    name: str
    kind: Kind
    label: str
    section: Section = Section.RECORD
    fixed: bool = False
    choices: Mapping[str, int] = field(default_factory=dict)
    shape: Shape | None = None


@dataclass(frozen=True)
class Shape:
    """An object, or a plain value in a list.

    Attributes:
        element: Its element in XML.
        members: Empty for a plain value.
        plain: The kind of a plain value.
        id_name: The member that names one among several.
    """

    element: str
    members: tuple[Member, ...] = ()
    plain: Kind | None = None
    id_name: str = ""
    camel_case: bool = False
    namespace: str = ENTITIES

    @cached_property
    def by_name(self) -> Mapping[str, Member]:
        """Return the members by their name in XML."""
        return {one.name: one for one in self.members}

    def json_name(self, name: str) -> str:
        """Return how a member is spelt in JSON."""
        return name[0].lower() + name[1:] if self.camel_case and name in self.by_name else name


_T, _W, _D, _F, _AT = Kind.TEXT, Kind.WHOLE, Kind.DECIMAL, Kind.FLAG, Kind.DATE

OPTION = Shape(
    "ServiceItemOption",
    (
        Member("ServiceItemId", _W, "Item", Section.ITEMS),
        Member("ServiceOptionId", _W, "Number of the option", Section.ITEMS),
        Member("ServiceItemTypeId", _W, "Number of the type", Section.ITEMS),
        Member("ServiceOptionName", _T, "Option", Section.ITEMS),
        Member("ServiceItemTypeName", _T, "Type", Section.ITEMS),
        Member("ServiceOptionLimit", _W, "At most", Section.ITEMS),
    ),
    id_name="ServiceOptionId",
    camel_case=True,
)
ASSET_ID = Shape("int", plain=Kind.WHOLE, namespace=ARRAYS)
ASSET_TAG = Shape("string", plain=Kind.TEXT, namespace=ARRAYS)

ITEM = Shape(
    "ServiceOrderItem",
    (
        Member("ServiceOrderItemId", _W, "Number of the item", Section.ITEMS, fixed=True),
        Member("ServiceMenuItemId", _W, "Number on the menu", Section.ITEMS),
        Member("ServiceProviderId", _W, "Number of the provider", Section.ITEMS),
        Member("ServiceProviderName", _T, "Provider", Section.ITEMS),
        Member("ServiceMenuId", _W, "Number of the menu", Section.ITEMS),
        Member("ServiceMenuName", _T, "Menu", Section.ITEMS),
        Member("ServiceDeliveryOptions", Kind.ENUM, "Delivery or pickup", Section.ITEMS, choices=DELIVERY),
        Member("Name", _T, "Name", Section.ITEMS),
        Member("ItemId", _W, "Catalogue number", Section.ITEMS),
        Member("Quantity", _W, "Quantity", Section.ITEMS),
        Member("Cost", _D, "Cost", Section.ITEMS),
        Member("Price", _D, "Price", Section.ITEMS),
        Member("Total", _D, "Total", Section.ITEMS),
        Member("Notes", _T, "Notes", Section.ITEMS),
        Member("MarketPrice", _F, "At market price", Section.ITEMS),
        Member("AssetId", Kind.LIST, "Numbers of assets", Section.ITEMS, shape=ASSET_ID),
        Member("AssetTag", Kind.LIST, "Asset tags", Section.ITEMS, shape=ASSET_TAG),
        Member("AllowEditingAccepted", _W, "Can be edited once accepted", Section.ITEMS, fixed=True),
        Member("ServiceItemOptionList", Kind.LIST, "Options", Section.ITEMS, shape=OPTION),
    ),
    id_name="ServiceOrderItemId",
)

UDF = Shape(
    "Udf",
    (
        Member("Id", _W, "Number of the field", Section.FIELDS, fixed=True),
        Member("Name", _T, "Field", Section.FIELDS, fixed=True),
        Member("Value", _T, "Value", Section.FIELDS),
        Member("UdfValue", _T, "Stored value", Section.FIELDS),
        Member("UdfValue2", _T, "Second stored value", Section.FIELDS),
        Member("DefaultQuery", _T, "Default", Section.FIELDS, fixed=True),
        Member("SpecialNotes", _T, "How to fill it in", Section.FIELDS, fixed=True),
        Member("InputType", _W, "Kind of input", Section.FIELDS, fixed=True),
        Member("DisplayOrder", _W, "Position", Section.FIELDS, fixed=True),
        Member("Required", _F, "Required", Section.FIELDS, fixed=True),
        Member("AdminOnly", _F, "For administrators", Section.FIELDS, fixed=True),
        Member("UdfTypeId", _W, "Number of the type", Section.FIELDS, fixed=True),
        Member("UdfTypeDescription", _T, "Type", Section.FIELDS, fixed=True),
        Member("ShowOnEvents", _F, "Shown on events", Section.FIELDS, fixed=True),
        Member("Searchable", _F, "Searchable", Section.FIELDS, fixed=True),
        Member("ParentUdfId", _W, "Field above", Section.FIELDS, fixed=True),
        Member("Type", _W, "Number of the kind", Section.FIELDS, fixed=True),
        Member("RequestTabId", _W, "Tab", Section.FIELDS, fixed=True),
        Member("EntryId", _W, "Entry", Section.FIELDS, fixed=True),
    ),
    id_name="Id",
)

ORDER = Shape(
    "ServiceOrder",
    (
        Member("ServiceLocationId", _W, "Number of the location", Section.ORDER, fixed=True),
        Member("ServiceLocationOlsonTimeZone", _T, "Time zone of the location", Section.DATES, fixed=True),
        Member("ServiceProviderId", _W, "Number of the provider", Section.ORDER),
        Member("ServiceOrderId", _W, "Order number", Section.RECORD, fixed=True),
        Member("ServiceOrderDetailId", _W, "Number of the occurrence", Section.RECORD, fixed=True),
        Member("ServiceMenuId", _W, "Number of the menu", Section.ORDER),
        Member("Description", _T, "Title", Section.ORDER),
        Member("CreatedDate", _AT, "Created", Section.RECORD, fixed=True),
        Member("DeliveryLocation", _T, "Where to deliver", Section.ORDER),
        Member("PickupInstructions", _T, "How to pick up", Section.ORDER),
        Member("DeliveryFlag", _F, "Is delivered", Section.ORDER),
        Member("DeliveryOrStartDateUtc", _AT, "Delivery or start (UTC)", Section.DATES),
        Member("EndDateUtc", _AT, "End (UTC)", Section.DATES),
        Member("DeliveryOrStartDateLocal", _AT, "Delivery or start", Section.DATES),
        Member("EndDateLocal", _AT, "End", Section.DATES),
        Member("ReservationId", _W, "Number of the reservation", Section.RECORD, fixed=True),
        Member("SeriesId", _W, "Number of the series", Section.RECORD, fixed=True),
        Member("UserId", _W, "Number of the user", Section.RECORD, fixed=True),
        Member("ContactName", _T, "Contact", Section.CONTACT),
        Member("ContactEmail", _T, "E-mail", Section.CONTACT),
        Member("ContactDepartment", _T, "Department", Section.CONTACT),
        Member("ContactAccountCode", _T, "Account code", Section.CONTACT),
        Member("ContactPhone", _T, "Phone", Section.CONTACT),
        Member("StatusId", _W, "Number of the status", Section.ORDER),
        Member("Phase", Kind.ENUM, "Phase", Section.ORDER, choices=PHASES),
        Member("Notes", _T, "Notes", Section.ORDER),
        Member("FulfilledById", _W, "Fulfilled by", Section.RECORD, fixed=True),
        Member("DecidedById", _W, "Decided by", Section.RECORD, fixed=True),
        Member("SurchargeAmount", _D, "Surcharge", Section.AMOUNTS),
        Member("TaxAmount", _D, "Tax", Section.AMOUNTS),
        Member("GratuityAmount", _D, "Gratuity", Section.AMOUNTS),
        Member("TotalAmount", _D, "Total", Section.AMOUNTS),
        Member("AdjustmentAmount", _D, "Adjustment", Section.AMOUNTS),
        Member("BillingName", _T, "Billed to", Section.BILLING),
        Member("BillingEmail", _T, "E-mail", Section.BILLING),
        Member("BillingDepartment", _T, "Department", Section.BILLING),
        Member("BillingAccountCode", _T, "Account code", Section.BILLING),
        Member("BillingPhone", _T, "Phone", Section.BILLING),
        Member("OrderedFor", _T, "Ordered for", Section.CONTACT),
        Member("ServiceOrderItemList", Kind.LIST, "Items", Section.ITEMS, shape=ITEM),
        Member("UdfList", Kind.LIST, "Further fields", Section.FIELDS, shape=UDF),
        Member("LastModified", _AT, "Last changed", Section.RECORD, fixed=True),
        Member("Error", _T, "Error", Section.RECORD, fixed=True),
        Member("ErrorId", _W, "Number of the error", Section.RECORD, fixed=True),
        Member("AcceptedByFullName", _T, "Accepted by", Section.RECORD, fixed=True),
        Member("IsWithinLeadFixedTime", _F, "Within the lead time", Section.RECORD, fixed=True),
    ),
    id_name="ServiceOrderId",
)

TWINS: Mapping[str, str] = {
    "DeliveryOrStartDateUtc": "DeliveryOrStartDateLocal",
    "EndDateUtc": "EndDateLocal",
    "DeliveryOrStartDateLocal": "DeliveryOrStartDateUtc",
    "EndDateLocal": "EndDateUtc",
}
"""Dates that are sent twice: by UTC and by the location's clock."""


def place_of(path: str) -> tuple[Shape, Member | None]:
    """Return what a path such as `ServiceOrderItemList/0/Quantity` leads to.

    Returns:
        The object that holds it and the member; for a place in a list what stands there, and None.

    Raises:
        KeyError: There is no such member.
    """
    shape, steps = ORDER, path.split("/")
    while True:
        member = shape.by_name[steps[0]]
        if len(steps) == 1:
            return shape, member
        if member.shape is None or not steps[1].isdecimal():
            raise KeyError(path)
        if len(steps) == 2:
            return member.shape, None
        shape, steps = member.shape, steps[2:]
