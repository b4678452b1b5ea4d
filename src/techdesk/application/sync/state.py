"""Report how an account's sync stands, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class SyncPhase(Enum):
    """What an account's sync is doing."""

    STARTING = "starting"
    IDLE = "idle"
    PUSHING = "sending"
    PULLING = "fetching"
    WAITING = "waiting to try again"
    OFFLINE = "offline"
    PAUSED = "working offline"
    SIGN_IN = "sign in again"
    TAKEN = "another TechDesk syncs"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """How one account's sync stands.

    Attributes:
        online: Whether the last real call got through; None before the first.
        unsent: Operations that are not settled.
        needs_person: Those of them that wait for a person.
        as_of: When everything shown was last confirmed by the server; None before the first complete pull.
        pulled: Orders taken in by the pull that runs.
        title, hint: Plain words about what is wrong; empty when nothing is.
        clock_skew_s: Seconds by which this computer's clock is ahead of the server's.
        next_try_at: When it tries again by itself.
    """

    account_id: str
    phase: SyncPhase = SyncPhase.STARTING
    online: bool | None = None
    unsent: int = 0
    needs_person: int = 0
    as_of: datetime | None = None
    pulled: int = 0
    title: str = ""
    hint: str = ""
    clock_skew_s: float = 0.0
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """What one round of push and pull brought (`techdesk sync --once`).

    Attributes:
        trouble: Plain words about why not all was fetched; empty where it was.
        refused: Only a person can mend that.
        waits_until: When what must wait can go on at the earliest; None where no clock stands in the way.
        is_wished: It waits because the server asked for that.
    """

    sent: int = 0
    confirmed: int = 0
    unsent: int = 0
    needs_person: int = 0
    pulled: int = 0
    online: bool = True
    must_wait: bool = False
    trouble: str = ""
    refused: bool = False
    waits_until: datetime | None = None
    is_wished: bool = False
