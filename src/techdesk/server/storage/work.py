"""Describe one piece of work: a transaction on behalf of somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select

from techdesk.domain.vocabulary import Role

Row = dict[str, Any]
"""One row, by the names of its columns."""

_RANKS = {Role.TECHNICIAN: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    tenant_user_uid: str
    display_name: str
    role: Role
    tenant_uid: str

    def is_at_least(self, role: Role) -> bool:
        """Say whether the caller may do what `role` may."""
        return _RANKS[self.role] >= _RANKS[role]


@dataclass(frozen=True, slots=True)
class Work:
    """A transaction, who it is for, in which store, and when.

    Attributes:
        store_uid: The store that the path names; empty for what belongs to the tenant.
        now: ISO text of the instant that everything in this transaction gets.
        sends_email: Whether e-mail to customers goes out, through a configured mail server.
    """

    connection: Connection
    caller: Caller
    store_uid: str
    now: str
    sends_email: bool = False

    def rows(self, query: Select[Any]) -> list[Row]:
        """Return all rows of a query."""
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def row(self, query: Select[Any]) -> Row | None:
        """Return the first row of a query, or None."""
        found = self.connection.execute(query).mappings().first()
        return None if found is None else dict(found)
