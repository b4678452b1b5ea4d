"""Fold text for a search that knows no case: “ångström” finds “ÅNGSTRÖM”, “anna” finds “Johanna”."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return the text that is compared in place of `text`."""
    # composed again after folding: casefold may leave a letter and its accent apart
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
