"""Find the icons and fonts, whether TechDesk runs from a checkout, a wheel or a frozen bundle."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


@cache
def resources() -> Path:
    """Name the folder of resources: inside the package when installed, at the top of a checkout.

    Raises:
        FileNotFoundError: this build was packed without its resources, which is our bug.
    """
    for folder in (_PACKAGE / "resources", _PACKAGE.parents[1] / "resources"):
        if (folder / "icons").is_dir():
            return folder
    raise FileNotFoundError(f"no resources beside {_PACKAGE}")


def icon_path(name: str) -> Path:
    """Name the SVG of an icon, such as `saved-here`; its black is re-tinted to the palette where it is shown."""
    return resources() / "icons" / f"{name}.svg"


def font_paths() -> list[Path]:
    """List the bundled font's files, one a weight."""
    return sorted((resources() / "fonts").glob("*.otf"))


def style_path() -> Path:
    """Name the style sheet, a template over the theme's colour names."""
    return resources() / "theme.qss"
