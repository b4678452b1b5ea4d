"""Describe what an account can set, so that a dialog for it can be made without knowing the system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SettingKind(StrEnum):
    """How a setting is filled in; whatever it is, it is kept as text."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"


YES, NO = "yes", "no"
"""What a FLAG is kept as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that an account can set.

    Attributes:
        label: What a person reads.
        default: What holds where nothing is set.
        hint: What it means or looks like, in a few words.
        choices: Value → label of a CHOICE; of a TEXT, what is suggested.
        required: Nobody can sign in without it.
        rare: Hardly anybody changes it, so the dialog folds it away.
    """

    label: str
    default: str = ""
    kind: SettingKind = SettingKind.TEXT
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    rare: bool = False
