"""Build the web application: its routes, its refusals, and a request id on every answer."""

from __future__ import annotations

import logging
import time

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import techdesk
from techdesk.server.answers.problems import answer_invalid, answer_mistake, answer_problem
from techdesk.server.extend import reading, servicing
from techdesk.server.flow_retail import billing, orders, parts, people, public, reports, tenant, workflow
from techdesk.server.flow_retail.plain_vendor import PlainVendor
from techdesk.server.public_page import page as public_page
from techdesk.server.public_page.finding import without_hash
from techdesk.server.requests.calls import Server
from techdesk.server.resource_scheduler import routes as rooms
from techdesk.server.service_channel import administration as clients
from techdesk.server.service_channel import routes as receiver
from techdesk.server.storage.ids import new_uid

log = logging.getLogger("techdesk.server")

_GONE = 499
"""What the log says of a request whose body never came whole; no status of HTTP, but a usual one in logs."""


def create_app(server: Server) -> FastAPI:
    """Return the application that answers for `server`."""
    app = build_app(extend_reads=server.extend_reads)
    app.state.server = server
    if server.is_plain:
        app.add_middleware(PlainVendor)
    return app


def build_app(*, extend_reads: bool = True) -> FastAPI:
    """Return the application with nothing behind it, which is enough to describe it."""
    app = FastAPI(
        title="TechDesk server",
        version=techdesk.__version__,
        description="Orders of a repair team, spoken as Flow Retail, Extend, Resource Scheduler and ServiceChannel.",
        redirect_slashes=False,
    )
    shop = (tenant, orders, parts, reports, public, public_page, billing, workflow, people)
    for module in (*shop, rooms, servicing, clients, receiver, *([reading] if extend_reads else [])):
        app.include_router(module.routes)
    app.exception_handler(HTTPException)(answer_problem)
    app.exception_handler(RequestValidationError)(answer_invalid)
    app.exception_handler(Exception)(answer_mistake)
    app.add_middleware(_RequestIds)
    return app


class _RequestIds:
    """Give each request an id, on its answer and in its log line; the log knows no query, header or body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["techdesk.request_id"] = new_uid()
        started = scope["techdesk.arrived"] = time.monotonic()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = _GONE  # nothing was begun, and there is nobody to be told
        finally:
            milliseconds = (time.monotonic() - started) * 1000
            log.info(
                "%s %s %d %.0f ms %s", scope["method"], without_hash(scope["path"]), status, milliseconds, request_id
            )
