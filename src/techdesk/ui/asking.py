"""Ask before something is removed, without stopping anything else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

Then = Callable[[], None]


def ask(
    parent: QWidget, question: str, verb: str, then: Then, otherwise: tuple[str, Then] | None = None
) -> QMessageBox:
    """Ask `question`; Esc and Enter do nothing.

    Args:
        parent: The window it belongs to.
        question: What is asked, in one sentence.
        verb: The answer that calls `then`.
        then: What is done on that answer.
        otherwise: A second answer and what is done on it, where there is one.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(verb)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    answers = [(verb, then), otherwise] if otherwise else [(verb, then)]
    actions = {box.addButton(text, QMessageBox.ButtonRole.ActionRole): act for text, act in answers}
    keep = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.buttonClicked.connect(lambda pressed: actions.get(pressed, _nothing)())
    box.open()
    return box


def _nothing() -> None:
    """Leave everything as it is."""
