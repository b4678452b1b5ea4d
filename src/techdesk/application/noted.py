"""Note an instant in the store under a name, and read it back."""

from __future__ import annotations

from datetime import datetime

from techdesk.application.ports import ReadTransaction, WriteTransaction
from techdesk.domain.instants import instant_text, parse_instant


def note_instant(tx: WriteTransaction, name: str, at: datetime) -> None:
    """Note an instant in place of the one before.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_note(name, instant_text(at))


def noted_instant(view: ReadTransaction, name: str) -> datetime | None:
    """Return the instant that was noted, None where none is.

    Raises:
        StoreError: The store could not be read.
    """
    noted = view.note(name)
    return parse_instant(noted) if noted else None
