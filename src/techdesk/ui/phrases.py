"""Put texts together and cut them; for what knows nothing of records, as the window before its first rows."""

from __future__ import annotations


def joined(*parts: str) -> str:
    """Join what is not empty with middle dots."""
    return " · ".join(part for part in parts if part)


def with_unit(label: str, unit: str) -> str:
    """Name what a number is counted in: `Price each (EUR)`; the label alone where that is not known."""
    return f"{label} ({unit})" if unit else label


def shortened(text: str, letters: int = 2000) -> str:
    """Return so much of a text as can be laid out within a frame; the whole of it opens in its dialog."""
    return text if len(text) <= letters else f"{text[:letters]}… ({number_text(len(text))} letters in all)"


def number_text(number: int) -> str:
    """Write a whole number with its thousands apart, by a space that breaks no line: a comma is a decimal to many."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def count_in_words(number: int, noun: str, plural: str = "") -> str:
    """Say how many: `1 item`, `3 items`."""
    return f"{number_text(number)} {noun if number == 1 else plural or noun + 's'}"
