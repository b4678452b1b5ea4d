"""Say through which mail server messages go out, and who signs in there."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.server.mail.letters import Sender, sender_of
from techdesk.server.serving import is_loopback

USER = "TECHDESK_SMTP_USER"
PASSWORD = "TECHDESK_SMTP_PASSWORD"  # noqa: S105 - the name of a variable


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_USUAL_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where and as whom to send.

    Attributes:
        user: Empty where the mail server asks for no sign-in.
    """

    host: str
    port: int
    sender: Sender
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)


def add_smtp_options(parser: ArgumentParser) -> None:
    """Describe the options of the command line; a password is none of them, where everybody could read it."""
    group = parser.add_argument_group(
        "e-mail", f"User and password come from {USER} and {PASSWORD}, or from --smtp-file."
    )
    group.add_argument("--smtp-host", default="", metavar="HOST", help="send e-mail to customers through this server")
    group.add_argument("--smtp-port", type=int, default=0, metavar="PORT", help="587, 465 with tls, 25 with none")
    group.add_argument("--smtp-from", default="", metavar="ADDRESS", help='such as "Main depot <depot@example.org>"')
    group.add_argument("--smtp-security", choices=[one.value for one in Security], default=Security.STARTTLS.value)
    group.add_argument("--smtp-file", type=Path, metavar="FILE", help="user and password, a line each; yours alone")


def smtp_settings(options: Namespace, environment: Mapping[str, str]) -> SmtpSettings | None:
    """Return what the command line and the environment say; None where no mail server is named.

    Raises:
        InvalidInputError: They contradict each other, no sender is given, or a password would go out in the clear.
        NotFoundError: The file with user and password cannot be read.
    """
    if not options.smtp_host:
        if options.smtp_from or options.smtp_file or options.smtp_port:
            raise InvalidInputError("E-mail needs the mail server's name too", "Give --smtp-host")
        return None
    security = Security(options.smtp_security)
    user, password = _credential(options.smtp_file, environment)
    if user and security is Security.NONE and not is_loopback(options.smtp_host):
        raise InvalidInputError(
            "--smtp-security none would send the password in the clear", "Use starttls or tls, or no user"
        )
    port = options.smtp_port or _USUAL_PORTS[security]
    return SmtpSettings(options.smtp_host, port, sender_of(options.smtp_from), security, user, password)


def _credential(file: Path | None, environment: Mapping[str, str]) -> tuple[str, str]:
    if file is None:
        user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    else:
        user, password = _two_lines(file)
    if bool(user) != bool(password):
        raise InvalidInputError("The mail server's user and password belong together")
    return user, password


def _two_lines(file: Path) -> tuple[str, str]:
    try:
        mode = file.stat().st_mode
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(f"The file with the mail server's user and password cannot be read: {file}") from error
    if os.name == "posix" and mode & 0o077:
        raise InvalidInputError(f"Others can read {file}", f"Type: chmod 600 {file}")
    if len(lines) != 2:
        raise InvalidInputError(f"{file} must hold two lines: user, password")
    return lines[0], lines[1]
