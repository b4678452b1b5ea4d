"""Start the server, or run one of its commands: `techdesk-server --help`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from techdesk.domain.errors import TechDeskError
from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import Problem
from techdesk.server.command_line import client_commands, commands
from techdesk.server.mail.settings import add_smtp_options
from techdesk.streams import prepare, print_out, tell

_PROGRAM = "techdesk-server"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 1 `check` found something, 2 it could not be done."""
    prepare()
    options = _parser().parse_args(arguments)
    try:
        outcome = options.run(options, _say)
    except TechDeskError as error:
        return _fail(str(error))
    except Problem as problem:
        return _fail(str(problem.detail))
    lines = [json.dumps(outcome.data, ensure_ascii=False)] if options.as_json else outcome.lines
    if not print_out("".join(f"{line}\n" for line in lines), _PROGRAM):
        return 2
    return 1 if outcome.failed else 0


def _say(line: str) -> None:
    print_out(f"{line}\n", _PROGRAM)


def _fail(message: str) -> int:
    tell(f"{_PROGRAM}: {message}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_PROGRAM, description="Serve the orders of a repair team.")
    parser.set_defaults(run=commands.run_server, command="", as_json=False)
    _add_database(parser, default=None)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="make N orders if there are none")
    parser.add_argument("--token-file", type=Path, help="write the first administrator's token there")
    parser.add_argument("--technician-file", type=Path, help="write there how a technician signs in")
    parser.add_argument("--ready-file", type=Path, help="write the base address there once it answers")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--behind-proxy", action="store_true", help="a proxy speaks TLS for this server")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when stdin ends")
    parser.add_argument("--extend-no-read", action="store_true", help="offer no reads in the Extend dialect")
    parser.add_argument("--plain-vendor", action="store_true", help="add nothing of ours to the Flow Retail dialect")
    add_smtp_options(parser)
    groups = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_user_commands(groups.add_parser("user", help="the people who may use the server"))
    _add_token_commands(groups.add_parser("token", help="what they sign in with"))
    _add_client_commands(groups.add_parser("client", help="the ServiceChannel clients that may deliver work orders"))
    bring = _command(
        groups, "import", commands.import_rows, "import a CSV file: Open Repair Data, or any with --mapping"
    )
    bring.add_argument("file", type=Path, metavar="FILE.csv")
    bring.add_argument("--mapping", type=Path, metavar="MAP.toml", help="which column becomes what (TOML or JSON)")
    bring.add_argument("--dry-run", action="store_true", help="only say what would happen")
    _command(groups, "openapi", commands.print_openapi, "print the OpenAPI document")
    _command(groups, "check", commands.check, "check that the database is whole")
    return parser


def _add_user_commands(parser: argparse.ArgumentParser) -> None:
    group = parser.add_subparsers(required=True, metavar="ACTION")
    add = _command(group, "add", commands.add_user, "add a person")
    add.add_argument("name")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.TECHNICIAN.value)
    add.add_argument("--password-stdin", action="store_true", help="read a password from the first line of stdin")
    _command(group, "list", commands.list_users, "list all people")
    _command(group, "disable", commands.disable_user, "switch a person off").add_argument("name")


def _add_token_commands(parser: argparse.ArgumentParser) -> None:
    group = parser.add_subparsers(required=True, metavar="ACTION")
    new = _command(group, "new", commands.new_token, "make a token; it is shown once")
    new.add_argument("--user", required=True, metavar="NAME")
    _command(group, "list", commands.list_tokens, "list all tokens, without their secrets")
    _command(group, "revoke", commands.revoke_token, "make a token worthless").add_argument("token_uid")


def _add_client_commands(parser: argparse.ArgumentParser) -> None:
    group = parser.add_subparsers(required=True, metavar="ACTION")
    add = _command(group, "add", client_commands.add_client, "add a client; its keys are shown once")
    add.add_argument("name")
    add.add_argument("--create-missing", action="store_true", help="an unknown work order makes an order")
    add.add_argument("--hmac", action="store_true", help="deliveries must be signed")
    _command(group, "list", client_commands.list_clients, "list all clients, without their keys")
    rotate = _command(group, "rotate", client_commands.rotate_client, "give a client new keys; they are shown once")
    rotate.add_argument("client", metavar="NAME")
    disable = _command(group, "disable", client_commands.disable_client, "switch a client off")
    disable.add_argument("client", metavar="NAME")


def _command(
    group: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: object, summary: str
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(run=run)
    # a default here would hide the option given before the command
    _add_database(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
    return parser


def _add_database(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument("--database", default=default, help="sqlite:///PATH or postgresql+psycopg://…")
    parser.add_argument("--database-file", type=Path, default=default, help="a file that holds the address")


if __name__ == "__main__":
    sys.exit(main())
