"""Read what stands on a paper."""

from __future__ import annotations

from contextlib import closing

import pypdfium2  # type: ignore[import-untyped]  # it ships no types


def text_of(pdf: bytes) -> str:
    """Return the text of all pages of a PDF."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
