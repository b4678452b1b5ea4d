"""Read requests strictly: at most 1 MiB, JSON only where a body is due, ids as a whole, no NUL in parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.server.answers.problems import Problem, invalid, invalid_input
from techdesk.wire.flow_retail.fields import UID_PATTERN
from techdesk.wire.json_text import parse_json

MAX_BODY_BYTES = 1_048_576

_UID = re.compile(UID_PATTERN.rstrip("$"))
_WITH_BODY = ("POST", "PUT")


class StrictRequest(Request):
    """Be a request whose body is capped and whose JSON is read by the rules of the wire."""

    @override
    async def body(self) -> bytes:
        """Return the body.

        Raises:
            Problem: 413, it is larger than 1 MiB; the rest is not read.
        """
        if not hasattr(self, "_body"):
            self._refuse_announced_size()
            chunks: list[bytes] = []
            size = 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise _too_large()
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    @override
    async def json(self) -> Any:
        """Return the body's JSON value.

        Raises:
            Problem: 400, it is not JSON by the rules of `wire.json_text`.
        """
        try:
            return parse_json(await self.body())
        except InvalidInputError as error:
            raise invalid_input(error) from error

    def _refuse_announced_size(self) -> None:
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            raise _too_large()


class FlowRetailRoute(APIRoute):
    """Let a request in before anything of it is believed: ids, then the token, then the body."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind ours."""
        answer = super().get_route_handler()

        async def enter_and_answer(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            check_parameters(strict)
            strict.state.caller = await run_in_threadpool(strict.app.state.server.enter, strict)
            if strict.method in _WITH_BODY:
                check_content_type(strict)
                await strict.body()
            return await answer(strict)

        return enter_and_answer


def check_parameters(request: Request) -> None:
    """Let a request through whose ids are ids and whose parameters hold no NUL.

    Raises:
        Problem: 400, names the parameter.
    """
    for name, value in request.path_params.items():
        if not _UID.fullmatch(value):
            raise invalid("must be letters, digits, _ and - only", name)
    for name, value in request.query_params.multi_items():
        if "\0" in name + value:
            raise invalid("must not hold NUL", name.replace("\0", ""))


def check_content_type(request: Request) -> None:
    """Let a body through that says it is JSON in UTF-8.

    Raises:
        Problem: 415, it says something else.
    """
    content_type = request.headers.get("content-type", "")
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if kind.strip() != "application/json" or charset not in ("", "utf-8"):
        raise Problem(415, "unsupported_type", "Send application/json in UTF-8")


def _too_large() -> Problem:
    # what is left of the body is not read, so the connection cannot be used again
    headers = {"Connection": "close"}
    return Problem(413, "too_large", f"A body has at most {MAX_BODY_BYTES} bytes", headers=headers)
