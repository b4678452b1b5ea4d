"""Name the paths, parameters and replies that the routes of the dialect share."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Security
from fastapi.security import HTTPBearer

from techdesk.server.answers.rendering import to_json
from techdesk.server.orders.publishing import Published
from techdesk.server.requests.calls import Call
from techdesk.server.requests.idempotency import Reply
from techdesk.server.requests.reading import FlowRetailRoute
from techdesk.server.requests.revisions import etag
from techdesk.wire.flow_retail import Problem
from techdesk.wire.flow_retail.fields import UID_PATTERN

TENANT = "/v2/tenants/{tenantUid}"
STORE = f"{TENANT}/stores/{{storeUid}}"
ORDERS = f"{STORE}/serviceorders"
ORDER = f"{ORDERS}/{{serviceOrderUid}}"


def _problem_schema() -> dict[str, Any]:
    """Return the schema of a problem in one piece: a reference into it would point to nothing in the document."""
    schema = Problem.model_json_schema(by_alias=True)
    one = schema.pop("$defs")["ProblemError"]
    schema["properties"]["errors"]["items"] = one
    return schema


_PROBLEM = {"application/problem+json": {"schema": _problem_schema()}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused; `code` says why", "content": _PROBLEM},
    "503": {"description": "The server cannot answer now; Retry-After says when to ask again", "content": _PROBLEM},
}

Uid = Annotated[str, Path(pattern=UID_PATTERN)]
TenantUid = Annotated[str, Path(alias="tenantUid", pattern=UID_PATTERN)]
StoreUid = Annotated[str, Path(alias="storeUid", pattern=UID_PATTERN)]
OrderUid = Annotated[str, Path(alias="serviceOrderUid", pattern=UID_PATTERN)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="ETag of the record as the client saw it")]
_Key = Annotated[
    str | None, Header(alias="Idempotency-Key", description="On a POST: a repeat gives the first answer again")
]


async def _call(request: Request) -> Call:
    return Call(request.app.state.server, request, request.state.caller)


async def _tenant_call(request: Request, _: TenantUid) -> Call:
    return Call(request.app.state.server, request, request.state.caller)


async def _store_call(request: Request, _: TenantUid, store_uid: StoreUid) -> Call:
    return Call(request.app.state.server, request, request.state.caller, store_uid)


async def _posting_call(call: Annotated[Call, Depends(_store_call)], _: _Key = None) -> Call:
    return call


async def _tenant_posting_call(call: Annotated[Call, Depends(_tenant_call)], _: _Key = None) -> Call:
    return call


AnyCall = Annotated[Call, Depends(_call)]
TenantCall = Annotated[Call, Depends(_tenant_call)]
TenantPostingCall = Annotated[Call, Depends(_tenant_posting_call)]
StoreCall = Annotated[Call, Depends(_store_call)]
PostingCall = Annotated[Call, Depends(_posting_call)]


def router(tag: str) -> APIRouter:
    """Return a router of the dialect."""
    return APIRouter(
        route_class=FlowRetailRoute,
        tags=[tag],
        responses=REFUSALS,
        dependencies=[Security(HTTPBearer(auto_error=False))],
    )


def order_reply(published: Published, status: int = 200, location: str = "") -> Reply:
    """Answer with an order as it is now."""
    headers = {"ETag": etag(published.revision)} | ({"Location": location} if location else {})
    return Reply(status, published.document, headers)


def part_reply(shown: dict[str, Any], status: int = 200, location: str = "") -> Reply:
    """Answer with a part as it is now."""
    headers = {"ETag": etag(shown["revision"])} | ({"Location": location} if location else {})
    return Reply(status, to_json(shown), headers)


NO_CONTENT = Reply(204, "")
