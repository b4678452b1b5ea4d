"""Let one fault strike at one named step of one operation, once, and say when it is over."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from datetime import timedelta

import httpx

from tests.faults import spoiling
from tests.faults.backends import Backend, Reply, Scheduler
from tests.faults.names import COMMITTED, FAULTS, Group, Step
from tests.support.builders import FakeClock

CANARY = "canary-secret-5c2f"
"""The credential of every desk; stands in no log, text or file."""

_JUMPS = {
    "clock_plus_1h": timedelta(hours=1),
    "clock_minus_1h": timedelta(hours=-1),
    "clock_plus_1d": timedelta(days=1),
    "clock_minus_1d": timedelta(days=-1),
    "suspend": timedelta(hours=8),
}
_ALWAYS_S = 1200.0
_LISTED_S = 30.0
_SILENT_S = {"throttled_1s": 1.0, "throttled_date": 300.0, "throttled_10y": 3600.0}
"""For so long the desk must leave the server alone; ten years are an hour (`docs/sync.md` §5.1)."""
_UNREACHABLE = {
    "drop": lambda: httpx.ConnectError("[Errno 101] Network is unreachable"),
    "rst": lambda: httpx.ConnectError("[Errno 111] Connection refused"),
    "fin": lambda: httpx.ConnectError("closed while it was opened"),
    "stall": lambda: httpx.ConnectTimeout("timed out"),
    "drip": lambda: httpx.ConnectTimeout("the handshake took too long"),
    "proxy_407": lambda: httpx.ProxyError("407 Proxy Authentication Required"),
    "dns_flip": lambda: httpx.ConnectError("[Errno -2] Name or service not known"),
}


class ProcessDeath(BaseException):
    """The process is gone; nothing may catch this but the test."""


class Strike:
    """One fault at one step.

    Attributes:
        has_struck: It has happened.
        until: When a fault that lasts is over, by the virtual clock's ticks.
    """

    def __init__(self, step: Step, fault: str, clock: FakeClock) -> None:
        self.step = step
        self.fault = fault
        self.group = FAULTS[fault]
        self.has_struck = False
        self.until = 0.0
        self._clock = clock

    def reaches(self, step: Step) -> None:
        """Let the operation come to a step: the process may die there, or somebody set the clock."""
        if step is not self.step or self.has_struck:
            return
        if self.group is Group.CLOCK or self.fault == "suspend":
            self.has_struck = True
            self._set_clock()
        elif self.group is Group.PROCESS:
            self.has_struck = True
            raise ProcessDeath if self.fault == "kill" else RuntimeError("a bug of ours")

    def passed(self, step: Step) -> None:
        """Let the operation leave a step behind."""

    def _set_clock(self) -> None:
        if self.fault == "clock_dst":
            os.environ["TZ"] = "Europe/Oslo" if os.environ.get("TZ") != "Europe/Oslo" else "Asia/Kolkata"
            time.tzset()
        else:
            self._clock.at += _JUMPS[self.fault]

    def lasts(self) -> bool:
        """Say whether a fault that goes on for a while still does."""
        return self.has_struck and self._clock.ticks < self.until

    def last(self, seconds: float) -> None:
        """Let it begin and go on for a while."""
        self.has_struck = True
        self.until = self._clock.ticks + seconds


class Wire(httpx.AsyncBaseTransport):
    """Carry requests to a back end; the struck one meets the fault.

    Attributes:
        is_struck: Says of a request whether it is the one.
        leaks: Requests that carried an id of ours, or came while the server had asked for silence.
        newest_call: The number of the last call that the desk has begun.
        call: The number of the one that it makes now; several may have begun before a server asks for silence.
    """

    def __init__(
        self, backend: Backend, strike: Strike, clock: FakeClock, is_struck: Callable[[httpx.Request], bool]
    ) -> None:
        self._clock = clock
        self.backend = backend
        self.is_struck = is_struck
        self.leaks: list[str] = []
        self.silent_until = 0.0
        self.newest_call = self.call = self.last_before_silence = 0
        self._strike = strike

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if "tmp_" in str(request.url) or b"tmp_" in request.content:
            self.leaks.append(f"I13: an id of ours went out in {request.method} {request.url.path}")
        if self._clock.ticks < self.silent_until and self.call > self.last_before_silence:
            self.leaks.append(f"I14: {request.method} {request.url.path} before the server's silence was over")
        if self._strike.lasts() and self._strike.fault == "status_401_always":
            return spoiling.status("status_401_always", self.backend)
        if self._strike.lasts() and self._strike.group is Group.LIST and self.backend.pulls(request):
            return self._listed(request)
        if self._strike.has_struck or not self.is_struck(request):
            return spoiling.whole(self.backend.handle(request))
        return await self._struck(request)

    async def _struck(self, request: httpx.Request) -> httpx.Response:
        strike, step = self._strike, self._strike.step
        if step is Step.S15 or step in COMMITTED:
            if strike.fault == "token_expiry" and isinstance(self.backend, Scheduler):
                self.backend.tokens.clear()
            reply = self.backend.handle(request)
            strike.reaches(step)
            strike.has_struck = True
            if strike.fault == "token_expiry":
                return spoiling.whole(reply)
            await self._break_line(step)
            if strike.group is Group.STATUS:
                return self._status()
            if strike.group is Group.LIST:
                strike.last(_LISTED_S)
            if step is Step.S12 and strike.group is Group.PROCESS:
                return spoiling.whole(reply)
            return _answer(strike.fault, reply, self.backend)
        strike.reaches(step)
        strike.has_struck = True
        await self._break_line(step)
        return self._instead(request) or spoiling.whole(self.backend.handle(request))

    def _instead(self, request: httpx.Request) -> httpx.Response | None:
        """Return what is answered instead of doing it; None where the server does it."""
        fault = self._strike.fault
        if fault == "token_expiry" and isinstance(self.backend, Scheduler):
            self.backend.tokens.clear()
            return None
        if fault == "status_412" and (isinstance(self.backend, Scheduler) or "if-match" in request.headers):
            self.backend.edit(self.backend.order_ids[0], "theirs")
            return None
        return self._status() if self._strike.group is Group.STATUS else None

    def _listed(self, request: httpx.Request) -> httpx.Response:
        if self._strike.fault == "half_then_500":
            return spoiling.status("status_500", self.backend)
        return spoiling.listed(self._strike.fault, self.backend.handle(request))

    def _status(self) -> httpx.Response:
        if self._strike.fault == "status_401_always":
            self._strike.last(_ALWAYS_S)
        self.last_before_silence = self.newest_call
        self.silent_until = self._clock.ticks + _SILENT_S.get(self._strike.fault, 0.0)
        return spoiling.status(self._strike.fault, self.backend, is_read=self._strike.step is Step.S15)

    async def _break_line(self, step: Step) -> None:
        """Break the line where no status has come; from there on the answer's body breaks off instead."""
        fault = self._strike.fault
        if self._strike.group is not Group.LINE and fault != "suspend":
            return
        if step is Step.S4 or fault in _OPENING:
            await _no_line(fault)
        if step in (Step.S5, Step.S6) and fault in ("rst", "suspend", "fin"):
            raise httpx.WriteError("[Errno 32] Broken pipe")
        if step in (Step.S5, Step.S6) and fault == "drop":
            await asyncio.sleep(20.0)
            raise httpx.WriteTimeout("timed out")
        if step not in (Step.S11, Step.S12, Step.S15):
            await spoiling.broken("stall" if fault == "drip" else fault)


_OPENING = ("tls_expired", "proxy_407", "dns_flip")


async def _no_line(fault: str) -> None:
    await asyncio.sleep(1.0)
    raise _distrust() if fault == "tls_expired" else _UNREACHABLE.get(fault, _UNREACHABLE["rst"])()


def _distrust() -> httpx.ConnectError:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("certificate has expired")
    return error


def _answer(fault: str, reply: Reply, backend: Backend) -> httpx.Response:
    group = FAULTS[fault]
    if group is Group.LINE or fault in ("length_too_long", "suspend"):
        headers = {"content-type": reply.kind}
        return httpx.Response(reply.status, headers=headers, stream=spoiling.Line(reply.body, fault))
    if group is Group.BODY and fault != "response_twice":
        return spoiling.body(fault, reply, backend)
    return spoiling.listed(fault, reply) if group is Group.LIST else spoiling.whole(reply)
