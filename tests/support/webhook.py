"""Deliver work orders to a real server as ServiceChannel does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.server_process import ServerProcess
from tests.support.work_orders import signature


@dataclass
class Webhook:
    """ServiceChannel, as far as this server is concerned."""

    server: ServerProcess
    keys: dict[str, Any]

    def send(self, body: bytes, kind: str = "application/json", **headers: str) -> httpx.Response:
        """Deliver a body, signed where the client must sign."""
        url = f"{self.server.address}/v1/Clients/{self.keys['clientId']}/ServiceChannelWorkOrders"
        query = {"accessKey": self.keys["accessKey"], "signingKey": self.keys["signingKey"]}
        signed = signature(self.keys["signingSecret"], body) if self.keys["signingSecret"] else {}
        headers = {"Content-Type": kind, **signed, **headers}
        return httpx.post(url, params=query, content=body, headers=headers, timeout=30)
