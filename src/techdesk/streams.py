"""Print and read whatever became of this process's streams: closed, full, or of an encoding that lacks letters."""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """Give this process streams that never fail for a letter; one that was closed leads nowhere.

    A closed one must be opened before anything else is: the next file would take its number, and what is printed.
    """
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream, instead in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=instead)


def tell(text: str) -> None:
    """Print on standard error, if that is possible."""
    if not text:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        sys.stderr = _nowhere("w")


def print_out(text: str, program: str) -> bool:
    """Print what a command of `program` found out; False where that cannot be written, though the command was done."""
    if not text:
        return True
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # who read it has seen enough
    except OSError as error:
        sys.stdout = None
        tell(f"{program}: The command was carried out, but what it says cannot be written: {error.strerror}\n")
        return False
    return True


def _nowhere(mode: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(os.devnull, mode), encoding="utf-8")
