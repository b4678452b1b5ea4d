"""Make the menu bar from the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from techdesk.ui.actions import ACTIONS, Action

_OPENS_GROUP = frozenset({"undo", "search_server", "quit", "view_mine", "theme_light", "save_unsent", "accounts"})
"""The actions before which a line stands."""


def add_menus(window: QMainWindow, run: Callable[[Action], None], ticked: Mapping[str, Callable[[], bool]]) -> None:
    """Give a window its menus.

    Args:
        window: The window.
        run: Does an action.
        ticked: Name of an action that can be on → says whether it is, each time its menu opens.
    """
    menus: dict[str, QMenu] = {}
    for action in ACTIONS:
        menu = menus.get(action.menu) or window.menuBar().addMenu(f"&{action.menu}")
        menus[action.menu] = menu
        entry = QAction(action.label, window)
        entry.setShortcut(QKeySequence(action.key))
        entry.setObjectName(action.name)
        entry.triggered.connect(lambda _=False, action=action: run(action))
        if action.name in _OPENS_GROUP:
            menu.addSeparator()
        menu.addAction(entry)
        if action.name in ticked:
            entry.setCheckable(True)
            menu.aboutToShow.connect(lambda entry=entry, is_on=ticked[action.name]: entry.setChecked(is_on()))
