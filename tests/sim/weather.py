"""Say what can go wrong in a schedule, how likely it is there, and what the back end guarantees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from techdesk.application.accounts import Dedup, Deed, Profile
from techdesk.application.outbox import Verb
from techdesk.application.ports import OrderStore
from techdesk.domain.records import RecordType
from tests.support.memory_store import Tables

LATE_COMMIT_S = 120.0
VISIBILITY_LAG_S = 20.0
SHORT_KEY_LIFE_S = 600.0
SLOWEST_ANSWER_S = 3.0

_KEYED = Profile(creates=Dedup.KEYED, key_life_s=30 * 86400.0, has_etags=True, has_feed=True)
_SETTLES = replace(_KEYED, key_life_s=0.0, late_commit_s=LATE_COMMIT_S, visibility_lag_s=VISIBILITY_LAG_S)
_NO_PARTS = {Deed(one, verb): "Events only" for one in (RecordType.ITEM, RecordType.HOURS) for verb in Verb}
_EVENTS_ONLY = {**_NO_PARTS, **{Deed(RecordType.ORDER, one): "Events only" for one in Verb if one is not Verb.ACCEPT}}

PROFILES = (
    _KEYED,
    replace(_KEYED, key_life_s=SHORT_KEY_LIFE_S),
    replace(_SETTLES, creates=Dedup.READ_BACK),
    replace(_SETTLES, creates=Dedup.BLIND),
    replace(_SETTLES, creates=Dedup.READ_BACK, reads_back=True, has_etags=False, has_feed=False, pulls_followed=True),
    replace(
        _SETTLES,
        creates=Dedup.BLIND,
        has_etags=False,
        has_feed=False,
        orders_are_followed=True,
        refusals=_EVENTS_ONLY,
    ),
)
"""What the back ends of the schedules guarantee: keys that live long and short, marks that can be read back, revisions
alone, a plain list without revisions, and events that are sent into the dark."""


class SimulatedStore(OrderStore, Protocol):
    """A store that can die at its commits, and whose content can be looked at."""

    before_commit: Callable[[], None]
    after_commit: Callable[[], None]

    @property
    def tables(self) -> Tables:
        """Return everything that has been committed."""
        ...


class Crash(BaseException):
    """The process is gone; nothing may catch this but the world."""


@dataclass(frozen=True)
class Weather:
    """How likely each fault is; drawn from the seed, so that some schedules are calm in some respect."""

    not_sent: float = 0.0
    captive: float = 0.0
    lost_request: float = 0.0
    lost_answer: float = 0.0
    late_commit: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    unreadable: float = 0.0
    throttled: float = 0.0
    signed_out: float = 0.0
    doubled: float = 0.0
    crash: float = 0.0
    disk_full: float = 0.0

    @staticmethod
    def drawn(random: Random) -> Weather:
        """Return the weather of a schedule."""
        rate = random.choice((0.02, 0.1, 0.3, 0.5))
        names = [one for one in Weather.__dataclass_fields__ if one not in ("crash", "disk_full")]
        chosen = {name: rate / 3 for name in names if random.random() < 0.6}
        crash, disk_full = random.choice((0.0, 0.01, 0.03)), random.choice((0.0, 0.0, 0.05))
        return Weather(**chosen, crash=crash, disk_full=disk_full)


CALM = Weather()
