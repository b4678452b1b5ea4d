"""Say how the desk is, finding by finding, each with what to do where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from techdesk.application.outbox import SCREEN_WORDS, UNSETTLED, Operation
from techdesk.application.ports import ReadTransaction
from techdesk.application.store_news import StoreFacts
from techdesk.application.sync.account_warnings import sync_warnings
from techdesk.application.sync.clock_skew import in_words
from techdesk.application.unsent.age import AgeLevel, age_level
from techdesk.domain.documents import Document
from techdesk.domain.instants import instant_text

OLD_COPY = timedelta(days=7)
LEAST_FREE = 500 * 1024 * 1024
MOST_SKEW_S = 120.0


class Grade(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: What was looked at.
        grade: How it is.
        words: What was found and, where something is wrong, what to do.
        facts: The same for programs.
    """

    what: str
    grade: Grade
    words: str
    facts: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """Everything that was found."""

    at: datetime
    findings: Sequence[Finding]

    @property
    def worst(self) -> Grade:
        """Return the gravest grade."""
        order = (Grade.BAD, Grade.LOOK, Grade.OFFLINE)
        grades = {one.grade for one in self.findings}
        return next((one for one in order if one in grades), Grade.GOOD)


def document_of(health: Health) -> Document:
    """Return the findings as `--json` prints them."""
    return {
        "at": instant_text(health.at),
        "worst": health.worst.value,
        "findings": [
            {"what": one.what, "grade": one.grade.value, "words": one.words, **one.facts} for one in health.findings
        ],
    }


class Examining(Protocol):
    """Examine a desk; every method waits for the disk, the keyring and, where that is wished, the network."""

    def examine(self, *, online: bool = False) -> Health:
        """Look at everything; with `online` every sign-in is tested too.

        Raises:
            StoreError: The store cannot be read.
        """
        ...

    def bundle(self, path: Path, health: Health, *, with_content: bool = False) -> None:
        """Write what helps others to help into a zip file: findings, the outbox, log and crash reports; no secret.

        Args:
            path: A new file.
            health: What was found.
            with_content: Put what people entered into it too; without, it holds no customer's data.

        Raises:
            FileNotSavedError: There is such a file, or it could not be written.
            StoreError: The store cannot be read.
        """
        ...


def store_finding(facts: StoreFacts, now: datetime) -> list[Finding]:
    """Tell how the data file and its copies are."""
    whole = Finding(
        "Data file",
        Grade.GOOD if facts.is_whole else Grade.BAD,
        f"whole, {facts.size / 1e6:,.1f} MB"
        if facts.is_whole
        else "damaged. Close TechDesk and start it again: it saves what can be read",
        {"whole": facts.is_whole, "bytes": facts.size},
    )
    if facts.newest_copy is None:
        return [
            whole,
            Finding(
                "Backup", Grade.GOOD, "none yet; the first is taken within the hour", {"copies": 0, "newest": None}
            ),
        ]
    is_old = now - facts.newest_copy > OLD_COPY
    told = f"{facts.copies}, the newest of {_local(facts.newest_copy)}"
    words = told + (". Leave TechDesk open for an hour, or look whether the disk is full" if is_old else "")
    kept = {"copies": facts.copies, "newest": instant_text(facts.newest_copy)}
    return [whole, Finding("Backup", Grade.LOOK if is_old else Grade.GOOD, words, kept)]


def queue_findings(view: ReadTransaction, now: datetime) -> list[Finding]:
    """Tell what is unsent, of everybody whose work is here, and what warns about an account.

    Raises:
        StoreError: The store could not be read.
    """
    names = {one.account_id: one.name for one in view.accounts()}
    warnings = [
        Finding(f"Account {names[one.account_id]}", Grade.LOOK, f"{one.title}. {one.hint}", {"warning": one.kind.value})
        for one in sync_warnings(view)
    ]
    return [_outbox_finding(view.operations(states=UNSETTLED), now), *warnings]


def _outbox_finding(unsent: Sequence[Operation], now: datetime) -> Finding:
    """Tell how much is unsent and since when; old work is to be looked at, and very old work to be carried on."""
    counts = {state: sum(one.state is state for one in unsent) for state in UNSETTLED}
    told = " · ".join(f"{number} {SCREEN_WORDS[state]}" for state, number in counts.items() if number)
    facts: Document = {state.value: number for state, number in counts.items()}
    oldest = min(unsent, key=lambda one: one.created_at, default=None)
    if oldest is None:
        return Finding("Outbox", Grade.GOOD, "everything confirmed", facts | {"oldest": None})
    level = age_level(oldest.created_at, now)
    is_to_see = level >= AgeLevel.TOLD or any(one.state.needs_person for one in unsent)
    words = f"{told}, the oldest of {_local(oldest.created_at)}, support code {oldest.support_code}"
    see = ". See: techdesk outbox list" if is_to_see else ""
    carry = ". Carry it to another computer: techdesk outbox export FILE" if level is AgeLevel.CARRIED else ""
    named = {"opId": oldest.op_id, "createdAt": instant_text(oldest.created_at), "state": oldest.state.value}
    return Finding("Outbox", Grade.LOOK if is_to_see else Grade.GOOD, words + see + carry, facts | {"oldest": named})


def disk_finding(free: int) -> Finding:
    """Tell how much room is left."""
    is_little = free < LEAST_FREE
    words = f"{free / 1e9:,.1f} GB free" + (". Make room: nothing can be saved on a full disk" if is_little else "")
    return Finding("Disk", Grade.LOOK if is_little else Grade.GOOD, words, {"freeBytes": free})


def clock_finding(account: str, skew_s: float | None) -> Finding:
    """Tell how this computer's clock stands against a server's; `skew_s` by how much it is ahead."""
    what = f"Clock against {account}"
    if skew_s is None:
        return Finding(what, Grade.GOOD, "the server does not tell its time", {"aheadSeconds": None})
    is_off = abs(skew_s) > MOST_SKEW_S
    length = in_words(abs(skew_s)) if is_off else f"{abs(skew_s):.0f} s"
    words = f"{length} {'ahead' if skew_s > 0 else 'behind'}" + (". Set this computer's clock" if is_off else "")
    return Finding(what, Grade.LOOK if is_off else Grade.GOOD, words, {"aheadSeconds": round(skew_s, 3)})


def noted_clock_finding(account: str, skew_s: float) -> Finding:
    """Tell how the clocks stood when news last came; `skew_s` is 0 where that was not worth a word."""
    if skew_s:
        return clock_finding(account, skew_s)
    words = "no difference was noticed so far; --online compares"
    return Finding(f"Clock against {account}", Grade.GOOD, words, {"aheadSeconds": None})


def outbox_rows(view: ReadTransaction) -> list[Document]:
    """Return what is unsent without what people entered, names, and servers' words, which may repeat it.

    Raises:
        StoreError: The store could not be read.
    """
    return [
        {
            "opId": one.op_id,
            "supportCode": one.support_code,
            "record": one.record_type.value,
            "verb": one.verb.value,
            "fields": sorted(one.intent),
            "state": one.state.value,
            "attempts": one.attempts,
            "httpStatus": one.http_status,
            "createdAt": instant_text(one.created_at),
            "frozenBytes": len(one.request.body) if one.request else None,
            "needs": list(one.needs),
            "replaces": one.replaces,
            "clashes": [clash.field for clash in view.clashes(one.op_id)],
            "history": [
                {"at": instant_text(line.at), "phase": line.phase, "outcome": line.kind.value if line.kind else None}
                for line in view.attempts(one.op_id)
            ],
        }
        for one in view.operations(states=UNSETTLED)
    ]


def _local(value: datetime) -> str:
    return f"{value.astimezone():%Y-%m-%d %H:%M}"
