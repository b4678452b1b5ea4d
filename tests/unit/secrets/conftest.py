"""Give the tests of secrets a keyring that is nobody's."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest

from tests.unit.secrets.keyrings import FakeKeyring


@pytest.fixture
def ring() -> Iterator[FakeKeyring]:
    """The keyring of this computer."""
    before = keyring.get_keyring()
    fake = FakeKeyring()
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(before)
