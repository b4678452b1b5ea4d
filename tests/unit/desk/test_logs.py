"""Prove that no secret reaches the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from techdesk.desk.logs import Redaction, start_log, stop_log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    output = start_log(tmp_path)
    yield tmp_path / "techdesk.log"
    stop_log(output)


@pytest.mark.parametrize(
    "line",
    [
        "GET https://x.test/v1?accessKey=s3cr3t&a=1",
        "https://x.test/?a=1&signingKey=s3cr3t",
        "{'Authorization': 'Bearer s3cr3t', 'a': 1}",
        "Authorization: Bearer s3cr3t",
        "X-Extend-Access-Token: s3cr3t",
        "postgresql://techdesk:s3cr3t@db.test/orders",
        "password=s3cr3t",
    ],
)
def test_what_looks_like_a_secret_is_hidden(line: str) -> None:
    redacted = Redaction().redacted(" " + line)
    assert "s3cr3t" not in redacted
    assert "[hidden]" in redacted


def test_a_secret_that_was_told_is_hidden_everywhere() -> None:
    redaction = Redaction()
    redaction.hide("horse")
    redaction.hide("")
    assert redaction.redacted("a horse in the horsebox") == "a [hidden] in the [hidden]box"


def test_plain_words_stay_as_they_are() -> None:
    text = "the key of order 10042 lies on the bench; token refused: sign in again"
    assert Redaction().redacted(text) == text


def test_arguments_and_tracebacks_are_redacted_too(log: Path) -> None:
    try:
        raise ValueError("https://x.test/?accessKey=s3cr3t")
    except ValueError:
        logging.getLogger("techdesk.test").warning("calling %s", "https://x.test/?accessKey=s3cr3t", exc_info=True)
    written = log.read_text()
    assert "calling https://x.test/?accessKey=[hidden]" in written
    assert "ValueError" in written
    assert "s3cr3t" not in written


def test_the_http_library_does_not_log_addresses(log: Path) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://x.test/customers/berg")
    assert "berg" not in log.read_text()


@pytest.mark.parametrize("name", ["fpdf.output", "fontTools.subset"])
def test_what_a_paper_is_made_with_does_not_fill_the_log(log: Path, name: str) -> None:
    logging.getLogger(name).info("head pruned")
    logging.getLogger(name).warning("a glyph is missing")
    assert "head pruned" not in log.read_text()
    assert "a glyph is missing" in log.read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_stops_neither_the_program_nor_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "techdesk.log").symlink_to("/dev/full")
    output = start_log(tmp_path)
    logging.getLogger("techdesk").warning("the disk is full")
    stop_log(output)
    assert capsys.readouterr() == ("", "")
