"""Know what two values of a document mean, by the name of their field; nothing is ever changed on the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.domain.documents import compact, is_empty
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import parse_instant
from techdesk.domain.money import parse_money

AMOUNTS = frozenset(
    {
        "estimated_price",
        "max_price",
        "price",
        "cost_price",
        "original_price",
        "total_price",
        "total_cost_price",
        "quantity",
        "parts_total",
        "work_total",
        "grand_total",
        "nte",
    }
)
"""Fields whose text is a number, with or without a currency: `12.50 NOK` is `12.5 NOK`; a serial `007` is not `7`."""

NOTES = frozenset({"description", "note", "notes"})
"""Free text that people add to."""

_INSTANT_ENDS = ("_at", "At")
_SET_END = "_uids"
_ID_ENDS = ("_uid", "Uid", "_id", "Id")


def agree(one: Any, other: Any, name: str = "") -> bool:
    """Say whether two values of a field mean the same: what is empty means nothing, nor do spaces around a text.

    Amounts are compared as exact numbers, times as instants, lists of records by their ids and lists of ids as sets.
    """
    return bool(_meaning(one, name) == _meaning(other, name))


def appended(base: Any, mine: Any, theirs: Any, signed: str) -> str | None:
    """Return a note to which both added something: theirs, then mine with who wrote it; None if it is no such note.

    Args:
        base: The note that both saw.
        mine: It with what was added here.
        theirs: It with what was added elsewhere.
        signed: Who added it here, and when.
    """
    texts = [one.rstrip() if isinstance(one, str) else "" for one in (base, mine, theirs)]
    seen, *others = texts
    added = [one[len(seen) :] for one in others if one.startswith(seen)]
    if not seen or len(added) < len(others) or not all(one[:1].isspace() for one in added):
        return None
    return f"{texts[2]}\n[{signed}] {added[0].strip()}"


def _meaning(value: Any, name: str) -> Any:
    if is_empty(value):
        return None
    if isinstance(value, str):
        return _meaning_of_text(value.strip(), name)
    if isinstance(value, bool):
        return ("flag", value)
    if isinstance(value, Mapping):
        found = compact({key: _meaning(one, key) for key, one in value.items()})
        return found or None
    return _meaning_of_list(value, name) if isinstance(value, list) else value


def _meaning_of_text(text: str, name: str) -> Any:
    try:
        if name in AMOUNTS:
            return parse_money(text)
        if name.endswith(_INSTANT_ENDS) or "_at_" in name:
            return parse_instant(text)
    except InvalidInputError:
        pass
    return text or None


def _meaning_of_list(values: list[Any], name: str) -> Any:
    meant = [_meaning(one, name.removesuffix("s")) for one in values]
    if name.endswith(_SET_END) and all(isinstance(one, str) for one in meant):
        return frozenset(meant)
    ids = [_id_of(one) for one in values]
    named = {one for one in ids if one is not None}
    return dict(zip(ids, meant, strict=True)) if len(named) == len(values) else meant


def _id_of(value: Any) -> tuple[str, str] | None:
    """Return the first member of a record that names it."""
    if not isinstance(value, Mapping):
        return None
    names = (name for name in value if name.endswith(_ID_ENDS) and isinstance(value[name], str) and value[name])
    return next(((name, value[name]) for name in sorted(names)), None)
