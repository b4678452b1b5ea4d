"""Lay text out on pages: one font, a few styles, rows of columns that wrap and go over pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont
from typing_extensions import override

from techdesk.bundled import font_path
from techdesk.papers.barcode import QUIET_MODULES, code_128
from techdesk.papers.other_fonts import OtherFonts, visual
from techdesk.papers.sheet import Sheet

_FONT = "Inter"
_UNKNOWN = "□"
"""Stands for each character that no font at hand has, so that nobody believes the text to be whole."""

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_MODULE_MM = (0.19, 0.33)
"""The narrowest bar that printers and scanners at a bench manage, and the one that is comfortable."""

_BOTTOM_MM = 18.0
_RULE_GREY = 205


class Style(Enum):
    """How text looks: weight, size in points, line height in millimetres, colour."""

    NUMBER = ("B", 26, 11.0, (27, 36, 48))
    TITLE = ("B", 13, 6.4, (27, 36, 48))
    STRONG = ("B", 9.5, 4.8, (27, 36, 48))
    BODY = ("", 9.5, 4.8, (27, 36, 48))
    LABEL = ("", 8.5, 4.8, (92, 104, 119))
    SMALL = ("", 8, 4.0, (92, 104, 119))


@dataclass(frozen=True, slots=True)
class Column:
    """One text of a row.

    Attributes:
        width: Millimetres.
        right: Stands at the right edge of its column, as amounts do.
    """

    text: str
    width: float
    style: Style = Style.BODY
    right: bool = False


class _Pages(FPDF):
    """Pages that say at their foot which they are; `foot` is set once the font is there."""

    foot = ""

    @override
    def footer(self) -> None:
        if not self.foot:
            return
        weight, size, height, color = Style.SMALL.value
        self.set_y(-14)
        self.set_font(_FONT, weight, size)
        self.set_text_color(*color)
        self.cell(self.epw, height, f"{self.foot} · Page {self.page_no()} of {{nb}}")


class Canvas:
    """Draw one document.

    Attributes:
        width: Millimetres between the margins.
    """

    def __init__(self, sheet: Sheet, title: str, size_mm: tuple[float, float] | str, margin: float) -> None:
        """Begin the first page.

        Args:
            sheet: Its order says when the document was made, so that equal sheets make equal bytes.
            title: What the document is called in a reader's window.
            size_mm: Width and height, or a name such as `A4`.
            margin: Blank edge in millimetres.
        """
        self._pdf = pdf = _Pages(unit="mm", format=size_mm)
        pdf.set_margin(margin)
        pdf.set_auto_page_break(False)
        for weight, name in (("", "Regular"), ("B", "SemiBold")):
            pdf.add_font(_FONT, weight, font_path(name))
        font = pdf.fonts[_FONT.lower()]
        self._known = frozenset(font.cmap if isinstance(font, TTFFont) else ())
        self._others = OtherFonts(pdf, sheet.fonts)
        self._missing: dict[str, None] = {}
        pdf.set_creation_date(sheet.order.last_modified_at or sheet.order.created_at or _BEGINNING)
        pdf.set_title(self.printable(title))
        pdf.set_creator("TechDesk")
        pdf.set_lang("en")
        pdf.c_margin = 0
        pdf.add_page()
        self.width = pdf.epw

    def set_foot(self, text: str) -> None:
        """Write a line at the foot of every page, with the page's number."""
        self._pdf.foot = self._fitted(text, Style.SMALL, self.width - 30)

    def printable(self, text: str) -> str:
        """Return a text in characters that the fonts have; tabs become spaces, what cannot be seen goes."""
        composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
        return "".join(self._character(one) for one in composed)

    def _character(self, one: str) -> str:
        category = unicodedata.category(one)
        if one == "\n" or (ord(one) in self._known and category not in ("Cc", "Cf")):
            return one
        # joiners, selectors, marks of direction: invisible by themselves, so no box stands for them
        if category in ("Cc", "Cf", "Mn", "Me"):
            return ""
        if category != "Cs":
            if self._others.lend(one):
                return one
            self._missing[one] = None
        return _UNKNOWN

    @property
    def y(self) -> float:
        """Return the place of the next line: millimetres from the top."""
        return float(self._pdf.y)

    def move_to(self, y: float) -> None:
        """Go on at a place of this page."""
        self._pdf.set_y(y)

    def skip(self, millimetres: float) -> None:
        """Leave a gap."""
        self._pdf.set_y(self._pdf.y + millimetres)

    def keep(self, millimetres: float) -> None:
        """Go to a new page unless this much still fits on this one."""
        if self._pdf.y + millimetres > self._pdf.h - _BOTTOM_MM:
            self._pdf.add_page()

    def rule(self) -> None:
        """Draw a fine line from margin to margin."""
        pdf = self._pdf
        pdf.set_draw_color(_RULE_GREY)
        pdf.set_line_width(0.2)
        pdf.line(pdf.l_margin, pdf.y, pdf.w - pdf.r_margin, pdf.y)

    def line(self, x: float, width: float) -> None:
        """Draw a line to write on, `x` millimetres from the left margin."""
        pdf = self._pdf
        pdf.set_draw_color(27, 36, 48)
        pdf.set_line_width(0.25)
        pdf.line(pdf.l_margin + x, pdf.y, pdf.l_margin + x + width, pdf.y)

    def row(self, columns: Sequence[Column], again: Sequence[Column] = ()) -> None:
        """Write texts side by side, each wrapped in its column; `again` is the row that heads a following page."""
        wrapped = [self.wrapped(one) for one in columns]
        height = max(one.style.value[2] for one in columns)
        for number in range(max(map(len, wrapped))):
            if self._pdf.y + height > self._pdf.h - _BOTTOM_MM:
                self._pdf.add_page()
                if again:
                    self.row(again)
            x, y = self._pdf.l_margin, self._pdf.y
            for column, lines in zip(columns, wrapped, strict=True):
                if number < len(lines):
                    self._put(lines[number], column, x, y)
                x += column.width
            self._pdf.set_xy(self._pdf.l_margin, y + height)

    def wrapped(self, column: Column) -> list[str]:
        """Return the lines into which a column's text is broken."""
        self._use(column.style)
        lines: list[str] = []
        for paragraph in self.printable(column.text).split("\n"):
            found = self._pdf.multi_cell(
                column.width - 1.5, text=paragraph, align=Align.L, dry_run=True, output=MethodReturnValue.LINES
            )
            assert isinstance(found, list)  # noqa: S101 - tells mypy what `output` asked for
            lines += [str(one) for one in found] or [""]
        return lines

    def _put(self, text: str, column: Column, x: float, y: float) -> None:
        self._use(column.style)
        self._pdf.set_xy(x, y)
        align = Align.R if column.right else Align.L
        self._pdf.cell(column.width, column.style.value[2], visual(text), align=align)

    def _use(self, style: Style) -> None:
        weight, size, _, color = style.value
        self._set_font(weight, size)
        self._pdf.set_text_color(*color)

    def _set_font(self, weight: str, size: float) -> None:
        self._pdf.set_font(_FONT, weight, size)
        if self._others.are_used:
            # fpdf2 believes our font to be set behind a line that began in another one, which took it along at its end
            self._pdf.current_font_is_set_on_page = False

    def _fitted(self, text: str, style: Style, width: float) -> str:
        """Return a text in one line, cut with `…` where it is longer than `width` millimetres."""
        self._use(style)
        return self._cut(" ".join(self.printable(text).split()), width)

    def _cut(self, line: str, width: float) -> str:
        if self._pdf.get_string_width(line) <= width:
            return line
        low, high = 0, min(len(line), 500)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._pdf.get_string_width(f"{line[:middle].rstrip()}…") <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return f"{line[:low].rstrip()}…"

    def put_line(self, text: str, place: tuple[float, float], width: float, size: float, *, bold: bool = False) -> None:
        """Write one line at a place of this page, smaller where it would be too long, cut where that is not enough."""
        pdf = self._pdf
        # pure black: a label printer would break any other colour into dots
        pdf.set_text_color(0)
        line = " ".join(self.printable(text).split())
        self._set_font("B" if bold else "", size)
        wanted = pdf.get_string_width(line)
        if wanted > width:
            pdf.set_font_size(max(size * width / wanted * 0.995, size * 0.6))
        pdf.set_xy(*place)
        pdf.cell(width, size * 0.42, visual(self._cut(line, width)))

    def barcode(self, text: str, place: tuple[float, float], size: tuple[float, float], *, right: bool = False) -> None:
        """Draw a text as Code 128 in an area, as wide as is comfortable; nothing where it cannot be read by a scanner.

        Args:
            text: What the scanner will type.
            place: Left and top, in millimetres.
            size: Width, with its blank edges, and height.
            right: Its last bar stands at the area's right edge; what is right of it stays blank anyway.
        """
        widths = code_128(text)
        modules = sum(widths) + 2 * QUIET_MODULES
        module = min(_MODULE_MM[1], size[0] / modules)
        if not widths or module < _MODULE_MM[0]:
            return
        x = place[0] + (size[0] - (modules - QUIET_MODULES) * module if right else 0) + QUIET_MODULES * module
        self._pdf.set_fill_color(0)
        for number, width in enumerate(widths):
            if number % 2 == 0:
                self._pdf.rect(x, place[1], width * module, size[1], style="F")
            x += width * module

    def finish(self) -> bytes:
        """Return the PDF; its keywords are the characters that it lacks, so that a person can be told."""
        if self._missing:
            self._pdf.set_keywords(" ".join(self._missing))
        return bytes(self._pdf.output())
