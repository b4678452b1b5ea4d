"""Blank our own credentials in what a server sends back: its words are shown, kept with an operation, and logged."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from techdesk.application.outbox import FrozenRequest

SHORTEST = 8
"""Shorter ones are too likely to be part of what the server really says."""

_IN_HEADERS = frozenset({"authorization", "proxy-authorization", "x-extend-access-token"})
_IN_FORMS = ("password", "client_secret", "refresh_token")
_BLANK = b"[hidden]"


def credentials_in(headers: Mapping[str, str], request: FrozenRequest) -> tuple[bytes, ...]:
    """Return the credentials that go out with a request: in the account's headers, in its own, in a log-in form."""
    together = {**headers, **request.headers}
    found = [value.split()[-1] for name, value in together.items() if name.lower() in _IN_HEADERS and value.strip()]
    if "form-urlencoded" in request.headers.get("Content-Type", ""):
        form = parse_qs(request.body.decode(errors="replace"))
        found += [one for name in _IN_FORMS for one in form.get(name, ())]
    return tuple(one.encode() for one in dict.fromkeys(found) if len(one) >= SHORTEST)


def blanked(body: bytes | None, credentials: tuple[bytes, ...]) -> bytes | None:
    """Return a body in which no credential stands."""
    for one in credentials:
        if body and one in body:
            body = body.replace(one, _BLANK)
    return body
