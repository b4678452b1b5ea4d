"""Tell a person once of each field that came in a form we do not know (`docs/sync.md` §6.5)."""

from __future__ import annotations

import json

from techdesk.application.exchange import PullPage
from techdesk.application.ports import WriteTransaction
from techdesk.application.sync.account_warnings import WarningKind, sync_warning, warn


def note_drift(tx: WriteTransaction, account_id: str, page: PullPage) -> bool:
    """Warn of the fields of a page that nobody was told of yet; say whether there are any.

    Raises:
        StoreError: It was not stored.
    """
    reasons = (one.reason for one in page.bad if not one.is_hidden)
    unreadable = {field for reason in reasons if (field := reason.partition(":")[0].strip())}
    found = {"changed": set(page.odd_fields), "unreadable": unreadable}
    noted = tx.note(_name(account_id))
    told: dict[str, list[str]] = json.loads(noted) if noted else {}
    fresh = {kind: sorted(names - set(told.get(kind, ()))) for kind, names in found.items()}
    if not any(fresh.values()):
        return False
    tx.save_note(_name(account_id), json.dumps({kind: [*told.get(kind, ()), *names] for kind, names in fresh.items()}))
    standing = sync_warning(tx, account_id, WarningKind.SCHEMA_DRIFT)
    facts = standing.facts if standing else {}
    said = {kind: ", ".join(one for one in (facts.get(kind, ""), *names) if one) for kind, names in fresh.items()}
    return warn(tx, account_id, WarningKind.SCHEMA_DRIFT, said)


def _name(account_id: str) -> str:
    return f"drift_told:{account_id}"
