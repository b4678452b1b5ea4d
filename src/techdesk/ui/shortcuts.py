"""Show every shortcut on one sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from techdesk.ui.actions import ACTIONS
from techdesk.ui.blocks import plain_label
from techdesk.ui.theme import Space

DIALOG_KEYS = (
    ("Ctrl+Enter", "Save the dialog"),
    ("Esc", "Leave the dialog, close an error, or clear the search"),
    ("Ctrl+1 … Ctrl+8", "Record the event with that number"),
    ("Ctrl+9", "Record an internal note"),
    ("Ctrl+0", "Record another event"),
    ("Ctrl+D", "Change the order"),
    ("Ctrl+B", "Bill the order"),
    ("Ctrl+C", "Copy the order's number, in the list"),
    ("Alt+1 … Alt+7", "Show a tab of the order"),
    ("Alt+T", "Start or stop the timer, in the hours"),
    ("Insert", "Add an item or hours"),
    ("Enter", "Change what is chosen"),
    ("Delete", "Remove what is chosen"),
)


_COLUMNS = (("Order", "Sync"), ("View", "Help"), ("Dialogs and tabs",))
"""What stands above each other, so that the sheet fits the smallest window."""


class ShortcutSheet(QDialog):
    """List the actions that have a key: a group a menu, and one for dialogs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Shortcuts")
        groups: dict[str, list[tuple[str, str]]] = {}
        for action in ACTIONS:
            if action.key:
                groups.setdefault(action.menu, []).append((action.key, action.plain_label.rstrip("…")))
        groups["Dialogs and tabs"] = list(DIALOG_KEYS)
        columns = QHBoxLayout()
        columns.setSpacing(2 * Space.XL)
        for menus in _COLUMNS:
            columns.addLayout(_column({menu: groups[menu] for menu in menus}))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.XL)
        layout.addLayout(columns)
        layout.addWidget(buttons)


def _column(groups: Mapping[str, Sequence[tuple[str, str]]]) -> QGridLayout:
    """Return groups one below the other, with all their keys at the same place."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.L)
    grid.setVerticalSpacing(Space.S)
    row = 0
    for menu, lines in groups.items():
        grid.addWidget(plain_label(menu, "heading"), row, 0, 1, 2)
        for at, (key, words) in enumerate(lines, row + 1):
            grid.addWidget(plain_label(words, wrap=False), at, 0)
            grid.addWidget(plain_label(key, "section", wrap=False), at, 1)
        row += len(lines) + 2
        grid.setRowMinimumHeight(row - 1, Space.S)
    grid.setRowStretch(row, 1)
    return grid
