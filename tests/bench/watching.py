"""Watch a window until its first rows are painted, say so, and end it."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from techdesk.desk.opening import Opening
from techdesk.desk.places import Places
from techdesk.ui.main_window import MainWindow
from techdesk.window import Front, WindowOptions


class Watch(QObject):
    """Look at the window until its first rows are painted."""

    def __init__(self, front: Front, stay_s: float) -> None:
        super().__init__()
        self._front = front
        self._stay_s = stay_s
        self._timer = QTimer(self, interval=1)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        window = next((one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)), None)
        if window is None or window.work.table.orders.rowCount() == 0:
            return
        self._timer.stop()
        window.repaint()
        sys.stdout.write("painted\n")
        sys.stdout.flush()
        if self._stay_s:
            QTimer.singleShot(int(self._stay_s * 1000), self._tell_memory)
        else:
            QApplication.quit()

    def _tell_memory(self) -> None:
        lines = Path("/proc/self/status").read_text().splitlines()
        sys.stdout.write(next(line.split()[1] for line in lines if line.startswith("VmRSS:")) + "\n")
        sys.stdout.flush()
        QApplication.quit()


def watch(places: Places, opening: Opening, stay_s: float) -> None:
    """Open the window on a desk that is being opened; stay so many seconds to tell the memory, else end at once."""
    app = QApplication(["techdesk"])
    front = Front(app, places, WindowOptions(opening=opening, theme="light"))
    watching = Watch(front, stay_s)
    front.await_desk(opening)
    app.exec()
    watching.deleteLater()
    front.close()
