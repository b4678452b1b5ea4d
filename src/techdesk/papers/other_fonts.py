"""Find what the papers' own font lacks in fonts that this computer has: Hebrew, Chinese, Japanese, Korean, signs."""

from __future__ import annotations

import os
import struct
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # it ships no types
from fpdf import FPDF
from fpdf.bidi import BidiParagraph

_NAMES = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "wqy-microhei.ttc",
    "NotoSansCJK-Regular.ttc",
    "segoeui.ttf",
    "seguisym.ttf",
    "msyh.ttc",
    "YuGothM.ttc",
    "malgun.ttf",
    "Arial Unicode.ttf",
)
"""Files of fonts that are widely installed and have many characters, those that are quickly read first."""

_JOINED = (
    (0x0600, 0x08FF),
    (0x0900, 0x0DFF),
    (0x0E00, 0x0EFF),
    (0x0F00, 0x109F),
    (0x1780, 0x18AF),
    (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFC),
)
"""Scripts whose letters change or move beside each other (Arabic, Devanagari, Thai …): letter by letter, as a paper
is written, they would be wrong."""

_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def installed_fonts() -> tuple[Path, ...]:
    """Return the files of the fonts that this computer has besides our own; takes a moment at the first call."""
    return _fonts_in(_folders())


def visual(line: str) -> str:
    """Return one line's characters as they stand from left to right, as Hebrew is drawn."""
    if not any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in line):
        return line
    return BidiParagraph(text=line).get_reordered_string()


class OtherFonts:
    """Lend characters of other fonts to a document that is being drawn; each font is put into it when first needed."""

    def __init__(self, pdf: FPDF, fonts: Sequence[Path]) -> None:
        """Look in these files, in this order."""
        self._pdf = pdf
        self._fonts = fonts
        self._added: list[Path] = []

    @property
    def are_used(self) -> bool:
        """Say whether the document has characters of another font."""
        return bool(self._added)

    def lend(self, character: str) -> bool:
        """Say whether another font draws a character; from now on the document draws it with that one."""
        code = ord(character)
        if any(first <= code <= last for first, last in _JOINED):
            return False
        font = next((one for one in self._fonts if code in _characters_of(one)), None)
        if font is None:
            return False
        if font not in self._added:
            self._pdf.add_font(f"other{len(self._added)}", "", font)
            self._added.append(font)
            self._pdf.set_fallback_fonts([f"other{at}" for at in range(len(self._added))], exact_match=False)
        return True


@cache
def _characters_of(font: Path) -> frozenset[int]:
    """Return the characters that a font has; none where its file cannot be read."""
    try:
        with font.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as opened:
            return frozenset(opened.getBestCmap() or ())
    except (OSError, TTLibError, KeyError, struct.error):
        return frozenset()


@cache
def _fonts_in(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    found: dict[str, Path] = {}
    for folder in folders:
        for inside, _, names in os.walk(folder):
            found.update({name: Path(inside, name) for name in names if name in _NAMES and name not in found})
    return tuple(found[name] for name in _NAMES if name in found)


def _folders() -> tuple[Path, ...]:
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "Fonts"),)
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"))
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
