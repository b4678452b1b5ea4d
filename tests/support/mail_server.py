"""Run a real mail server on this computer, which keeps what it gets and answers as a test says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "depot", "correct-horse"


@dataclass
class MailServer:
    """Take letters.

    Attributes:
        letters: What was taken, or what was lost with `loses`.
        recipients: Of each letter, as SMTP named them.
        recipient_answer: What RCPT is answered.
        data_answer: What the end of DATA is answered.
        loses: Whether the connection is cut instead of that.
        holds: Whether that answer never comes.
    """

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    data_answer: str = "250 Taken"
    loses: bool = False
    holds: bool = False
    port: int = 0

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:
        content = envelope.content
        self.letters.append(message_from_bytes(content, policy=policy.default))
        self.recipients.append(envelope.rcpt_tos)
        if self.loses:
            server.transport.abort()
        if self.holds:
            await asyncio.Event().wait()
        return self.data_answer


@dataclass(frozen=True)
class Certificate:
    """A certificate of 127.0.0.1 that only those trust who are told to."""

    file: Path
    key: Path

    def serving(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.file))


def private_certificate(folder: Path) -> Certificate:
    """Make one in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(folder / "mail.pem", folder / "mail.key")
    found.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return found


def _authenticated(_: Any, __: Any, ___: Any, ____: str, credential: Any) -> AuthResult:
    is_right = (credential.login, credential.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=is_right)


@contextmanager
def running_mail_server(
    certificate: Certificate | None = None, *, is_tls: bool = False, asks_password: bool = False, port: int = 0
) -> Iterator[MailServer]:
    """Start one, with STARTTLS where it has a certificate, with TLS from the beginning where `is_tls`."""
    server = MailServer()
    how: dict[str, Any] = {"hostname": "127.0.0.1", "port": port, "ready_timeout": 20.0}
    if asks_password:
        how |= {"authenticator": _authenticated, "auth_required": True, "auth_require_tls": certificate is not None}
    if certificate and is_tls:
        # the library takes TLS from the beginning for none
        how |= {"ssl_context": certificate.serving(), "auth_require_tls": False, "auth_required": False}
    elif certificate:
        how |= {"tls_context": certificate.serving(), "require_starttls": True}
    controller = _Controller(server, **how)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


class _Controller(Controller):
    """Be a controller that takes a free port, and looks there whether it answers."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
