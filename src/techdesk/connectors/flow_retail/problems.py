"""Read what a Flow Retail server says when it refuses (RFC 9457), and put it in words for a person."""

from __future__ import annotations

from pydantic import ValidationError

from techdesk.application.outbox import OutcomeClass
from techdesk.connectors.answers import Refusal
from techdesk.connectors.flow_retail.mapping import snake
from techdesk.connectors.http import Answer
from techdesk.domain.errors import InvalidInputError, NotAllowedError, NotFoundError, TechDeskError
from techdesk.domain.event_data import WIRE_FIELDS
from techdesk.wire.flow_retail import Problem

_CODES = {"key_in_progress": OutcomeClass.KEY_BUSY, "key_reused": OutcomeClass.KEY_CLASH}
_NO_SUCH_ROUTE = (404, 405, 410)


def problem_of(answer: Answer) -> Problem | None:
    """Return the problem in an answer's body; None where another program wrote it."""
    try:
        problem = Problem.model_validate_json(answer.body or b"")
    except ValidationError:
        return None
    return problem if problem.code else None


def refusal_of(answer: Answer) -> Refusal:
    """Return what a refusal says; a missing record counts as gone only if the server itself says that it is missing."""
    problem = problem_of(answer)
    if problem is None:
        kind = OutcomeClass.CAPTIVE if answer.status in _NO_SUCH_ROUTE else None
        return Refusal(words="Something else answers at the server's address" if kind else "", kind=kind)
    members = "; ".join(f"{label_of(one.pointer)}: {one.message}" for one in problem.errors if one.pointer)
    return Refusal(problem.code, members or problem.detail or problem.title, _CODES.get(problem.code))


def refused_change(answer: Answer) -> TechDeskError | None:
    """Return what to tell who changed something at once, with the field it is about; None where it is no refusal."""
    problem = problem_of(answer)
    if problem is None:
        return None
    if problem.code == "name_taken":
        return InvalidInputError("This name is taken", "Choose another one", field="name")
    if problem.code == "last_admin":
        return NotAllowedError("Somebody must stay administrator", "Make somebody else administrator first")
    if problem.code == "forbidden":
        return NotAllowedError("Your role does not allow this", problem.detail)
    if problem.code == "not_found":
        return NotFoundError("Somebody removed this meanwhile", "The list shows what the server has now")
    named = [one for one in problem.errors if one.pointer]
    if named:
        return InvalidInputError("The server refuses this", refusal_of(answer).words, field=_field_of(named[0].pointer))
    if problem.code == "invalid":
        return InvalidInputError("The server refuses this", problem.detail)
    return None


def _field_of(pointer: str) -> str:
    """Return the field of a document that a JSON pointer leads to."""
    return snake(next((step for step in pointer.split("/") if step), ""))


def label_of(pointer: str) -> str:
    """Return what people call the member that a JSON pointer leads to: an event's field as its dialog does."""
    names = [step for step in pointer.split("/") if step and not step.isdecimal()]
    name = names[-1] if names else "request"
    if name in WIRE_FIELDS:
        return WIRE_FIELDS[name].label
    return snake(name).removesuffix("_uid").replace("_", " ").strip().capitalize()
