"""Tell a person once of each order that is here, but that the server no longer shows to the sign-in."""

from __future__ import annotations

import json

from techdesk.application.exchange import PullPage
from techdesk.application.ports import WriteTransaction
from techdesk.application.sync_warnings import WarningKind, sync_warning, unwarn, warn
from techdesk.domain.records import RecordType


def note_hidden(tx: WriteTransaction, account_id: str, page: PullPage) -> bool:
    """Warn of the orders that a page could not bring, and take back what it brought again; say whether it is new.

    Raises:
        StoreError: It was not stored.
    """
    standing = sync_warning(tx, account_id, WarningKind.ORDERS_HIDDEN)
    noted = tx.note(_name(account_id))
    told: dict[str, str] = json.loads(noted) if noted else {}
    brought = {one.server_id for one in page.orders} | set(page.deleted)
    hidden = {uid: number for uid, number in told.items() if uid not in brought}
    for one in page.bad:
        known = tx.record_by_server_id(account_id, RecordType.ORDER, one.server_id) if one.is_hidden else None
        if known and known.base:
            hidden[one.server_id] = str(known.base.get("service_number") or known.base.get("title") or "")
    if hidden == told:
        return False
    tx.save_note(_name(account_id), json.dumps(hidden))
    if not hidden:
        return unwarn(tx, account_id, WarningKind.ORDERS_HIDDEN)
    if standing is None and not hidden.keys() - told.keys():
        return False
    said = next((one.reason for one in page.bad if one.is_hidden), standing.facts["said"] if standing else "")
    return warn(tx, account_id, WarningKind.ORDERS_HIDDEN, {"orders": ", ".join(sorted(hidden.values())), "said": said})


def _name(account_id: str) -> str:
    return f"hidden_told:{account_id}"
