"""Make Flow Retail calls that fetch or ask: what is not an operation of the outbox."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from techdesk.application.outbox import FrozenRequest, OutcomeClass
from techdesk.connectors import deep_json
from techdesk.connectors.answers import failure_of, is_foreign, outcome_of_refusal, succeeded
from techdesk.connectors.flow_retail.problems import refusal_of, refused_change
from techdesk.connectors.http import Answer, HttpClient, Silence
from techdesk.domain.errors import (
    BusyError,
    CursorExpiredError,
    NotFoundError,
    OutcomeUnknownError,
    WrongAddressError,
)

PAGE = 250
FETCH_DEADLINE_S = 60.0
CHANGE_DEADLINE_S = 30.0
JSON_BODY = {"Content-Type": "application/json"}
_UNKNOWN = (OutcomeClass.AMBIGUOUS, OutcomeClass.KEY_BUSY)
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)
_ENDLESS = "The server gives the same pages of a list again and again"
_UNREADABLE = "The server's answer broke off or could not be read"

_Model = TypeVar("_Model", bound=BaseModel)


class Calls:
    """Fetch and ask over one account's client; safe to use from several threads."""

    def __init__(self, http: HttpClient) -> None:
        """Keep the client."""
        self.http = http

    def get(self, path: str) -> Answer:
        """Fetch what is at a path.

        Raises:
            CursorExpiredError: The server no longer knows our place in its feed.
            ConnectionFailedError: In words that say what is wrong.
        """
        return self.checked(self._fetch(path))

    def one(self, path: str) -> Answer:
        """Fetch one record, that somebody may have removed; raises as `get`.

        Raises:
            NotFoundError: It is gone.
        """
        return self.checked_record(self._fetch(path))

    def checked_record(self, came: Answer | Silence) -> Answer:
        """Return the answer about one record with a 2xx and a body; raises as `one`."""
        if isinstance(came, Answer) and came.status == 404:
            refusal = refusal_of(came)
            if refusal.code == "not_found":
                raise NotFoundError(refusal.words)
        return self.checked(came)

    def ask(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Ask a question that has a body and changes nothing; raises as `get`."""
        request = FrozenRequest(method="POST", path=path, headers=JSON_BODY, body=json.dumps(body).encode())
        return self.checked(self.http.exchange(request, FETCH_DEADLINE_S))

    def change(self, request: FrozenRequest) -> Answer:
        """Change something at once, not by the outbox; returns the answer with its 2xx.

        Raises:
            InvalidInputError: The server refuses a value; `field` names it.
            NotAllowedError: The role is too small, or something else forbids it.
            NotFoundError: The record is gone.
            OutcomeUnknownError: It was sent, and no answer came that says what became of it.
            ConnectionFailedError: In words that say what is wrong; nothing was changed.
        """
        came = self.http.exchange(request, CHANGE_DEADLINE_S)
        if isinstance(came, Silence):
            if came.maybe_arrived:
                raise OutcomeUnknownError from came.error
            raise came.error
        if 200 <= came.status < 300 and not is_foreign(came):
            return came
        refusal = refused_change(came)
        if refusal is not None:
            raise refusal
        if outcome_of_refusal(came, refusal_of(came), self.http.url).kind in _UNKNOWN:
            raise OutcomeUnknownError
        raise failure_of(came, self.http.url, refusal_of(came).words)

    def every(self, path: str) -> list[dict[str, Any]]:
        """Fetch all pages of a list; raises as `get`."""
        found: list[dict[str, Any]] = []
        known: set[str] = set()
        number = 1
        while True:
            page = json_object(self.get(f"{path}?pageNumber={number}&pageSize={PAGE}"))
            items = items_in(page)
            found += [one for one in items if isinstance(one, dict)]
            fresh = {json.dumps(one, sort_keys=True) for one in items} - known
            if items and not fresh:
                raise BusyError(_ENDLESS)
            known |= fresh
            count = count_in(page)
            # without a count, a page that is not full is the last
            if not items or (len(items) < PAGE if count is None else len(found) >= count):
                return found
            number += 1

    def checked(self, came: Answer | Silence) -> Answer:
        """Return an answer with a 2xx and a body; raises as `get`."""
        if isinstance(came, Answer):
            if succeeded(came):
                return came
            refusal = refusal_of(came)
            if refusal.code == "cursor_expired":
                raise CursorExpiredError
            raise failure_of(came, self.http.url, refusal.words if refusal.code else "")
        raise failure_of(came, self.http.url)

    def _fetch(self, path: str) -> Answer | Silence:
        return self.http.exchange(FrozenRequest(method="GET", path=path), FETCH_DEADLINE_S)


def items_in(page: Mapping[str, Any]) -> list[Any]:
    """Return what a page of a list holds; nothing if it is no list."""
    items = page.get("items")
    return items if isinstance(items, list) else []


def count_in(page: Mapping[str, Any]) -> int | None:
    """Return how many things stand on all pages of a list, None if the server does not say so."""
    paging = page.get("paging")
    count = paging.get("totalCount") if isinstance(paging, dict) else None
    return count if type(count) is int else None


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the answer's JSON object.

    Raises:
        BusyError: The body broke off or is no JSON object.
    """
    try:
        value = deep_json.loads(_text_of(answer))
    except ValueError as error:
        raise BusyError(_UNREADABLE) from error
    if not isinstance(value, dict):
        raise BusyError(_UNREADABLE)
    return value


def _text_of(answer: Answer) -> str | bytes:
    """Return a body as text: decoding it strictly takes half as long as leaving that to `json`."""
    body = answer.body or b""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = _CHARSET.search(answer.headers.get("content-type", ""))
    with suppress(LookupError, UnicodeDecodeError):
        return body.decode(named[1]) if named else body
    return body  # read leniently, so that only the order that has half a character is set aside


def validated(model: type[_Model], answer: Answer) -> _Model:
    """Return the answer as a model of the wire.

    Raises:
        WrongAddressError: Something else lives at the address.
    """
    try:
        return model.model_validate_json(answer.body or b"")
    except ValidationError as error:
        raise WrongAddressError from error
