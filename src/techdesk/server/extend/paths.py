"""Let requests of the dialect in: the token, the version, the body; and refuse them as `{code,message}`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Security
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from techdesk.server.answers.problems import Problem, not_fitting
from techdesk.server.answers.rendering import to_json
from techdesk.server.requests.calls import Call
from techdesk.server.requests.reading import StrictRequest, check_content_type, check_parameters
from techdesk.wire.extend import LATEST, TOKEN_HEADER, VERSION, Refusal

ORDERS = "/extend/service-orders"
ORDER = f"{ORDERS}/{{serviceOrderId}}"

_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_CODES = {"order_closed": "closed"}
_UNAUTHORIZED = f"Send {TOKEN_HEADER} with a valid token"
_ANY = ("application/json", "application/*", "*/*")


class _ExtendRoute(APIRoute):
    """Check token and version before the body is read, and word every refusal in the dialect."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind ours."""
        answer = super().get_route_handler()

        async def enter_and_answer(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            try:
                check_parameters(strict)
                token = strict.headers.get(TOKEN_HEADER, "").strip()
                strict.state.caller = await run_in_threadpool(strict.app.state.server.enter_with, strict, token)
                _check_version(strict)
                if strict.method == "POST":
                    check_content_type(strict)
                    await strict.body()
                return await answer(strict)
            except RequestValidationError as error:
                return _refusal(not_fitting(error.errors()))
            except Problem as problem:
                return _refusal(problem)

        return enter_and_answer


def _refusal(problem: Problem) -> Response:
    message = _UNAUTHORIZED if problem.code == "unauthorized" else problem.detail
    headers = {name: value for name, value in (problem.headers or {}).items() if name != "WWW-Authenticate"}
    body = {"code": _CODES.get(problem.code, problem.code), "message": message}
    return Response(to_json(body), problem.status_code, headers, "application/json")


def _check_version(request: Request) -> None:
    """Let a request through that takes JSON of the one version there is.

    Raises:
        Problem: 406, it asks for another version or takes no JSON.
    """
    accepted = request.headers.get("accept", "").strip() or "*/*"
    if not any(_is_ours(one) for one in accepted.split(",")):
        raise Problem(406, "wrong_version", f"Send Accept: application/json; version={VERSION} (or {LATEST})")


def _is_ours(media_range: str) -> bool:
    kind, *parameters = (part.strip() for part in media_range.split(";"))
    named = dict(one.split("=", 1) for one in parameters if "=" in one)
    return kind.lower() in _ANY and named.get("version", LATEST).strip('"') in (VERSION, LATEST)


OrderId = Annotated[str, Path(alias="serviceOrderId", pattern=_UUID, description="The order's serviceOrderUid")]
_Accept = Annotated[str | None, Header(description=f"application/json; version={VERSION}")]


async def _call(request: Request, _: _Accept = None) -> Call:
    return Call(request.app.state.server, request, request.state.caller)


ExtendCall = Annotated[Call, Depends(_call)]


def router(tag: str) -> APIRouter:
    """Return a router of the dialect."""
    refused = {"application/json": {"schema": Refusal.model_json_schema(by_alias=True)}}
    return APIRouter(
        route_class=_ExtendRoute,
        tags=[tag],
        responses={"4XX": {"description": "Refused; `code` says why", "content": refused}},
        dependencies=[Security(APIKeyHeader(name=TOKEN_HEADER, auto_error=False))],
    )
