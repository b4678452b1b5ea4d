"""Say whose work it is where one person sends, or would send, what another one did."""

from __future__ import annotations

from techdesk.application.accounts import Account
from techdesk.application.exchange import AccountFacts
from techdesk.application.outbox import Operation, unsent_in
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import WrongCredentialsError


def on_behalf_of(operation: Operation, account: Account) -> str:
    """Return the name of the person whose work it is, where it is sent under another one's sign-in; else empty."""
    maker = operation.created_by
    return maker if maker and account.user_name and maker != account.user_name else ""


def made_by(operation: Operation, account: Account) -> str:
    """Say who did it, and who sends it where that is somebody else."""
    if not on_behalf_of(operation, account):
        return operation.created_by
    return f"{operation.created_by}, sent by {account.user_name} on their behalf"


def why_not_theirs(view: ReadTransaction, account_id: str, facts: AccountFacts) -> WrongCredentialsError | None:
    """Say that a sign-in is another person's than the unsent work of its account, as far as the system tells.

    They would send that work as their own without knowing it; what comes in a rescue file is taken in knowingly.

    Raises:
        StoreError: The store could not be read.
    """
    account = next((one for one in view.accounts() if one.account_id == account_id), None)
    if account is None or not account.user_uid or not facts.user_uid or account.user_uid == facts.user_uid:
        return None
    if not unsent_in(view.outbox_counts(account_id)):
        return None
    they, whose = facts.user_name or "somebody else", account.user_name or "another person"
    if they == whose:
        return WrongCredentialsError(
            f"The server knows {they} anew, and not as who did the unsent work",
            "It may have been set up anew, or two people have this name. If the work is yours, hand it over into a "
            "file as you sign out, add the account again, and take that file in. The work is kept",
        )
    return WrongCredentialsError(
        f"This is the sign-in of {they}, and the unsent work is of {whose}",
        f"Sign in as {whose}, or add an account of its own for {they}. The work is kept",
    )
