"""Model the Extend dialect: the one body a servicer posts, acceptance, and what is read back."""

from techdesk.wire.extend.answers import (
    Accepted,
    Customer,
    Found,
    Product,
    Recorded,
    Refusal,
    ServiceOrder,
    ShownEvent,
)
from techdesk.wire.extend.body import (
    LATEST,
    MARK,
    OTHER_SPELLINGS,
    TOKEN_HEADER,
    VERSION,
    AcceptRepair,
    UpdateRepair,
)

__all__ = [
    "LATEST",
    "MARK",
    "OTHER_SPELLINGS",
    "TOKEN_HEADER",
    "VERSION",
    "AcceptRepair",
    "Accepted",
    "Customer",
    "Found",
    "Product",
    "Recorded",
    "Refusal",
    "ServiceOrder",
    "ShownEvent",
    "UpdateRepair",
]
