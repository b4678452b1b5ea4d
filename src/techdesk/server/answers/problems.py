"""Say why a request is refused: every refusal is a `Problem`, answered as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from techdesk.domain.errors import InvalidInputError
from techdesk.server.answers.rendering import to_json
from techdesk.wire.refusals import in_plain_words

TITLES = {
    "invalid": "The request is not valid",
    "unauthorized": "A valid token is needed",
    "forbidden": "This is not allowed for you",
    "not_found": "There is no such thing here",
    "method_not_allowed": "This method is not offered here",
    "order_closed": "The order is closed",
    "not_accepted": "The order has not been accepted",
    "not_assigned": "The order is nobody's yet",
    "wrong_version": "Another version is spoken here",
    "wrong_service_type": "The event does not belong to this type of order",
    "billed": "This is billed already",
    "nothing_to_bill": "There is nothing left to bill",
    "last_admin": "Somebody must stay administrator",
    "name_taken": "This name is taken",
    "revision_conflict": "Somebody else changed it meanwhile",
    "key_reused": "This Idempotency-Key belongs to another request",
    "key_in_progress": "The first request with this Idempotency-Key is still running",
    "cursor_expired": "The change feed no longer knows this cursor",
    "too_large": "The body is too large",
    "unsupported_type": "This content type is not understood",
    "rate_limited": "Too many wrong attempts",
    "unavailable": "The server cannot answer now",
    "internal": "The server made a mistake",
}

_CODES_OF_STATUS = {400: "invalid", 404: "not_found", 405: "method_not_allowed", 415: "unsupported_type"}


class Problem(HTTPException):
    """Refuse a request.

    Attributes:
        status_code: HTTP status.
        code: One of `TITLES`, for programs.
        detail: One sentence for people.
        members: Further members of the answer, such as `errors` or `current`.
    """

    def __init__(
        self,
        status_code: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(status_code, detail, headers)
        self.code = code
        self.members = members

    def response(self) -> Response:
        """Return the answer that says this."""
        body = {
            "type": f"urn:techdesk:problem:{self.code}",
            "title": TITLES[self.code],
            "status": self.status_code,
            "detail": self.detail,
            "code": self.code,
            "errors": [],
            **self.members,
        }
        return Response(to_json(body), self.status_code, self.headers, "application/problem+json")


def invalid(detail: str, pointer: str = "") -> Problem:
    """Refuse what the request says; `pointer` is a JSON pointer into the body, or a parameter's name."""
    return Problem(400, "invalid", detail, errors=[{"pointer": pointer, "message": detail}])


def invalid_input(error: InvalidInputError) -> Problem:
    """Refuse what a rule of the domain or of the wire refused."""
    return invalid(error.title, error.field)


def not_found(what: str) -> Problem:
    """Say that there is no such `what`."""
    return Problem(404, "not_found", f"There is no such {what}")


def forbidden(detail: str) -> Problem:
    """Refuse what the caller may not do."""
    return Problem(403, "forbidden", detail)


def unavailable(detail: str) -> Problem:
    """Ask the client to come back soon."""
    return Problem(503, "unavailable", detail, headers={"Retry-After": "2"})


def answer_problem(_: Request, error: HTTPException) -> Response:
    """Answer a refusal, ours or the framework's (no such route, wrong method)."""
    if isinstance(error, Problem):
        return error.response()
    code = _CODES_OF_STATUS.get(error.status_code, "invalid")
    return Problem(error.status_code, code, error.detail, headers=error.headers).response()


def answer_invalid(_: Request, error: RequestValidationError) -> Response:
    """Answer parameters or a body that did not fit their models, each wrong member by name."""
    return not_fitting(error.errors()).response()


def not_fitting(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Build the refusal of a body or of parameters from pydantic's errors."""
    found = [{"pointer": _pointer(one), "message": _message(one)} for one in errors]
    first = found[0]
    return Problem(400, "invalid", f"{first['pointer']}: {first['message']}".strip(": "), errors=found)


def answer_mistake(request: Request, _: Exception) -> Response:
    """Answer our own mistake without telling its inside; the log has the traceback."""
    request_id = request.scope.get("techdesk.request_id", "")
    problem = Problem(500, "internal", f"Tell your administrator this number: {request_id}")
    response = problem.response()
    response.headers["X-Request-Id"] = request_id
    return response


def _pointer(error: Mapping[str, Any]) -> str:
    place, *rest = error["loc"] or ("body",)
    pointer = str(error.get("ctx", {}).get("pointer", ""))
    if place in ("path", "query", "header"):
        return "".join(str(one) for one in rest[:1])
    steps = (str(one).replace("~", "~0").replace("/", "~1") for one in rest)
    return "".join(f"/{step}" for step in steps) + pointer


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "is no field that can be given here"
    return in_plain_words(error)
