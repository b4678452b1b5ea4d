"""Sign in and out."""

from __future__ import annotations

import uuid
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices
from techdesk.application.unsent.leaving import DISCARD_WORD, Leaving, Left, Way, unsent_by_state
from techdesk.cli.answer import Answer, table
from techdesk.domain.errors import ConnectionFailedError, InvalidInputError, NotFoundError, WrongCredentialsError


def add(services: DeskServices, options: Namespace) -> Answer:
    """Sign in, then keep the account and its token; also where the server cannot be reached now.

    Raises:
        TechDeskError: The words, the name or the token cannot be taken, or the token could not be kept.
    """
    account = Account(
        account_id=uuid.uuid4().hex,
        name=options.name,
        system=options.system,
        address=options.address,
        settings=dict(_assignments(options.settings)),
    )
    token = options.token.strip()
    told = "It was not tested" if options.no_test or not token else _tested(services, account, token)
    added = services.add_account(account, token, session_only=options.session_only)
    text = f"Added {added.name}. {told}. “techdesk sync --once” fetches its orders."
    return Answer(_document(added) | {"test": told}, text, changes=Changes(references=True))


def _tested(services: DeskServices, account: Account, token: str) -> str:
    """Say in words what signing in brought.

    Raises:
        WrongCredentialsError: The server does not take the token: it was mistyped, or copied in part.
        InvalidInputError: The address or a setting is wrong.
    """
    try:
        facts = services.test_account(account, token)
    except WrongCredentialsError as error:
        hint = "Nothing was kept. Give a valid token, or --no-test to keep this one"
        raise WrongCredentialsError(error.title, hint) from error
    except ConnectionFailedError as error:
        return f"It could not be tested now: {error}"
    return f"It works: signed in as {facts.user_name or 'somebody'} ({facts.role})"


def change(services: DeskServices, options: Namespace) -> Answer:
    """Keep another address, settings or token of an account; its unsent work stays.

    Raises:
        TechDeskError: There is no such account, the words cannot be taken, or the token could not be kept.
    """
    known = account_named(services, options.name)
    if options.token_stdin and not options.token.strip():
        raise InvalidInputError("There is no token on standard input")
    settings = {**known.settings, **dict(_assignments(options.settings))}
    wanted = replace(known, address=options.address or known.address, settings=settings)
    changed = services.change_account(wanted, options.token, session_only=options.session_only)
    return Answer(_document(changed), f"Changed {changed.name}.", changes=Changes(references=True))


def list_all(services: DeskServices, _: Namespace) -> Answer:
    """List the accounts, without their secrets.

    Raises:
        StoreError: The store cannot be read.
    """
    with services.store.read() as view:
        accounts = view.accounts()
    if not accounts:
        return Answer([], "There is no account yet. “techdesk account add” signs in.")
    rows = [("NAME", "SYSTEM", "ADDRESS", "SIGNED IN AS")]
    rows += [
        (one.name, one.system, one.address, "(signed out)" if one.signed_out else one.user_name) for one in accounts
    ]
    return Answer([_document(one) for one in accounts], table(rows))


def test(services: DeskServices, options: Namespace) -> Answer:
    """Sign in at once and say what is there.

    Raises:
        TechDeskError: There is no such account, or it does not work; in words that say why.
    """
    account = account_named(services, options.name)
    facts = services.check_account(account.account_id)
    document = {"name": account.name, "userName": facts.user_name, "role": facts.role, "version": facts.server_version}
    return Answer(document, f"{account.name} works: signed in as {facts.user_name or 'somebody'} ({facts.role}).")


def remove(services: DeskServices, options: Namespace) -> Answer:
    """Sign out; what becomes of unsent work is said by a flag.

    Raises:
        TechDeskError: There is no such account, or it has unsent work and nothing was said about it.
    """
    account = account_named(services, options.name)
    leaving = _leaving(services, options, account)
    if leaving is None:
        changes = services.remove_account(account.account_id)
        return Answer({"name": account.name, "removed": True}, f"Removed {account.name}.", changes=changes)
    left = services.leave_account(account.account_id, leaving)
    file = left.handed_over
    document = {
        "name": account.name,
        "removed": leaving.way is not Way.KEEP,
        "copy": str(left.copy.path) if left.copy else None,
        "handedOver": {"file": str(file.path), "key": file.fingerprint} if file else None,
    }
    return Answer(document, _told(account, leaving, left), changes=left.changes)


def _leaving(services: DeskServices, options: Namespace, account: Account) -> Leaving | None:
    """Return what becomes of unsent work; None where nothing was said.

    Raises:
        InvalidInputError: Work is to be discarded, and the word was not given.
    """
    if options.keep:
        return Leaving(Way.KEEP)
    if options.hand_over:
        return Leaving(Way.HAND_OVER, Path(options.folder, options.hand_over))
    if options.discard is None:
        return None
    if options.discard != DISCARD_WORD:
        with services.store.read() as view:
            unsent = sum(unsent_by_state(view, account.account_id).values())
        words = f"{unsent} unsent {'entry' if unsent == 1 else 'entries'} of {account.name} would be discarded"
        raise InvalidInputError(words, f"Nothing was. Say so with --discard {DISCARD_WORD}")
    return Leaving(Way.DISCARD)


def _told(account: Account, leaving: Leaving, left: Left) -> str:
    if leaving.way is Way.KEEP:
        text = f"Signed out of {account.name}. Its unsent work is kept for {account.user_name or 'its owner'}; "
        return text + "“techdesk account change --token-stdin” signs in again."
    if left.handed_over:
        file = left.handed_over
        return f"Handed over in {file.path}, key {file.fingerprint}. Removed {account.name}."
    copy = f" A copy of what was unsent is in {left.copy.path}." if left.copy else ""
    return f"Removed {account.name}.{copy}"


def account_named(services: DeskServices, name: str) -> Account:
    """Return the account called `name`, without regard to case.

    Raises:
        NotFoundError: There is none.
    """
    with services.store.read() as view:
        accounts = view.accounts()
    found = next((one for one in accounts if one.name.casefold() == name.casefold()), None)
    if found is None:
        known = ", ".join(one.name for one in accounts) or "none yet"
        raise NotFoundError(f"There is no account “{name}”", f"There are: {known}")
    return found


def wanted_account(services: DeskServices, options: Namespace) -> str | None:
    """Return the id of the account that `--account` names, or None for all.

    Raises:
        NotFoundError: There is no such account.
    """
    return account_named(services, options.account).account_id if options.account else None


def _assignments(words: Iterable[str]) -> Iterable[tuple[str, str]]:
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise InvalidInputError(f"“{word}” is no setting", "Write it as --set name=value")
        yield name, value


def _document(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "system": account.system,
        "address": account.address,
        "settings": dict(account.settings),
        "userName": account.user_name,
        "role": account.role.value,
        "signedOut": account.signed_out,
    }
