"""Say what an answer, or the lack of one, means: `docs/sync.md` §3 for what is sent, an error for what is fetched.

Statuses are those of RFC 9110 and RFC 6585. A system adds what its own error bodies say as a `Refusal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.connectors.http import PROXY_WANTS_SIGN_IN, Answer, Silence
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    InvalidInputError,
    NotShownError,
    NotTrustedError,
    OfflineError,
    OwnIdError,
    TechDeskError,
    WrongAddressError,
    WrongCredentialsError,
    WrongVersionError,
)

_TOO_LARGE = (413, 414, 431)
_CLASSES = {
    401: OutcomeClass.AUTH,
    404: OutcomeClass.GONE,
    407: OutcomeClass.NOT_SENT,
    408: OutcomeClass.AMBIGUOUS,
    410: OutcomeClass.GONE,
    412: OutcomeClass.PRECONDITION,
    425: OutcomeClass.THROTTLED,
    429: OutcomeClass.THROTTLED,
    501: OutcomeClass.REJECTED,
    505: OutcomeClass.REJECTED,
}
_NOT_ITS_PART = (OutcomeClass.AMBIGUOUS, OutcomeClass.CAPTIVE, OutcomeClass.NOT_SENT)
"""The server did not do its part, and of a page, a gateway or a proxy the status tells more than the class."""
_MOST_WORDS = 1000
_A_PAGE_CAME = "A web page came instead of the server's answer; whether this took effect is not known yet"
_WORDS = {
    OutcomeClass.AUTH: "The server does not accept this sign-in",
    OutcomeClass.NOT_SENT: PROXY_WANTS_SIGN_IN,
    OutcomeClass.AMBIGUOUS: "The server failed while it worked on this; whether it took effect is not known yet",
    OutcomeClass.GONE: "The server no longer has this",
    OutcomeClass.PRECONDITION: "Somebody else changed this meanwhile",
    OutcomeClass.THROTTLED: "The server asked us to wait",
    OutcomeClass.CAPTIVE: str(CaptivePageError()),
    OutcomeClass.REJECTED: "The server refused this and did not say why",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the body of an error says, in a system's own form.

    Attributes:
        code: The server's own code; empty where it gave none.
        words: Plain words for a person; empty where it gave none.
        kind: The class this means in this system, where the status alone does not tell.
    """

    code: str = ""
    words: str = ""
    kind: OutcomeClass | None = None


def outcome_of_silence(silence: Silence) -> Outcome:
    """Return what it means for a write that no status came."""
    if isinstance(silence.error, OwnIdError):
        return Outcome(kind=OutcomeClass.REJECTED, reason=str(silence.error))
    if isinstance(silence.error, NotTrustedError):
        return Outcome(kind=OutcomeClass.CAPTIVE, reason=str(silence.error), fault=silence.error)
    if silence.maybe_arrived:
        words = "The connection broke before the server answered; whether it arrived is not known yet"
        return Outcome(kind=OutcomeClass.AMBIGUOUS, reason=words)
    return Outcome(kind=OutcomeClass.NOT_SENT, reason=str(silence.error), fault=silence.error)


def outcome_of_refusal(answer: Answer, refusal: Refusal, address: httpx.URL) -> Outcome:
    """Return what a status other than 2xx, or a page for people, means for a write that was sent to an address."""
    if 200 <= answer.status < 300:
        # a log-in page, or the page of a gateway behind which the server has done it: nobody can tell
        fault = failure_of(answer, address)
        return Outcome(kind=OutcomeClass.AMBIGUOUS, http_status=answer.status, reason=_A_PAGE_CAME, fault=fault)
    kind = refusal.kind or class_of(answer)
    return Outcome(
        kind=kind,
        http_status=answer.status,
        reason=shown_words(refusal.words) or _said(answer) or _WORDS[kind],
        retry_after_s=retry_after_s(answer),
        code=shown_words(refusal.code),
        fault=failure_of(answer, address) if kind in _NOT_ITS_PART else None,
    )


def shown_words(words: str) -> str:
    """Return a server's words as they can be kept and shown: without half characters, and no more than fit a screen."""
    whole = words[:_MOST_WORDS].encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\0", "")


def class_of(answer: Answer) -> OutcomeClass:
    """Return the class of a status other than 2xx, or of a page for people with any status.

    Behind a certificate that fits, the server's own side said 200 with such a page, and may have worked before.
    """
    if answer.is_sealed and answer.is_html and 200 <= answer.status < 300:
        return OutcomeClass.AMBIGUOUS
    if is_foreign(answer):
        return OutcomeClass.CAPTIVE
    if answer.status == 403 and "invalid_token" in answer.headers.get("www-authenticate", ""):
        return OutcomeClass.AUTH
    default = OutcomeClass.AMBIGUOUS if answer.status >= 500 else OutcomeClass.REJECTED
    return _CLASSES.get(answer.status, default)


def succeeded(answer: Answer) -> bool:
    """Say whether the system itself answered with a 2xx and a whole body."""
    return 200 <= answer.status < 300 and answer.body is not None and not is_foreign(answer)


def is_foreign(answer: Answer) -> bool:
    """Say whether something that stands between us and the server answered, so that nothing took effect.

    A redirect, a network that wants a log-in (511), or a page for people where JSON was promised. The page of a gateway
    that failed (5xx) does not count: the server behind it may have worked.
    """
    if 300 <= answer.status < 400 or answer.status == 511:
        return True
    return answer.is_html and answer.status < 500 and answer.status not in _TOO_LARGE


def failure_of(came: Answer | Silence, address: httpx.URL, words: str = "") -> ConnectionFailedError:
    """Return what to tell a person when something could not be fetched.

    Args:
        came: What came; a 2xx if its body was unreadable.
        address: Where it was asked for.
        words: What the server says about it.
    """
    if isinstance(came, Silence):
        return came.error
    if is_foreign(came):
        return CaptivePageError() if _is_log_in_page(came, address) else WrongAddressError(hint=_sent_on(came, address))
    if came.status in (401, 403):
        return NotShownError(said=words) if words and forbids(came) else WrongCredentialsError()
    if came.status == 407:
        return OfflineError(_WORDS[OutcomeClass.NOT_SENT])
    if came.status < 300:
        return BusyError("The server's answer broke off or could not be read")
    if came.status in (408, 425, 429) or came.status >= 500:
        return BusyError(retry_after_s=retry_after_s(came))
    return WrongAddressError(hint=words)


def forbids(answer: Answer) -> bool:
    """Say whether an answer takes the sign-in but forbids it this, if it is the server's own."""
    return answer.status == 403 and class_of(answer) is not OutcomeClass.AUTH


def as_refused_sign_in(error: NotShownError) -> WrongCredentialsError:
    """Return the error of a sign-in to which the server shows nothing."""
    said = f"The server says: {error.said.rstrip('.')}. " if error.said else ""
    return WrongCredentialsError(hint=said + WrongCredentialsError.default_hint)


def _is_log_in_page(answer: Answer, address: httpx.URL) -> bool:
    """Say whether a network's log-in page answered: it has a redirect to elsewhere, or a page where a record should be.

    Behind a certificate that fits the name no such page can stand, so there something else lives at the address.
    """
    if answer.status == 511:
        return True
    if address.scheme != "http":
        return False
    target = _target(answer, address)
    return target.host != address.host if target else answer.status == 200


def _target(answer: Answer, address: httpx.URL) -> httpx.URL | None:
    """Return where an answer sends on to; None where it says nothing that can be read."""
    try:
        return address.join(answer.headers["location"])
    except (KeyError, httpx.InvalidURL, UnicodeError):
        return None


def _sent_on(answer: Answer, address: httpx.URL) -> str:
    """Return what to do where the server sends on to another address; empty where it does not."""
    target = _target(answer, address)
    if target is None or (target.scheme, target.netloc) == (address.scheme, address.netloc):
        return ""
    place = shown_words(f"{target.scheme}://{target.netloc.decode()}")
    return f"The server sends on to {place}. If that is where it is now, put that into the account"


def unseen(error: TechDeskError) -> ReadBack:
    """Return what it means for a look that nothing was seen: it failed, or the server does not show what it has."""
    is_hidden = isinstance(error, NotShownError | WrongAddressError | WrongVersionError | InvalidInputError)
    return ReadBack(
        sighting=Sighting.HIDDEN if is_hidden else Sighting.UNKNOWN,
        reason=str(error),
        failure=error if isinstance(error, ConnectionFailedError) else None,
    )


def retry_after_s(answer: Answer) -> float | None:
    """Return the seconds of `Retry-After`, given as seconds or as a date (RFC 9110 §10.2.3), None where there is none.

    A date is measured against the server's own `Date`, so that this computer's clock does not matter.
    """
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    until, now = _date(text), server_time(answer.headers)
    return max(0.0, (until - now).total_seconds()) if until and now else None


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the server's clock when it answered, to the second."""
    return _date(headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _said(answer: Answer) -> str:
    return "This is too large for the server" if answer.status in _TOO_LARGE else ""
