"""Prove secrets against a real desktop keyring, in a session of its own that touches nobody's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.secrets.keyrings import in_session, needs_keyring

KEEP_AND_READ = """
import sys
from pathlib import Path
from techdesk.store.secrets import KeyringSecrets, store_key
secrets = KeyringSecrets("TechDesk test")
secrets.write("a1", "tøken 🔑")
key = store_key(secrets, Path(sys.argv[1]))
Path(sys.argv[1]).touch()
assert store_key(KeyringSecrets("TechDesk test"), Path(sys.argv[1])) == key
secrets.write("a2", "second")
secrets.delete("a1")
secrets.delete("a1")
print(secrets.read("a1"), secrets.read("a2"), len(key))
"""

READ_LOCKED = """
import keyring
from techdesk.domain.errors import SecretsError
from techdesk.store.secrets import KeyringSecrets
KeyringSecrets("TechDesk test").write("a1", "token")
keyring.get_keyring().get_preferred_collection().lock()
try:
    KeyringSecrets("TechDesk test", limit_s=1.0).read("a1")
except SecretsError as error:
    print(type(error).__name__)
"""


@needs_keyring
def test_the_desktops_keyring_keeps_secrets_and_the_stores_key(tmp_path: Path) -> None:
    done = in_session(tmp_path, KEEP_AND_READ, str(tmp_path / "store"))
    assert done.stdout.split() == ["None", "second", "32"], done.stderr


@needs_keyring
def test_a_locked_keyring_whose_prompt_nobody_answers_is_left_after_the_limit(tmp_path: Path) -> None:
    done = in_session(tmp_path, READ_LOCKED)
    assert done.stdout.split()[0] in ("KeyringSlow", "SecretsError"), done.stderr


def test_without_any_bus_there_is_no_keyring(tmp_path: Path) -> None:
    program = """
from techdesk.domain.errors import NoKeyringError
from techdesk.store.secrets import KeyringSecrets
try:
    KeyringSecrets("TechDesk test").read("a1")
except NoKeyringError as error:
    print(error.hint)
"""
    bare = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "Choose a master password instead\n", done.stderr
