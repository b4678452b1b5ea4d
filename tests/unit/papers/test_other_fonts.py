"""What our own font lacks is drawn with a font of the computer; what no font can draw rightly is told."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]  # it ships no types
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]  # it ships no types

from techdesk.domain.orders import Customer
from techdesk.papers import PaperKind, Sheet, make_paper
from techdesk.papers.other_fonts import installed_fonts, visual
from tests.support.builders import an_order
from tests.support.pdf_text import text_of

HEBREW, HAN, ARABIC = "שרה כהן", "漢字", "محمد"


def a_font(path: Path, characters: str) -> Path:
    """Make a font that has these characters, each of them a square."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 700), (800, 700), (800, 0)):
        pen.lineTo(corner)
    pen.closePath()
    codes = {ord(one): f"u{ord(one):04X}" for one in characters}
    names = [".notdef", *codes.values()]
    font = FontBuilder(1000)
    font.setupGlyphOrder(names)
    font.setupCharacterMap(codes)
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (900, 100)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    font.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    font.setupPost()
    font.save(path)
    return path


def lacks(pdf: bytes) -> str:
    """Return the characters that a paper says it lacks."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return str(document.get_metadata_value("Keywords"))


@pytest.fixture
def fonts(tmp_path: Path) -> tuple[Path, ...]:
    """Two fonts, one for each of two scripts, and a file that is none."""
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    hebrew = a_font(tmp_path / "hebrew.ttf", "".join(set(HEBREW)) + ARABIC)
    return broken, tmp_path / "gone.ttf", hebrew, a_font(tmp_path / "han.ttf", HAN)


@pytest.mark.parametrize("kind", PaperKind)
def test_what_our_font_lacks_is_drawn_with_the_first_font_that_has_it(kind: PaperKind, fonts: tuple[Path, ...]) -> None:
    order = an_order(title="Kettle", customer=Customer(name=f"{HEBREW} {HAN} Müller"))
    pdf = make_paper(kind, Sheet(order=order, fonts=fonts))
    assert all(word in text_of(pdf) for word in (*HEBREW.split(), HAN, "Müller"))
    assert "□" not in text_of(pdf)
    assert lacks(pdf) == ""
    assert make_paper(kind, Sheet(order=order, fonts=fonts)) == pdf


def test_letters_that_would_have_to_join_are_told_rather_than_drawn_wrongly(fonts: tuple[Path, ...]) -> None:
    pdf = make_paper(PaperKind.LABEL, Sheet(order=an_order(customer=Customer(name=ARABIC)), fonts=fonts))
    assert "□□□□" in text_of(pdf)
    assert lacks(pdf) == "م ح د"


def test_our_own_letters_stay_ours_behind_a_line_that_began_in_another_font(fonts: tuple[Path, ...]) -> None:
    order = an_order(title="Kettle", description=f"{HAN}\n{HAN} 123\n456 plain\n{HAN}\nlast line")
    found = text_of(make_paper(PaperKind.WORK_ORDER, Sheet(order=order, fonts=fonts)))
    assert all(one in found for one in (f"{HAN} 123", "456 plain", "last line"))


def test_a_paper_of_our_own_letters_is_the_same_whatever_fonts_there_are(fonts: tuple[Path, ...]) -> None:
    order = an_order(title="Ελληνικά Русский Žluťoučký")
    for kind in PaperKind:
        assert make_paper(kind, Sheet(order=order, fonts=fonts)) == make_paper(kind, Sheet(order=order))


@pytest.mark.parametrize(
    ("written", "drawn"),
    [("abc 12", "abc 12"), ("אבג", "גבא"), ("אבג 12", "12 גבא"), ("SO-7 אב", "SO-7 בא")],
    ids=["latin", "hebrew", "number", "mixed"],
)
def test_a_line_is_drawn_as_it_is_read_from_the_right(written: str, drawn: str) -> None:
    assert visual(written) == drawn


def test_the_fonts_of_a_computer_are_files_that_are_there() -> None:
    assert all(one.is_file() for one in installed_fonts())
    assert len({one.name for one in installed_fonts()}) == len(installed_fonts())
