"""Find what stands on the screen: windows of a kind, and what labels say."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

_Kind = TypeVar("_Kind", bound=QWidget)


def open_windows(kind: type[_Kind]) -> list[_Kind]:
    """Return the windows and dialogs of a kind that are open."""
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]


def texts_in(widget: QWidget) -> list[str]:
    """Return what the labels of a widget say, as far as they are shown where it is."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def complaints(form: QWidget) -> list[str]:
    """Return what is said of the fields of a form that are not right."""
    return [one.text() for one in form.findChildren(QLabel) if one.property("role") == "error" and one.isVisible()]


def let_go_of_windows() -> None:
    """Hide and delete every window; dialogs delete themselves, so pytest-qt cannot close them."""
    for window in QApplication.topLevelWidgets():
        window.hide()
        if window.windowType() is not Qt.WindowType.Popup:  # what drops down belongs to the line it drops from
            window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
