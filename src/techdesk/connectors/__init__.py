"""Speak the HTTP of the systems one can sign in to; a new system is one folder and one line in `CONNECTORS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from techdesk.application.accounts import Account
from techdesk.application.desk_services import SystemInfo
from techdesk.application.network import Network
from techdesk.application.ports import Connector
from techdesk.connectors.extend.connector import ExtendConnector
from techdesk.connectors.extend.settings import EXTEND
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.flow_retail.settings import FLOW_RETAIL
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.connectors.resource_scheduler.settings import RESOURCE_SCHEDULER


@dataclass(frozen=True, slots=True)
class System:
    """A system: how the account dialog shows it, and what makes its connector from account, credential and network."""

    info: SystemInfo
    build: Callable[[Account, str, Network], Connector]


CONNECTORS: dict[str, System] = {
    FLOW_RETAIL.name: System(FLOW_RETAIL, FlowRetailConnector),
    EXTEND.name: System(EXTEND, ExtendConnector),
    RESOURCE_SCHEDULER.name: System(RESOURCE_SCHEDULER, ResourceSchedulerConnector),
}
"""Every system by its name."""
