"""Answer operations 1 to 6: list, make, get, change, delete and search orders; acceptance and the change feed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from techdesk.domain.vocabulary import Priority, ServiceState
from techdesk.server.flow_retail.paths import (
    NO_CONTENT,
    ORDER,
    ORDERS,
    IfMatch,
    OrderUid,
    PostingCall,
    StoreCall,
    order_reply,
    router,
)
from techdesk.server.orders.change_feed import changes_page
from techdesk.server.orders.orders import accept_order, create_order, delete_order, update_order
from techdesk.server.orders.rows import shown_order
from techdesk.server.orders.search import found_orders
from techdesk.server.requests.idempotency import Reply
from techdesk.server.requests.listing import MAX_PAGE_SIZE, PagedAndSorted
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import (
    AcceptRequest,
    ChangesPage,
    Order,
    OrderCreate,
    OrderUpdate,
    Page,
    SearchRequest,
)
from techdesk.wire.flow_retail.fields import Uid

routes = router("Orders")

_States = Annotated[tuple[ServiceState, ...], Query(alias="serviceStates")]
_Priorities = Annotated[tuple[Priority, ...], Query(alias="priorities")]
_Types = Annotated[tuple[Uid, ...], Query(alias="serviceTypeUids")]
_Statuses = Annotated[tuple[Uid, ...], Query(alias="serviceStatusUids")]
_Assigned = Annotated[tuple[Uid, ...], Query(alias="assignedUserUids")]
_CreatedFrom = Annotated[tuple[Uid, ...], Query(alias="createdFromStoreUids")]


def _order_filter(states: _States = (), priorities: _Priorities = (), types: _Types = ()) -> SearchRequest:
    return SearchRequest(service_states=states, priorities=priorities, service_type_uids=types)


def _filter(
    begun: Annotated[SearchRequest, Depends(_order_filter)],
    statuses: _Statuses = (),
    assigned: _Assigned = (),
    created_from: _CreatedFrom = (),
) -> SearchRequest:
    others = {
        "service_status_uids": statuses,
        "assigned_user_uids": assigned,
        "created_from_store_uids": created_from,
    }
    return begun.model_copy(update=others)


Filter = Annotated[SearchRequest, Depends(_filter)]


@routes.get(ORDERS, response_model=Page[Order])
def list_orders(call: StoreCall, wanted: Filter, page: PagedAndSorted) -> Response:
    """List the store's orders."""
    return call.read(lambda work: found_orders(work, wanted, page))


@routes.post(f"{ORDERS}/search", response_model=Page[Order])
def search_orders(call: StoreCall, wanted: SearchRequest, page: PagedAndSorted) -> Response:
    """Search the store's orders."""
    return call.read(lambda work: found_orders(work, wanted, page))


@routes.get(f"{ORDERS}/changes", response_model=ChangesPage)
def list_changes(
    call: StoreCall,
    since: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = MAX_PAGE_SIZE,
) -> Response:
    """Give what changed since a cursor, each order whole."""
    return call.read(lambda work: changes_page(work, since, limit))


@routes.post(ORDERS, response_model=Order, status_code=201)
def post_order(call: PostingCall, body: OrderCreate) -> Response:
    """Make an order."""

    def make(work: Work) -> Reply:
        uid, published = create_order(work, body)
        return order_reply(published, 201, f"{call.request.url.path}/{uid}")

    return call.write(make)


@routes.get(ORDER, response_model=Order)
def get_order(call: StoreCall, order_uid: OrderUid) -> Response:
    """Get an order."""
    return call.read(lambda work: order_reply(shown_order(work, order_uid)))


@routes.put(ORDER, response_model=Order)
def put_order(call: StoreCall, order_uid: OrderUid, body: OrderUpdate, if_match: IfMatch = None) -> Response:
    """Change the fields of an order that the body names."""
    return call.write(lambda work: order_reply(update_order(work, order_uid, body, if_match)))


@routes.delete(ORDER, status_code=204)
def remove_order(call: StoreCall, order_uid: OrderUid, if_match: IfMatch = None) -> Response:
    """Delete an order with all its parts."""

    def remove(work: Work) -> Reply:
        delete_order(work, order_uid, if_match)
        return NO_CONTENT

    return call.write(remove)


@routes.post(f"{ORDER}/accept", response_model=Order)
def accept(call: PostingCall, order_uid: OrderUid, body: AcceptRequest) -> Response:
    """Accept an order or turn it down."""
    return call.write(lambda work: order_reply(accept_order(work, order_uid, body)))
