"""Say what a Resource Scheduler guarantees: next to nothing is published, so the most careful value each time."""

from __future__ import annotations

from techdesk.application.accounts import Dedup, Deed, Profile
from techdesk.application.outbox import Verb
from techdesk.domain.records import RecordType

_OF_ORDERS = {
    Verb.CREATE: "Resource Scheduler takes no new orders from outside; make them there",
    Verb.DELETE: "Resource Scheduler lets nobody remove an order from outside; cancel it instead",
    Verb.ACCEPT: "Resource Scheduler has no acceptance of its own; set the phase to Accepted",
}
_OF_PARTS = {
    RecordType.ITEM: "Resource Scheduler keeps items inside the order; change them in the form of the whole order",
    RecordType.EVENT: "Resource Scheduler has no events",
    RecordType.HOURS: "Resource Scheduler has no hours",
    RecordType.SALES_ORDER: "Resource Scheduler has no sales orders",
}
_OTHERS = "Resource Scheduler has nothing like this"


def _refusal(deed: Deed) -> str:
    if deed.record_type is RecordType.ORDER:
        return _OF_ORDERS.get(deed.verb, _OTHERS)
    return _OF_PARTS.get(deed.record_type, _OTHERS)


_DEEDS = {Deed(record_type, verb) for record_type in RecordType for verb in Verb}

PROFILE = Profile(
    creates=Dedup.BLIND,
    reads_back=True,
    has_etags=False,
    has_feed=False,
    refusals={one: _refusal(one) for one in _DEEDS - {Deed(RecordType.ORDER, Verb.UPDATE)}},
    refused_fields={
        "priority": "Resource Scheduler has no priorities",
        "assigned_user_uid": "Resource Scheduler gives work to nobody from outside; its planners do",
    },
    late_commit_s=120.0,
    visibility_lag_s=5.0,
)
"""`LastModified` guards a change on TechDesk's own server; whether the vendor looks at it is not published."""
