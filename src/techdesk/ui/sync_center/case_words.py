"""Say what happened to an operation, and write what a person reads out on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from techdesk.application.outbox import (
    HANDED_ON,
    MERGED,
    ROLLED_BACK,
    TAKEN_IN,
    Attempt,
    FrozenRequest,
    Operation,
    OpState,
    OutcomeClass,
    Verb,
)
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.application.unsent.outbox_case import Case
from techdesk.application.unsent.outbox_list import OutboxEntry
from techdesk.domain.records import RecordType
from techdesk.ui.formats import Formats
from techdesk.ui.phrases import joined, number_text
from techdesk.ui.wording import Line, Words, as_text

_SENT = "sent"
_SHOWN = 12
"""Lines of the audit that are said; a back end that was away for a day leaves hundreds."""

ANSWERS: dict[OutcomeClass, str] = {
    OutcomeClass.APPLIED: "confirmed",
    OutcomeClass.NOT_SENT: "did not get out",
    OutcomeClass.THROTTLED: "the server asked to wait",
    OutcomeClass.AUTH: "the sign-in was not accepted",
    OutcomeClass.CAPTIVE: "a log-in page of the network answered",
    OutcomeClass.PRECONDITION: "somebody else had changed it",
    OutcomeClass.KEY_BUSY: "the server was still working on it",
    OutcomeClass.KEY_CLASH: "the server knew another text under this number",
    OutcomeClass.REJECTED: "refused",
    OutcomeClass.GONE: "what it is about was gone",
    OutcomeClass.APPLIED_UNPARSED: "accepted, but the answer could not be read",
    OutcomeClass.AMBIGUOUS: "no answer",
}
"""What came of a request, behind the word “sent”."""

_LOOKS = {
    OutcomeClass.APPLIED: "it is there",
    OutcomeClass.PRECONDITION: "saw how it is now",
    OutcomeClass.GONE: "it is gone",
    OutcomeClass.AMBIGUOUS: "could not tell",
    None: "not there yet",
}
_NOUNS = {
    RecordType.ORDER: "order",
    RecordType.ITEM: "item",
    RecordType.EVENT: "event",
    RecordType.HOURS: "hours entry",
    RecordType.SALES_ORDER: "sales order",
    RecordType.NOTIFICATION: "message",
}
_LETTERS = (
    "zero one two three four five six seven eight nine Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel Juliett "
    "Kilo Mike November Papa Quebec Romeo Sierra Tango Victor Whiskey X-ray Yankee Zulu"
)
_SAID = {
    "restart": "TechDesk was closed before the answer came",
    ROLLED_BACK: "the server went back to an older state",
}
_SPELLED = dict(zip("0123456789ABCDEFGHJKMNPQRSTVWXYZ", _LETTERS.split(), strict=True))


def noun_of(entry: OutboxEntry) -> str:
    """Say what kind of record an operation is about."""
    return _NOUNS[entry.operation.record_type]


def attempts_in_words(attempts: Sequence[Attempt], formats: Formats) -> str:
    """Say what was tried and what came of it: `09:12 sent, no answer · 09:15 looked, not there yet`.

    What came again and again is said once: `09:12 sent, did not get out (7 times until 09:31)`.
    """
    said: list[tuple[str, str]] = []
    for attempt in attempts:
        at = formats.moment(attempt.at)
        came = _came(attempt)
        if not came:
            said.append((at, _deed(attempt)))
        elif said and said[-1][1] == _SENT:
            said[-1] = (said[-1][0], f"{_SENT}, {came}")
        else:
            said.append(("", came))
    runs = [(words, [at for at, _ in run]) for words, run in groupby(said, key=lambda one: one[1])]
    earlier = sum(len(times) for _, times in runs[:-_SHOWN])
    lines = [_run_in_words(words, times) for words, times in runs[-_SHOWN:]]
    return joined(f"{number_text(earlier)} earlier" if earlier else "", *lines)


def _came(attempt: Attempt) -> str:
    """Return what came of what was done before; empty where this is something done."""
    if attempt.phase == "answer" and attempt.kind:
        return ANSWERS[attempt.kind]
    if attempt.phase == MERGED:
        return attempt.reason or ANSWERS[OutcomeClass.PRECONDITION]
    return _SAID.get(attempt.phase, "")


def _deed(attempt: Attempt) -> str:
    if attempt.phase.startswith((TAKEN_IN, HANDED_ON)):
        return attempt.phase
    return _SENT if attempt.phase == "send" else f"looked, {_LOOKS.get(attempt.kind, 'could not tell')}"


def _run_in_words(words: str, times: Sequence[str]) -> str:
    first, last = times[0], times[-1]
    until = f" until {last}" if last != first else ""
    again = f" ({len(times)} times{until})" if len(times) > 1 else ""
    return f"{first} {words}{again}".strip()


def next_try(operation: Operation, sync: SyncState | None, formats: Formats) -> str:
    """Say when an unsent operation goes out next, and what it waits for; empty where it needs a person or is done."""
    if operation.state not in (OpState.QUEUED, OpState.INFLIGHT, OpState.AMBIGUOUS):
        return ""
    if sync and sync.phase is SyncPhase.PAUSED:
        return "When you no longer work offline"
    if sync and sync.phase is SyncPhase.SIGN_IN:
        return "When you have signed in again"
    waits = [one for one in (operation.not_before, sync.next_try_at if sync else None) if one]
    when = formats.moment(max(waits)) if waits else ""
    return joined(when, sync.title if sync else "")


def spelled(code: str) -> str:
    """Spell a support code for the phone: `seven, Foxtrot, three, Kilo, nine, Quebec`."""
    return ", ".join(_SPELLED[one] for one in code)


def spaced(code: str) -> str:
    """Write a support code in two halves."""
    return f"{code[:3]} {code[3:]}"


def for_the_phone(case: Case, words: Words) -> str:
    """Write what a person can read out to whoever sits at the other system."""
    entry, operation = case.entry, case.entry.operation
    order = f"repair order {entry.number}" if entry.number else "a new repair order"
    sent = operation.last_sent_at or operation.created_at
    lines: list[Line] = [
        ("What was to be done", entry.what),
        ("Order", joined(entry.number or "not numbered yet", entry.title)),
        ("Where", joined(case.account.name, case.account.address)),
        ("Sent", joined(_date_and_time(sent, words.formats), operation.created_by)),
        *words.operation(operation),
        ("Support code", f"{spaced(operation.support_code)} ({spelled(operation.support_code)})"),
    ]
    asked = f"This is about {order}. I sent the following and got no answer. Can you see it at your side?"
    return as_text(asked, lines)


def exact_text(request: FrozenRequest) -> str:
    """Return a request as it went out, letter by letter; what is no text is shown as signs."""
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = request.body.decode("utf-8", "replace")
    return "\n\n".join(one for one in (f"{request.method} {request.path}\n{headers}".strip(), body) if one)


def changed_in_words(case: Case, names: Words) -> str:
    """Say who changed the record at the server and when; empty where it does not tell, or tells of oneself."""
    if case.changed_by and case.changed_by in (case.account.user_uid, case.account.user_name):
        return ""
    who = names.names.get(case.changed_by, case.changed_by)
    return joined(who, names.formats.when(case.changed_at))


def is_removal(case: Case) -> bool:
    """Say whether the operation does away with its record."""
    return case.entry.operation.verb is Verb.DELETE


def _date_and_time(at: datetime, formats: Formats) -> str:
    """Return day and time as somebody else can understand them: today is said with its date."""
    local = at.astimezone(formats.zone)
    return joined(formats.when(at), f"{local:%Y-%m-%d}")
