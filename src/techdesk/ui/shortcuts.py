"""Show every shortcut on one sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from techdesk.ui.actions import ACTIONS
from techdesk.ui.theme import Space

DIALOG_KEYS = (
    ("Ctrl+Return", "Save the dialog"),
    ("Esc", "Leave the dialog, or clear the search"),
    ("Ctrl+1 … Ctrl+9", "Record the event with that number"),
)


class ShortcutSheet(QDialog):
    """List the actions that have a key, by menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Shortcuts")
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.XS)
        lines = [(action.key, action.plain_label.rstrip("…")) for action in ACTIONS if action.key]
        half = (len(lines) + len(DIALOG_KEYS) + 1) // 2
        for number, (key, words) in enumerate([*lines, *DIALOG_KEYS]):
            column, row = divmod(number, half)
            label = QLabel(key)
            label.setProperty("role", "section")
            grid.addWidget(label, row, column * 2)
            grid.addWidget(QLabel(words), row, column * 2 + 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.L)
        layout.addLayout(grid)
        layout.addWidget(buttons)
