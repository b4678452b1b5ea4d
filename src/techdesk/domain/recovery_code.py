"""Write the store's key so that a person can print, read out and type it, and say where a slip is.

The key and four bits of version are 52 digits of Crockford's base 32 (crockford.com/base32.html), in thirteen groups of
four. Each group ends with a check digit over GF(32) that depends on the group's place: any one wrong digit, two digits
that changed places, and two groups that did, are noticed, and the group is named. A fourteenth group is a part of the
key's SHA-256, so that what slips past the check digits is noticed as well, before anything is tried with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from techdesk.domain.errors import WrongRecoveryCodeError

KEY_BYTES = 32
GROUPS = 14
GROUP_LENGTH = 5

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | {"O": 0, "I": 1, "L": 1}
_BITS = 5
_KEY_GROUPS = GROUPS - 1
_KEY_DIGITS = _KEY_GROUPS * (GROUP_LENGTH - 1)
_VERSION = 0
_BETWEEN = re.compile(r"[\s\-–—.,:]+")

_FIELD = 0b100101
"""x⁵ + x² + 1, primitive over GF(2): its root makes every digit but 0."""


def recovery_code(key: bytes) -> str:
    """Return the code of a key: fourteen groups of five characters with hyphens between."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    digits = _digits(_VERSION << KEY_BYTES * 8 | int.from_bytes(key), _KEY_DIGITS)
    size = GROUP_LENGTH - 1
    groups = [digits[at : at + size] for at in range(0, _KEY_DIGITS, size)]
    checked = [[*group, _check(group, place)] for place, group in enumerate(groups)]
    return "-".join("".join(_DIGITS[digit] for digit in group) for group in (*checked, _seal(key)))


def key_of_code(text: str) -> bytes:
    """Return the key that a code stands for; small letters, spaces, and O, I and L for 0 and 1 are understood.

    Raises:
        WrongRecoveryCodeError: It has a slip; its text names the group.
    """
    groups = [_values(group, place) for place, group in enumerate(_groups(text))]
    for place, group in enumerate(groups[:_KEY_GROUPS]):
        if group[-1] != _check(group[:-1], place):
            raise WrongRecoveryCodeError(f"Group {place + 1} of the recovery code has a slip")
    number = 0
    for group in groups[:_KEY_GROUPS]:
        for digit in group[:-1]:
            number = number << _BITS | digit
    key = (number & (1 << KEY_BYTES * 8) - 1).to_bytes(KEY_BYTES)
    if groups[-1] != _seal(key):
        raise WrongRecoveryCodeError("The last group does not fit the others", "Compare every group with your copy")
    if number >> KEY_BYTES * 8 != _VERSION:
        raise WrongRecoveryCodeError("A newer TechDesk made this recovery code", "Install the newer version")
    return key


def recovery_sheet(code: str) -> str:
    """Return what is printed or written down: the code with its groups numbered, and what it is for."""
    groups = code.split("-")
    half = GROUPS // 2
    lines = ["TechDesk recovery code", ""]
    for start in (0, half):
        lines += ["   ".join(f"{place + 1:>5}" for place in range(start, start + half))]
        lines += ["   ".join(groups[start : start + half]), ""]
    lines += [
        "It opens the work that is kept on this computer if the keyring loses its key, if the",
        "master password is forgotten, or if the data was copied to another computer.",
        "Whoever has it and the data can read both: keep it on paper, not on this computer.",
    ]
    return "\n".join(lines) + "\n"


def _groups(text: str) -> list[str]:
    """Return the groups as they were typed, or as they must have been meant where they ran together.

    Raises:
        WrongRecoveryCodeError: There are too few or too many characters.
    """
    typed = [one for one in _BETWEEN.split(text.strip().upper()) if one]
    if len(typed) != GROUPS:
        joined = "".join(typed)
        typed = [joined[at : at + GROUP_LENGTH] for at in range(0, len(joined), GROUP_LENGTH)]
    if len(typed) != GROUPS:
        raise WrongRecoveryCodeError(
            f"A recovery code has {GROUPS} groups of {GROUP_LENGTH} characters; this has {len(typed)}"
        )
    for place, group in enumerate(typed):
        if len(group) != GROUP_LENGTH:
            raise WrongRecoveryCodeError(f"Group {place + 1} of the recovery code has {len(group)} characters")
    return typed


def _values(group: str, place: int) -> list[int]:
    if not all(digit in _VALUES for digit in group):
        raise WrongRecoveryCodeError(f"Group {place + 1} has a character that no recovery code has")
    return [_VALUES[digit] for digit in group]


def _check(digits: Sequence[int], place: int) -> int:
    """Return the check digit of a group: each digit weighs another power of the field's root, and so does its place."""
    found = _power(place)
    for number, digit in enumerate(digits, 1):
        found ^= _times(_power(number), digit)
    return found


def _power(exponent: int) -> int:
    value = 1
    for _ in range(exponent):
        value = _times(value, 2)
    return value


def _times(one: int, other: int) -> int:
    product = 0
    for bit in range(_BITS):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(2 * _BITS - 2, _BITS - 1, -1):
        if product >> bit & 1:
            product ^= _FIELD << bit - _BITS
    return product


def _seal(key: bytes) -> list[int]:
    whole = int.from_bytes(hashlib.sha256(b"TechDesk recovery code" + key).digest())
    return _digits(whole & (1 << GROUP_LENGTH * _BITS) - 1, GROUP_LENGTH)


def _digits(number: int, count: int) -> list[int]:
    return [number >> shift & (1 << _BITS) - 1 for shift in range((count - 1) * _BITS, -1, -_BITS)]
