"""Let administrators manage clients and look at deliveries, in the window and by program."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from techdesk.domain.errors import NotFoundError
from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import Problem, forbidden, not_found
from techdesk.server.answers.rendering import to_json
from techdesk.server.flow_retail.paths import TENANT, TenantCall, router
from techdesk.server.requests.idempotency import Reply
from techdesk.server.requests.listing import Paged
from techdesk.server.service_channel.clients import (
    add_client,
    change_client,
    client_row,
    clients_listed,
    is_taken,
    rotate_keys,
    shown_client,
)
from techdesk.server.service_channel.deliveries import deliveries_page, delivery_shown
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import ClientCreate, ClientUpdate

routes = router("Administration")

_CLIENTS = f"{TENANT}/admin/clients"
_DELIVERIES = f"{TENANT}/admin/deliveries"

ClientId = Annotated[str, Path(alias="clientId")]


@routes.get(_CLIENTS)
def list_clients(call: TenantCall) -> Response:
    """List the clients that may deliver work orders, without their secrets."""
    return call.read(lambda work: to_json({"items": clients_listed(_for_admin(work).connection)}))


@routes.post(_CLIENTS, status_code=201)
def create_client(call: TenantCall, body: ClientCreate) -> Response:
    """Add a client; its keys are in this answer and never again."""

    def add(work: Work) -> Reply:
        _for_admin(work)
        if is_taken(work.connection, body.name):
            raise Problem(409, "name_taken", f"There is a client called “{body.name}” already")
        keys = add_client(work.connection, body.name, work.now, create_missing=body.create_missing, signed=body.signed)
        shown = shown_client(client_row(work.connection, keys.client_uid))
        return Reply(201, to_json(shown | keys.shown()))

    return call.write_unkeyed(add)


@routes.put(f"{_CLIENTS}/{{clientId}}")
def update_client(call: TenantCall, client_id: ClientId, body: ClientUpdate) -> Response:
    """Switch a client on or off, or say whether an unknown work order makes an order."""
    return call.write(
        lambda work: Reply(200, to_json(_known(change_client, work, client_id, body.named()))), role=Role.ADMIN
    )


@routes.post(f"{_CLIENTS}/{{clientId}}/rotate")
def rotate_client(call: TenantCall, client_id: ClientId) -> Response:
    """Give a client new keys; they are in this answer and never again, the old ones are worthless."""

    def rotate(work: Work) -> Reply:
        keys = _known(rotate_keys, _for_admin(work), client_id, work.now)
        shown = shown_client(client_row(work.connection, keys.client_uid))
        return Reply(200, to_json(shown | keys.shown()))

    return call.write_unkeyed(rotate)


@routes.get(_DELIVERIES)
def list_deliveries(call: TenantCall, page: Paged, client_id: Annotated[str, Query(alias="clientId")] = "") -> Response:
    """List what was delivered and what became of it, the newest first."""
    return call.read(lambda work: deliveries_page(_for_admin(work), page, client_id))


@routes.get(f"{_DELIVERIES}/{{deliveryUid}}")
def get_delivery(call: TenantCall, delivery_uid: Annotated[str, Path(alias="deliveryUid")]) -> Response:
    """Show a delivery with what it said, as long as that is kept."""
    return call.read(lambda work: to_json(delivery_shown(_for_admin(work), delivery_uid)))


def _for_admin(work: Work) -> Work:
    if not work.caller.is_at_least(Role.ADMIN):
        raise forbidden(f"This needs the role {Role.ADMIN}")
    return work


def _known(do: Any, work: Work, client_id: str, how: Any) -> Any:
    try:
        return do(work.connection, client_id, how)
    except NotFoundError as error:
        raise not_found("client") from error
