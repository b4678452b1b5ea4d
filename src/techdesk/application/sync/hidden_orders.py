"""Tell a person once of each order that is here, but that the server no longer shows to the sign-in, or fails to show.

One that was never here is nobody's news, unless nothing is here at all: then it is why there is nothing to see.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from techdesk.application.exchange import BadRecord, PullPage
from techdesk.application.ports import ReadTransaction, WriteTransaction
from techdesk.application.sync.account_warnings import WarningKind, sync_warning, unwarn, warn
from techdesk.domain.records import RecordType

NAMED = 5
"""So many are named; of the others a person is told how many they are."""

_ALL = ""
"""Stands for all orders of a server that shows none; no order has this id."""


def note_hidden(tx: WriteTransaction, account_id: str, page: PullPage) -> bool:
    """Warn of the orders that a page could not bring, and take back what it brought again; say whether it is new.

    Raises:
        StoreError: It was not stored.
    """
    noted = tx.note(_name(account_id))
    told: dict[str, str] = json.loads(noted) if noted else {}
    refused = [one for one in page.bad if one.is_hidden]
    if not told and not refused:
        return False
    hidden = _still_hidden(tx, account_id, page, told) | _hidden_now(tx, account_id, refused)
    if hidden == told:
        return False
    tx.save_note(_name(account_id), json.dumps(hidden) if hidden else None)
    if not hidden:
        return unwarn(tx, account_id, WarningKind.ORDERS_HIDDEN)
    standing = sync_warning(tx, account_id, WarningKind.ORDERS_HIDDEN)
    if standing is None and not hidden.keys() - told.keys():
        return False
    said = next((one.reason for one in refused), standing.facts["said"] if standing else "")
    failing = "yes" if any(one.fails for one in refused) else standing.facts.get("failing", "") if standing else ""
    facts = {"orders": _in_words(hidden), "said": said, "failing": failing}
    return warn(tx, account_id, WarningKind.ORDERS_HIDDEN, facts)


def _still_hidden(view: ReadTransaction, account_id: str, page: PullPage, told: Mapping[str, str]) -> dict[str, str]:
    brought = {one.server_id for one in page.orders} | set(page.deleted)

    def is_hidden(uid: str) -> bool:
        if uid == _ALL:
            return not view.order_server_ids(account_id)
        return uid not in brought and view.record_by_server_id(account_id, RecordType.ORDER, uid) is not None

    return {uid: number for uid, number in told.items() if is_hidden(uid)}


def _hidden_now(view: ReadTransaction, account_id: str, refused: Sequence[BadRecord]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in refused:
        known = view.record_by_server_id(account_id, RecordType.ORDER, one.server_id)
        if known and known.base:
            found[one.server_id] = str(known.base.get("service_number") or known.base.get("title") or "")
    return found if found or not refused or view.order_server_ids(account_id) else {_ALL: ""}


def _in_words(hidden: Mapping[str, str]) -> str:
    """Name the orders; empty where the server shows none at all."""
    if _ALL in hidden:
        return ""
    named = sorted(one for one in hidden.values() if one)[:NAMED]
    return _and_more(named, len(hidden) - len(named))


def _and_more(named: Collection[str], more: int) -> str:
    others = f"{more} more" if named else "1 order" if more == 1 else f"{more} orders"
    return " and ".join([one for one in (", ".join(named), others if more else "") if one])


def _name(account_id: str) -> str:
    return f"hidden_told:{account_id}"
