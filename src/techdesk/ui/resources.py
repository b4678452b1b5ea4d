"""Name the icons, fonts and the style sheet of the windows."""

from __future__ import annotations

from pathlib import Path

from techdesk.bundled import resources


def icon_path(name: str) -> Path:
    """Name the SVG of an icon, such as `saved-here`; its black is re-tinted to the palette where it is shown."""
    return resources() / "icons" / f"{name}.svg"


def font_paths() -> list[Path]:
    """List the bundled font's files, one a weight."""
    return sorted((resources() / "fonts").glob("*.otf"))


def style_path() -> Path:
    """Name the style sheet, a template over the theme's colour names."""
    return resources() / "theme.qss"
