"""Keep this computer's settings in a small JSON file, replaced whole: a crash leaves the old one or the new."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from techdesk.domain.errors import StoreError
from techdesk.store.whole_file import replace_file

_HINT = "Your orders are not affected. The system said: "


class SettingsFile:
    """`Settings` in a file; threads may share it."""

    def __init__(self, path: Path) -> None:
        """Read the file; one that is missing or unreadable counts as empty and is left until something is set."""
        self._path = path
        self._lock = threading.Lock()
        self._values = _read(path)

    def get(self, name: str, default: str = "") -> str:
        """Return the setting called `name`."""
        return self._values.get(name, default)

    def set(self, name: str, value: str) -> None:
        """Keep a setting; durable when this returns.

        Raises:
            StoreError: It could not be written; the old value stands.
        """
        with self._lock:
            values = {**self._values, name: value}
            try:
                text = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)
                replace_file(self._path, text.encode())
            except OSError as error:
                raise StoreError("The setting could not be kept", f"{_HINT}{error.strerror}") from error
            self._values = values

    def all(self) -> Mapping[str, str]:
        """Return every setting that was set."""
        return dict(self._values)


def _read(path: Path) -> dict[str, str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in values.items()} if isinstance(values, dict) else {}
