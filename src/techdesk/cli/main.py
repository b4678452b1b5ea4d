"""Run a command from the terminal: in the running desk if there is one, else in a desk of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from techdesk.application.store_news import StoreNews
from techdesk.cli.answer import Exit
from techdesk.cli.arguments import parse
from techdesk.cli.run import Said, answer_request, failure, request_for, run
from techdesk.domain.errors import NoKeyringError, PasswordNeededError, StoreTooNewError, TechDeskError
from techdesk.domain.text import checked_text
from techdesk.streams import print_out, tell

if TYPE_CHECKING:
    from argparse import Namespace

    from techdesk.desk.places import Places


def main(arguments: Sequence[str]) -> int:
    """Run the command that the words name and return the exit code for the shell.

    Raises:
        SystemExit: Help or the version was asked for.
    """
    try:
        said = _said(arguments)
    except NoKeyringError as error:
        said = failure(
            NoKeyringError(error.title, "Set TECHDESK_MASTER_PASSWORD, or open the window once and choose one")
        )
    except PasswordNeededError as error:
        said = failure(PasswordNeededError(hint=f"{error.hint}; TECHDESK_MASTER_PASSWORD holds it on the command line"))
    except StoreTooNewError as error:
        way_out = f". {error.unsent} unsent in it: “techdesk outbox export FILE” saves that" if error.unsent else ""
        said = failure(StoreTooNewError(error.title, error.hint + way_out))
    except TechDeskError as error:
        said = failure(error)
    tell(said["err"])
    return int(said["exit"] if print_out(said["out"], "techdesk") else Exit.FAILED)


def _said(arguments: Sequence[str]) -> Said:
    options = parse(arguments)
    arguments = _confirmed(arguments, getattr(options, "discard", None))
    takes_token = getattr(options, "token_stdin", False)
    token = checked_text(sys.stdin.read()) if takes_token else ""
    from techdesk.desk.places import Places

    places = Places.from_environment()
    if options.command == "doctor":
        return _examined(arguments, places, options)
    if options.command == "restore":
        from techdesk.cli.restoring import restore

        return {"exit": int(Exit.DONE), "out": restore(options, places).printed(options.json), "err": ""}
    try:
        return _in_a_desk(arguments, token, places, may_ask=not takes_token)
    except StoreTooNewError:
        if options.command != "outbox export":
            raise
    from techdesk.cli.newer import export_newer

    return {"exit": int(Exit.DONE), "out": export_newer(options, places).printed(options.json), "err": ""}


def _examined(arguments: Sequence[str], places: Places, options: Namespace) -> Said:
    """Examine the desk; one that cannot be opened from outside."""
    try:
        return _in_a_desk(arguments, "", places, may_ask=False)
    except TechDeskError as error:
        from techdesk.cli.doctor import examine_unopened

        told = examine_unopened(places, options, error)
        return {"exit": int(Exit.FAILED), "out": told.printed(options.json), "err": ""}


def _in_a_desk(arguments: Sequence[str], token: str, places: Places, *, may_ask: bool) -> Said:
    """Run a command in the running desk if there is one, else in a desk of its own."""
    from techdesk.cli.recovery import open_desk_asking
    from techdesk.instance.claim import Claim, claim_or_ask

    request = request_for(arguments, token)
    claimed = claim_or_ask(places.run, request)
    if not isinstance(claimed, Claim):
        return claimed
    try:
        with closing(open_desk_asking(places, may_ask=may_ask)) as desk:
            desk.look_after_store(_tell)
            claimed.serve(partial(answer_request, desk))
            try:
                return run(desk, arguments, token)
            finally:
                claimed.stop_serving()
    finally:
        claimed.release()


def _tell(news: StoreNews) -> None:
    """Print what the store tells by itself."""
    tell("techdesk: " + " ".join(f"{news.title}. {news.hint}".split()) + "\n")


def _confirmed(arguments: Sequence[str], word: str | None) -> Sequence[str]:
    """Return the words with the one that a person types before unsent work is thrown away, where one can be asked."""
    if word != "" or not sys.stdin.isatty():
        return arguments
    sys.stderr.write("Unsent work is thrown away. Type DISCARD: ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip()
    return [f"{one}={typed}" if one == "--discard" else one for one in arguments]
