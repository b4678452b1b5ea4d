"""Say which accounts the sample has: one a system, all at the built-in server."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.application.accounts import Account
from techdesk.desk.account_checks import EMBEDDED
from techdesk.desk.parts import BuiltInSignIn

SAMPLE_SYSTEM = "flow_retail"
CLAIM_SYSTEM = "extend"
PASSWORD_SYSTEM = "resource_scheduler"  # noqa: S105 - the name of a system

SAMPLE_PROVIDER = "3"
"""Whose orders the sample's Resource Scheduler account holds (`techdesk-server --sample`), so that few stand twice."""

DIALECT_PATHS = {SAMPLE_SYSTEM: "", CLAIM_SYSTEM: "/extend", PASSWORD_SYSTEM: "/RSMCP"}
"""What stands behind the built-in server's address in an account of a system."""


def sample_accounts(signed_in: BuiltInSignIn) -> Sequence[tuple[Account, str]]:
    """Return each account, still without an id, and its credential; the first is the one that holds everything."""
    names = {SAMPLE_SYSTEM: "Sample workshop", CLAIM_SYSTEM: "Extend sample", PASSWORD_SYSTEM: "Scheduler sample"}
    user_name = signed_in.user_name
    own = {
        CLAIM_SYSTEM: {"settleSeconds": "15"},
        PASSWORD_SYSTEM: {"userName": user_name, "currency": "EUR", "providerId": SAMPLE_PROVIDER},
    }
    return [
        (
            Account(
                account_id="",
                name=name,
                system=system,
                address=signed_in.address + DIALECT_PATHS[system],
                settings={EMBEDDED: "yes", **own.get(system, {})},
                user_name=user_name,
            ),
            signed_in.password if system == PASSWORD_SYSTEM else signed_in.token,
        )
        for system, name in names.items()
    ]
