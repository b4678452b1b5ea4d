"""Open a desk: find its places, its key, its store; connectors are imported only when something waits for them."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from shutil import disk_usage
from typing import TypeVar

from techdesk.application.accounts import Account
from techdesk.application.desk_services import SystemInfo
from techdesk.application.network import NETWORK_SETTINGS, Network
from techdesk.application.ports import Connector, Secrets
from techdesk.application.store_news import OpeningStep, StoreNews, TellStep, tell_nobody
from techdesk.desk.account_checks import EMBEDDED
from techdesk.desk.clock import SystemClock, new_ids
from techdesk.desk.desk import Desk
from techdesk.desk.logs import REDACTION, start_log, stop_log
from techdesk.desk.parts import Parts
from techdesk.desk.places import Places
from techdesk.desk.rescue_stored import rescue_stored
from techdesk.desk.withheld import RECOVERY_CODE, given, master_password
from techdesk.domain.errors import (
    DiskFullError,
    FileNotSavedError,
    SecretsError,
    StoreError,
    StoreLockedError,
    TechDeskError,
)
from techdesk.embedded.server import EmbeddedServer
from techdesk.store.opening import open_whole
from techdesk.store.order_store import SqliteStore
from techdesk.store.secrets import SessionSecrets, store_key
from techdesk.store.settings_file import SettingsFile

THREADS_TAKE_TURNS_EVERY_S = 0.0005
"""Ten times as often as Python's own choice: measured, a window beside a busy sync waits for its turn many times in a
row, and a sync that parses one page while it stores another does both at once."""

_LEAST_BYTES = 256 * 1024
"""SQLite makes its shared memory and its log beside the store before it reads it."""
_log = logging.getLogger(__name__)
_SAY_LITTLE = (StoreError, FileNotSavedError)
_Done = TypeVar("_Done")

KEY_NOT_KEPT = StoreNews(
    "The key of your data could not be kept",
    "The next start asks for the recovery code again. Unlock the keyring, or set a master password, then start anew",
)


def open_desk(
    places: Places, password: str | None = None, code: str | None = None, doing: TellStep = tell_nobody
) -> Desk:
    """Open the desk of these places; the caller has claimed it (`instance.claim`).

    Args:
        places: Where everything lies.
        password: The master password, if one was typed; else `TECHDESK_MASTER_PASSWORD` is asked.
        code: The recovery code, if one was typed; else `TECHDESK_RECOVERY_CODE` is asked, where the key needs it.
        doing: Told each step with the data that may take seconds, as it begins.

    Raises:
        WrongRecoveryCodeError: The recovery code has a slip.
        SecretsError: The keyring or the sealed file cannot be used.
        DiskFullError: There is no room to open the store.
        StoreError: The store cannot be opened or repaired; nothing was changed.
    """
    sys.setswitchinterval(THREADS_TAKE_TURNS_EVERY_S)
    password = master_password(password)
    code = code or given(RECOVERY_CODE)
    REDACTION.hide(code.strip())
    try:
        places.make()
        log = start_log(places.log)
    except OSError as error:
        raise StoreError("TechDesk's folder cannot be used", f"{error.strerror}: {error.filename}") from error
    try:
        secrets, store = _unlocked(places, password, code, doing)
    except BaseException as error:
        stop_log(log)
        if type(error) in _SAY_LITTLE and disk_usage(places.data).free < _LEAST_BYTES:
            # SQLite says no more than “disk I/O error” where it can make no file beside the store
            raise DiskFullError(
                "TechDesk cannot open: the disk is full", "Nothing was changed. Free some space, then try again"
            ) from error
        raise
    return Desk(
        Parts(
            store=store,
            settings=SettingsFile(places.settings_file),
            secrets=SessionSecrets(secrets),
            clock=SystemClock(),
            new_id=new_ids(),
            build=build_connector,
            systems=known_systems,
            server=EmbeddedServer(places.server),
            on_close=lambda: stop_log(log),
            places=places,
        )
    )


def _unlocked(places: Places, password: str | None, code: str, doing: TellStep) -> tuple[Secrets, SqliteStore]:
    """Open the store with the key where it is kept; where it cannot be had, with the recovery code.

    Raises:
        WrongRecoveryCodeError: The recovery code has a slip.
        SecretsError: The keyring or the sealed file cannot be used, and there is no recovery code.
        StoreError: The store cannot be opened; nothing was changed.
    """
    try:
        secrets = places.secrets(password)
        return secrets, _opened(places, store_key(secrets, places.store), secrets, doing)
    except (SecretsError, StoreLockedError):
        if not code:
            raise
    from techdesk.store.recovery import keep_key_again, key_by_code

    key = key_by_code(code, places.store)
    secrets, is_kept = keep_key_again(key, places.sealed, places.keyring_service, password)
    store = _opened(places, key, secrets, doing)
    if not is_kept:
        store.tell(KEY_NOT_KEPT)
    return secrets, store


def _opened(places: Places, key: bytes, secrets: Secrets, doing: TellStep) -> SqliteStore:
    rescue_stored(places, key, secrets, "upgrade", only_older=True)
    return open_whole(places.store, key, doing=doing)


class Opening(Future[Desk]):
    """A desk that a thread of its own opens: ends with the desk, or with what `open_desk` raises.

    Attributes:
        step: What is done with the data now, where that may take seconds; read from any thread.
    """

    def __init__(self) -> None:
        """Begin with nothing that takes time."""
        super().__init__()
        self.step: OpeningStep | None = None

    def begin(self, step: OpeningStep) -> None:
        """Note which step begins."""
        self.step = step


def open_in_background(places: Places, password: str | None = None, code: str | None = None) -> Opening:
    """Open the desk in a thread of its own: a keyring may wait for a person, and Qt may be imported meanwhile.

    A bug of ours is told by the thread as well.
    """
    return in_background(lambda doing: open_desk(places, password, code, doing))


def in_background(open_it: Callable[[TellStep], Desk]) -> Opening:
    """Have a desk opened by a thread of its own, which tells its steps to what it is handed."""
    opened = Opening()
    run_beside(opened, lambda: open_it(opened.begin))
    return opened


def run_beside(future: Future[_Done], do: Callable[[], _Done]) -> None:
    """Work in a thread of its own and end the future with what comes of it, while there is no desk to do that."""

    def work() -> None:
        try:
            done = do()
        except TechDeskError as error:
            future.set_exception(error)
        except BaseException as error:
            future.set_exception(error)
            raise
        else:
            future.set_result(done)

    threading.Thread(target=work, name="opening", daemon=True).start()


def build_connector(account: Account, secret: str, network: Network) -> Connector:
    """Make the connector of an account's system."""
    from techdesk.connectors import CONNECTORS

    for one in (secret, network.password):
        REDACTION.hide(one)
    not_its_own = {EMBEDDED, *NETWORK_SETTINGS}
    own = {name: value for name, value in account.settings.items() if name not in not_its_own}
    return CONNECTORS[account.system].build(replace(account, settings=own), secret, network)


def known_systems() -> Sequence[SystemInfo]:
    """Return the systems one can sign in to."""
    from techdesk.connectors import CONNECTORS

    return [one.info for one in CONNECTORS.values()]
