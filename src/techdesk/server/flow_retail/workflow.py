"""Answer operations 26, 28, 29, 31 and 32: an administrator changes types, statuses and hourly rates."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from techdesk.domain.vocabulary import Role
from techdesk.server.administration import workflow
from techdesk.server.answers.rendering import RATE, STATUS, TYPE, Fields, rendered, to_json
from techdesk.server.flow_retail.paths import TENANT, TenantCall, TenantPostingCall, router
from techdesk.server.requests.idempotency import Reply
from techdesk.wire.flow_retail import (
    HourlyRate,
    HourlyRateCreate,
    HourlyRateUpdate,
    ServiceStatus,
    ServiceStatusCreate,
    ServiceStatusUpdate,
    ServiceType,
    ServiceTypeUpdate,
)
from techdesk.wire.flow_retail.fields import UID_PATTERN

routes = router("Types, statuses, rates")

TypeUid = Annotated[str, Path(alias="serviceTypeUid", pattern=UID_PATTERN)]
StatusUid = Annotated[str, Path(alias="serviceStatusUid", pattern=UID_PATTERN)]
RateUid = Annotated[str, Path(alias="hourlyRateUid", pattern=UID_PATTERN)]

_STATUSES = f"{TENANT}/serviceorders/statuses"
_RATES = f"{TENANT}/serviceorders/hourlyrates"


@routes.put(f"{TENANT}/serviceorders/types/{{serviceTypeUid}}", response_model=ServiceType)
def put_type(call: TenantCall, type_uid: TypeUid, body: ServiceTypeUpdate) -> Response:
    """Change the fields of a service type that the body names."""
    return call.write(lambda work: _reply(workflow.update_type(work, type_uid, body), TYPE), role=Role.ADMIN)


@routes.post(_STATUSES, response_model=ServiceStatus, status_code=201)
def post_status(call: TenantPostingCall, body: ServiceStatusCreate) -> Response:
    """Add a status; `position` says which step of the workflow it is."""
    return call.write(lambda work: _reply(workflow.create_status(work, body), STATUS, 201), role=Role.ADMIN)


@routes.put(f"{_STATUSES}/{{serviceStatusUid}}", response_model=ServiceStatus)
def put_status(call: TenantCall, status_uid: StatusUid, body: ServiceStatusUpdate) -> Response:
    """Change the fields of a status that the body names; its orders show it."""
    return call.write(lambda work: _reply(workflow.update_status(work, status_uid, body), STATUS), role=Role.ADMIN)


@routes.post(_RATES, response_model=HourlyRate, status_code=201)
def post_rate(call: TenantPostingCall, body: HourlyRateCreate) -> Response:
    """Add an hourly rate."""
    return call.write(lambda work: _reply(workflow.create_rate(work, body), RATE, 201), role=Role.ADMIN)


@routes.put(f"{_RATES}/{{hourlyRateUid}}", response_model=HourlyRate)
def put_rate(call: TenantCall, rate_uid: RateUid, body: HourlyRateUpdate) -> Response:
    """Change the fields of an hourly rate that the body names."""
    return call.write(lambda work: _reply(workflow.update_rate(work, rate_uid, body), RATE), role=Role.ADMIN)


def _reply(row: dict[str, Any], fields: Fields, status: int = 200) -> Reply:
    return Reply(status, to_json(rendered(row, fields)))
