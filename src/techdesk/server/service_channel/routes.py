"""Answer ServiceChannel's webhook: keys first, then the body, then the number of the order.

The keys stand in the address, where the document puts them: no log of ours holds an address's query.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import instant_text
from techdesk.server.answers.problems import Problem, invalid, invalid_input
from techdesk.server.requests.calls import Server
from techdesk.server.requests.reading import StrictRequest
from techdesk.server.service_channel.clients import GUID, Client, entering_client, is_signed
from techdesk.server.service_channel.deliveries import Outcome, keep_delivery
from techdesk.server.service_channel.receiving import receive
from techdesk.wire.service_channel import (
    Delivery,
    EventResponse,
    answer_text,
    asked_format,
    given_format,
    read_delivery,
)

_WRONG_KEYS = "accessKey and signingKey do not belong to this client"
_WRONG_SIGNATURE = "Sign-Type and Sign-Data do not belong to this body"
_SCHEMA = EventResponse.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
_DEFINITIONS: dict[str, Any] = _SCHEMA.pop("$defs")
_FORMATS = ("application/json", "text/json", "application/xml", "text/xml")


class ServiceChannelRoute(APIRoute):
    """Let a delivery in before anything of it is read: client, keys, then the body."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind ours."""
        answer = super().get_route_handler()

        async def enter_and_answer(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            strict.state.client = await run_in_threadpool(_enter, strict)
            await strict.body()
            return await answer(strict)

        return enter_and_answer


routes = APIRouter(route_class=ServiceChannelRoute, tags=["ServiceChannel"])


def _inlined(schema: Any) -> Any:
    """Return a schema with its definitions in place, as `components` is FastAPI's."""
    if isinstance(schema, list):
        return [_inlined(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(_DEFINITIONS[schema["$ref"].rpartition("/")[2]])
    return {name: _inlined(value) for name, value in schema.items()}


_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        kind: {"schema": _inlined(_SCHEMA) if kind.endswith("json") else {"type": "string"}} for kind in _FORMATS
    },
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The number of the order that belongs to the work order, null where there is none",
        "content": {
            kind: {"schema": {"type": ["integer", "null"]} if kind.endswith("json") else {"type": "string"}}
            for kind in _FORMATS
        },
    },
    "4XX": {"description": "Refused", "content": {"application/problem+json": {"schema": {"type": "object"}}}},
}


@routes.post(
    "/v1/Clients/{clientId}/ServiceChannelWorkOrders", responses=_ANSWERS, openapi_extra={"requestBody": _BODY}
)
def receive_work_order(
    request: Request,
    client_id: Annotated[str, Path(alias="clientId", pattern=f"^{GUID.pattern}$")],  # noqa: ARG001 - `_enter` read it
    access_key: Annotated[str, Query(alias="accessKey")],  # noqa: ARG001 - `_enter` compared it
    signing_key: Annotated[str, Query(alias="signingKey")],  # noqa: ARG001 - `_enter` compared it
) -> Response:
    """Bring the order of a work order up to date."""
    server: Server = request.app.state.server
    client: Client = request.state.client
    body: bytes = getattr(request, "_body", b"")
    now = instant_text(server.now())
    given = given_format(request.headers.get("content-type", ""))
    delivery: Delivery | None = None
    try:
        _check_signature(client, request, body)
        if given is None or request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "unsupported_type", f"Send {', '.join(_FORMATS)} in UTF-8")
        delivery = _read(body, given)
        with server.writing(request) as connection:
            outcome = receive(connection, client, delivery, now, sends_email=server.sends_email)
            keep_delivery(connection, client.client_uid, now, outcome, (delivery, body))
    except Problem as problem:
        if problem.status_code < 500:
            _log_refused(server, client.client_uid, problem, (delivery, body))
        raise
    asked, content_type = asked_format(request.headers.get("accept", ""), given)
    return Response(answer_text(outcome.order_id, asked), 200, media_type=content_type)


def _read(body: bytes, given: Any) -> Delivery:
    try:
        return read_delivery(body, given)
    except InvalidInputError as error:
        raise invalid_input(error) from error


def _enter(request: StrictRequest) -> Client:
    """Return whose keys stand in the address.

    Raises:
        Problem: 400, the client's id is no GUID; 401 or 429, the keys are wrong.
    """
    client_id = request.path_params["clientId"]
    if not GUID.fullmatch(client_id):
        raise invalid("must be a GUID", "clientId")
    server: Server = request.app.state.server
    with server.database.read() as connection:
        entry = entering_client(connection, client_id, _key(request, "accessKey"), _key(request, "signingKey"))
    if entry.client:
        return entry.client
    refusal = server.wrong_attempts.count(request.client.host if request.client else "")
    if refusal.status_code != 401:
        raise refusal
    problem = Problem(401, "unauthorized", _WRONG_KEYS)
    if entry.known_uid:
        _log_refused(server, entry.known_uid, problem, (None, b""))
    raise problem


def _key(request: StrictRequest, name: str) -> str:
    """Return a key of the address; one that stands there twice is none."""
    found = request.query_params.getlist(name)
    return found[0] if len(found) == 1 else ""


def _check_signature(client: Client, request: Request, body: bytes) -> None:
    if not client.signing_secret:
        return
    sign_type, sign_data = (request.headers.get(name, "") for name in ("sign-type", "sign-data"))
    if not is_signed(client.signing_secret, body, sign_type, sign_data):
        raise Problem(401, "unauthorized", _WRONG_SIGNATURE)


def _log_refused(server: Server, client_uid: str, problem: Problem, came: tuple[Delivery | None, bytes]) -> None:
    with server.database.write() as connection:
        outcome = Outcome("refused", error=str(problem.detail))
        keep_delivery(connection, client_uid, instant_text(server.now()), outcome, came)
