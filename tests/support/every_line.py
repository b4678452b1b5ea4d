"""Hear everything that any logger says, whatever an earlier test made of the levels."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_OURS = ("", "techdesk")
"""The root, and the branch whose level a server process sets."""


@contextmanager
def every_line(handler: logging.Handler) -> Iterator[None]:
    """Give every line of every logger of ours to `handler`, down to the least."""
    loggers = [logging.getLogger(name) for name in _OURS]
    levels = [one.level for one in loggers]
    loggers[0].addHandler(handler)
    for one in loggers:
        one.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        loggers[0].removeHandler(handler)
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
