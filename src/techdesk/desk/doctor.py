"""Examine the desk, and pack what helps others to help; no secret leaves by it."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from io import BytesIO
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Any

from techdesk import __version__
from techdesk.application.accounts import Account
from techdesk.application.doctor import (
    Finding,
    Grade,
    Health,
    clock_finding,
    disk_finding,
    document_of,
    noted_clock_finding,
    outbox_rows,
    queue_findings,
    store_finding,
)
from techdesk.application.sync.clock_skew import noted_skew_s
from techdesk.desk.clock import SystemClock
from techdesk.desk.logs import REDACTION
from techdesk.desk.new_files import check_is_free
from techdesk.desk.parts import Parts
from techdesk.desk.places import Places
from techdesk.desk.rescue_lines import documents_of
from techdesk.desk.sign_ins import SignIns
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    FileNotSavedError,
    OfflineError,
    SecretsError,
    StoreTooNewError,
    TechDeskError,
)

if TYPE_CHECKING:
    from techdesk.desk.rescuing import RescueFiles

_UNREACHED = (OfflineError, BusyError, CaptivePageError)
_LOG_BYTES = 2_000_000


class DeskDoctor:
    """Examine an open desk (`application.doctor.Examining`)."""

    def __init__(self, parts: Parts, sign_ins: SignIns, rescue: RescueFiles) -> None:
        """Keep what is examined."""
        self._parts = parts
        self._sign_ins = sign_ins
        self._rescue = rescue

    def examine(self, *, online: bool = False) -> Health:
        """Look at everything; with `online` every sign-in is tested too, which waits for the network.

        Raises:
            StoreError: The store cannot be read.
        """
        now = self._parts.clock.now()
        facts = self._parts.store.facts()
        with self._parts.store.read() as view:
            queue = queue_findings(view, now)
        findings = [
            *versions(f"{facts.engine}, store version {facts.schema}"),
            *store_finding(facts, now),
            *queue,
            self._secrets(),
            disk_finding(disk_usage(self._parts.places.data).free),
            *self._accounts(online=online),
        ]
        return Health(now, findings)

    def bundle(self, path: Path, health: Health, *, with_content: bool = False) -> None:
        """Write findings, outbox, log and crash reports into a zip file; with content also what people entered.

        Raises:
            FileNotSavedError: There is such a file, or it could not be written.
            StoreError: The store cannot be read.
        """
        check_is_free(path)
        self._hide_all_secrets()
        with self._parts.store.read() as view:
            outbox: list[Any] = outbox_rows(view)
            if with_content:
                work = self._rescue.gathered(view, None, "doctor")
                outbox = documents_of(work)
        texts = {"doctor.json": _json(document_of(health)), "outbox.json": _json(outbox)}
        _pack(path, texts | dict(_texts_below(self._parts.places)))

    def _secrets(self) -> Finding:
        place = "the file that the master password opens" if self._parts.places.sealed.exists() else "the keyring"
        try:
            self._parts.secrets.read("store-key")
        except SecretsError as error:
            return Finding("Secrets", Grade.BAD, f"{place}: {error}", {"readable": False})
        return Finding("Secrets", Grade.GOOD, f"{place} can be read", {"readable": True})

    def _accounts(self, *, online: bool) -> Iterator[Finding]:
        for account in self._sign_ins.accounts():
            facts = {"system": account.system, "address": account.address, "signedOut": account.signed_out}
            if account.signed_out:
                yield Finding(f"Account {account.name}", Grade.GOOD, "signed out, its work is kept", facts)
            elif not online:
                yield Finding(f"Account {account.name}", Grade.GOOD, "not tested; --online signs in", facts)
                with self._parts.store.read() as view:
                    yield noted_clock_finding(account.name, noted_skew_s(view, account.account_id))
            else:
                yield from self._tested(account, facts)

    def _tested(self, account: Account, facts: dict[str, Any]) -> Iterator[Finding]:
        what = f"Account {account.name}"
        try:
            told = self._sign_ins.connector(account.account_id).facts()
        except ConnectionFailedError as error:
            grade = Grade.OFFLINE if isinstance(error, _UNREACHED) else Grade.BAD
            yield Finding(what, grade, str(error), facts | {"works": False})
            return
        version = f", server {told.server_version}" if told.server_version else ""
        words = f"works: signed in as {told.user_name or 'somebody'} ({told.role}){version}"
        yield Finding(what, Grade.GOOD, words, facts | {"works": True})
        yield clock_finding(account.name, self._skew_s(account.account_id))

    def _skew_s(self, account_id: str) -> float | None:
        """Return by how much our clock is ahead, where the next page of the feed tells the server's."""
        with self._parts.store.read() as view:
            cursor = view.cursor(account_id)
        try:
            server_time = self._sign_ins.connector(account_id).pull(cursor).server_time
        except ConnectionFailedError:
            return None
        return (self._parts.clock.now() - server_time).total_seconds() if server_time else None

    def _hide_all_secrets(self) -> None:
        """Let the redaction know every secret, also of accounts that were not used since the start."""
        names = ["store-key", "rescue-key", *(one.account_id for one in self._sign_ins.accounts())]
        try:
            for name in names:
                REDACTION.hide(self._parts.secrets.read(name) or "")
        except SecretsError:
            return  # what cannot be read now was not read by this process, so it wrote it nowhere


def unopened(places: Places, error: TechDeskError) -> Health:
    """Return what can be found out about a desk that cannot be opened."""
    findings = [*versions(""), Finding("Data file", Grade.BAD, str(error), {"opened": False})]
    if isinstance(error, StoreTooNewError):
        findings += _of_newer(error)
    if places.data.exists():
        findings.append(disk_finding(disk_usage(places.data).free))
    return Health(SystemClock().now(), findings)


def bundle_unopened(places: Places, path: Path, health: Health) -> None:
    """Pack what there is of a desk that cannot be opened: findings, log and crash reports, without the outbox.

    Raises:
        FileNotSavedError: There is such a file, or it could not be written.
    """
    check_is_free(path)
    _pack(path, {"doctor.json": _json(document_of(health))} | dict(_texts_below(places)))


def _pack(path: Path, texts: Mapping[str, str]) -> None:
    """Write texts without secrets into a new zip file for its owner alone.

    Raises:
        FileNotSavedError: It could not be written.
    """
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in texts.items():
            bundle.writestr(name, REDACTION.redacted(text))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(packed.getvalue())
    except OSError as error:
        raise FileNotSavedError("The file could not be saved", error.strerror or "") from error


def _of_newer(error: StoreTooNewError) -> Iterator[Finding]:
    """Tell what is unsent in data that a newer TechDesk wrote, and which backups this one can open."""
    facts = {"unsent": error.unsent, "neededVersion": error.version}
    words = {None: "this TechDesk cannot tell", 0: "nothing is unsent"}.get(
        error.unsent, f"{error.unsent} unsent. “techdesk outbox export FILE” saves them for another computer"
    )
    yield Finding("Outbox", Grade.LOOK if error.unsent != 0 else Grade.GOOD, words, facts)
    fitting = error.backups or ()
    told = f"{len(fitting)} can be opened by this TechDesk" + (f", the newest is {fitting[0]}" if fitting else "")
    yield Finding("Backup", Grade.GOOD, told, {"fitting": list(fitting)})


def versions(engine: str) -> Iterator[Finding]:
    """Tell what runs here."""
    told = {
        "TechDesk": __version__,
        "Python": platform.python_version(),
        "Qt": _installed("PySide6_Essentials"),
        "Store": engine,
        "System": f"{platform.system()} {platform.release()}",
    }
    known = {name: version for name, version in told.items() if version}
    words = ", ".join(version if name == "Store" else f"{name} {version}" for name, version in known.items())
    yield Finding("Versions", Grade.GOOD, words, known)


def _texts_below(places: Places) -> Iterator[tuple[str, str]]:
    """Yield the names and the ends of the log files, the crash reports and the settings."""
    files = [*sorted(places.log.glob("techdesk.log*")), *sorted(places.log.glob("crashes/*.txt")), places.settings_file]
    for file in files:
        if file.is_file():
            text = file.read_bytes()[-_LOG_BYTES:].decode(errors="replace")
            yield f"{file.parent.name}/{file.name}", text


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
