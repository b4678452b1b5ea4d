"""Answer what a servicer may read; a server started with `--extend-no-read` has none of this."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from techdesk.server.answers.problems import invalid
from techdesk.server.answers.rendering import to_json
from techdesk.server.extend.orders import order_of, orders_of_claim, orders_of_id, shown
from techdesk.server.extend.paths import ORDER, ORDERS, ExtendCall, OrderId, router
from techdesk.server.storage.work import Work
from techdesk.wire.extend import Found, ServiceOrder

routes = router("Extend")

_Claim = Annotated[str | None, Query(alias="claimId", max_length=200)]
_Id = Annotated[str | None, Query(alias="serviceOrderId", max_length=200)]


@routes.get(f"{ORDERS}/search", response_model=Found)
def search(call: ExtendCall, claim_id: _Claim = None, order_id: _Id = None) -> Response:
    """Find the service orders of a claim, or the one of an id; "cannot search by both"."""
    if bool(claim_id) == bool(order_id):
        raise invalid("Give claimId or serviceOrderId, and not both")

    def found(work: Work) -> str:
        rows = orders_of_claim(work, claim_id) if claim_id else orders_of_id(work, order_id or "")
        return to_json({"serviceOrders": [shown(work, one) for one in rows]})

    return call.read(found)


@routes.get(ORDER, response_model=ServiceOrder)
def get_order(call: ExtendCall, order_id: OrderId) -> Response:
    """Get a service order with its events."""
    return call.read(lambda work: to_json(shown(work, order_of(work, order_id).order)))
