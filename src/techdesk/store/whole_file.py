"""Replace a small file as a whole, so that a crash leaves the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in place of the file, readable by its owner alone; durable when this returns.

    Raises:
        OSError: It could not be written; the old file stands.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Make what was renamed in a folder durable.

    Raises:
        OSError: It cannot be opened or flushed.
    """
    if hasattr(os, "O_DIRECTORY"):  # Windows has no folders to open; its rename is durable enough
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
