"""Hold an access token for a user name and a password (RFC 6749 §4.3): fetched by one thread, used by all."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from techdesk.application.outbox import FrozenRequest
from techdesk.connectors.answers import failure_of
from techdesk.connectors.http import Answer, HttpClient, Silence, in_a_header
from techdesk.domain.errors import ConnectionFailedError, WrongAddressError, WrongCredentialsError

_DEADLINE_S = 30.0
_EARLY_S = 30.0
"""A token is fetched anew this long before it ends, so that none ends on its way."""
_LONGEST_LIFE_S = 366 * 86400

_REFUSED = "invalid_grant"


class SignIn:
    """Send requests with a token; safe to use from several threads."""

    def __init__(self, http: HttpClient, user_name: str, password: str) -> None:
        self._http = http
        self._form = {"grant_type": "password", "username": user_name, "password": password}
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0

    def exchange(self, request: FrozenRequest, deadline_s: float) -> Answer | Silence:
        """Send a request; one that a token's end made worthless is sent once more with a new one.

        Raises:
            ConnectionFailedError: There is no token, so nothing was sent.
        """
        token = self.token()
        came = self._http.exchange(_with(request, token), deadline_s)
        if isinstance(came, Answer) and came.status == 401:
            # refused before it was read, so it took no effect
            came = self._http.exchange(_with(request, self.token(worthless=token)), deadline_s)
        return came

    def token(self, worthless: str = "") -> str:
        """Return a token, fetched by whoever comes first while all others wait.

        Args:
            worthless: One that the server has just refused.

        Raises:
            ConnectionFailedError: In words that say what is wrong.
        """
        with self._lock:
            if not self._token or self._token == worthless or time.monotonic() > self._ends_at:
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        asked_at = time.monotonic()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = FrozenRequest(method="POST", path="/token", headers=headers, body=urlencode(self._form).encode())
        came = self._http.exchange(request, _DEADLINE_S)
        told = _object(came)
        if isinstance(came, Silence) or came.status != 200 or not isinstance(told.get("access_token"), str):
            self._token = ""
            raise _refusal(came, told, self._http)
        life = _life_s(told.get("expires_in"))
        self._token, self._ends_at = told["access_token"], asked_at + max(life - _EARLY_S, life / 2)


def _life_s(told: Any) -> float:
    """Return for how many seconds a token is good, 0 if that was told in no believable way."""
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return float(told) if is_number and 0 <= told <= _LONGEST_LIFE_S else 0.0


def _with(request: FrozenRequest, token: str) -> FrozenRequest:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {in_a_header(token)}"})


def _object(came: Answer | Silence) -> dict[str, Any]:
    if isinstance(came, Silence):
        return {}
    try:
        told = json.loads(came.body or b"")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _refusal(came: Answer | Silence, told: dict[str, Any], http: HttpClient) -> ConnectionFailedError:
    if told.get("error") == _REFUSED:
        return WrongCredentialsError("The user name or the password is wrong", "Your unsent work is kept")
    if isinstance(came, Answer) and came.status == 200 and not came.is_html:
        return WrongAddressError()
    return failure_of(came, http.url)
