"""Show secrets this once, to be copied; they are kept nowhere and are gone when the dialog is closed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.theme import Space

_WIDTH = 600
_WARNING = "Nothing was copied yet, and this is not shown again. Close all the same?"


class SecretsDialog(QDialog):
    """Show what the server tells this once."""

    def __init__(self, context: Context, title: str, shown: Mapping[str, str], parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            context: The window's context.
            title: Whose secrets they are.
            shown: Label → what is to be copied.
            parent: The owning widget.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self._was_copied = False
        self._is_warned = False
        self.lines: dict[str, QLineEdit] = {}
        self.words = plain_label("", "muted")
        self.close_button = push_button("C&lose", self.reject)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.S)
        grid.setVerticalSpacing(Space.S)
        for row, (label, text) in enumerate(shown.items()):
            self._add(context, grid, row, (label, text))
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.words, 1)
        if len(shown) > 1:
            buttons.addWidget(push_button("Copy &all", self._copy_all))
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(plain_label(title, "title"))
        layout.addWidget(plain_label("This is shown only now. Copy it to where it is needed; TechDesk keeps nothing."))
        layout.addSpacing(Space.XS)
        layout.addLayout(grid)
        layout.addSpacing(Space.S)
        layout.addLayout(buttons)

    @override
    def done(self, result: int) -> None:
        """Close, but ask once where nothing was copied; what was shown is gone afterwards."""
        if not self._was_copied and not self._is_warned:
            self._is_warned = True
            self.words.setText(_WARNING)
            self.close_button.setFocus()
            return
        for line in self.lines.values():
            line.clear()
        super().done(result)

    def _add(self, context: Context, grid: QGridLayout, row: int, what: tuple[str, str]) -> None:
        label, text = what
        line = QLineEdit(text)
        line.setReadOnly(True)
        line.setCursorPosition(0)
        line.setAccessibleName(label)
        self.lines[label] = line
        copy = push_button("Copy", lambda: self._copy(label, line.text()), f"Copy: {label}")
        copy.setIcon(context.icons.icon("copy", "muted"))
        grid.addWidget(plain_label(label, "section", wrap=False), row, 0)
        grid.addWidget(line, row, 1)
        grid.addWidget(copy, row, 2)

    def _copy(self, label: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._was_copied = True
        self.words.setText(f"Copied: {label}")

    def _copy_all(self) -> None:
        self._copy("everything", "\n".join(f"{label}: {line.text()}" for label, line in self.lines.items()))
