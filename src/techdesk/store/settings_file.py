"""Keep this computer's settings in a small JSON file, replaced whole: a crash leaves the old one or the new."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from techdesk.domain.errors import StoreError

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
                _replace(self._path, json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True))
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


def _replace(path: Path, text: str) -> None:
    """Write a file beside the old one, make it durable, and put it in its place."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    if hasattr(os, "O_DIRECTORY"):  # Windows has no folders to open; its rename is durable enough
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
