"""Read what Extend says when it refuses, and put it in words for a person."""

from __future__ import annotations

from pydantic import ValidationError

from techdesk.application.outbox import OutcomeClass
from techdesk.connectors import answers
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
_NO_SUCH_ROUTE = (404, 405, 410)


def refusal_in(answer: Answer) -> Refusal | None:
    """Return the `{code,message}` of an answer; None where another program wrote it."""
    try:
        return Refusal.model_validate_json(answer.body or b"")
    except ValidationError:
        return None


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
