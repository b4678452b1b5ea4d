"""Lay a delivery over what is known of a work order, and find the notes that are new in it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from techdesk.server.answers.rendering import to_json

Members = Mapping[str, Any]
NoteKey = tuple[str, str]
"""A note's `Id` and `Number` as text."""


def merged(known: Members, came: Members, *, is_older: bool = False) -> dict[str, Any]:
    """Return the work order after a delivery.

    A member that is absent or null says nothing, as the sender leaves out what an event is not about. Notes gather:
    one that came before is replaced by its newer form. An older delivery adds only what was not known.
    """
    first, last = (came, known) if is_older else (known, came)
    after = {**first, **{name: value for name, value in last.items() if value is not None}}
    gathered = _gathered(first.get("Notes") or (), last.get("Notes") or ())
    if gathered:
        after["Notes"] = gathered
    return after


def new_notes(came: Sequence[Members], known: set[NoteKey]) -> dict[NoteKey, Members]:
    """Return the notes of a delivery that are no events yet.

    An Id makes one event, once. It may repeat within a delivery, as in the document's sample: then the Number tells
    its notes apart.
    """
    often = Counter(_note_id(one) for one in came)
    known_ids = {uid for uid, _ in known}
    found: dict[NoteKey, Members] = {}
    for one in came:
        key = _note_key(one)
        is_known = key in known if often[key[0]] > 1 else key[0] in known_ids
        if not is_known:
            found.setdefault(key, one)
    return found


def _gathered(before: Sequence[Members], after: Sequence[Members]) -> list[dict[str, Any]]:
    found: dict[NoteKey, dict[str, Any]] = {}
    for one in (*before, *after):
        found[_note_key(one)] = dict(one)
    return list(found.values())


def _note_key(note: Members) -> NoteKey:
    number = note.get("Number")
    return _note_id(note), "" if number is None else str(number)


def _note_id(note: Members) -> str:
    """Return a note's Id; one without is known by what it says."""
    if note.get("Id") is not None:
        return str(note["Id"])
    return hashlib.sha256(to_json(note).encode()).hexdigest()[:32]
