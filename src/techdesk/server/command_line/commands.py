"""Do what the command line asks for; each command returns what it has to say, `__main__` prints it."""

from __future__ import annotations

import json
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.domain.instants import instant_text
from techdesk.domain.text import checked_text
from techdesk.domain.vocabulary import Role
from techdesk.server.administration import users
from techdesk.server.administration.beginnings import begin, first_admin_token
from techdesk.server.app import build_app, create_app
from techdesk.server.importing.csv_files import import_file
from techdesk.server.importing.mapping import read_mapping
from techdesk.server.importing.open_repair import OPEN_REPAIR
from techdesk.server.mail.post_office import delivering
from techdesk.server.mail.settings import smtp_settings
from techdesk.server.orders.change_feed import begin_era
from techdesk.server.orders.integrity import problems_of
from techdesk.server.requests.calls import Server, utc_now
from techdesk.server.sample import make_sample
from techdesk.server.sample.claims import claims_to_work_on
from techdesk.server.serving import Listening, bind, check_place, serve, write_private_file
from techdesk.server.storage.database import Database

Say = Callable[[str], None]

_SAMPLE_CLAIMS = 6
"""A handful to follow, so that an account at the Extend dialect is not empty."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found or did.

    Attributes:
        data: For `--json`.
        lines: For people.
        failed: Whether the exit code must be 1.
    """

    data: dict[str, Any]
    lines: list[str] = field(default_factory=list)
    failed: bool = False


def run_server(options: Namespace, say: Say) -> Outcome:
    """Serve until told to stop.

    Raises:
        InvalidInputError: The address of the database or to listen on or a file cannot be used, or the mail server's
            options do not fit together.
        NotFoundError: The file with the database's address or the mail server's password cannot be read.
    """
    listening = Listening(
        options.host,
        options.port,
        options.tls_cert,
        options.tls_key,
        behind_proxy=options.behind_proxy,
        stop_with_stdin=options.stop_with_stdin,
    )
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("techdesk").setLevel(logging.INFO)

    def announce(address: str) -> None:
        if options.ready_file:
            write_private_file(options.ready_file, f"{address}\n")
        say(f"TechDesk server answers at {address}")

    for file in (options.ready_file, options.token_file, options.technician_file):
        if file:
            check_place(file)
    smtp = smtp_settings(options, os.environ)
    with bind(listening) as bound, opened(options) as database:
        _prepare(database, options, say)
        with database.write() as connection:
            begin_era(connection)
        server = Server(
            database,
            extend_reads=not options.extend_no_read,
            sends_email=smtp is not None,
            is_plain=options.plain_vendor,
        )
        with delivering(database, smtp):
            serve(create_app(server), listening, bound, announce)
    return Outcome({})


def add_user(options: Namespace, _: Say) -> Outcome:
    """Add a person."""
    password = checked_text(sys.stdin.readline().rstrip("\r\n")) if options.password_stdin else ""
    with opened(options) as database, database.write() as connection:
        uid = users.add_user(connection, options.name, Role(options.role), now_text(), password)
    return Outcome({"tenantUserUid": uid, "name": options.name, "role": options.role}, [f"Added {options.name}"])


def list_users(options: Namespace, _: Say) -> Outcome:
    """List all people."""
    with opened(options) as database, database.read() as connection:
        found = users.users_listed(connection)
    lines = [f"{one['name']:<30} {one['role']:<12} {'' if one['active'] else 'disabled'}".rstrip() for one in found]
    return Outcome({"users": found}, lines)


def disable_user(options: Namespace, _: Say) -> Outcome:
    """Switch a person off."""
    with opened(options) as database, database.write() as connection:
        users.disable_user(connection, options.name)
    return Outcome({"name": options.name, "active": False}, [f"{options.name} can no longer sign in"])


def new_token(options: Namespace, _: Say) -> Outcome:
    """Make a token; it is shown this once."""
    with opened(options) as database, database.write() as connection:
        user = users.user_uid(connection, options.user)
        made = users.add_token(connection, user, now_text())
    return Outcome({"token": made.token, "tokenUid": made.token_uid, "user": options.user}, [made.token])


def list_tokens(options: Namespace, _: Say) -> Outcome:
    """List all tokens without their secrets."""
    with opened(options) as database, database.read() as connection:
        found = users.tokens_listed(connection)
    lines = [f"{one['tokenUid']} {one['user']} {'revoked' if one['revokedAt'] else ''}".rstrip() for one in found]
    return Outcome({"tokens": found}, lines)


def revoke_token(options: Namespace, _: Say) -> Outcome:
    """Make a token worthless."""
    with opened(options) as database, database.write() as connection:
        users.revoke_token(connection, options.token_uid, now_text())
    return Outcome({"tokenUid": options.token_uid, "revoked": True}, ["Revoked"])


def import_rows(options: Namespace, _: Say) -> Outcome:
    """Import a CSV file: Open Repair Data, or one with a mapping."""
    mapping = read_mapping(options.mapping) if options.mapping else OPEN_REPAIR
    with opened(options) as database:
        report = import_file(database, options.file, now_text(), mapping=mapping, dry_run=options.dry_run)
    lines = [f"{report.rows} rows, {report.imported} imported, {report.unchanged} already there"]
    lines += [f"row {error['row']}: {error['message']}" for error in report.errors]
    data = {"rows": report.rows, "imported": report.imported, "unchanged": report.unchanged, "errors": report.errors}
    return Outcome(data, lines)


def print_openapi(_: Namespace, __: Say) -> Outcome:
    """Return the OpenAPI document."""
    document = build_app().openapi()
    return Outcome(document, [json.dumps(document, indent=2, ensure_ascii=False)])


def check(options: Namespace, _: Say) -> Outcome:
    """Check that the database is whole."""
    with opened(options) as database:
        count, problems = problems_of(database)
    lines = [*problems, f"{count} orders, {len(problems)} problems"]
    return Outcome({"ok": not problems, "orders": count, "problems": problems}, lines, failed=bool(problems))


def _prepare(database: Database, options: Namespace, say: Say) -> None:
    token = first_admin_token(database, now_text())
    if token and options.token_file:
        write_private_file(options.token_file, f"{token}\n")
    elif token:
        say(f"The administrator's token, shown this once: {token}")
    if options.sample:
        make_sample(database, options.sample, utc_now())
    if options.technician_file:
        with database.write() as connection:
            told = _technician(connection, with_sample=bool(options.sample))
        write_private_file(options.technician_file, json.dumps(told))


def _technician(connection: Connection, *, with_sample: bool) -> dict[str, Any]:
    """Return how a technician signs in; on a sample server in every dialect, with a password and some claims."""
    name, made = users.technician_token(connection, now_text())
    told = {"user": name, "token": made.token}
    if not with_sample:
        return told
    claims = claims_to_work_on(connection, users.user_uid(connection, name), _SAMPLE_CLAIMS)
    return told | {"password": users.new_password(connection, name), "claims": claims}


@contextmanager
def opened(options: Namespace) -> Iterator[Database]:
    """Open the database in this version's form; an empty one is begun, so that no command needs a server first."""
    database = Database(_address(options))
    try:
        database.migrate()
        begin(database, now_text())
        yield database
    finally:
        database.close()


def _address(options: Namespace) -> str:
    """Return the database's address; one with a password never stands on a command line, where all can read it."""
    if options.database:
        if _holds_secret(options.database):
            raise InvalidInputError(
                "A password on the command line can be read by everybody on this computer",
                "Give the address in TECHDESK_DATABASE or in a file with --database-file",
            )
        return str(options.database)
    if options.database_file:
        return _read_address(options.database_file)
    default = user_data_path("techdesk-server", appauthor=False) / "server.sqlite"
    return os.environ.get("TECHDESK_DATABASE") or f"sqlite:///{default}"


def _holds_secret(address: str) -> bool:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return False
    return url.password is not None or bool({"password", "sslpassword"} & url.query.keys())


def _read_address(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(f"The file with the database's address cannot be read: {error}") from error


def now_text() -> str:
    """Return this instant as the tables keep it."""
    return instant_text(utc_now())
