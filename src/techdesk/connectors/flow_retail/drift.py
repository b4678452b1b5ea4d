"""Read a record in which a field came in another kind than we know it: that field is set aside, the rest goes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.connectors.flow_retail.mapping import Fields, document_by, snake
from techdesk.domain.documents import SET_ASIDE, Document
from techdesk.domain.errors import InvalidInputError

_NEEDED = frozenset(
    {
        "serviceTypeUid",
        "serviceStatusUid",
        "serviceState",
        "storeUid",
        "requiresAcceptance",
        "acceptedAt",
        "assignedUserUid",
        "title",
        "name",
        "quantity",
        "eventType",
        "data",
        "salesOrderUid",
    }
)
"""What a record cannot be worked on without; such a record is set aside whole."""


def document_in_part(record: Mapping[str, Any], fields: Fields) -> Document:
    """Read a record field by field; what cannot be read stands, as it came, in its `set_aside`.

    Raises:
        InvalidInputError: A field that is needed cannot be read, or one cannot even be kept.
    """
    document: Document = {}
    odd: dict[str, Any] = {}
    for wire, value in record.items():
        try:
            document |= document_by({wire: value}, fields)
        except InvalidInputError:
            if wire in _NEEDED:
                raise
            odd |= document_by({wire: value}, {})
    return document | {SET_ASIDE: odd} if odd else document


def odd_fields(document: Document) -> set[str]:
    """Return which fields of a record were set aside, as the server calls them but in words."""
    return {snake(name).replace("_", " ") for name in document.get(SET_ASIDE, ())}
