"""Find the files that come with TechDesk, whether it runs from a checkout, a wheel or a frozen bundle."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


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


def font_path(weight: str) -> Path:
    """Name the bundled font's file of a weight, such as `Regular`."""
    return resources() / "fonts" / f"Inter-{weight}.otf"
