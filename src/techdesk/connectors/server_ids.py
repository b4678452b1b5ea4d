"""Tell the ids of a server that can be asked for: what stands in an address must not lead elsewhere."""

from __future__ import annotations

import re

from techdesk.domain.errors import InvalidInputError

_CAN_STAND = re.compile(r"(?!\.{1,2}\Z)[^\x00-\x20/?#%\\\x7f-\xa0\ud800-\udfff]{1,500}")


def can_be_asked_for(server_id: str) -> bool:
    """Say whether an id can stand in an address as it is, and means nothing else there."""
    return _CAN_STAND.fullmatch(server_id) is not None


def checked_id(server_id: object, name: str) -> str:
    """Return an id that can stand in an address.

    Args:
        server_id: What a server calls a record.
        name: Of the member it came in.

    Raises:
        InvalidInputError: It is no text, empty, or would lead elsewhere.
    """
    if type(server_id) is not str or not server_id:
        raise InvalidInputError(f"has no {name}")
    if not can_be_asked_for(server_id):
        raise InvalidInputError(f"{name}: cannot stand in an address", field=name)
    return server_id
