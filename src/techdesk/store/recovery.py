"""Give out the code of the store's key, and put a key back that was read from one."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from techdesk.application.ports import Secrets
from techdesk.domain.errors import SecretsError, StoreError, StoreLockedError
from techdesk.domain.recovery_code import key_of_code, recovery_code
from techdesk.store.database import Database
from techdesk.store.sealed_file import SealedFile
from techdesk.store.secrets import STORE_KEY, KeyringSecrets, SessionSecrets, data_files

_SET_ASIDE = ".before-recovery"


def code_of_store(secrets: Secrets) -> str:
    """Return the recovery code of the store whose key is kept there; waits for the keyring.

    Raises:
        StoreLockedError: The key is not there.
        SecretsError: The keyring or the sealed file cannot be used.
    """
    key = secrets.read(STORE_KEY)
    if key is None:
        raise StoreLockedError("The key of TechDesk's data is not in the keyring")
    return recovery_code(bytes.fromhex(key))


def key_by_code(code: str, store: Path) -> bytes:
    """Return the key of a store that is there, from its recovery code; none is ever made here.

    Args:
        code: As it was typed.
        store: The store's file.

    Raises:
        WrongRecoveryCodeError: The code has a slip; nothing was tried.
        StoreLockedError: There is no store and no backup, or the code belongs to another one. Nothing was changed.
    """
    key = key_of_code(code)
    files = data_files(store)
    if not files:
        raise StoreLockedError("There is no data here that a recovery code opens", f"It would be {store}")
    if not any(_opens(key, one) for one in files):
        raise StoreLockedError(
            "This recovery code belongs to other data", "Look for the code of this computer. Nothing was changed"
        )
    return key


def _opens(key: bytes, file: Path) -> bool:
    """Say whether a key opens a file; one that is damaged says nothing, but its backups may."""
    try:
        with closing(Database(file, key).fixed_reader()):
            return True
    except StoreError:
        return False


def keep_key_again(key: bytes, sealed: Path, service: str, password: str | None) -> tuple[Secrets, bool]:
    """Put a recovered key where the next start looks for it.

    A sealed file that the password does not open is set aside: whoever has the recovery code may choose a new one.

    Args:
        key: The store's key.
        sealed: Where the sealed file is or would be.
        service: Name of the keyring's entries.
        password: The master password, old or new, if one was given.

    Returns:
        Where the secrets are from now on, and whether the key is kept there; else it is known until the desk is closed.
    """
    if not sealed.exists():
        keyring = KeyringSecrets(service)
        with suppress(SecretsError):
            keyring.write(STORE_KEY, key.hex())
            if keyring.read(STORE_KEY) == key.hex():
                return keyring, True
    if password:
        with suppress(SecretsError):
            return _sealed_again(key, sealed, password), True
    known = SessionSecrets(KeyringSecrets(service))
    known.keep_for_session(STORE_KEY, key.hex())
    return known, False


def _sealed_again(key: bytes, path: Path, password: str) -> SealedFile:
    file = SealedFile(path, password)
    try:
        file.read(STORE_KEY)
    except SecretsError:
        _set_aside(path)
    file.write(STORE_KEY, key.hex())
    return file


def _set_aside(path: Path) -> None:
    """Keep what cannot be opened beside, under a name that is free.

    Raises:
        SecretsError: It cannot be renamed.
    """
    aside, number = path.with_name(path.name + _SET_ASIDE), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}{_SET_ASIDE}-{number}")
    try:
        path.rename(aside)
    except OSError as error:
        raise SecretsError("The file with the sign-ins cannot be replaced", f"It is {path}") from error
