"""Say what an account on a Flow Retail server can set, and read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from techdesk.application.account_settings import YES, Setting, SettingKind
from techdesk.application.desk_services import SystemInfo
from techdesk.connectors.flow_retail.searching import SEARCH_FORM
from techdesk.connectors.settings_text import SETTLE, one_of, settle_s, settle_setting
from techdesk.domain.errors import InvalidInputError, WrongVersionError

_UID = re.compile(r"[A-Za-z0-9_-]*")
_CURRENCY = re.compile(r"([A-Z]{3})?")
_SCALES = ("1", "10", "100", "1000", "10000")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRetailSettings:
    """What an account has set; all but the store counts only where the server tells nothing about itself.

    Attributes:
        store_uid: The one store to work in; empty: every store that the server names.
        price_scale: So many of the server's units make one of the currency.
        quantity_scale: So many of the server's units make one piece.
        marks: What is made is marked, so that it can be found again.
        settle_s: The account's own settle window, also on TechDesk's own server.
    """

    store_uid: str
    tenant_uid: str
    currency: str
    price_scale: int
    quantity_scale: int
    marks: bool
    settle_s: float | None

    def check_names_a_store(self) -> None:
        """Return if one can work without asking the server who we are.

        Raises:
            WrongVersionError: A setting is missing; the hint names it.
        """
        missing = [
            f"“{FLOW_RETAIL.settings[name].label}”"
            for name, value in (("tenantUid", self.tenant_uid), ("storeUid", self.store_uid))
            if not value
        ]
        if missing:
            raise WrongVersionError(
                hint="It does not tell which tenant and store are yours. "
                f"Fill in {' and '.join(missing)} in the account, or check the address"
            )


def read_settings(given: Mapping[str, str]) -> FlowRetailSettings:
    """Read an account's settings; what is empty has its default.

    Raises:
        InvalidInputError: A setting cannot be so; `field` names it.
    """
    text = {name: given.get(name, "").strip() or one.default for name, one in FLOW_RETAIL.settings.items()}
    for name in ("tenantUid", "storeUid"):
        if not _UID.fullmatch(text[name]):
            raise InvalidInputError("This is no id", "An id has letters, digits, _ and - only", field=name)
    if not _CURRENCY.fullmatch(text["currency"].upper()):
        raise InvalidInputError("This is no currency", "Give its three letters, such as EUR", field="currency")
    return FlowRetailSettings(
        store_uid=text["storeUid"],
        tenant_uid=text["tenantUid"],
        currency=text["currency"].upper(),
        price_scale=int(one_of(text, "priceScale", *_SCALES)),
        quantity_scale=int(one_of(text, "quantityScale", *_SCALES)),
        marks=one_of(text, "marks", "yes", "no") == "yes",
        settle_s=settle_s(text),
    )


FLOW_RETAIL = SystemInfo(
    name="flow_retail",
    label="Flow Retail service orders",
    address_hint="https://techdesk.example.com",
    secret_label="Token",  # noqa: S106 - the word on the dialog
    settings={
        "storeUid": Setting(label="Only this store", hint="Its uid; empty for all stores", rare=True),
        "tenantUid": Setting(label="Tenant", hint="Of a vendor's server only", rare=True),
        "currency": Setting(label="Currency", hint="Of a vendor's server only: EUR, GBP, USD …", rare=True),
        "priceScale": Setting(
            label="Its units in 1 of the currency",
            default="1",
            kind=SettingKind.NUMBER,
            hint="100 where it counts in cents",
            rare=True,
        ),
        "quantityScale": Setting(
            label="Its units in 1 piece",
            default="1",
            kind=SettingKind.NUMBER,
            hint="100 where it counts in hundredths",
            rare=True,
        ),
        "marks": Setting(
            label="Mark what is made there",
            default=YES,
            kind=SettingKind.FLAG,
            hint="A mark in the note finds it again after a lost answer",
            rare=True,
        ),
        SETTLE: settle_setting(""),
    },
    check_settings=read_settings,
    is_administered=True,
    search_form=lambda _: SEARCH_FORM,
)
"""How the account dialog shows the system."""
