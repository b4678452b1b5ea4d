"""Say what an account on a Resource Scheduler can set."""

from __future__ import annotations

from techdesk.application.desk_services import SystemInfo
from techdesk.connectors.resource_scheduler.form import FORM

RESOURCE_SCHEDULER = SystemInfo(
    name="resource_scheduler",
    label="Resource Scheduler",
    address_hint="https://tenant.resourcescheduler.net/RSMCP",
    secret_label="Password",  # noqa: S106 - the word on the dialog
    settings={
        "userName": ("User name", ""),
        "format": ("Format: json or xml", "json"),
        "currency": ("Currency of its amounts", ""),
    },
    order_form=FORM,
)
"""How the account dialog shows the system."""
