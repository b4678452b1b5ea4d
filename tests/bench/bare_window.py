"""Open the barest PySide6 window with a table of 100 rows, print `painted` once it is on the screen, and end.

The counterpart of TechDesk's own start: the same toolkit, no store, no sync, no design.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget, QTableWidgetItem


class BareWindow(QMainWindow):
    """A window that tells when it was painted for the first time."""

    def __init__(self) -> None:
        super().__init__()
        table = QTableWidget(100, 11)
        for row in range(100):
            for column in range(11):
                table.setItem(row, column, QTableWidgetItem(f"{row}:{column}"))
        self.setCentralWidget(table)
        self.resize(1280, 800)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self._painted)

    def _painted(self) -> None:
        self.repaint()
        sys.stdout.write("painted\n")
        sys.stdout.flush()
        QApplication.quit()


if __name__ == "__main__":
    app = QApplication(sys.argv)
    window = BareWindow()
    window.show()
    app.exec()
