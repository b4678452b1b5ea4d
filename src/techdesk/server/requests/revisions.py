"""Protect against blind overwrites: an ETag is a record's revision, If-Match names the one a client saw."""

from __future__ import annotations

import json
import secrets
from typing import Any

from techdesk.server.answers.problems import Problem
from techdesk.server.answers.rendering import to_json

_LONGEST_STEP = 100_000
"""A record would need some forty thousand changes to outgrow a 32-bit column."""


def step() -> int:
    """Return by how much a changed record's revision grows: by chance.

    Where an old backup was put back, counting by one would give a revision anew that a client has seen with another
    content, and its change would pass for one that saw the present record.
    """
    return 1 + secrets.randbelow(_LONGEST_STEP)


def etag(revision: int) -> str:
    """Return the strong ETag of a revision."""
    return f'"{revision}"'


def check_revision(if_match: str | None, revision: int, current: Any) -> None:
    """Let a change through if the client saw the present revision, or asked for no protection.

    Args:
        if_match: The header's value: entity tags, quoted or bare, or `*`.
        revision: What the record has now.
        current: The record as GET shows it: an object, or its JSON.

    Raises:
        Problem: 412, somebody else changed it; carries `current`.
    """
    if if_match is None or if_match.strip() == "*":
        return
    # a weak tag never matches here: RFC 9110 §13.1.1
    tags = {tag.strip().strip('"') for tag in if_match.split(",")}
    if str(revision) in tags:
        return
    shown = json.loads(current if isinstance(current, str) else to_json(current))
    raise Problem(
        412,
        "revision_conflict",
        f"It is at revision {revision} now",
        headers={"ETag": etag(revision)},
        current=shown,
    )
