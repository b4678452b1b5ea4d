"""Say what a Flow Retail server guarantees: TechDesk's own by its word, a plain vendor next to nothing."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.application.accounts import Dedup, Deed, Profile
from techdesk.application.outbox import Verb
from techdesk.connectors.flow_retail.settings import FlowRetailSettings
from techdesk.domain.records import RecordType
from techdesk.wire.flow_retail import Capabilities

_DAY_S = 86400.0
_NO_ACCEPTANCE = "This server knows no acceptance"
_NO_KNOWN_PAGE = "Where this server shows its customers their orders is not known"
_BILL_STAYS = "A sales order stays as it was made"
_SERVER_SENDS = "The server sends messages to customers by itself, when an order gets a status that notifies"

REFUSALS: Mapping[Deed, str] = {
    Deed(RecordType.SALES_ORDER, Verb.UPDATE): _BILL_STAYS,
    Deed(RecordType.SALES_ORDER, Verb.DELETE): _BILL_STAYS,
    **{Deed(RecordType.NOTIFICATION, one): _SERVER_SENDS for one in (Verb.CREATE, Verb.UPDATE, Verb.DELETE)},
}
"""What none of the 32 operations does, and why, for a person."""

OWN = Profile(
    creates=Dedup.KEYED,
    reads_back=True,
    key_life_s=30 * _DAY_S,
    has_etags=True,
    has_feed=True,
    refusals=REFUSALS,
    no_reports="",
    no_notifications="",
    no_public_page="",
    late_commit_s=120.0,
    visibility_lag_s=5.0,
)
"""TechDesk's own server (`docs/backends.md`)."""


def profile_of(told: Capabilities, settings: FlowRetailSettings) -> Profile:
    """Return what a server guarantees by its own word."""
    by_its_word = Profile(
        creates=Dedup.KEYED if told.idempotency_keys else Dedup.READ_BACK,
        reads_back=True,
        key_life_s=told.idempotency_key_days * _DAY_S,
        has_etags=told.etags,
        has_feed=told.changes,
        refusals=OWN.refusals,
        no_reports=OWN.no_reports,
        no_notifications=OWN.no_notifications,
        no_public_page=OWN.no_public_page,
        late_commit_s=OWN.late_commit_s,
        visibility_lag_s=OWN.visibility_lag_s,
    )
    return by_its_word.settling_in(settings.settle_s)


def expected_profile(settings: FlowRetailSettings) -> Profile:
    """Return what holds until the server was asked.

    Whoever names a tenant means a vendor's server, which nothing may be sent to twice before it has been asked.
    """
    return plain_profile(settings) if settings.tenant_uid else OWN.settling_in(settings.settle_s)


def plain_profile(settings: FlowRetailSettings) -> Profile:
    """Return what a plain vendor gives: no keys, revisions or feed; what is made is told by its mark or its words."""
    pessimistic = Profile(
        creates=Dedup.READ_BACK,
        reads_back=True,
        pulls_followed=True,
        refusals={**REFUSALS, Deed(RecordType.ORDER, Verb.ACCEPT): _NO_ACCEPTANCE},
        no_reports="",
        no_public_page=_NO_KNOWN_PAGE,
    )
    return pessimistic.settling_in(settings.settle_s)
