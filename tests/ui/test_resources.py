"""The bundled pictures and letters can be drawn, and look like one family."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from techdesk.bundled import resources
from techdesk.ui.resources import font_paths, icon_path

ICONS = sorted((resources() / "icons").glob("*.svg"))
LINE_ICONS = [icon for icon in ICONS if icon.stem != "techdesk"]


def _opaque_pixels(icon: Path) -> int:
    image = QImage(24, 24, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(icon)).render(painter)
    painter.end()
    return sum(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))


@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.stem)
def test_every_icon_draws_something_and_leaves_room(icon: Path, qtbot: QtBot) -> None:
    assert 8 < _opaque_pixels(icon) < 24 * 24


@pytest.mark.parametrize("icon", LINE_ICONS, ids=lambda icon: icon.stem)
def test_every_line_icon_keeps_the_grid_the_stroke_and_the_tint(icon: Path) -> None:
    svg = ET.parse(icon).getroot()
    assert svg.get("viewBox") == "0 0 24 24"
    assert (svg.get("stroke"), svg.get("stroke-width"), svg.get("fill")) == ("#000", "1.75", "none")


def test_an_icon_is_found_by_name() -> None:
    assert icon_path("saved-here") in ICONS


def test_the_bundled_font_gives_four_real_weights_of_one_family(qtbot: QtBot) -> None:
    families = {
        QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))[0] for path in font_paths()
    }
    assert families == {"Inter"}
    wanted = [QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold, QFont.Weight.Bold]
    assert [QFontInfo(QFont("Inter", 12, weight)).weight() for weight in wanted] == wanted


def test_the_resources_stay_small() -> None:
    assert sum(path.stat().st_size for path in resources().rglob("*") if path.is_file()) < 2_000_000


def test_the_fonts_licence_travels_with_it() -> None:
    assert "SIL OPEN FONT LICENSE" in (resources() / "fonts" / "OFL.txt").read_text(encoding="utf-8")
