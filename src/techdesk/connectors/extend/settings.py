"""Say what an account at Extend can set, and read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from techdesk.application.account_settings import YES, Setting, SettingKind
from techdesk.application.desk_services import SystemInfo
from techdesk.application.finding import SearchForm
from techdesk.connectors.settings_text import SETTLE, one_of, settle_s, settle_setting
from techdesk.domain.errors import InvalidInputError
from techdesk.wire.extend import OTHER_SPELLINGS, VERSION

_VERSION = re.compile(r"[A-Za-z0-9.-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendSettings:
    """What an account has set.

    Attributes:
        in_seconds: Times go out and come in as seconds, else milliseconds.
        spellings: Name of the field table → name that is sent.
        settle_s: The account's own settle window.
    """

    reads: bool
    in_seconds: bool
    spellings: Mapping[str, str]
    version: str
    resolution_types: tuple[str, ...]
    reasons: tuple[str, ...]
    settle_s: float | None


def read_settings(given: Mapping[str, str]) -> ExtendSettings:
    """Read an account's settings; what is empty has its default.

    Raises:
        InvalidInputError: A setting cannot be so; `field` names it.
    """
    text = {name: given.get(name, "").strip() or one.default for name, one in EXTEND.settings.items()}
    in_prose = one_of(text, "dateNames", "receivedAt", "receptionDate") == "receptionDate"
    if not _VERSION.fullmatch(text["version"]):
        raise InvalidInputError("This is no version", f"It looks like {VERSION}", field="version")
    return ExtendSettings(
        reads=one_of(text, "reads", "yes", "no") == "yes",
        in_seconds=one_of(text, "timestamps", "ms", "s") == "s",
        spellings={name: other for other, name in OTHER_SPELLINGS.items()} if in_prose else {},
        version=text["version"],
        resolution_types=_listed(text["resolutionTypes"]),
        reasons=_listed(text["reasons"]),
        settle_s=settle_s(text),
    )


def search_form(given: Mapping[str, str]) -> SearchForm:
    """Return what an account can be asked for: an order by its id or claim; without reads only the person knows.

    Raises:
        InvalidInputError: A setting cannot be so.
    """
    if read_settings(given).reads:
        return SearchForm(label="Service order id or claim id", hint="The whole id")
    return SearchForm(label="Service order id", hint="The whole id, as on the papers of the repair", asks_kind=True)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


EXTEND = SystemInfo(
    name="extend",
    label="Extend service orders",
    address_hint="https://api.helloextend.com",
    secret_label="Access token",  # noqa: S106 - the word on the dialog
    settings={
        "resolutionTypes": Setting(label="Resolutions to offer", hint="With commas: Repaired, Replaced"),
        "reasons": Setting(label="Reasons to offer", hint="With commas"),
        "reads": Setting(
            label="Orders can be read",
            default=YES,
            kind=SettingKind.FLAG,
            hint="No where the account may only send; after a lost answer you are then asked",
            rare=True,
        ),
        "timestamps": Setting(
            label="Times are sent in",
            default="ms",
            kind=SettingKind.CHOICE,
            choices={"ms": "Milliseconds", "s": "Seconds"},
            rare=True,
        ),
        "dateNames": Setting(
            label="The date of receipt is called",
            default="receivedAt",
            kind=SettingKind.CHOICE,
            choices={"receivedAt": "receivedAt", "receptionDate": "receptionDate"},
            rare=True,
        ),
        "version": Setting(label="Version of the interface", default=VERSION, rare=True),
        SETTLE: settle_setting("180"),
    },
    check_settings=read_settings,
    search_form=search_form,
)
"""How the account dialog shows the system."""
