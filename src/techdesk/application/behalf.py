"""Say whose work it is where one person sends what another one did."""

from __future__ import annotations

from techdesk.application.accounts import Account
from techdesk.application.outbox import Operation


def on_behalf_of(operation: Operation, account: Account) -> str:
    """Return the name of the person whose work it is, where it is sent under another one's sign-in; else empty."""
    maker = operation.created_by
    return maker if maker and account.user_name and maker != account.user_name else ""


def made_by(operation: Operation, account: Account) -> str:
    """Say who did it, and who sends it where that is somebody else."""
    if not on_behalf_of(operation, account):
        return operation.created_by
    return f"{operation.created_by}, sent by {account.user_name} on their behalf"
