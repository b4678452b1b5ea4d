"""Route the dialect's requests: the token, the update of a whole order, and the reads that are ours."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import instant_text
from techdesk.server.answers.problems import Problem, invalid, invalid_input
from techdesk.server.requests.calls import Server
from techdesk.server.requests.reading import StrictRequest, check_parameters
from techdesk.server.resource_scheduler.showing import Showing
from techdesk.server.resource_scheduler.storing import DomainError, order_of, shown_order, store_order
from techdesk.server.resource_scheduler.tokens import enter, token_answer
from techdesk.server.storage.tables import orders
from techdesk.server.storage.work import Caller, Row, Work
from techdesk.wire.resource_scheduler import Form, edit, joined, text_of_ticks, ticks, write_order

PAGE = 500
"""Most orders of one answer; those changed in the same millisecond as its last one come with it."""

_TYPES = {
    "application/json": Form.JSON,
    "text/json": Form.JSON,
    "application/xml": Form.XML,
    "text/xml": Form.XML,
}
_FORM = "application/x-www-form-urlencoded"
_ORDER: dict[str, Any] = {
    "application/json": {"schema": {"type": "object"}},
    "text/json": {"schema": {"type": "object"}},
    "application/xml": {"schema": {"type": "string"}},
    "text/xml": {"schema": {"type": "string"}},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The stored order; or `Error` and `ErrorId` in it, and nothing stored", "content": _ORDER}
}
_LIST_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Orders, the longest unchanged first",
        "content": _ORDER | {one: {"schema": {"type": "array"}} for one in ("application/json", "text/json")},
    }
}
_TOKEN_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "A token", "content": {"application/json": {"schema": {"type": "object"}}}},
    "4XX": {
        "description": "Refused; `error` says why (RFC 6749 §5.2)",
        "content": {"application/json": {"schema": {"type": "object"}}, "application/problem+json": {}},
    },
}
_FORM_BODY = {"requestBody": {"required": True, "content": {_FORM: {"schema": {"type": "object"}}}}}
_ORDER_BODY = {"requestBody": {"required": True, "content": _ORDER}}


class ResourceSchedulerRoute(APIRoute):
    """Check the token and the kind of the body before it is read; the token's own request has no token."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind ours."""
        answer = super().get_route_handler()

        async def enter_and_answer(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            check_parameters(strict)
            if strict.method == "POST":
                _check_type(strict, (_FORM,))
            else:
                strict.state.caller = await run_in_threadpool(enter, strict.app.state.server, strict)
            if strict.method == "PUT":
                _check_type(strict, tuple(_TYPES))
            strict.state.raw = await strict.body() if strict.method in ("PUT", "POST") else b""
            return await answer(strict)

        return enter_and_answer


routes = APIRouter(
    prefix="/RSMCP",
    route_class=ResourceSchedulerRoute,
    tags=["Resource Scheduler"],
    responses={"4XX": {"description": "Refused", "content": {"application/problem+json": {}}}},
)
_signed_in = [Security(HTTPBearer(auto_error=False))]


@routes.post("/token", openapi_extra=_FORM_BODY, responses=_TOKEN_ANSWERS)
def give_token(request: Request) -> Response:
    """Give an access token for the user name and the password in a form."""
    return token_answer(request.app.state.server, request, request.state.raw)


@routes.put("/api/Services/UpdateServiceOrder", openapi_extra=_ORDER_BODY, responses=_ANSWERS, dependencies=_signed_in)
def update_service_order(request: Request) -> Response:
    """Replace a whole order; `LastModified` must be the stored one's."""
    exchange = _exchange(request)
    raw: bytes = request.state.raw
    form = _TYPES[_type_of(request)]
    try:
        with exchange.server.writing(request) as connection:
            return exchange.answer(store_order(exchange.work(connection), raw, form).in_form(exchange.form))
    except DomainError as error:
        refused = edit(raw, form, {"Error": error.words, "ErrorId": error.number})
        return Response(refused, 200, media_type=_type_of(request))
    except InvalidInputError as error:
        raise invalid_input(error) from error


@routes.get("/api/Services/GetServiceOrder", responses=_ANSWERS, dependencies=_signed_in)
def get_service_order(request: Request, service_order_id: Annotated[int, Query(alias="serviceOrderId")]) -> Response:
    """Return one order; ours, the document has no read."""
    exchange = _exchange(request)
    try:
        with exchange.server.database.read() as connection:
            work = exchange.work(connection)
            return exchange.answer(shown_order(work, order_of(work, service_order_id)).in_form(exchange.form))
    except DomainError as error:
        told = {"ServiceOrderId": service_order_id, "Error": error.words, "ErrorId": error.number}
        return exchange.answer(write_order(told, exchange.form))


@routes.get("/api/Services/GetServiceOrders", responses=_LIST_ANSWERS, dependencies=_signed_in)
def get_service_orders(request: Request, modified_since: Annotated[str, Query(alias="modifiedSince")] = "") -> Response:
    """Return the orders that were changed at an instant or after it, the longest unchanged first; ours."""
    exchange = _exchange(request)
    since = _since(modified_since)
    with exchange.server.database.read() as connection:
        work = exchange.work(connection)
        shown = Showing(work).shown(_changed_orders(work, since))
    return exchange.answer(joined([one.in_form(exchange.form) for one in shown], exchange.form))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """Who asks, and in which format they want to be answered."""

    server: Server
    caller: Caller
    media_type: str

    @property
    def form(self) -> Form:
        return _TYPES[self.media_type]

    def work(self, connection: Connection) -> Work:
        return Work(connection, self.caller, "", instant_text(self.server.now()), self.server.sends_email)

    def answer(self, raw: bytes) -> Response:
        return Response(raw, 200, media_type=self.media_type)


def _exchange(request: Request) -> _Exchange:
    return _Exchange(request.app.state.server, request.state.caller, _wanted_type(request))


def _changed_orders(work: Work, since: str) -> list[Row]:
    tenant = orders.c.tenant_uid == work.caller.tenant_uid
    query = select(orders).where(tenant, orders.c.last_modified_at >= since)
    found = work.rows(query.order_by(orders.c.last_modified_at, orders.c.service_order_id).limit(PAGE))
    if len(found) < PAGE:
        return found
    last = found[-1]["last_modified_at"]
    tied = work.rows(
        select(orders).where(tenant, orders.c.last_modified_at == last).order_by(orders.c.service_order_id)
    )
    return [one for one in found if one["last_modified_at"] != last] + tied


def _since(text: str) -> str:
    """Return the instant of a parameter as the database has it.

    Raises:
        Problem: 400, it is no instant.
    """
    if not text:
        return ""
    try:
        # an offset's plus that was not escaped arrives as a space
        return f"{text_of_ticks(ticks(text.replace(' ', '+')))[:23]}Z"
    except (InvalidInputError, OverflowError) as error:
        raise invalid("is no date and time", "modifiedSince") from error


def _type_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_type(request: Request, allowed: tuple[str, ...]) -> None:
    """Let a body of an allowed type in UTF-8 through.

    Raises:
        Problem: 415, it says something else.
    """
    parameters = request.headers.get("content-type", "").lower().partition(";")[2]
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if _type_of(request) not in allowed or charset not in ("", "utf-8"):
        raise Problem(415, "unsupported_type", f"Send {' or '.join(allowed)} in UTF-8")


def _wanted_type(request: Request) -> str:
    """Return the type to answer in: what `Accept` names first, else the body's own, else JSON."""
    named = (one.partition(";")[0].strip().lower() for one in request.headers.get("accept", "").split(","))
    own = _type_of(request)
    return next((one for one in named if one in _TYPES), own if own in _TYPES else "application/json")
