"""Write a message as the e-mail that goes out; nothing that people typed can add a header or a recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.text import one_line

_ADDRESS = re.compile(r"""[^\s@<>()\[\]\\,;:"\x00-\x1f\x7f]{1,64}@([^\s@<>()\[\]\\,;:"\x00-\x1f\x7f]{1,255})""")
_SUBJECT_LENGTH = 150


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a letter comes from: an address, and the name beside it, which may be empty."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail as it goes over the wire.

    Attributes:
        is_international: Whether an address holds more than ASCII, so the mail server must know SMTPUTF8 (RFC 6531).
    """

    recipient: str
    content: bytes
    is_international: bool


def sender_of(text: str) -> Sender:
    """Return who `Name <address>` or a bare address means.

    Raises:
        InvalidInputError: It is not one e-mail address.
    """
    name, address = parseaddr(text)
    plain = plain_address(address)
    if plain is None or not text.isprintable():
        raise InvalidInputError("--smtp-from must be one e-mail address, such as depot@example.org")
    return Sender(plain, name)


def plain_address(text: str) -> str | None:
    """Return an address as SMTP takes it, its domain in ASCII (RFC 5891); None where it is not one address."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    domain = found[1]
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return text.strip()[: -len(domain)] + ascii_domain


def letter(sender: Sender, recipient: str, text: str, *, uid: str, at: datetime) -> Letter | None:
    """Return the e-mail that says `text`, or None where the recipient is not one e-mail address.

    Args:
        sender: Who it comes from.
        recipient: What people typed as the customer's address.
        text: What it says; its beginning is the subject.
        uid: Of the message: the same message has the same Message-ID.
        at: When it was written.
    """
    address = plain_address(recipient)
    if address is None:
        return None
    is_international = not (address + sender.address).isascii()
    message = EmailMessage(policy=SMTPUTF8 if is_international else SMTP)
    message["From"] = _addressed(sender.address, sender.name)
    message["To"] = _addressed(address)
    message["Subject"] = one_line(text)[:_SUBJECT_LENGTH]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{uid}@{sender.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(f"{text}\n", cte="base64")
    return Letter(address, message.as_bytes(), is_international)


def _addressed(address: str, name: str = "") -> Address:
    # `addr_spec` would refuse what is not ASCII
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)
