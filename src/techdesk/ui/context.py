"""Hand every widget the same few things it may use."""

from __future__ import annotations

from dataclasses import dataclass

from techdesk.application.changes import Changes
from techdesk.application.desk_services import DeskServices
from techdesk.ui.formats import Formats
from techdesk.ui.icons import Icons
from techdesk.ui.notices import Notices
from techdesk.ui.tasks import Tasks
from techdesk.ui.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a widget works with.

    Attributes:
        services: The desk; call its waiting methods through `tasks` only.
        tasks: Reads, saves and slow calls beside the window.
        theme: Colours and spacing.
        icons: Icons in the theme's colours.
        formats: Times, money and numbers as people read them.
        notices: The bar that tells what happened.
    """

    services: DeskServices
    tasks: Tasks
    theme: Theme
    icons: Icons
    formats: Formats
    notices: Notices

    def keep(self, name: str, value: str) -> None:
        """Keep a setting of this computer; the window does not wait for it."""

        def save() -> Changes:
            self.services.settings.set(name, value)
            return Changes()

        self.tasks.command(save)
