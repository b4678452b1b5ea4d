"""Put files only where nothing stands yet."""

from __future__ import annotations

from pathlib import Path

from techdesk.domain.errors import FileNotSavedError


def check_is_free(path: Path) -> None:
    """Return if a file that a person named can be written without replacing anything.

    Raises:
        FileNotSavedError: There is such a file, or it is a folder.
    """
    if path.is_dir():
        raise FileNotSavedError(f"“{path}” is a folder", "Name a file in it")
    if path.exists():
        raise FileNotSavedError(f"There is already a file “{path.name}”", "Choose another name")
