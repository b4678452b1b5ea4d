"""A screen of its own with a window manager, and the keyboard of the person who sits there; nothing else is touched.

The program is worked from outside, as its users work it: keys go to whichever window has the keyboard. What is to be
seen is asked of the X server (titles, which window is in front, pixels), never of the program.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.waiting import PATIENCE_S, comes_true

_PRESS_AGAIN_S = 5.0
_SIZE = (1366, 900)
"""The window, 1280 pixels wide when it is new, and what the window manager puts around it."""


@dataclass
class Screen:
    """An X server with one screen.

    Attributes:
        display: How programs find it, such as `:99`.
    """

    display: str
    _frame: Path = field(repr=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs to open its window here."""
        known = {name: text for name, text in os.environ.items() if name not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        return known | {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as xdotool names them (`ctrl+Return`)."""
        self._xdotool("key", "--clearmodifiers", "--delay", "4", *keys)

    def type(self, text: str) -> None:
        """Type a text at once, as a scanner does."""
        self._xdotool("type", "--clearmodifiers", "--delay", "4", text)

    def press_until(self, keys: str, is_so: Callable[[], object], what: str) -> None:
        """Press a key, again now and then, until a fact is seen: a person too presses again what came too early."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self.press(keys)
            if comes_true(is_so, _PRESS_AGAIN_S):
                return
            assert time.monotonic() < deadline, f"{keys} never brought {what}; in front is “{self.title}”"

    @property
    def desktop(self) -> str:
        """Which desktop is shown; empty while there is no window manager."""
        return self._asked("get_desktop").strip()

    @property
    def title(self) -> str:
        """The title of the window that has the keyboard; empty while none has."""
        return self._asked("getwindowfocus", "getwindowname").strip()

    def see(self, title: str) -> None:
        """Wait until a window whose title holds this text has the keyboard."""
        found = comes_true(lambda: title in self.title, PATIENCE_S)
        assert found, f"“{title}” never came to the front; there is “{self.title}”"

    def windows(self, title: str) -> list[str]:
        """Return the windows on the screen whose title holds this text."""
        return self._asked("search", "--onlyvisible", "--name", re.escape(title)).split()

    def windows_of(self, program: str) -> list[str]:
        """Return all windows of a program that are on the screen, its menus among them."""
        return self._asked("search", "--onlyvisible", "--class", program).split()

    def minimise(self) -> None:
        """Put the window that has the keyboard away."""
        self._xdotool("getactivewindow", "windowminimize")

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Return red, green and blue of a point of the screen."""
        picture = self.picture()
        at = 3 * (y * _SIZE[0] + x)
        red, green, blue = picture[at : at + 3]
        return red, green, blue

    def picture(self) -> bytes:
        """Return three bytes a point, row by row, read from the X server's own memory (a file in the format of xwd)."""
        data = self._frame.read_bytes()
        header, colors = int.from_bytes(data[:4], "big"), int.from_bytes(data[76:80], "big")
        points = data[header + colors * 12 :][: 4 * _SIZE[0] * _SIZE[1]]
        picture = bytearray(3 * _SIZE[0] * _SIZE[1])
        for channel in range(3):
            picture[channel::3] = points[2 - channel :: 4]
        return bytes(picture)

    def keep_picture(self, file: Path) -> None:
        """Write what is on the screen to a file (PPM), to be looked at after a test that failed."""
        file.write_bytes(b"P6 %d %d 255\n" % _SIZE + self.picture())

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, timeout=PATIENCE_S)

    def _asked(self, *words: str) -> str:
        """Return what xdotool finds; nothing is no fault."""
        done = subprocess.run(
            ["xdotool", *words], env=self.environment, check=False, capture_output=True, text=True, timeout=PATIENCE_S
        )
        return done.stdout if done.returncode == 0 else ""


@contextmanager
def real_screen(folder: Path) -> Iterator[Screen]:
    """Start an X server and a window manager on a free display, and end both; what they say is kept in `folder`.

    No key repeats itself (`-r`), however late a busy computer lets go of it. The server does not begin anew when its
    last client leaves (`-noreset`), as a question to it may end while the window manager is just coming.
    """
    reading, writing = os.pipe()
    size = f"{_SIZE[0]}x{_SIZE[1]}x24"
    with (folder / "screen.log").open("ab") as log:
        server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"),
                *("-r", "-noreset", "-fbdir", str(folder)),
            ],
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stderr=log,
        )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            screen = Screen(f":{told.readline().strip()}", folder / "Xvfb_screen0")
        with _window_manager(screen, folder):
            yield screen
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


@contextmanager
def _window_manager(screen: Screen, folder: Path) -> Iterator[None]:
    own = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    with (folder / "screen.log").open("ab") as log:
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"],
            env={**screen.environment, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        managed = comes_true(lambda: screen.desktop or manager.poll() is not None, PATIENCE_S)
        assert managed and manager.poll() is None, (folder / "screen.log").read_text()
        yield
    finally:
        manager.terminate()
        manager.wait(PATIENCE_S)
