"""Read what a person typed as an account's setting, and say in words what it could be instead."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.domain.errors import InvalidInputError

_LONGEST_S = 86_400.0


def one_of(text: Mapping[str, str], name: str, *allowed: str) -> str:
    """Return the allowed value that a setting names, in whatever case.

    Raises:
        InvalidInputError: It names none of them.
    """
    found = next((one for one in allowed if one.casefold() == text[name].casefold()), None)
    if found is None:
        raise InvalidInputError(f"“{text[name][:40]}” cannot be set", f"Give {' or '.join(allowed)}", field=name)
    return found


def seconds(text: Mapping[str, str], name: str) -> float:
    """Return a setting's seconds, a day at most.

    Raises:
        InvalidInputError: It is no such number.
    """
    try:
        found = float(text[name])
    except ValueError:
        found = -1.0
    if not 0 <= found <= _LONGEST_S:
        raise InvalidInputError("This is no number of seconds", "Give 0 to 86400", field=name)
    return found
