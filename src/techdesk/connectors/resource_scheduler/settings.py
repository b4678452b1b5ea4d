"""Say what an account on a Resource Scheduler can set."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.application.account_settings import Setting, SettingKind
from techdesk.application.desk_services import SystemInfo
from techdesk.application.finding import SearchForm
from techdesk.connectors.resource_scheduler.files import opened_order
from techdesk.connectors.resource_scheduler.form import FORM
from techdesk.connectors.settings_text import SETTLE, settle_s, settle_setting
from techdesk.domain.errors import InvalidInputError
from techdesk.wire.resource_scheduler import Form


def read_form(given: Mapping[str, str]) -> Form:
    """Return the format that an account asks for.

    Raises:
        InvalidInputError: A setting cannot be so; `field` names it.
    """
    wanted = given.get("format", "").strip().lower() or Form.JSON.value
    if wanted not in Form._value2member_map_:
        raise InvalidInputError("The format is json or xml", field="format")
    return Form(wanted)


def read_provider(given: Mapping[str, str]) -> int | None:
    """Return the one service provider whose orders an account wants, None for all.

    Raises:
        InvalidInputError: It is no number; `field` names it.
    """
    wanted = given.get("providerId", "").strip()
    if wanted and not wanted.isdecimal():
        raise InvalidInputError("A service provider is a whole number", field="providerId")
    return int(wanted) if wanted else None


def read_settle_s(given: Mapping[str, str]) -> float | None:
    """Return an account's own settle window, None where the system's holds.

    Raises:
        InvalidInputError: It is no such number; `field` names it.
    """
    return settle_s({SETTLE: given.get(SETTLE, "").strip()})


def check_settings(given: Mapping[str, str]) -> None:
    """Let settings through that can be signed in with.

    Raises:
        InvalidInputError: A setting cannot be so; `field` names it.
    """
    read_form(given)
    read_provider(given)
    read_settle_s(given)
    if not given.get("userName", "").strip():
        raise InvalidInputError("Who signs in?", "Give the user name", field="userName")


RESOURCE_SCHEDULER = SystemInfo(
    name="resource_scheduler",
    label="Resource Scheduler",
    address_hint="https://tenant.resourcescheduler.net/RSMCP",
    secret_label="Password",  # noqa: S106 - the word on the dialog
    settings={
        "userName": Setting(label="User name", required=True),
        "currency": Setting(label="Currency of its amounts", hint="EUR, GBP, USD …; the orders do not tell it"),
        "providerId": Setting(label="Only this service provider", hint="Its number; empty: all orders", rare=True),
        "format": Setting(
            label="Format",
            default=Form.JSON.value,
            kind=SettingKind.CHOICE,
            choices={Form.JSON.value: "JSON", Form.XML.value: "XML"},
            rare=True,
        ),
        SETTLE: settle_setting("125"),
    },
    check_settings=check_settings,
    order_form=FORM,
    search_form=lambda _: SearchForm(label="Number of the order", hint="For example 1302"),
    read_file=opened_order,
)
"""How the account dialog shows the system."""
