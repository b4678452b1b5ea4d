"""Keep credentials and the store's key: in the keyring, else in a file sealed with a master password.

Never silently in plain text: a keyring backend that its own authors do not recommend (plain files, none at all) counts
as no keyring. A token, but never the store's key, may be kept for this session only.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from techdesk.application.ports import Secrets
from techdesk.domain.errors import KeyringSlowError, NoKeyringError, PasswordNeededError, SecretsError, StoreLockedError
from techdesk.store.secret_service import read_open_secret

KEYRING_LIMIT_S = 3.0
"""A keyring may show a prompt and wait for it for ever; a person is told instead."""

STORE_KEY = "store-key"
"""Name of the secret that opens the store."""

_RECOMMENDED = 1
"""`keyring.core.recommended`: backends below this priority are not safe for real secrets."""

_T = TypeVar("_T")
_Outcome: TypeAlias = tuple[_T | None, SecretsError | None]
_log = logging.getLogger(__name__)


class KeyringSecrets:
    """Secrets in the keyring of the desktop; every call has a time limit."""

    def __init__(self, service: str, limit_s: float = KEYRING_LIMIT_S) -> None:
        """Name the service under which the keyring lists our secrets."""
        self._service = service
        self._limit_s = limit_s

    def read(self, name: str) -> str | None:
        """Return the secret called `name`, or None.

        Raises:
            NoKeyringError: There is none, or none that is safe.
            KeyringSlowError: It did not answer in time, most likely because it waits for a person.
            SecretsError: It is locked or failed.
        """
        return self._within_limit(lambda: _read(self._service, name))

    def write(self, name: str, secret: str) -> None:
        """Keep a secret. Raises as `read`."""
        self._within_limit(lambda: _attempt(lambda backend: backend.set_password(self._service, name, secret)))

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens if there is none. Raises as `read`."""
        if self.read(name) is not None:
            self._within_limit(lambda: _attempt(lambda backend: backend.delete_password(self._service, name)))

    def _within_limit(self, attempt: Callable[[], _Outcome[_T]]) -> _T:
        """Ask the keyring in a thread of its own; one that hangs is left behind."""
        answers: queue.SimpleQueue[_Outcome[_T]] = queue.SimpleQueue()
        threading.Thread(target=lambda: answers.put(attempt()), name="keyring", daemon=True).start()
        try:
            answer, fault = answers.get(timeout=self._limit_s)
        except queue.Empty:
            raise KeyringSlowError from None
        if fault:
            raise fault
        return answer  # type: ignore[return-value]  # None only where `work` itself returned it


class SessionSecrets:
    """Secrets that end with this process, over others that stay."""

    def __init__(self, lasting: Secrets) -> None:
        """Keep what answers for everything that is not of this session."""
        self._lasting = lasting
        self._here: dict[str, str] = {}

    def keep_for_session(self, name: str, secret: str) -> None:
        """Keep a secret until the desk is closed."""
        self._here[name] = secret

    def read(self, name: str) -> str | None:
        """Return the secret called `name`, or None; raises as what lies below."""
        return self._here.get(name) or self._lasting.read(name)

    def write(self, name: str, secret: str) -> None:
        """Keep a secret for good; raises as what lies below."""
        self._lasting.write(name, secret)
        self._here.pop(name, None)

    def delete(self, name: str) -> None:
        """Forget a secret wherever it is; raises as what lies below."""
        if self._here.pop(name, None) is None:
            self._lasting.delete(name)


def _read(service: str, name: str) -> _Outcome[str | None]:
    secret = read_open_secret(service, name)
    if secret is not None:
        return secret, None
    return _attempt(lambda backend: cast("str | None", backend.get_password(service, name)))


def _attempt(work: Callable[[Any], _T]) -> _Outcome[_T]:
    from keyring import errors as theirs

    try:
        return work(_safe_backend()), None
    except (theirs.NoKeyringError, NoKeyringError):
        return None, NoKeyringError()
    except theirs.KeyringLocked:
        return None, SecretsError("The keyring is locked", "Unlock it, then try again")
    except (theirs.KeyringError, OSError, RuntimeError) as error:
        _log.warning("the keyring failed: %s", type(error).__name__)
        return None, SecretsError("The keyring failed", "Unlock it or log in again, then try again")


def _safe_backend() -> Any:
    """Return the keyring's backend.

    Raises:
        NoKeyringError: There is none, or none that is safe.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    backend = keyring.get_keyring()
    if isinstance(backend, ChainerBackend):
        backend = backend.backends[0]
    if backend.priority < _RECOMMENDED:
        raise NoKeyringError
    return backend


def choose_secrets(sealed: Path, store: Path, service: str, password: str | None) -> Secrets:
    """Return where the secrets of this store are, or are to be.

    A sealed file that exists is the place. Else, at the very first start, a given master password asks for one. Else
    it is the keyring, also when it cannot be used now: a store whose key lies there is never given another one.

    Args:
        sealed: Where the sealed file is or would be.
        store: The store's own file; once it exists, the choice has been made.
        service: Name of the keyring's entries.
        password: The master password, if one was given.

    Raises:
        PasswordNeededError: There is a sealed file and no master password.
    """
    if sealed.exists() or (password and not data_files(store)):
        if not password:
            raise PasswordNeededError
        from techdesk.store.sealed_file import SealedFile

        return SealedFile(sealed, password)
    return KeyringSecrets(service)


def data_files(store: Path) -> list[Path]:
    """Return the files that the store's key opens, as far as they are there: the store, its successor, its backups."""
    mended = store.with_name(store.name + ".mended")
    backups = sorted((store.parent / "backups").glob("*.db"), reverse=True)
    return [*(one for one in (store, mended) if one.exists()), *backups]


def store_key(secrets: Secrets, store: Path) -> bytes:
    """Return the store's 256-bit key; draw it, and keep it, where the store is to be made now.

    Raises:
        StoreLockedError: There is a store, or a backup of one, but its key is not where it was put.
        SecretsError: The key can neither be read nor kept.
    """
    key = secrets.read(STORE_KEY)
    if key is None:
        if data_files(store):
            raise StoreLockedError("The key of TechDesk's data is not in the keyring")
        key = os.urandom(32).hex()
        secrets.write(STORE_KEY, key)
        if secrets.read(STORE_KEY) != key:
            raise SecretsError("The keyring did not keep the key")
    return bytes.fromhex(key)
