"""Share the room between the list and the open order, below each other or side by side, as the person last did."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from techdesk.ui.context import Context

_FIRST_SIZES = {Qt.Orientation.Vertical: [400, 500], Qt.Orientation.Horizontal: [1080, 630]}


class ListAndOrder(QSplitter):
    """Hold both; each direction keeps its own share."""

    def __init__(self, context: Context, orders: QWidget, order: QWidget) -> None:
        """Put the order below the list."""
        super().__init__(Qt.Orientation.Vertical)
        self._context = context
        self.setChildrenCollapsible(False)
        self.addWidget(orders)
        self.addWidget(order)
        self.setSizes(self._kept_sizes())
        self.splitterMoved.connect(lambda *_: self._keep_sizes())

    def stand(self, *, beside: bool) -> None:
        """Let the order stand beside the list, or below it."""
        orientation = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.orientation() is not orientation:
            self.setOrientation(orientation)
            self.setSizes(self._kept_sizes())

    def _kept_sizes(self) -> list[int]:
        kept = self._context.services.settings.get(self._setting).split(",")
        sizes = [int(one) for one in kept if one.isdecimal()]
        return sizes if len(sizes) == 2 else _FIRST_SIZES[self.orientation()]

    def _keep_sizes(self) -> None:
        self._context.keep(self._setting, ",".join(map(str, self.sizes())))

    @property
    def _setting(self) -> str:
        is_wide = self.orientation() is Qt.Orientation.Horizontal
        return "window.split.beside" if is_wide else "window.split.below"
