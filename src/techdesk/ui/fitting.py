"""Give a dialog the size that is good to read, inside the window that it belongs to."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QWidget

_EDGE = 40


def fit_into_window(dialog: QDialog, width: int, height: int) -> None:
    """Make a dialog so large, but never larger than the window below it, and put it into its middle."""
    parent = dialog.parentWidget()
    below = parent.window() if parent is not None else None
    room = dialog.screen().availableSize() if below is None else below.size()
    dialog.resize(min(width, room.width() - _EDGE), min(height, room.height() - _EDGE))
    if below is not None:
        dialog.move(below.geometry().center() - QPoint(dialog.width() // 2, dialog.height() // 2))


def grow(dialog: QDialog) -> None:
    """Make room for all that a dialog tells now; texts over several lines ask for none by themselves."""
    layout = dialog.layout()
    if layout is not None:
        layout.activate()
        dialog.resize(dialog.width(), max(dialog.height(), layout.totalHeightForWidth(dialog.width())))


def height_at(widget: QWidget, width: int) -> int:
    """Return how high all that is in a widget is at a width, in the fonts that it will be shown in."""
    for one in widget.findChildren(QWidget):
        one.ensurePolished()
    layout = widget.layout()
    return layout.totalHeightForWidth(width) if layout is not None else widget.heightForWidth(width)


def scrolling(inside: QWidget) -> QScrollArea:
    """Return what scrolls a part of a dialog up and down, without taking the keyboard."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(inside)
    return scroll


def stay_on_screen(dialog: QDialog) -> None:
    """Move a dialog that grew up again, so far that its buttons are still on the screen."""
    room, frame = dialog.screen().availableGeometry(), dialog.frameGeometry()
    height = frame.height() - dialog.geometry().height() + dialog.height()
    over = frame.top() + height - 1 - room.bottom()
    if over > 0:
        dialog.move(frame.left(), max(room.top(), frame.top() - over))
