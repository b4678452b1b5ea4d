"""Cells are painted as Qt would, from plain numbers; icons are drawn in the sizes that are shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from techdesk.ui.icons import SIZE, Icons
from techdesk.ui.painting import Box, Letters
from techdesk.ui.theme import DARK, Theme

PAPER = QSize(240, 40)
IN_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


@pytest.fixture
def letters(qapp: QApplication) -> Letters:
    return Letters(qapp.font())


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    made = Theme()
    made.install(qapp, "light")
    return made


def drawn(letters: Letters, box: Box, text: str) -> QImage:
    paper = QImage(PAPER, QImage.Format.Format_ARGB32)
    paper.fill(Qt.GlobalColor.white)
    painter = QPainter(paper)
    letters.draw(painter, box, text)
    painter.end()
    return paper


def drawn_by_qt(font: QFont, box: Box, text: str) -> QImage:
    paper = QImage(PAPER, QImage.Format.Format_ARGB32)
    paper.fill(Qt.GlobalColor.white)
    painter = QPainter(paper)
    painter.setFont(font)
    painter.drawText(QRect(*box), IN_MIDDLE, text)
    painter.end()
    return paper


@pytest.mark.parametrize(
    "text", ["Åse Grünwald-Yılmaz", "10\u202f234", "Nguyễn – 3 €", "修理", "שלום עולם", "(שלום) TechDesk"]
)
@pytest.mark.parametrize("height", [22, 33, 34])
def test_a_text_stands_where_qt_puts_it(letters: Letters, text: str, height: int) -> None:
    box = Box(8, 3, 220, height)
    assert drawn(letters, box, text) == drawn_by_qt(letters.font, box, text)


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\t", "\n\n\t "])
def test_words_on_several_lines_stand_on_one_with_room_between(letters: Letters, breaks: str) -> None:
    box = Box(8, 3, 220, 34)
    assert drawn(letters, box, f"Anna{breaks}Berg") == drawn(letters, box, "Anna Berg")
    assert letters.width(f"Anna{breaks}Berg") == letters.width("Anna Berg")


def test_a_text_that_just_fits_is_not_cut(letters: Letters) -> None:
    for text in ("988", "360", "2 000", "6 unsent"):
        tight = Box(0, 0, letters.width(text), 30)
        assert drawn(letters, tight, text) == drawn(letters, tight._replace(width=200), text)


def test_a_text_that_does_not_fit_ends_in_dots(letters: Letters) -> None:
    box = Box(0, 0, 60, 30)
    shown = letters.metrics.elidedText("Coffee machine leaks", Qt.TextElideMode.ElideRight, 60)
    assert shown.endswith("…")
    assert drawn(letters, box, "Coffee machine leaks") == drawn(letters, box, shown)


def test_letters_are_made_anew_for_another_font_only(letters: Letters) -> None:
    assert letters.of(QFont(letters.font)) is letters
    bold = letters.changed(QFont.Weight.Bold)
    assert letters.changed(QFont.Weight.Bold) is bold
    assert letters.of(bold.font) is not letters


@pytest.mark.parametrize("size", [14, SIZE, 20, 48])
def test_a_picture_of_an_icon_is_exactly_as_large_as_it_is_shown(theme: Theme, size: int) -> None:
    assert Icons(theme).pixmap("check", size=size).deviceIndependentSize().toSize() == QSize(size, size)


def test_an_icon_is_sharp_on_a_fine_screen_too(theme: Theme) -> None:
    assert Icons(theme).icon("check").availableSizes() == [QSize(SIZE, SIZE), QSize(2 * SIZE, 2 * SIZE)]


def test_icons_take_the_colours_that_are_chosen_later(theme: Theme, qapp: QApplication) -> None:
    icons = Icons(theme)
    before = hues_of(icons.pixmap("check", "accent"))
    theme.apply(qapp, "dark")
    assert hues_of(icons.pixmap("check", "accent")) == {DARK["accent"]} != before
    theme.apply(qapp, "light")


def hues_of(picture: QPixmap) -> set[str]:
    """Return the colours of all pixels that are painted through and through."""
    image = picture.toImage()
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {image.pixelColor(x, y).name() for x, y in places if image.pixelColor(x, y).alpha() == 255}
