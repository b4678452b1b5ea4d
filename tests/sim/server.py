"""Be the server of a schedule: its keys die, it tidies up texts, and an admin can put an old backup in its place."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from techdesk.application.exchange import PullPage, ReadBack, Sighting
from techdesk.application.outbox import Operation, Outcome
from techdesk.domain.records import RecordType
from tests.sim.weather import VISIBILITY_LAG_S
from tests.support.fake_server import Effect, FakeServer, Thing

if TYPE_CHECKING:
    from tests.sim.world import World


@dataclass(frozen=True)
class Backup:
    """What the server held at some time."""

    things: dict[str, Thing]
    effects: tuple[Effect, ...]
    answers: dict[str, tuple[bytes, Outcome]]
    kept_at: dict[str, float]
    changes: tuple[str, ...]
    removed: dict[str, str]
    closed: frozenset[str]
    eras: tuple[tuple[str, int], ...]


class ForgetfulServer(FakeServer):
    """A server whose idempotency keys die, and which tidies up the texts it is given.

    Attributes:
        took_effect_at: Operation → when it took effect.
        restored: How many times an old backup was put in its place.
    """

    def __init__(self, world: World, key_life_s: float) -> None:
        super().__init__()
        self._world = world
        self._key_life_s = key_life_s
        self._kept_at: dict[str, float] = {}
        self.took_effect_at: dict[str, float] = {}
        self.restored = 0
        self._steps = Random(world.seed)

    def revision_step(self) -> int:
        """Grow by chance, so that a restored backup gives no revision anew with another content."""
        return self._steps.randrange(1, 100_000)

    def handle(self, operation: Operation) -> Outcome:
        now = self._world.time
        for key in [one for one, at in self._kept_at.items() if now - at > self._key_life_s]:
            del self._kept_at[key]
            del self.answers[key]
        answer = super().handle(_tidied(operation))
        for key in self.answers:
            self._kept_at.setdefault(key, now)
        for effect in self.effects[-1:]:
            self.took_effect_at.setdefault(effect.op_id, now)
        self._world.trace("server", operation.op_id[-6:], answer.kind.value, len(self.effects))
        return answer

    def listing(self, cursor: str, followed: Sequence[str], size: int) -> PullPage:
        """Return a page of the list of all orders; after the last one, those that are held and no longer there."""
        start = int(cursor or "0")
        orders = sorted(name for name, one in self.things.items() if one.record_type is RecordType.ORDER)
        end = start + size
        more = end < len(orders)
        return PullPage(
            orders=[self.pulled(one) for one in orders[start:end]],
            deleted=[] if more else [one for one in followed if one not in self.things],
            cursor=str(end) if more else "",
            more=more,
        )

    def looked_for(self, operation: Operation, hidden_s: float) -> ReadBack:
        """Return what a complete read shows, without what took effect in the last `hidden_s` seconds."""
        assert hidden_s <= VISIBILITY_LAG_S
        took_effect_at = self.took_effect_at.get(operation.op_id, -math.inf)
        if self._world.time - took_effect_at < hidden_s:
            return ReadBack(sighting=Sighting.ABSENT)
        return self.sighting(operation)

    def backup(self) -> Backup:
        return Backup(
            things={name: copy(one) for name, one in self.things.items()},
            effects=tuple(self.effects),
            answers=dict(self.answers),
            kept_at=dict(self._kept_at),
            changes=tuple(self.changes),
            removed=dict(self.removed),
            closed=frozenset(self.closed),
            eras=tuple(self.eras),
        )

    def restore(self, backup: Backup) -> None:
        """Put a backup in the place of everything: what took effect since then never did."""
        self.things = {name: copy(one) for name, one in backup.things.items()}
        self.effects = list(backup.effects)
        self.answers = dict(backup.answers)
        self._kept_at = dict(backup.kept_at)
        self.changes = list(backup.changes)
        self.removed = dict(backup.removed)
        self.closed = set(backup.closed)
        # as our own server does: a cursor of after the backup is unknown, however far the feed grows again
        self.eras = [*backup.eras, (f"era{self.restored + 1}:", len(self.changes))]
        kept = {one.op_id for one in self.effects}
        self.took_effect_at = {op_id: at for op_id, at in self.took_effect_at.items() if op_id in kept}
        self.restored += 1
        self._world.trace("restored", len(self.effects))


def tidy(value: Any) -> Any:
    """Return a value as the server keeps it: texts without spaces around them."""
    return value.strip() if isinstance(value, str) else value


def _tidied(operation: Operation) -> Operation:
    request = operation.request
    assert request is not None
    if not request.body:
        return operation
    body = {name: tidy(value) for name, value in json.loads(request.body).items()}
    return replace(operation, request=replace(request, body=json.dumps(body, sort_keys=True).encode()))
