"""Model what leaves the shop: an order's papers, and what its customer may see of it."""

from __future__ import annotations

from techdesk.wire.flow_retail.fields import Answer, Number, OptionalInstant, StateOrText, Text


class Report(Answer):
    """Be a file in JSON; `content` is base64."""

    file_name: Text
    content_type: Text
    content: Text


class PublicOrder(Answer):
    """Be what a customer sees without a login: never costs, notes, phone or e-mail."""

    service_number: Text
    title: Text
    service_type_name: Text
    service_status_name: Text
    service_state: StateOrText
    ready_at_estimate: OptionalInstant = None
    estimated_price: Number | None = None
