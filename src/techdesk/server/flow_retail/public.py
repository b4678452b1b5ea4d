"""Answer operation 24: what a customer may see of an order, for whoever knows the hash of its page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from techdesk.server.answers.rendering import fields_of, rendered, to_json
from techdesk.server.flow_retail.paths import ORDERS, REFUSALS, StoreUid, TenantUid
from techdesk.server.public_page.finding import Place, public_order
from techdesk.wire.flow_retail import PublicOrder

routes = APIRouter(tags=["Public"], responses=REFUSALS)

_PageHash = Annotated[str, Path(alias="publicPageHash")]
_FIELDS = fields_of(PublicOrder)


@routes.get(f"{ORDERS}/public/{{publicPageHash}}", response_model=PublicOrder)
def get_public_order(request: Request, tenant_uid: TenantUid, store_uid: StoreUid, page_hash: _PageHash) -> Response:
    """Get an order by the hash of its public page, without a login."""
    row = public_order(request.app.state.server, request, page_hash, Place(tenant_uid, store_uid))
    return Response(
        to_json(rendered(row, _FIELDS)), headers={"Cache-Control": "no-store"}, media_type="application/json"
    )
