"""Say what the systems of the accounts let be done, for menus and buttons that are greyed with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.application.accounts import Account
from techdesk.application.outbox import Verb
from techdesk.domain.errors import NotSupportedError
from techdesk.domain.records import RecordType
from techdesk.ui.context import Context


def why_not_change(context: Context, account_id: str) -> str:
    """Return why an account's orders cannot be changed, or empty text."""
    return context.services.commands.why_not(account_id, RecordType.ORDER, Verb.UPDATE)


def account_for_new_order(context: Context, accounts: Sequence[Account], wanted: Sequence[str]) -> Account:
    """Return the account that a new order is made in: the first of the wanted ones (ids) that can, else any that can.

    Raises:
        NotSupportedError: No account can; its text is the first one's reason.
    """
    reasons = {
        one.account_id: context.services.commands.why_not(one.account_id, RecordType.ORDER, Verb.CREATE)
        for one in accounts
    }
    able = [one for one in accounts if not reasons[one.account_id]]
    if not able:
        raise NotSupportedError("None of your accounts takes new orders", next(iter(reasons.values()), ""))
    return min(able, key=lambda one: wanted.index(one.account_id) if one.account_id in wanted else len(wanted))
