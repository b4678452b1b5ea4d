"""Know whether an account's host may be called now: its own wishes, the sign-in, and the circuit breaker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.application.sync.backoff import delay_s, is_due, later

PARALLEL = 4
FAILURES_TO_OPEN = 5
PROBE_EVERY_S = 30.0
SIGN_IN_AGAIN_S = 10.0
SIGN_IN_EVERY_S = 300.0
_FAILURES = (OutcomeClass.NOT_SENT, OutcomeClass.CAPTIVE, OutcomeClass.AMBIGUOUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHealth:
    """What the last calls told about the host.

    Attributes:
        failures: Requests in a row that did not get through.
        throttled: How many times in a row the host asked us to wait.
        silent_until: The host wishes no request before this instant.
        retry_at: We do not try again before this instant, as the last requests did not get through.
        signed_out: The credential was refused; nothing is sent until it works again.
        refusals: How many times in a row the credential was refused, although signing in worked in between.
    """

    failures: int = 0
    throttled: int = 0
    silent_until: datetime | None = None
    retry_at: datetime | None = None
    signed_out: bool = False
    refusals: int = 0

    @property
    def sign_in_again_s(self) -> float:
        """Return the seconds after which a refused sign-in is tried again."""
        return min(SIGN_IN_EVERY_S, SIGN_IN_AGAIN_S * 2.0 ** min(self.refusals - 1, 16))

    def room(self, now: datetime, in_flight: int) -> int:
        """Return how many more requests may go out now."""
        if self.signed_out or self.wake_at(now):
            return 0
        limit = 1 if self.failures >= FAILURES_TO_OPEN else PARALLEL
        return max(0, limit - in_flight)

    def wake_at(self, now: datetime) -> datetime | None:
        """Return when requests may go out again; None if no clock stands in the way."""
        deadlines = [one for one in (self.silent_until, self.retry_at) if one and not is_due(one, now)]
        return max(deadlines, default=None)

    def after(self, outcome: Outcome, now: datetime, fraction: float) -> HostHealth:
        """Return the health after a request; `fraction` is a random number in 0..1."""
        if outcome.kind is OutcomeClass.AUTH:
            return self if self.signed_out else replace(self, signed_out=True, refusals=self.refusals + 1)
        if outcome.kind is OutcomeClass.THROTTLED:
            throttled = self.throttled + 1
            silent_until = later(now, delay_s(throttled, fraction, outcome.retry_after_s))
            if self.silent_until and not is_due(self.silent_until, now):
                silent_until = max(silent_until, self.silent_until)
            return replace(self, throttled=throttled, silent_until=silent_until)
        if outcome.kind not in _FAILURES:
            refusals = self.refusals if self.signed_out else 0
            return replace(self, failures=0, throttled=0, retry_at=None, refusals=refusals)
        failures = self.failures + 1
        if failures >= FAILURES_TO_OPEN:
            return replace(self, failures=failures, retry_at=later(now, PROBE_EVERY_S))
        if outcome.kind is OutcomeClass.AMBIGUOUS:
            return replace(self, failures=failures)
        wait_s = min(PROBE_EVERY_S, delay_s(failures, fraction))
        return replace(self, failures=failures, retry_at=later(now, wait_s))

    def hurried(self) -> HostHealth:
        """Return the health without our own patience; the host's wish still holds."""
        return replace(self, retry_at=None)

    def signed_in(self) -> HostHealth:
        """Return the health after the credential has worked."""
        return replace(self, signed_out=False)
