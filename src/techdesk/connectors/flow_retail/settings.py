"""Say what an account on a Flow Retail server can set."""

from __future__ import annotations

from techdesk.application.desk_services import SystemInfo
from techdesk.connectors.flow_retail.searching import SEARCH_FORM

FLOW_RETAIL = SystemInfo(
    name="flow_retail",
    label="Flow Retail service orders",
    address_hint="https://techdesk.example.com",
    secret_label="Token",  # noqa: S106 - the word on the dialog
    settings={"storeUid": ("Only this store", "")},
    is_administered=True,
    search_form=lambda _: SEARCH_FORM,
)
"""How the account dialog shows the system."""
