"""Start TechDesk: without words the window, else a command that needs no window and imports no Qt."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices

_WINDOW_WORDS = ("--sample", "--theme")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run TechDesk and return the exit code for the shell.

    Args:
        arguments: The words after the program's name; those of this process by default. `server` as the first one
            starts the built-in server, for a frozen program that has no `python -m`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["server"]:
        from techdesk.server.__main__ import main as serve

        return serve(words[1:])
    if words and words[0] not in _WINDOW_WORDS:
        from techdesk.cli.main import main as run_command

        return run_command(words)
    from techdesk.window import main as open_window

    return open_window(words, _answer_request)


def _answer_request(
    services: DeskServices, request: Mapping[str, Any], announce: Callable[[Changes], object]
) -> Mapping[str, Any]:
    """Run a command that another process asked the window's desk for."""
    from techdesk.cli.run import answer_request

    return answer_request(services, request, announce)


if __name__ == "__main__":
    sys.exit(main())
