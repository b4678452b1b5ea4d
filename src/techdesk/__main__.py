"""Start TechDesk: without words the window, else a command that needs no window and imports no Qt."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from techdesk.domain.errors import AlreadyRunningError, InvalidInputError, TechDeskError
from techdesk.streams import prepare

if TYPE_CHECKING:
    from techdesk.application.changes import Changes
    from techdesk.application.desk_services import DeskServices
    from techdesk.desk.opening import Opening
    from techdesk.desk.places import Places
    from techdesk.instance.claim import Claim

_WINDOW_WORDS = ("--sample", "--theme")
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_INTERRUPTED = 130
_OTHERS_PATIENCE_S = 20.0
_LOOK_AGAIN_S = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run TechDesk and return the exit code for the shell.

    Args:
        arguments: The words after the program's name; those of this process by default. `server` as the first one
            starts the built-in server, for a frozen program that has no `python -m`.
    """
    prepare()
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(words: Sequence[str]) -> int:
    if words[:1] == ["server"]:
        from techdesk.server.__main__ import main as serve

        return serve(words[1:])
    if words and words[0] not in _WINDOW_WORDS:
        from techdesk.cli.main import main as run_command

        return run_command(words)
    try:
        return _open_window(words)
    except TechDeskError as error:
        sys.stderr.write(f"techdesk: {error}\n")
        return 2


def _open_window(words: Sequence[str]) -> int:
    """Open the window, or raise the one that is open; Qt is imported only for one of our own, beside the opening.

    Raises:
        TechDeskError: There can be no window.
    """
    gc.disable()  # nothing that is imported is garbage; the window enables it once its first rows are painted
    from techdesk.desk.places import Places
    from techdesk.desk.withheld import withhold

    withhold()
    options = _parser().parse_args(words)
    if sys.platform == "linux" and not any(os.environ.get(name) for name in _DISPLAYS):
        raise InvalidInputError("There is no display to open a window on", "Commands need none: techdesk --help")
    places = Places.from_environment()
    claim = _claimed(places)
    if claim is None:
        return 0
    try:
        opening = open_beside_qt(places)
        from techdesk import window

        wishes = window.WindowOptions(opening=opening, sample=options.sample, theme=options.theme)
        return window.run(places, claim, wishes, _answer_request)
    finally:
        claim.release()


def open_beside_qt(places: Places) -> Opening:
    """Begin to open the desk in a thread, so that Qt can be imported meanwhile."""
    from techdesk.desk.opening import open_in_background

    # Qt's binding goes through all modules as it is imported, and ends the process where a thread adds one just then
    import_module("shiboken6")
    return open_in_background(places)


def _claimed(places: Places) -> Claim | None:
    """Claim the desk; None if its window was raised instead. A command that has the desk is waited for.

    Raises:
        AlreadyRunningError: Another process has it and neither raises its window nor ends.
        StoreError: The desk's folder cannot be used.
    """
    from techdesk.instance.claim import Claim, claim_or_ask
    from techdesk.instance.line import BrokenOffError

    deadline = time.monotonic() + _OTHERS_PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(BrokenOffError):
            answer = claim_or_ask(places.run, {"raise": True})
            if isinstance(answer, Claim):
                return answer
            if answer.get("raised"):
                return None
        threading.Event().wait(_LOOK_AGAIN_S)
    raise AlreadyRunningError("A TechDesk command still runs", "Wait until it has ended, then try again")


def _answer_request(
    services: DeskServices, request: Mapping[str, Any], announce: Callable[[Changes], object]
) -> Mapping[str, Any]:
    """Run a command that another process asked the window's desk for."""
    from techdesk.cli.run import answer_request

    return answer_request(services, request, announce)


def _parser() -> argparse.ArgumentParser:
    from techdesk.application.desk_services import SAMPLE_ORDERS

    parser = argparse.ArgumentParser(prog="techdesk")
    parser.add_argument("--sample", type=int, nargs="?", const=SAMPLE_ORDERS, metavar="ORDERS")
    parser.add_argument("--theme", choices=["light", "dark", "system"], default="")
    return parser


if __name__ == "__main__":
    sys.exit(main())
