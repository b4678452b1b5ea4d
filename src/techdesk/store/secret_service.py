"""Read at the start what the keyring library keeps in the desktop's Secret Service, without that library.

Importing it takes as long as importing Qt, and all it does for one secret is to ask the package that is asked here,
which it brings along on Linux.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

_CHOICES = ("PYTHON_KEYRING_BACKEND", "KEYRING_PROPERTY_")
_DESKTOP_WITH_ANOTHER = "KDE"


def read_open_secret(service: str, name: str) -> str | None:
    """Return a secret that lies open where the keyring library keeps it on a Linux desktop.

    None says nothing: the library is to be asked then, which knows other places and unlocks.

    Args:
        service: Under which the keyring lists it.
        name: The secret's own name.
    """
    if not _is_where_the_library_looks_first():
        return None
    import secretstorage
    from jeepney import DBusErrorResponse  # type: ignore[import-untyped]  # it has no types of its own

    wanted = {"service": service, "username": name}  # as `keyring.backend.SchemeSelectable` names them by default
    try:
        with closing(secretstorage.dbus_init()) as bus:
            ring = secretstorage.get_collection_by_alias(bus, "default")
            found = None if ring.is_locked() else next(ring.search_items(wanted), None)
            return found.get_secret().decode() if found else None
    except (secretstorage.SecretStorageException, DBusErrorResponse, OSError):
        return None


def _is_where_the_library_looks_first() -> bool:
    """Say so unless a person or a desktop chose another place; where the library is loaded, it may as well answer."""
    if sys.platform != "linux" or "keyring" in sys.modules:
        return False
    own_file = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "python_keyring", "keyringrc.cfg")
    desktops = os.environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    has_chosen = any(one.startswith(_CHOICES) for one in os.environ) or own_file.exists()
    return not has_chosen and _DESKTOP_WITH_ANOTHER not in desktops
