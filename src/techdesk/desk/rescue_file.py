"""Put unsent work into a file that a person can read, that a computer can check, and that nobody can change unseen.

First come some lines for people, then one JSON document a line behind the digest of that line (so that damage can be
named), then one line with the maker's key and their signature of all bytes before it (Ed25519, RFC 8032).
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from techdesk.application.outbox import CROCKFORD
from techdesk.application.unsent.rescue import RescueWork
from techdesk.desk.rescue_lines import documents_of, work_of
from techdesk.domain.errors import RescueFileError
from techdesk.domain.text import one_line

_BEGINS = "TechDesk rescue file"
_VERSION = 1
_FOR_TECHDESK = b"\n--- what follows is for TechDesk; do not change anything in this file ---\n"
_SIGNED = b"signed ed25519 "
_DIGEST = 16
_SHOWN = 20
_DAMAGE = (ValueError, TypeError, KeyError)


@dataclass(frozen=True, slots=True)
class Opened:
    """What stands in a rescue file that is whole, and the fingerprint of the key that signed it."""

    work: RescueWork
    fingerprint: str


def new_key() -> bytes:
    """Return a new secret key."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def written(work: RescueWork, key: bytes) -> bytes:
    """Return the bytes of a rescue file, signed with a secret key."""
    signer = Ed25519PrivateKey.from_private_bytes(key)
    public = signer.public_key().public_bytes_raw()
    lines = [json.dumps(one, ensure_ascii=False, sort_keys=True).encode() for one in documents_of(work)]
    body = b"".join(_digest(line) + b" " + line + b"\n" for line in lines)
    signed = _text(work, _fingerprint(public)).encode() + _FOR_TECHDESK + body
    signature = b" ".join(b64encode(one) for one in (public, signer.sign(signed)))
    return signed + _SIGNED + signature + b"\n"


def opened(raw: bytes, name: str) -> Opened:
    """Read and check the bytes of a rescue file called `name`.

    Raises:
        RescueFileError: It is none, of a newer TechDesk, or it was changed or cut off; its hint tells what can be read.
    """
    text, mark, body = raw.partition(_FOR_TECHDESK)
    if not text.startswith(_BEGINS.encode()):
        raise RescueFileError(f"“{name}” is no rescue file", f"One begins with “{_BEGINS}”. Nothing was taken in")
    if text.split(b"\n", 1)[0].rstrip() != f"{_BEGINS} {_VERSION}".encode():
        raise RescueFileError(f"“{name}” was made by a newer TechDesk", "Update TechDesk, then import it again")
    if not mark:
        raise _damaged(name, "was cut off or changed in its first lines", [])
    lines, seal = _split(body)
    documents = _documents(name, lines, text.count(b"\n") + 3, is_sealed=seal is not None)
    if seal is None:
        raise _damaged(name, "was cut off", documents)
    fingerprint = _checked(raw[: len(raw) - len(seal)], seal)
    if not fingerprint:
        raise _damaged(name, "was changed after it was signed", documents)
    try:
        return Opened(work_of(documents), fingerprint)
    except _DAMAGE as error:
        raise _damaged(name, "holds what this TechDesk does not understand", documents) from error


def _documents(name: str, lines: Sequence[bytes], first: int, *, is_sealed: bool) -> list[dict[str, Any]]:
    """Return the documents of the lines; the first of them is line `first` of the file.

    Raises:
        RescueFileError: One is not as it was written.
    """
    documents: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        document = _document(line)
        if document is None:
            is_cut = not is_sealed and number == len(lines) - 1
            raise _damaged(name, "was cut off" if is_cut else f"was changed in line {first + number}", documents)
        documents.append(document)
    return documents


def _split(body: bytes) -> tuple[list[bytes], bytes | None]:
    """Return the lines and the last line with the signature, which is missing from a file that was cut off."""
    lines = body.splitlines(keepends=True)
    if lines and lines[-1].startswith(_SIGNED) and lines[-1].endswith(b"\n"):
        return lines[:-1], lines[-1]
    return lines, None


def _document(line: bytes) -> dict[str, Any] | None:
    """Return the document of a line, None if the line is not as it was written."""
    digest, _, text = line.rstrip(b"\n").partition(b" ")
    if digest != _digest(text) or not line.endswith(b"\n"):
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) and len(document) == 1 else None


def _checked(signed: bytes, seal: bytes) -> str:
    """Return the fingerprint of the key whose signature fits, empty if it does not."""
    try:
        public, signature = (b64decode(one, validate=True) for one in seal.removeprefix(_SIGNED).split())
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return ""
    return _fingerprint(public)


def _damaged(name: str, what: str, documents: Sequence[dict[str, Any]]) -> RescueFileError:
    """Say what is wrong, and name what can still be read."""
    try:
        readable = [one.line for one in work_of(documents).unsent] if documents else []
    except _DAMAGE:
        readable = []
    told = "; ".join(readable[:_SHOWN]) or "nothing"
    more = f"; and {len(readable) - _SHOWN} more" if len(readable) > _SHOWN else ""
    return RescueFileError(
        f"“{name}” {what}", f"Nothing was taken in. Get the file again from where it was made. Readable: {told}{more}"
    )


def _text(work: RescueWork, fingerprint: str) -> str:
    """Say to a person who opens the file in an editor what it is."""
    maker = work.maker
    goes_on = (
        "It was handed over: the computer that made it does not send any of it. Import it once, on one computer."
        if work.is_handed_over
        else "The computer that made it may still send this; another one finds out first what has arrived."
    )
    made = f"Made by {one_line(maker.user)} on {one_line(maker.computer)}, {maker.made_at:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{_BEGINS} {_VERSION}",
        "",
        "This is work that was saved on a computer and not confirmed by its server. It holds customers' data.",
        f"{made}, with TechDesk {maker.version}: {one_line(maker.reason)}.",
        f"Key of the maker: {fingerprint} (TechDesk shows it there and here; compare the two).",
        goes_on,
        "To send it from a computer that is signed in to the same system: techdesk outbox import FILE",
        "",
        *(f"{number}. {one_line(one.line)}" for number, one in enumerate(work.unsent, 1)),
        "",
    ]
    return "\n".join(lines)


def _digest(line: bytes) -> bytes:
    return sha256(line).hexdigest()[:_DIGEST].encode()


def _fingerprint(public: bytes) -> str:
    number = int.from_bytes(sha256(public).digest()[:10])
    letters = "".join(CROCKFORD[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
