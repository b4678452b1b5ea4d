"""Describe the command line; what is wrong with it is told in one line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from typing_extensions import override

from techdesk import __version__
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.text import checked_text

_EPILOG = """\
the window: techdesk [--sample [ORDERS]] [--theme light|dark|system]
  --sample signs in to TechDesk's own server on this computer and makes sample orders there the first time
exit codes: 0 done · 2 failed · 3 something needs a person · 4 offline, or the server fails · 5 what is left must wait
TECHDESK_HOME moves all data. TECHDESK_MASTER_PASSWORD opens it where there is no keyring, TECHDESK_RECOVERY_CODE
where its key is lost; it is asked for on a terminal.
"""

_FILES = ("file", "bundle", "hand_over")
"""The options whose value names a file."""


class _Parser(argparse.ArgumentParser):
    """Tell what is wrong in one line, and take the options of a command wherever they stand among its words."""

    is_command = False
    """Has no commands of its own, so that its words may be mixed with options."""

    @override
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if not self.is_command:
            return super().parse_known_args(args, namespace)
        self.is_command = False  # the mixed parsing comes back here for its two halves
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.is_command = True

    @override
    def error(self, message: str) -> NoReturn:
        raise InvalidInputError(message[:1].upper() + message[1:], f"See: {self.prog} --help")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the words of a command; its `command` is a key of `run.COMMANDS`.

    Raises:
        InvalidInputError: They are no command, or hold bytes that are no text where no file is named.
        SystemExit: Help or the version was asked for and has been printed.
    """
    options = _parser().parse_args(arguments)
    if "more_settings" in options:
        options.settings = [*options.settings, *options.more_settings]
    for name, value in vars(options).items():
        if name not in _FILES:
            for word in value if isinstance(value, list) else [value]:
                checked_text(str(word))
    return options


def _parser() -> _Parser:
    parser = _Parser(
        prog="techdesk",
        description="The order desk for people who repair things; without words it opens the window.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"techdesk {__version__}")
    shared = _Parser(add_help=False)
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")
    shared.add_argument("--account", metavar="NAME", default=argparse.SUPPRESS, help="in this account only")
    parser.set_defaults(json=False, account=None)
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--account", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_accounts(commands, shared)
    _add_orders(commands, shared)
    _add_outbox(commands, shared)
    _add(commands, shared, "recovery-code", "show what opens the data if this computer loses its key")
    return parser


_Commands = argparse._SubParsersAction


def _add(commands: _Commands[_Parser], shared: _Parser, words: str, text: str) -> _Parser:
    """Add a command; `words` is its key in `run.COMMANDS` and ends with its own name."""
    parser = commands.add_parser(words.rsplit(maxsplit=1)[-1], help=text, description=text, parents=[shared])
    parser.set_defaults(command=words)
    parser.is_command = True
    return parser


def _group(commands: _Commands[_Parser], name: str, text: str) -> _Commands[_Parser]:
    return commands.add_parser(name, help=text, description=text).add_subparsers(required=True, metavar="COMMAND")


def _add_accounts(commands: _Commands[_Parser], shared: _Parser) -> None:
    accounts = _group(commands, "account", "sign in and out")
    add = _add(accounts, shared, "account add", "sign in to a system; the token is read from standard input")
    add.add_argument("name")
    add.add_argument("--system", required=True, help="flow_retail")
    add.add_argument("--address", required=True, metavar="URL")
    add.add_argument("--token-stdin", action="store_true", required=True, help="read the token from standard input")
    _add_settings(add)
    add.add_argument("--no-test", action="store_true", help="keep it without signing in at once")
    add.add_argument("--session-only", action="store_true", help="forget the token when the desk is closed")
    change = _add(accounts, shared, "account change", "sign in again with another token, or change the address")
    change.add_argument("name")
    change.add_argument("--address", metavar="URL", default="")
    change.add_argument("--token-stdin", action="store_true", help="read a new token from standard input")
    _add_settings(change)
    change.add_argument("--session-only", action="store_true", help="forget the token when the desk is closed")
    _add(accounts, shared, "account list", "list the accounts")
    _add(accounts, shared, "account test", "sign in and say what is there").add_argument("name")
    remove = _add(accounts, shared, "account remove", "sign out and forget its orders")
    remove.add_argument("name")
    unsent = remove.add_mutually_exclusive_group()
    unsent.add_argument("--keep", action="store_true", help="only sign out: orders and unsent work stay, unseen")
    unsent.add_argument("--hand-over", metavar="FILE", default="", help="put unsent work into a file for somebody else")
    unsent.add_argument("--discard", nargs="?", const="", metavar="DISCARD", help="throw it away; asks for the word")


def _add_settings(command: _Parser) -> None:
    """Take settings, one behind each `--set` or several behind one; they come behind the account's name."""
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings", help="a setting")
    command.add_argument("more_settings", nargs="*", default=[], metavar="KEY=VALUE", help=argparse.SUPPRESS)


def _add_orders(commands: _Commands[_Parser], shared: _Parser) -> None:
    orders = _add(commands, shared, "orders", "list the orders on this computer, or those that a server finds")
    orders.add_argument("query", nargs="*", default=[], metavar="QUERY", help="words that all must be found")
    orders.add_argument("--server", action="store_true", help="ask the server, also for what is not on this computer")
    follow = _add(commands, shared, "follow", "bring an order here from its server")
    follow.add_argument("order", metavar="ID", help="id, claim id or number, as the system knows it")
    follow.add_argument("--kind", choices=["depot", "onsite"], help="what it is, where the server cannot be read")
    unfollow = _add(commands, shared, "unfollow", "remove a followed order from this computer; the server keeps it")
    unfollow.add_argument("order", metavar="ORDER", help="uid or service number")
    opened = _add(commands, shared, "open", "take in the order of a file (JSON or XML of Resource Scheduler)")
    opened.add_argument("file", metavar="FILE")
    record = _add(commands, shared, "record", "record an event; it is kept and sent, also without a network")
    record.add_argument("order", metavar="ORDER", help="uid or service number; 10042 does for SO-10042")
    record.add_argument("kind", metavar="KIND", help="product_received, …, or any other name")
    record.add_argument("--other", action="store_true", help="KIND is meant as it is, though it is like a known kind")
    help_text = "times are ISO 8601 with offset, or `now`"
    record.add_argument("fields", nargs="*", default=[], metavar="FIELD=VALUE", help=help_text)
    sync = _add(commands, shared, "sync", "send and fetch")
    doctor = _add(
        commands, shared, "doctor", "say how TechDesk is: data file, outbox, clock, versions, keyring, disk, sign-ins"
    )
    doctor.add_argument("--online", action="store_true", help="sign in to every account too")
    doctor.add_argument("--bundle", metavar="FILE", default="", help="write all that, and the log, into a zip file")
    doctor.add_argument("--with-content", action="store_true", help="put what people entered into it too")
    restore = _add(commands, shared, "restore", "go back to a backup of the data; the window must be closed")
    restore.add_argument("name", nargs="?", default="", metavar="NAME", help="the backup's name, or how it begins")
    restore.add_argument("--list", action="store_true", help="list the backups, newest first")
    sync.add_argument("--once", action="store_true", required=True, help="one round, then say how it went")


def _add_outbox(commands: _Commands[_Parser], shared: _Parser) -> None:
    outbox = _group(commands, "outbox", "see and settle what has not been confirmed")
    _add(outbox, shared, "outbox list", "list what has not been confirmed")
    for name, text in (
        ("show", "show what is in it, exactly what was sent, what came of it and what can be done"),
        ("retry", "try again at once"),
        ("discard", "withdraw; it stays in the history"),
        ("resolve", "decide what only a person can: whether it arrived, or which text stays"),
    ):
        one = _add(outbox, shared, f"outbox {name}", text)
        one.add_argument("operation", metavar="ID", help="operation id or support code")
        if name == "resolve":
            words = "for a check: arrived, send-again or discard; for a conflict each field=mine, =theirs or =TEXT"
            one.add_argument("answers", nargs="+", metavar="ANSWER", help=words)
    export = _add(outbox, shared, "outbox export", "write unsent work into a signed file for another computer")
    export.add_argument("file", metavar="FILE", help="a new file; it holds customers' data")
    taking = _add(outbox, shared, "outbox import", "take in the work of such a file; nothing is ever done twice")
    taking.add_argument("file", metavar="FILE")
    taking.add_argument("--check", action="store_true", help="only look whether it is whole and what is in it")
    taking.add_argument("--key", default="", metavar="KEY", help="refuse it unless it is signed with this key")
