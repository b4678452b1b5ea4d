"""Set the look: two palettes, one font, one spacing scale, one short style sheet over Fusion.

Colours are named by what they are for. The style sheet (`resources/theme.qss`) is a template over these names, so that
a colour is written once. `system` follows the desktop's own choice of light or dark.
"""

from __future__ import annotations

from enum import IntEnum
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from techdesk.application.outbox import OpState
from techdesk.bundled import resources
from techdesk.ui.resources import font_paths, style_path

LIGHT = {
    "window": "#f6f7f9",
    "surface": "#ffffff",
    "raised": "#ffffff",
    "sunken": "#eef0f3",
    "hover": "#f0f3f8",
    "selected": "#e3edff",
    "border": "#dfe3e8",
    "border-strong": "#c3cad3",
    "text": "#1b2430",
    "muted": "#5c6877",
    "faint": "#8a95a3",
    "accent": "#1f5fd6",
    "accent-hover": "#184fb6",
    "on-accent": "#ffffff",
    "good": "#17733c",
    "good-back": "#e2f4e8",
    "warn": "#8a5300",
    "warn-back": "#fdf0d5",
    "bad": "#b3261e",
    "bad-back": "#fce8e6",
    "info": "#1f5fd6",
    "info-back": "#e3edff",
    "account-blue": "#2f6fe0",
    "account-orange": "#d9660a",
    "account-green": "#1e8e4e",
    "account-purple": "#8247d6",
    "account-pink": "#cf3a83",
    "account-teal": "#0b8a94",
    "account-brown": "#8a5a34",
    "account-grey": "#6b7785",
}
DARK = {
    "window": "#14181e",
    "surface": "#1b2027",
    "raised": "#232a33",
    "sunken": "#10141a",
    "hover": "#222933",
    "selected": "#1f3a68",
    "border": "#2d3540",
    "border-strong": "#465160",
    "text": "#e7ebf0",
    "muted": "#a3aebb",
    "faint": "#76818f",
    "accent": "#6ea1ff",
    "accent-hover": "#8cb4ff",
    "on-accent": "#0b1730",
    "good": "#6fd394",
    "good-back": "#17301f",
    "warn": "#f0bd63",
    "warn-back": "#362a12",
    "bad": "#ff8a80",
    "bad-back": "#3b1d1b",
    "info": "#8cb4ff",
    "info-back": "#1c2c4a",
    "account-blue": "#6ea1ff",
    "account-orange": "#ff9d4d",
    "account-green": "#62cc8b",
    "account-purple": "#b692f6",
    "account-pink": "#f58ab9",
    "account-teal": "#4fc8d1",
    "account-brown": "#cf9f77",
    "account-grey": "#a3aebb",
}

STATE_TONES: dict[OpState, str] = {
    OpState.QUEUED: "info",
    OpState.INFLIGHT: "info",
    OpState.AMBIGUOUS: "info",
    OpState.DONE: "good",
    OpState.NEEDS_CHECK: "warn",
    OpState.REJECTED: "bad",
    OpState.CONFLICT: "warn",
    OpState.CANCELLED: "muted",
}
"""Which colour a state has: the text's name; its background is the same name with `-back`."""

STATE_ICONS: dict[OpState, str] = {
    OpState.QUEUED: "saved-here",
    OpState.INFLIGHT: "sending",
    OpState.AMBIGUOUS: "sending",
    OpState.DONE: "confirmed",
    OpState.NEEDS_CHECK: "needs-check",
    OpState.REJECTED: "rejected",
    OpState.CONFLICT: "conflict",
    OpState.CANCELLED: "withdrawn",
}


class Space(IntEnum):
    """Distances between things in logical pixels; only what is one thing to the eye stands closer."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24


class Text(IntEnum):
    """Sizes of text in pixels."""

    SMALL = 12
    BODY = 13
    TITLE = 20


class Theme(QObject):
    """Know the colours and lay them over the application.

    Signals:
        changed: The colours are others; who painted with them paints again.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._colors = LIGHT
        self._hues: dict[str, QColor] = {}
        self._wish = "light"

    @property
    def wish(self) -> str:
        """Return what was wished for: `light`, `dark` or `system`."""
        return self._wish

    def color(self, name: str) -> str:
        """Return a colour as `#rrggbb`; text that is a colour already stays as it is.

        Raises:
            KeyError: There is no such name, which is our bug.
        """
        return name if name.startswith("#") else self._colors[name]

    def hue(self, name: str) -> QColor:
        """Return a colour to paint with, which is made once; raises as `color`."""
        color = self.color(name)
        if color not in self._hues:
            self._hues[color] = QColor(color)
        return self._hues[color]

    def account_color(self, color: str) -> str:
        """Return the shade of an account's colour as `#rrggbb`; one that nobody knows is grey."""
        return color if color.startswith("#") else self._colors.get(f"account-{color}", self._colors["account-grey"])

    def install(self, app: QApplication, wish: str = "") -> None:
        """Set style and font once, and the colours of a wish; without one they follow (`choose` and `dress`)."""
        app.setStyle("Fusion")
        for path in font_paths():
            QFontDatabase.addApplicationFont(str(path))
        font = QFont("Inter")
        font.setPixelSize(Text.BODY)
        app.setFont(font)
        app.styleHints().colorSchemeChanged.connect(lambda _: self.apply(app, self._wish))
        if wish:
            self.apply(app, wish)

    def apply(self, app: QApplication, wish: str) -> None:
        """Change the colours; `wish` is `light`, `dark` or `system`."""
        self.choose(app, wish)
        self.dress(app)
        self.changed.emit()

    def choose(self, app: QApplication, wish: str) -> None:
        """Take the colours of a wish, without the style sheet.

        A window built before it is dressed costs half: Qt styles a widget anew each time it gets another parent.
        """
        self._wish = wish
        system_dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        self._colors = DARK if wish == "dark" or (wish == "system" and system_dark) else LIGHT
        app.setPalette(_palette(self._colors))

    def dress(self, app: QApplication) -> None:
        """Lay the style sheet in the chosen colours over all windows."""
        names = {name.replace("-", "_"): value for name, value in self._colors.items()}
        names["resources"] = resources().as_posix()
        app.setStyleSheet(Template(style_path().read_text(encoding="utf-8")).substitute(names))


def _palette(colors: dict[str, str]) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "window",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.BrightText: "bad",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.PlaceholderText: "faint",
        QPalette.ColorRole.Highlight: "selected",
        QPalette.ColorRole.HighlightedText: "text",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.Light: "raised",
        QPalette.ColorRole.Mid: "border",
        QPalette.ColorRole.Dark: "border-strong",
    }
    for role, name in roles.items():
        palette.setColor(role, QColor(colors[name]))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors["faint"]))
    return palette
