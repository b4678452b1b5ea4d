"""Say what Extend guarantees: no keys, no revisions, no feed; only events and acceptance can be written."""

from __future__ import annotations

from techdesk.application.accounts import Dedup, Deed, Profile
from techdesk.application.outbox import Verb
from techdesk.connectors.extend.settings import ExtendSettings
from techdesk.domain.records import RecordType

_EVENTS_ONLY = "Extend takes repair events only"
_REFUSALS: dict[Deed, str] = {
    **{Deed(one, verb): _EVENTS_ONLY for one in (RecordType.ITEM, RecordType.HOURS) for verb in Verb},
    Deed(RecordType.SALES_ORDER, Verb.CREATE): "Extend has no sales orders",
    Deed(RecordType.ORDER, Verb.CREATE): "Extend makes orders itself, from claims; open one by its id",
    Deed(RecordType.ORDER, Verb.UPDATE): _EVENTS_ONLY,
    Deed(RecordType.ORDER, Verb.DELETE): _EVENTS_ONLY,
    Deed(RecordType.EVENT, Verb.UPDATE): "Extend keeps every event as it was sent; record another one",
    Deed(RecordType.EVENT, Verb.DELETE): "Extend keeps every event as it was sent; record another one",
}


def profile_of(settings: ExtendSettings) -> Profile:
    """Return what an account guarantees."""
    pessimistic = Profile(
        creates=Dedup.READ_BACK if settings.reads else Dedup.BLIND,
        reads_back=settings.reads,
        pulls_followed=settings.reads,
        orders_are_followed=True,
        acceptance_notes=True,
        refusals=_REFUSALS,
    )
    return pessimistic.settling_in(settings.settle_s)
