"""Model what an administrator changes: types, statuses, rates, people and their tokens."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from techdesk.wire.flow_retail.fields import (
    Answer,
    Flag,
    Name,
    Number,
    OptionalInstant,
    OptionalUid,
    Request,
    Text,
    Uid,
)

LAST_POSITION = 10_000

Position = Annotated[int, Field(strict=True, ge=1, le=LAST_POSITION)]
Color = Annotated[Text, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")]
Price = Annotated[Number, Field(ge=0)]
Title = Annotated[Name, Field(max_length=200)]
Password = Annotated[Text, Field(max_length=1000, json_schema_extra={"writeOnly": True})]


class ServiceTypeUpdate(Request):
    """Replace the named fields of a service type; a taken position moves the later ones up."""

    name: Title = ""
    service_kind: ServiceKind = ServiceKind.OTHER
    position: Position = 1
    active: Flag = True


class ServiceStatusUpdate(Request):
    """Replace the named fields of a status; a taken position moves the later ones up."""

    name: Title = ""
    service_state: ServiceState = ServiceState.NOT_STARTED
    position: Position = 1
    color: Color = ""
    notify_customer: Flag = False
    active: Flag = True


class ServiceStatusCreate(ServiceStatusUpdate):
    """Add a step to the workflow; without `position` it is the last."""

    name: Title
    service_state: ServiceState


class HourlyRateUpdate(Request):
    """Replace the named fields of an hourly rate; hours that were recorded keep their price."""

    name: Title = ""
    price: Price = Decimal(0)
    product_uid: OptionalUid = None
    active: Flag = True


class HourlyRateCreate(HourlyRateUpdate):
    """Add an hourly rate."""

    name: Title
    price: Price


class AdminUser(Answer):
    """Be a person as an administrator sees them; `has_password` says whether they can sign in by password."""

    tenant_user_uid: Uid
    name: Text = ""
    display_name: Text = ""
    role: Role = Role.TECHNICIAN
    active: bool = True
    has_password: bool = False
    created_at: OptionalInstant = None


class UserUpdate(Request):
    """Replace the named fields of a person; an empty `password` takes it away."""

    display_name: Title = ""
    role: Role = Role.TECHNICIAN
    active: Flag = True
    password: Password = ""


class UserCreate(Request):
    """Add a person; a password is set afterwards, so that none is ever kept with an Idempotency-Key."""

    name: Title
    display_name: Title = ""
    role: Role = Role.TECHNICIAN


class AdminToken(Answer):
    """Be a token without its secret."""

    token_uid: Uid
    tenant_user_uid: OptionalUid = None
    display_name: Text = ""
    created_at: OptionalInstant = None
    revoked_at: OptionalInstant = None


class NewAdminToken(AdminToken):
    """Be a token with its secret, which is shown this once; a repeat with the same key has an empty `token`."""

    token: Text = ""


class TokenCreate(Request):
    """Make a token for a person."""

    tenant_user_uid: Uid


class ClientCreate(Request):
    """Add a client that may deliver work orders; `name` is needed and no other client's."""

    name: Title
    create_missing: Flag = False
    signed: Flag = False


class ClientUpdate(Request):
    """Replace the named settings of a client."""

    active: Flag = True
    create_missing: Flag = False
