"""Ask before something is removed, without stopping anything else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QMessageBox, QWidget
from typing_extensions import override

from techdesk.ui.alt_letters import with_keys
from techdesk.ui.theme import Space

Then = Callable[[], None]


class _Question(QMessageBox):
    """A question whose harmless answer stays lit when the colours change, where Qt would light another one."""

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.isVisible():
            QTimer.singleShot(0, self, self._light_harmless)

    def _light_harmless(self) -> None:
        self.defaultButton().setDefault(True)
        self.defaultButton().setFocus()

    def give_room(self) -> None:
        """Stand away from the edges as other dialogs do; Qt keeps room for a picture beside the question."""
        grid = self.layout()
        if isinstance(grid, QGridLayout):
            beside = grid.itemAtPosition(0, 0)
            spacer = beside.spacerItem() if beside else None
            if spacer:
                spacer.changeSize(0, 0)
            grid.setColumnStretch(1, 1)  # else the answers share their room with no picture
            grid.setHorizontalSpacing(0)
            grid.setVerticalSpacing(Space.L)
            grid.setContentsMargins(Space.XL, Space.L, Space.L, Space.L)


def ask(
    parent: QWidget, question: str, verb: str, then: Then, otherwise: tuple[str, Then] | None = None
) -> QMessageBox:
    """Ask `question`; Esc and Enter do nothing.

    Args:
        parent: The window it belongs to.
        question: What is asked, in one sentence.
        verb: The answer that calls `then`; each answer gets an Alt letter.
        then: What is done on that answer.
        otherwise: A second answer and what is done on it, where there is one.
    """
    box = _Question(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(verb)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    answers = [(verb, then), otherwise] if otherwise else [(verb, then)]
    keep = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    actions = {box.addButton(text, QMessageBox.ButtonRole.ActionRole): act for text, act in answers}
    for button, text in zip((keep, *actions), with_keys(["Cancel", *(text for text, _ in answers)]), strict=True):
        button.setText(text)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.give_room()
    box.buttonClicked.connect(lambda pressed: actions.get(pressed, _nothing)())
    box.open()
    return box


def _nothing() -> None:
    """Leave everything as it is."""
