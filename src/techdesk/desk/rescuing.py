"""Write, read and take in rescue files; sign them with a key of this desk that lies among the secrets."""

from __future__ import annotations

import getpass
import logging
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from techdesk import __version__
from techdesk.application.accounts import Account
from techdesk.application.ports import Clock, OrderStore, Secrets, Urgency
from techdesk.application.unsent.rescue import SUFFIX, Maker, RescueFile, RescueWork, TakenIn, WorkView, gather
from techdesk.application.unsent.rescue_import import Import, senders_of
from techdesk.desk.new_files import check_is_free
from techdesk.desk.rescue_file import Opened, new_key, opened, written
from techdesk.desk.rescue_lines import documents_of
from techdesk.domain.errors import FileNotSavedError, NotFoundError, RescueFileError, SecretsError
from techdesk.store.whole_file import replace_file

KEPT = 20
"""So many of the files that TechDesk writes by itself are kept."""
LARGEST = 256 * 1024 * 1024

_KEY = "rescue-key"
_log = logging.getLogger(__name__)


class RescueFolder:
    """Write and read rescue files, and keep those that are written unasked; safe to use from several threads."""

    def __init__(self, secrets: Secrets, clock: Clock, folder: Path) -> None:
        """Keep where the key is, the time, and the folder for what is written unasked."""
        self._secrets = secrets
        self._clock = clock
        self._folder = folder

    def gathered(self, view: WorkView, account_id: str | None, reason: str, *, handed_over: bool = False) -> RescueWork:
        """Return the unsent work of one account or of all.

        Raises:
            StoreError: The store could not be read.
        """
        wanted = [one for one in view.accounts() if account_id in (None, one.account_id)]
        maker = Maker(
            user=_names(wanted),
            computer=platform.node() or "this computer",
            made_at=self._clock.now(),
            version=__version__,
            reason=reason,
        )
        return gather(view, maker, [one.account_id for one in wanted], is_handed_over=handed_over)

    def keep(self, work: RescueWork) -> RescueFile | None:
        """Write a file into the folder, where the newest are kept; None where nothing is unsent.

        Raises:
            FileNotSavedError: It could not be written.
        """
        if not work.unsent:
            return None
        made = self.save(self._folder / _own_name(work), work)
        for old in sorted(self._folder.glob(f"*{SUFFIX}"))[:-KEPT]:
            old.unlink(missing_ok=True)
        _log.info("unsent work was written to %s: %s", made.path, work.maker.reason)
        return made

    def save(self, path: Path, work: RescueWork) -> RescueFile:
        """Write a file, read it back and compare; durable when this returns.

        Raises:
            FileNotSavedError: It could not be written, or does not read as it was written.
        """
        key = self._key()
        try:
            replace_file(path, written(work, key))
        except OSError as error:
            raise FileNotSavedError("The rescue file could not be saved", error.strerror or "") from error
        came = _opened(path)
        if documents_of(came.work) != documents_of(work):
            raise FileNotSavedError("The rescue file does not read as it was written", "Try another folder or disk")
        return RescueFile(path=path, fingerprint=came.fingerprint, work=came.work)

    def read(self, path: Path) -> RescueFile:
        """Read a rescue file and check that it is whole.

        Raises:
            RescueFileError: It is none, was changed or cut off.
            NotFoundError: The file cannot be read.
        """
        came = _opened(path)
        return RescueFile(path=path, fingerprint=came.fingerprint, work=came.work)

    def _key(self) -> bytes:
        """Return this desk's key, drawing it the first time; where no secrets can be had, one for this file alone."""
        secrets = self._secrets
        try:
            kept = secrets.read(_KEY)
            if kept is None:
                kept = new_key().hex()
                secrets.write(_KEY, kept)
        except SecretsError as error:
            _log.warning("a rescue file is signed with a key of its own: %s", error.title)
            return new_key()
        return bytes.fromhex(kept)


class RescueFiles(RescueFolder):
    """The rescue files of a desk whose store is open (`application.rescue.Rescuing`)."""

    def __init__(self, store: OrderStore, secrets: Secrets, clock: Clock, folder: Path) -> None:
        """Keep where the work is, and what a folder needs."""
        super().__init__(secrets, clock, folder)
        self._store = store

    def export(self, path: Path, account_id: str | None = None, *, reason: str = "exported") -> RescueFile:
        """Write the unsent work of one account or of all; it stays here and is sent from here.

        Raises:
            NotFoundError: There is no unsent work.
            FileNotSavedError: The file could not be written, or there is one already.
            StoreError: The store could not be read.
        """
        check_is_free(path)
        with self._store.read() as view:
            work = self.gathered(view, account_id, reason)
        if not work.unsent:
            raise NotFoundError("There is no unsent work")
        return self.save(path, work)

    def write_rescue(self, reason: str) -> RescueFile | None:
        """Write all unsent work into TechDesk's own folder, the newest files are kept; None where there is none.

        Raises:
            FileNotSavedError: The file could not be written.
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            work = self.gathered(view, None, reason)
        return self.keep(work)

    def take_in(self, path: Path, account_id: str | None = None) -> TakenIn:
        """Take in the work of a rescue file; what is here already stays as it is.

        Raises:
            RescueFileError: It is none, was changed or cut off.
            NotFoundError: The file cannot be read, or an account for it is missing.
            AmbiguousError: Several accounts fit.
            StoreError: Nothing was saved.
        """
        file = self.read(path)
        with self._store.write(Urgency.PERSON) as tx:
            accounts = tx.accounts()
            wanted = next((one for one in accounts if one.account_id == account_id), None)
            senders = senders_of(file.work.accounts, accounts, wanted)
            taking = Import(tx, file.work, senders, self._clock.now())
            changes = taking.take_in()
        known = len(file.work.entries) - len(taking.op_ids)
        ours = tuple(one.account_id for one in senders.values())
        return TakenIn(file=file, op_ids=tuple(taking.op_ids), known=known, changes=changes, account_ids=ours)


def _opened(path: Path) -> Opened:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise NotFoundError(f"“{path.name}” cannot be read", error.strerror or "") from error
    if len(raw) > LARGEST:
        raise RescueFileError(f"“{path.name}” is too large for a rescue file")
    return opened(raw, path.name)


def _names(accounts: Sequence[Account]) -> str:
    return ", ".join(dict.fromkeys(one.user_name for one in accounts if one.user_name)) or getpass.getuser()


def _own_name(work: RescueWork) -> str:
    maker = work.maker
    words = re.sub(r"[^a-z0-9]+", "-", maker.reason.lower()).strip("-")
    return f"{maker.made_at:%Y%m%dT%H%M%S%f}-{words[:40]}{SUFFIX}"
