"""Say what an account on a Flow Retail server can set."""

from __future__ import annotations

from techdesk.application.desk_services import SystemInfo

FLOW_RETAIL = SystemInfo(
    name="flow_retail",
    label="Flow Retail service orders",
    address_hint="https://techdesk.example.com",
    secret_label="Token",  # noqa: S106 - the word on the dialog
    settings={"storeUid": ("Only this store", "")},
    is_administered=True,
)
"""How the account dialog shows the system."""
