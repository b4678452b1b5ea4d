"""Describe a message that the back end sent, or could not send, to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message to the customer, made when an order enters a status that notifies.

    Attributes:
        channel: SMS or EMAIL.
        recipient: A phone number or an e-mail address.
        status: QUEUED, SENT, FAILED or NOT_CONFIGURED; a newer server's word is shown as it is.
    """

    service_notification_uid: str | None = None
    channel: str = ""
    recipient: str = ""
    message: str = ""
    status: str = ""
    created_at: datetime | None = None
    sent_at: datetime | None = None
