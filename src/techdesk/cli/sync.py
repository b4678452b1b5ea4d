"""Send and fetch, once."""

from __future__ import annotations

from argparse import Namespace

from techdesk.application.desk_services import DeskServices
from techdesk.application.settings import WORK_OFFLINE
from techdesk.application.sync.state import RoundResult
from techdesk.cli.accounts import wanted_account
from techdesk.cli.answer import Answer, Exit
from techdesk.domain.errors import NotFoundError
from techdesk.domain.instants import instant_text


def sync_once(services: DeskServices, options: Namespace) -> Answer:
    """Run one round and say how it went; the exit code is the lowest that applies.

    Raises:
        TechDeskError: There is no such account, or the round could not be run at all.
    """
    account_id = wanted_account(services, options)
    with services.store.read() as view:
        if not view.accounts():
            raise NotFoundError("There is no account yet", "“techdesk account add” signs in")
    result = services.sync_once(account_id)
    document = {
        "sent": result.sent,
        "confirmed": result.confirmed,
        "unsent": result.unsent,
        "needsPerson": result.needs_person,
        "pulled": result.pulled,
        "trouble": result.trouble,
        "waitsUntil": instant_text(result.waits_until) if result.waits_until else None,
    }
    text = f"{result.sent} sent · {result.confirmed} confirmed · {result.unsent} unsent · {result.pulled} fetched"
    if result.needs_person:
        text += f"\n{result.needs_person} need a person: techdesk outbox list"
    if result.trouble:
        text += f"\n{result.trouble}"
    elif not result.online:
        by_choice = services.settings.get(WORK_OFFLINE) == "yes"
        why = "“Work offline” is on in the window" if by_choice else "The server does not answer"
        text += f"\n{why}; unsent work is kept here and sent later"
    elif result.waits_until:
        why = "The server asked for a pause" if result.is_wished else "Not all is sent, or known to have arrived"
        text += f"\n{why}: sync again after {result.waits_until.astimezone():%Y-%m-%d %H:%M:%S}"
    return Answer(document, text, exit_code(result))


def exit_code(result: RoundResult) -> Exit:
    """Return how a round ended for the shell."""
    if result.refused:
        return Exit.FAILED
    if result.needs_person:
        return Exit.NEEDS_PERSON
    if not result.online or result.trouble:
        return Exit.OFFLINE
    return Exit.MUST_WAIT if result.must_wait or result.unsent or result.is_wished else Exit.DONE
