"""Say what a Flow Retail server guarantees: TechDesk's own, and nothing is known of others yet."""

from __future__ import annotations

from techdesk.application.accounts import Dedup, Profile
from techdesk.wire.flow_retail import Capabilities

_DAY_S = 86400.0

OWN = Profile(
    creates=Dedup.KEYED,
    key_life_s=30 * _DAY_S,
    has_etags=True,
    has_feed=True,
    late_commit_s=120.0,
    visibility_lag_s=5.0,
)
"""TechDesk's own server (`docs/backends.md`)."""


def profile_of(told: Capabilities) -> Profile:
    """Return what a server guarantees by its own word."""
    return Profile(
        creates=Dedup.KEYED if told.idempotency_keys else Dedup.BLIND,
        key_life_s=told.idempotency_key_days * _DAY_S,
        has_etags=told.etags,
        has_feed=told.changes,
        late_commit_s=OWN.late_commit_s,
        visibility_lag_s=OWN.visibility_lag_s,
    )
