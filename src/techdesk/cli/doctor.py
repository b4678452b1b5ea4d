"""Say how the desk is, and pack a file for those who help."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from techdesk.application.desk_services import DeskServices
from techdesk.application.doctor import Grade, Health, document_of
from techdesk.cli.answer import Answer, Exit, table
from techdesk.desk.doctor import bundle_unopened, unopened
from techdesk.desk.places import Places
from techdesk.domain.errors import TechDeskError
from techdesk.domain.text import printable

_MARKS = {Grade.GOOD: "ok", Grade.LOOK: "look", Grade.BAD: "BAD", Grade.OFFLINE: "offline"}
_EXITS = {
    Grade.GOOD: Exit.DONE,
    Grade.LOOK: Exit.NEEDS_PERSON,
    Grade.BAD: Exit.NEEDS_PERSON,
    Grade.OFFLINE: Exit.OFFLINE,
}


def examine(services: DeskServices, options: Namespace) -> Answer:
    """Examine the desk, and write a bundle where one is asked for.

    Raises:
        TechDeskError: The store cannot be read, or the bundle cannot be written.
    """
    health = services.doctor.examine(online=options.online)
    if not options.bundle:
        return told(health)
    path = Path(options.folder, options.bundle)
    services.doctor.bundle(path, health, with_content=options.with_content)
    holds = "what people entered" if options.with_content else "no customers' data"
    return _with_bundle(told(health), path, f"findings, outbox and log, {holds}")


def examine_unopened(places: Places, options: Namespace, error: TechDeskError) -> Answer:
    """Examine a desk that cannot be opened from outside, and write a bundle where one is asked for.

    Raises:
        FileNotSavedError: The bundle cannot be written.
    """
    health = unopened(places, error)
    if not options.bundle:
        return told(health)
    path = Path(options.bundle)
    bundle_unopened(places, path, health)
    return _with_bundle(told(health), path, "findings and log, no customers' data")


def told(health: Health) -> Answer:
    """Return findings as an answer."""
    rows = [(_MARKS[one.grade], one.what, printable(one.words)) for one in health.findings]
    return Answer(document_of(health), table(rows), _EXITS[health.worst])


def _with_bundle(answer: Answer, path: Path, holds: str) -> Answer:
    document = {**answer.document, "bundle": str(path)}
    return Answer(document, f"{answer.text}\n{path} holds {holds} and no secrets.", answer.exit_code)
