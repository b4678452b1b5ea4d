"""Measure the first window where the store's key lies in a desktop keyring: a private bus with an unlocked one.

Run as `python -m tests.bench.keyring_session HOME` inside such a session: moves the key of a copied home into the
keyring, measures in turn, and prints the milliseconds as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from techdesk.desk.places import Places
from techdesk.store.sealed_file import SealedFile
from techdesk.store.secrets import KeyringSecrets
from tests.bench.homes import PASSWORD, Home
from tests.bench.starts import in_turn

_KEY = "store-key"
_START = 'printf %s horse | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'
_OUR_CHOICES = ("TECHDESK_MASTER_PASSWORD", "PYTHON_KEYRING_BACKEND")


def has_keyring() -> bool:
    """Say whether a keyring can be started here."""
    return all(shutil.which(one) for one in ("dbus-run-session", "gnome-keyring-daemon"))


def measured_with_keyring(home: Home) -> tuple[list[float], list[float]]:
    """Return the milliseconds of our window and of the bare one, over a copy of a home."""
    copy = home.folder.with_name(home.folder.name + "-keyring")
    shutil.copytree(home.folder, copy)
    runtime = copy / "session"
    runtime.mkdir(mode=0o700)
    kept = {name: value for name, value in os.environ.items() if name not in _OUR_CHOICES}
    own = {"HOME": str(copy), "XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(runtime / "data")}
    command = ["dbus-run-session", "--", "sh", "-c", _START, "sh", sys.executable, "-m", __name__, str(copy)]
    done = subprocess.run(
        command, env=kept | own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    )
    ours, bare = json.loads(done.stdout.splitlines()[-1])
    return ours, bare


def main() -> None:
    """Move the key and measure."""
    folder = Path(sys.argv[1])
    places = Places.below(folder)
    key = SealedFile(places.sealed, PASSWORD).read(_KEY)
    if key is None:
        raise RuntimeError("the home has no key")
    KeyringSecrets(places.keyring_service).write(_KEY, key)
    places.sealed.unlink()
    environment = {**os.environ, "TECHDESK_HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    sys.stdout.write(json.dumps(in_turn(environment)) + "\n")


if __name__ == "__main__":
    main()
