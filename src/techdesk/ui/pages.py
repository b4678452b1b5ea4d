"""Turn a PDF's pages into pictures for the screen, and put them on a printer; both away from the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from techdesk.domain.errors import NotPrintedError

_PDFIUM = threading.Lock()
"""PDFium must not be called by two threads at once, whatever the document."""

_PRINTED_DPI = 300


def page_images(pdf: bytes, width: int, most: int) -> tuple[list[QImage], int]:
    """Return pictures of the first pages, `width` pixels wide, and how many pages there are in all.

    Raises:
        NotPrintedError: It is no whole PDF.
    """
    with _document(pdf) as document:
        count = len(document)
        return [_drawn(document[at], width) for at in range(min(count, most))], count


def missing_characters(pdf: bytes) -> str:
    """Return the characters that stand as □ on a paper because its font lacks them, as a paper of TechDesk tells.

    Raises:
        NotPrintedError: It is no whole PDF.
    """
    with _document(pdf) as document:
        is_ours = document.get_metadata_value("Creator") == "TechDesk"
        return str(document.get_metadata_value("Keywords")) if is_ours else ""


def take_paper(printer: QPrinter, pdf: bytes) -> None:
    """Give a printer the paper of a PDF: its exact size, without margins.

    Raises:
        NotPrintedError: It is no whole PDF.
    """
    with _document(pdf) as document:
        width, height = document[0].get_size()
    size = QPageSize(QSizeF(width, height), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
    printer.setResolution(_PRINTED_DPI)
    printer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF()))
    printer.setFullPage(True)


def print_pages(pdf: bytes, printer: QPrinter) -> None:
    """Print every page as large as its paper, one picture in memory at a time.

    Raises:
        NotPrintedError: The printer took no page, or it is no whole PDF.
    """
    painter = QPainter()
    if not painter.begin(printer):
        raise NotPrintedError
    try:
        with _document(pdf) as document:
            for at in range(len(document)):
                if at and not printer.newPage():
                    raise NotPrintedError
                paper = printer.paperRect(QPrinter.Unit.DevicePixel).toRect()
                paper.moveTo(0, 0)
                painter.drawImage(paper, _drawn(document[at], paper.width()))
    finally:
        painter.end()


@contextmanager
def _document(pdf: bytes) -> Iterator[Any]:
    # loaded here: no window waits for it before its first paint
    import pypdfium2  # type: ignore[import-untyped]  # it ships no types

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise NotPrintedError("This PDF is damaged", "Ask for it again, or print the paper made here") from error
        try:
            yield document
        finally:
            document.close()


def _drawn(page: Any, width: int) -> QImage:
    bitmap = page.render(scale=width / page.get_size()[0], prefer_bgrx=True)
    shown = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB32)
    # the copy owns its pixels; the bitmap's go with the document
    return shown.copy()
