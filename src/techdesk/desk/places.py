"""Say where on this computer everything of one person lies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from techdesk.application.ports import Secrets
from techdesk.domain.errors import InvalidInputError
from techdesk.store.secrets import choose_secrets, data_files


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one desk.

    Attributes:
        data: What must never be lost: the store, the sealed secrets, the built-in server's database.
        settings: Where the settings file is.
        log: Where the log and the crash reports are.
        is_default: False where `TECHDESK_HOME` chose another place.
    """

    data: Path
    settings: Path
    log: Path
    is_default: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Places:
        """Return the places that `TECHDESK_HOME` names, or the usual ones of this platform.

        Raises:
            InvalidInputError: The name of a folder is none.
        """
        try:
            places = cls._named_by(environment)
            os.fsencode(places.data).decode()
        except (UnicodeDecodeError, RuntimeError, OSError) as error:
            raise InvalidInputError("TechDesk's folder cannot be used", "Its name is not readable as text") from error
        return places

    @classmethod
    def _named_by(cls, environment: Mapping[str, str]) -> Places:
        home = environment.get("TECHDESK_HOME")
        if home:
            return cls.below(Path(home).expanduser().absolute())
        from platformdirs import PlatformDirs

        usual = PlatformDirs("techdesk", appauthor=False)
        return cls(Path(usual.user_data_dir), Path(usual.user_config_dir), Path(usual.user_log_dir))

    @classmethod
    def below(cls, home: Path) -> Places:
        """Return places that all lie below one folder."""
        return cls(home / "data", home / "settings", home / "log", is_default=False)

    @property
    def run(self) -> Path:
        """Return the folder of the lock and the socket; beside the data, so every way of logging in finds it."""
        return self.data / "run"

    @property
    def store(self) -> Path:
        """Return the store's file."""
        return self.data / "store.db"

    @property
    def has_data(self) -> bool:
        """Say whether there is a store, or a backup of one."""
        return bool(data_files(self.store))

    @property
    def sealed(self) -> Path:
        """Return the file of secrets that a master password opens."""
        return self.data / "secrets.sealed"

    @property
    def server(self) -> Path:
        """Return the folder of the built-in server."""
        return self.data / "server"

    @property
    def backups(self) -> Path:
        """Return the folder of the store's verified copies."""
        return self.data / "backups"

    @property
    def rescue(self) -> Path:
        """Return the folder of the rescue files that TechDesk writes by itself."""
        return self.data / "rescue"

    @property
    def settings_file(self) -> Path:
        """Return the settings file."""
        return self.settings / "settings.json"

    @property
    def keyring_service(self) -> str:
        """Return the name under which the keyring lists our secrets; each desk has its own."""
        return "TechDesk" if self.is_default else f"TechDesk {self.data.parent}"

    def secrets(self, password: str | None) -> Secrets:
        """Return where this desk's secrets are, or are to be, by `store.secrets.choose_secrets`.

        Raises:
            PasswordNeededError: There is a file of secrets and no master password.
        """
        return choose_secrets(self.sealed, self.store, self.keyring_service, password)

    def make(self) -> None:
        """Make the folders, for their owner alone.

        Raises:
            OSError: One cannot be made.
        """
        for folder in (self.data, self.settings, self.log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
