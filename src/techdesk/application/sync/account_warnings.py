"""Tell a person what the sync found out about an account as a whole, and take in what they answer.

A warning is a note of the transaction that found it out, so it survives a restart and is never shown for something that
was rolled back here. It is told once: the same thing found again changes its facts only (`docs/sync.md` §6).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from techdesk.application.changes import Changes
from techdesk.application.exchange import PullPage
from techdesk.application.ports import OrderStore, ReadTransaction, Urgency, WriteTransaction
from techdesk.application.sync.held_removals import let_go_of_held
from techdesk.application.sync.rereading import begin_rereading
from techdesk.domain.errors import InvalidInputError, NotFoundError


class WarningKind(StrEnum):
    """What can be wrong with an account as a whole."""

    MASS_REMOVAL = "mass_removal"
    ROLLED_BACK = "rolled_back"
    CLOCK_OFF = "clock_off"
    SCHEMA_DRIFT = "schema_drift"
    ORDERS_HIDDEN = "orders_hidden"


@dataclass(frozen=True, slots=True)
class WarningAction:
    """What a person can answer: the word for `WarningCommands.answer`, and what stands on the button."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncWarning:
    """Something about an account that a person has to know or to decide.

    Attributes:
        title: What is the matter.
        hint: What it means and what to do.
        actions: What can be answered; empty while TechDesk is still finding out.
        facts: What was found out, by name.
    """

    account_id: str
    kind: WarningKind
    title: str
    hint: str
    actions: tuple[WarningAction, ...]
    facts: Mapping[str, str]


REMOVE = WarningAction("remove", "Remove them")
LOOK_AGAIN = WarningAction("look_again", "Keep them and look again")
SERVER_TIME = WarningAction("server_time", "Use the server's time")
MINE_IS_RIGHT = WarningAction("mine_is_right", "Mine is right")
UNDERSTOOD = WarningAction("understood", "Understood")


def sync_warnings(view: ReadTransaction) -> list[SyncWarning]:
    """Return what is to be told, by account.

    Raises:
        StoreError: The store could not be read.
    """
    found = ((one.account_id, kind) for one in view.accounts() for kind in WarningKind)
    return [warning for account_id, kind in found if (warning := sync_warning(view, account_id, kind))]


def sync_warning(view: ReadTransaction, account_id: str, kind: WarningKind) -> SyncWarning | None:
    """Return one warning, None where there is none.

    Raises:
        StoreError: The store could not be read.
    """
    noted = view.note(_name(account_id, kind))
    if noted is None:
        return None
    facts: dict[str, str] = json.loads(noted)
    title, hint, actions = _WORDS[kind](facts)
    return SyncWarning(account_id=account_id, kind=kind, title=title, hint=hint, actions=actions, facts=facts)


def warn(tx: WriteTransaction, account_id: str, kind: WarningKind, facts: Mapping[str, str]) -> bool:
    """Raise a warning, or change the facts of one that stands; say whether anything is new.

    Raises:
        StoreError: It was not stored.
    """
    name, text = _name(account_id, kind), json.dumps(dict(facts), sort_keys=True)
    if tx.note(name) == text:
        return False
    tx.save_note(name, text)
    return True


def unwarn(tx: WriteTransaction, account_id: str, kind: WarningKind) -> bool:
    """Take back a warning; say whether there was one.

    Raises:
        StoreError: It was not stored.
    """
    name = _name(account_id, kind)
    if tx.note(name) is None:
        return False
    tx.save_note(name, None)
    return True


def takes_servers_time(view: ReadTransaction, account_id: str) -> bool | None:
    """Say whether a person chose the server's time over this computer's; None if they were not asked or did not answer.

    Raises:
        StoreError: The store could not be read.
    """
    chosen = view.note(_clock_choice(account_id))
    return None if chosen is None else chosen == SERVER_TIME.name


def forget_clock_choice(tx: WriteTransaction, account_id: str) -> None:
    """Ask anew the next time that the clocks differ.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_note(_clock_choice(account_id), None)


class WarningCommands:
    """Take in what a person answers."""

    def __init__(self, store: OrderStore) -> None:
        """Keep where warnings are."""
        self._store = store

    def answer(self, account_id: str, kind: WarningKind, action: str) -> Changes:
        """Do what a person chose, and take the warning back.

        Raises:
            NotFoundError: There is no such warning any more.
            InvalidInputError: It does not offer this action.
            StoreError: Nothing was done.
        """
        with self._store.write(Urgency.PERSON) as tx:
            warning = sync_warning(tx, account_id, kind)
            if warning is None:
                raise NotFoundError("This is no longer to be decided", "It was settled in the meantime")
            if action not in {one.name for one in warning.actions}:
                raise InvalidInputError("This cannot be answered so", field="action")
            unwarn(tx, account_id, kind)
            return _answered(tx, account_id, action) | Changes(outbox=True)


def _answered(tx: WriteTransaction, account_id: str, action: str) -> Changes:
    if action == REMOVE.name:
        held = sorted(let_go_of_held(tx, account_id))
        page = PullPage(orders=[], deleted=held, cursor=tx.cursor(account_id), more=True)
        effect = tx.apply_page(account_id, page)
        return Changes(orders=effect.orders, list_changed=effect.list_changed)
    if action == LOOK_AGAIN.name:
        let_go_of_held(tx, account_id)
        begin_rereading(tx, account_id)
    elif action in (SERVER_TIME.name, MINE_IS_RIGHT.name):
        tx.save_note(_clock_choice(account_id), action)
    return Changes()


_Words = tuple[str, str, tuple[WarningAction, ...]]


def _mass_removal(facts: Mapping[str, str]) -> _Words:
    title = f"The server no longer has {facts['removed']} of the {facts['here']} orders that are here"
    hint = (
        "So many at once is rarely meant, so nothing was removed here. If somebody cleared out old orders, or "
        "this account works in another store now, remove them; if not, ask who runs the server, then look again"
    )
    return title, hint, (REMOVE, LOOK_AGAIN)


def _rolled_back(facts: Mapping[str, str]) -> _Words:
    title = "The server went back to an older state"
    if facts["step"] != "done":
        hint = "Nothing is sent until TechDesk has found out what is missing there; what you record is kept here"
        return title, hint, ()
    if facts["missing"] == "0":
        hint = "Most likely a backup was restored. Everything that was confirmed to you is still there"
    else:
        hint = (
            f"Most likely a backup was restored. {facts['missing']} of the changes that were confirmed are no longer "
            "there: you find them under “Needs your check” with their whole content"
        )
    return title, hint, (UNDERSTOOD,)


def _clock_off(facts: Mapping[str, str]) -> _Words:
    title = f"This computer's clock is {facts['by']} {facts['direction']} the server's"
    hint = (
        "Times that you record would be wrong by as much. Set the clock of this computer, or say which one is to be "
        "used until then"
    )
    return title, hint, (SERVER_TIME, MINE_IS_RIGHT)


def _schema_drift(facts: Mapping[str, str]) -> _Words:
    title = "The server sends data in a form that this version does not know"
    told = (
        ("changed", "Kept as they came, but they cannot be changed here: {}"),
        ("unreadable", "In the way of whole orders, which were set aside until they can be read: {}"),
    )
    said = [text.format(facts[name]) for name, text in told if facts.get(name)]
    return title, ". ".join([*said, "Nothing is lost. Ask whether there is a newer TechDesk"]), (UNDERSTOOD,)


def _orders_hidden(facts: Mapping[str, str]) -> _Words:
    said = f" The server says: {facts['said'].rstrip('.')}." if facts["said"] else ""
    if not facts["orders"]:
        return (
            "The server shows none of its orders to your sign-in",
            f"{said} Ask whoever runs it".strip(),
            (UNDERSTOOD,),
        )
    if facts.get("failing"):
        ask = "TechDesk keeps asking; tell whoever runs the server"
        hint = f"Here they stay as they were last seen: {facts['orders']}. {ask}"
        return "The server fails when it is asked for some orders", hint, (UNDERSTOOD,)
    title = "The server no longer shows some orders to your sign-in"
    hint = f"Here they stay as they were last seen: {facts['orders']}.{said} Ask whoever runs the server"
    return title, hint, (UNDERSTOOD,)


_WORDS: dict[WarningKind, Callable[[Mapping[str, str]], _Words]] = {
    WarningKind.MASS_REMOVAL: _mass_removal,
    WarningKind.ROLLED_BACK: _rolled_back,
    WarningKind.CLOCK_OFF: _clock_off,
    WarningKind.SCHEMA_DRIFT: _schema_drift,
    WarningKind.ORDERS_HIDDEN: _orders_hidden,
}


def _name(account_id: str, kind: WarningKind) -> str:
    return f"warning:{account_id}:{kind}"


def _clock_choice(account_id: str) -> str:
    return f"clock_choice:{account_id}"
