"""Write the log: in files that do not grow without end, without secrets, and never onto the terminal."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from typing_extensions import override

_BYTES = 1_000_000
_FILES = 3
_HIDDEN = "[hidden]"

_IN_ADDRESSES = re.compile(r"(?i)([?&;\s](?:access_?key|signing_?key|token|password|secret|key)=)[^&\s\"']+")
_IN_HEADERS = re.compile(r"(?i)((?:authorization|x-extend-access-token)\W+(?:bearer\s+)?|bearer\s+)[^\s\"',]+")
_IN_USERINFO = re.compile(r"(?i)(\w+://[^/\s:@]+:)[^/\s@]+@")


class Redaction(logging.Filter):
    """Hide secrets in every record: those it was told of, and what looks like one."""

    def __init__(self) -> None:
        """Start without known secrets."""
        super().__init__()
        self._known: set[str] = set()

    def hide(self, secret: str) -> None:
        """Hide this text from now on, wherever it stands."""
        if secret:
            self._known.add(secret)

    def redacted(self, text: str) -> str:
        """Return `text` without secrets."""
        for secret in self._known:
            text = text.replace(secret, _HIDDEN)
        text = _IN_ADDRESSES.sub(rf"\g<1>{_HIDDEN}", text)
        text = _IN_HEADERS.sub(rf"\g<1>{_HIDDEN}", text)
        return _IN_USERINFO.sub(rf"\g<1>{_HIDDEN}@", text)

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.redacted(record.getMessage()), None
        if record.exc_info:
            record.exc_text = self.redacted(logging.Formatter().formatException(record.exc_info))
        return True


REDACTION = Redaction()
"""The one filter of this process; also for crash reports."""


class _LogFile(RotatingFileHandler):
    """The log's file; a line that the disk has no room for is left out, as a log must stop nothing."""

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: whoever logged tells the person what matters."""

    @override
    def close(self) -> None:
        with suppress(OSError):
            super().close()


def start_log(folder: Path) -> logging.Handler:
    """Write this process's log below `folder` from now on; give the answer to `stop_log`.

    Raises:
        OSError: The file cannot be written.
    """
    output = _LogFile(folder / "techdesk.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    output.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    output.addFilter(REDACTION)
    root = logging.getLogger()
    root.addHandler(output)
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "keyring", "fpdf", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return output


def stop_log(output: logging.Handler) -> None:
    """Close the log."""
    logging.getLogger().removeHandler(output)
    output.close()
