"""Say what choosing a status for an order sets, and draw the dot that the status is known by."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from techdesk.domain.orders import ServiceStatus
from techdesk.domain.records import Document

DOT = 16
"""Pixels of a status's picture; the dot in it is as large as the list's."""


def status_intent(status: ServiceStatus) -> Document:
    """Return what giving an order this status sets; the name and state follow from it on the screen."""
    return {
        "service_status_uid": status.service_status_uid,
        "service_status_name": status.name,
        "service_state": status.service_state.value,
    }


def dot(color: str) -> QIcon:
    """Return a dot in a status's colour."""
    picture = QPixmap(DOT * 2, DOT * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(color))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(DOT // 4, DOT // 4, DOT // 2, DOT // 2)
    painter.end()
    return QIcon(picture)
