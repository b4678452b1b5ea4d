"""Sign out: decide what becomes of an account's unsent work (`docs/sync.md`, "Rescue and sign-out")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.editing.drafts import forget_forms
from techdesk.application.outbox import UNSETTLED, OpState, Verb
from techdesk.application.ports import ReadTransaction, WriteTransaction
from techdesk.application.unsent.rescue import HANDED_OVER, RescueFile, RescueWork
from techdesk.domain.errors import NotAllowedError

DISCARD_WORD = "DISCARD"
"""What a person types so that unsent work is thrown away."""


class Way(Enum):
    """What becomes of unsent work when its account is signed out."""

    KEEP = "keep"
    HAND_OVER = "hand over"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Leaving:
    """How to sign out.

    Attributes:
        way: What becomes of unsent work.
        file: Where it goes with HAND_OVER; a new file.
    """

    way: Way
    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What signing out brought.

    Attributes:
        copy: The rescue file in TechDesk's own folder; None where nothing was unsent.
        handed_over: The file for somebody else.
    """

    changes: Changes
    copy: RescueFile | None = None
    handed_over: RescueFile | None = None


def unsent_by_state(view: ReadTransaction, account_id: str) -> dict[OpState, int]:
    """Return how much of an account is unsent, by state; a state without any is left out.

    Raises:
        StoreError: The store could not be read.
    """
    counts = view.outbox_counts(account_id)
    return {state: counts[state] for state in UNSETTLED if counts[state]}


def withdraw_handed_over(tx: WriteTransaction, work: RescueWork, file_name: str, now: datetime) -> None:
    """Withdraw what stands in a file that was written, so that it is sent from nowhere but there.

    Raises:
        NotAllowedError: Something was saved since; nothing was withdrawn.
        StoreError: It was not saved.
    """
    account_ids = {one.account_id for one in work.accounts}
    pending = [one for one in tx.operations(states=UNSETTLED) if one.account_id in account_ids]
    if pending != [one.operation for one in work.unsent]:
        raise NotAllowedError("Something was saved meanwhile", "Nothing was handed over. Sign out again")
    for operation in pending:
        reason = HANDED_OVER + file_name
        tx.save_operation(replace(operation, state=OpState.CANCELLED, done_at=now, reason=reason))
    made_here = {one.record_id for one in pending if one.verb is Verb.CREATE}
    for one in work.records:
        record = tx.record(one.account_id, one.record_type, one.record_id)
        if record and record.record_id in made_here:
            tx.remove_record(record.account_id, record.record_type, record.record_id)
        elif record:
            tx.save_record(replace(record, view=dict(record.base or {}), deleted=False))


def remove_account(tx: WriteTransaction, account: Account, *, unsent_too: bool) -> None:
    """Remove an account with every row of it and what stood in its forms.

    Raises:
        NotAllowedError: It has unsent work, and that was not given up.
        StoreError: It was not removed.
    """
    unsent = sum(unsent_by_state(tx, account.account_id).values())
    if unsent and not unsent_too:
        hint = "Sync it, keep it here, hand it over or discard it; nothing was removed"
        raise NotAllowedError(f"{account.name} has {unsent} unsent {'entry' if unsent == 1 else 'entries'}", hint)
    forget_forms(tx, account.account_id)
    tx.remove_account(account.account_id)
