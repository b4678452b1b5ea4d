"""Hand one letter to the mail server and say what surely became of it."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from typing_extensions import override

from techdesk.domain.text import printable
from techdesk.server.mail.letters import Letter
from techdesk.server.mail.settings import Security, SmtpSettings

_PATIENCE_SECONDS = 10.0
"""For one answer of the mail server."""

_WHOLE_SECONDS = 30.0
"""For everything together, so that a server which drips cannot hold a letter forever."""


class Fate(Enum):
    """What became of a letter."""

    SENT = auto()
    NOT_SENT_YET = auto()
    REFUSED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a letter and why, in words for the log, which hold no credential."""

    fate: Fate
    reason: str = ""


class Courier:
    """Carry letters, each over a connection of its own."""

    def __init__(
        self,
        settings: SmtpSettings,
        trust: ssl.SSLContext | None = None,
        *,
        patience_seconds: float = _PATIENCE_SECONDS,
        whole_seconds: float = _WHOLE_SECONDS,
    ) -> None:
        self._settings = settings
        self._trust = trust or ssl.create_default_context()
        self._patience_seconds = patience_seconds
        self._whole_seconds = whole_seconds

    def carry(self, letter: Letter) -> Attempt:
        """Hand a letter over; only what was lost after its text went out is `UNKNOWN`."""
        try:
            connection = self._connected()
        except OSError as error:  # smtplib's own errors are of this kind too
            return Attempt(Fate.NOT_SENT_YET, _reason(error))
        try:
            return self._hand_over(connection, letter)
        finally:
            with suppress(OSError):
                connection.quit()
            connection.close()

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        how: dict[str, Any] = {"local_hostname": socket.gethostname(), "timeout": self._patience_seconds}
        where = (settings.host, settings.port)
        if settings.security is Security.TLS:
            connection: _Timed = _TimedTls(self._whole_seconds, *where, context=self._trust, **how)
        else:
            connection = _Timed(self._whole_seconds, *where, **how)
        try:
            if settings.security is Security.STARTTLS:
                connection.starttls(context=self._trust)
            connection.ehlo_or_helo_if_needed()
            if settings.user:
                connection.login(settings.user, settings.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _hand_over(self, connection: smtplib.SMTP, letter: Letter) -> Attempt:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if letter.is_international else []
        try:
            attempt = _answered(*connection.mail(self._settings.sender.address, options))
            if attempt.fate is Fate.SENT:
                attempt = _answered(*connection.rcpt(letter.recipient))
            if attempt.fate is not Fate.SENT:
                return attempt
        except smtplib.SMTPNotSupportedError:
            return Attempt(Fate.REFUSED, "the mail server takes no address with letters beyond ASCII")
        except OSError as error:
            return Attempt(Fate.NOT_SENT_YET, _reason(error))
        try:
            return _answered(*connection.data(letter.content))
        except smtplib.SMTPDataError as error:
            return _answered(error.smtp_code, error.smtp_error)
        except OSError:
            return Attempt(Fate.UNKNOWN, "the connection was lost after the text went out")


class _Timed(smtplib.SMTP):
    """Be a connection that is cut when its whole time is over."""

    def __init__(self, whole_seconds: float, *where: Any, **how: Any) -> None:
        self._alarm = threading.Timer(whole_seconds, self._cut)
        self._alarm.daemon = True
        self._alarm.start()
        try:
            super().__init__(*where, **how)
        except BaseException:
            self.close()
            raise

    @override
    def close(self) -> None:
        self._alarm.cancel()
        super().close()

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _TimedTls(_Timed, smtplib.SMTP_SSL):
    """Be such a connection within TLS from its beginning."""


def _answered(code: int, words: bytes | str) -> Attempt:
    if 200 <= code < 300:
        return Attempt(Fate.SENT)
    fate = Fate.NOT_SENT_YET if 400 <= code < 500 else Fate.REFUSED
    return Attempt(fate, f"the mail server answered {code} {_shown(words)}")


def _reason(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # what a server says here may repeat what it was sent
        return f"the mail server refused user or password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code} {_shown(error.smtp_error)}"
    return f"no connection to the mail server: {error}"


def _shown(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return printable(text)[:200]
