"""Keep small secrets in a file that only a master password opens (Scrypt, then AES-GCM).

The file is JSON: how the key follows from the password, a nonce, and one sealed text that holds all secrets. What says
how the key is made is sealed in too, so nobody can weaken it. A new nonce is drawn for every write.
"""

from __future__ import annotations

import json
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from techdesk.domain.errors import SecretsError, WrongPasswordError
from techdesk.store.whole_file import replace_file

_VERSION = 1
_SCRYPT = {"n": 2**16, "r": 8, "p": 2}
"""64 MiB and a quarter of a second a guess: a setting of OWASP's password storage sheet (Scrypt is RFC 7914)."""
_NONCE_BYTES = 12
"""NIST SP 800-38D, 8.2.2: 96 random bits."""


class SealedFile:
    """Secrets in one encrypted file; every write replaces it whole."""

    def __init__(self, path: Path, password: str) -> None:
        """Name the file; it is made by the first write, in a folder that exists."""
        self._path = path
        self._password = password.encode()
        self._keys: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> str | None:
        """Return the secret called `name`, or None.

        Raises:
            WrongPasswordError: The master password does not open the file.
            SecretsError: The file is damaged or cannot be read.
        """
        with self._lock:
            return self._load().get(name)

    def write(self, name: str, secret: str) -> None:
        """Keep a secret; durable when this returns.

        Raises:
            WrongPasswordError: The master password does not open the file.
            SecretsError: The file is damaged or cannot be written.
        """
        self._change(lambda secrets: secrets.update({name: secret}))

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens if there is none. Raises as `write`."""
        self._change(lambda secrets: secrets.pop(name, None))

    def _change(self, change: Callable[[dict[str, str]], object]) -> None:
        with self._lock:
            secrets = self._load()
            change(secrets)
            self._save(secrets)

    def _load(self) -> dict[str, str]:
        try:
            sealed = json.loads(self._path.read_bytes())
            head = sealed["head"]
            key = self._key(b64decode(head["salt"]), head)
            opened = AESGCM(key).decrypt(b64decode(sealed["nonce"]), b64decode(sealed["sealed"]), _bytes(head))
        except FileNotFoundError:
            return {}
        except InvalidTag as error:
            raise WrongPasswordError from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SecretsError("The file with the sign-ins cannot be read", f"It is {self._path}") from error
        return cast("dict[str, str]", json.loads(opened))

    def _save(self, secrets: dict[str, str]) -> None:
        head = self._head()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key(b64decode(head["salt"]), head)).encrypt(nonce, _bytes(secrets), _bytes(head))
        text = {"head": head, "nonce": b64encode(nonce).decode(), "sealed": b64encode(sealed).decode()}
        try:
            replace_file(self._path, _bytes(text))
        except OSError as error:
            raise SecretsError("The file with the sign-ins cannot be written", f"It is {self._path}") from error

    def _head(self) -> dict[str, Any]:
        salt = next(iter(self._keys), None) or os.urandom(16)
        return {"version": _VERSION, "kdf": "scrypt", **_SCRYPT, "salt": b64encode(salt).decode()}

    def _key(self, salt: bytes, head: dict[str, Any]) -> bytes:
        if (head["version"], head["kdf"]) != (_VERSION, "scrypt"):
            raise ValueError("of a newer TechDesk")
        if salt not in self._keys:
            work = Scrypt(salt=salt, length=32, n=head["n"], r=head["r"], p=head["p"])
            self._keys = {salt: work.derive(self._password)}
        return self._keys[salt]


def _bytes(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
