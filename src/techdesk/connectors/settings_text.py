"""Read what a person typed as an account's setting, and say in words what it could be instead."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.application.account_settings import Setting, SettingKind
from techdesk.domain.errors import InvalidInputError

SETTLE = "settleSeconds"
_LONGEST_S = 86_400.0


def settle_setting(usual: str) -> Setting:
    """Return the setting of the time for which a request without an answer is waited for; `usual` is the default."""
    return Setting(
        label="Seconds to wait after a lost answer",
        default=usual,
        kind=SettingKind.NUMBER,
        hint="So long a lost request may still arrive; only then it is sent again or you are asked",
        rare=True,
    )


def settle_s(text: Mapping[str, str]) -> float | None:
    """Return an account's settle window, None where the system's own holds.

    Raises:
        InvalidInputError: It is no such number.
    """
    return seconds(text, SETTLE) if text[SETTLE] else None


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
