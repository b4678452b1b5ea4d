"""Read at the start what the keyring library keeps in the desktop's Secret Service, without that library.

Importing it takes as long as importing Qt, and all it does for one secret is to make the few calls that are made here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_CHOICES = ("PYTHON_KEYRING_BACKEND", "KEYRING_PROPERTY_")
_DESKTOP_WITH_ANOTHER = "KDE"


def read_open_secret(service: str, name: str) -> str | None:
    """Return a secret that lies open where the keyring library keeps it on a Linux desktop.

    None says nothing: the library is to be asked then, which knows other places, unlocks, and encrypts what it is told.

    Args:
        service: Under which the keyring lists it.
        name: The secret's own name.
    """
    if not _is_where_the_library_looks_first():
        return None
    from techdesk.store.secret_bus import read_plainly

    # as `keyring.backend.SchemeSelectable` names them by default
    return read_plainly({"service": service, "username": name})


def _is_where_the_library_looks_first() -> bool:
    """Say so unless a person or a desktop chose another place; where the library is loaded, it may as well answer."""
    if sys.platform != "linux" or "keyring" in sys.modules:
        return False
    own_file = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "python_keyring", "keyringrc.cfg")
    desktops = os.environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    has_chosen = any(one.startswith(_CHOICES) for one in os.environ) or own_file.exists()
    return not has_chosen and _DESKTOP_WITH_ANOTHER not in desktops
