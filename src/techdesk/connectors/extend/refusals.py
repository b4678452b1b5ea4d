"""Read what Extend says when it refuses, and put it in words for a person."""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.connectors import answers, deep_json
from techdesk.connectors.http import Answer
from techdesk.wire.extend import Refusal

WRONG_VERSION = "This server does not speak the version that the account asks for"
CHANGE_VERSION = "Change the version of the interface in the account"
_WORDS = {
    "not_accepted": "The order has not been accepted. Accept it first",
    "closed": "The order is closed and takes no more events",
    "wrong_service_type": "This event does not belong to this kind of order",
    "not_assigned": "The order is not assigned to you, so it cannot be accepted or declined",
}
_DENIED = "The server accepted this and spoke of an error at once; whether it took effect is not known yet"
_NO_REFUSALS = frozenset({"", "0", "200", "201", "accepted", "created", "ok", "success"})
_NO_SUCH_ROUTE = (404, 405, 410)


def refusal_in(answer: Answer) -> Refusal | None:
    """Return the `{code,message}` of an answer; None where another program wrote it."""
    try:
        return Refusal.model_validate_json(answer.body or b"")
    except ValidationError:
        return None


def refused_write(answer: Answer, address: httpx.URL) -> Outcome | None:
    """Return what an answer means for a write that it does not confirm; None where it does."""
    if not 200 <= answer.status < 300 or answers.is_foreign(answer):
        return answers.outcome_of_refusal(answer, refusal_of(answer), address)
    if _is_denied(answer):
        return Outcome(kind=OutcomeClass.AMBIGUOUS, http_status=answer.status, reason=_DENIED)
    return None


def _is_denied(answer: Answer) -> bool:
    """Say whether an answer with a 2xx speaks of an error all the same: whether it took effect nobody can tell."""
    try:
        told = deep_json.loads(answer.body or b"")
    except ValueError:
        return False
    if not isinstance(told, dict):
        return False
    said = refusal_in(answer)
    is_code = said is not None and "eventId" not in told and said.code.lower() not in _NO_REFUSALS
    return is_code or bool(told.get("error") or told.get("errors")) or told.get("success") is False


def refusal_of(answer: Answer) -> answers.Refusal:
    """Return what a refusal says; an order counts as gone only where the server itself says that it is missing."""
    if answer.status == 406:
        return answers.Refusal("wrong_version", f"{WRONG_VERSION}. {CHANGE_VERSION}", OutcomeClass.REJECTED)
    said = refusal_in(answer)
    if said is None:
        kind = OutcomeClass.CAPTIVE if answer.status in _NO_SUCH_ROUTE else None
        return answers.Refusal(words="Something else answers at the server's address" if kind else "", kind=kind)
    if answer.status in (401, 404, 429) or answer.status >= 500:
        return answers.Refusal(said.code)
    return answers.Refusal(said.code, _WORDS.get(said.code, said.message))
