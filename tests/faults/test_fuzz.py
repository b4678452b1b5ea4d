"""Spoilt answers: 50,000 in every run of the tests; `TECHDESK_FUZZ=5000000` before `./run test` for more."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from random import Random
from typing import Any

import httpx
import pytest

from techdesk.application.outbox import FrozenRequest
from techdesk.connectors.flow_retail import connector as flow_retail
from techdesk.connectors.http import MAX_BODY_BYTES, Answer, HttpClient, Silence
from tests.faults import fuzz
from tests.faults.mutating import mutated
from tests.faults.recording import recorded
from tests.unit.connectors.answering import ADDRESS, answer

RUNS = int(os.environ.get("TECHDESK_FUZZ", "50000"))
CHUNKS = 10
ENCODED = 400


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_answer_brings_anything_but_typed_errors_and_what_the_store_takes(chunk: int) -> None:
    size = RUNS // CHUNKS
    report = fuzz.run(range(chunk * size, (chunk + 1) * size))
    assert report.failures == []
    assert report.runs == size
    assert {"Outcome", "PullPage", "AccountFacts", "ReadBack", "PulledOrder", "BusyError"} <= report.brought.keys()


def test_the_same_seed_is_the_same_call() -> None:
    assert fuzz.run(range(300)).brought == fuzz.run(range(300)).brought


def test_a_connector_that_believes_what_it_reads_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def believing(came: Answer) -> Any:
        return json.loads(came.body or b"")

    monkeypatch.setattr(flow_retail, "json_object", believing)
    assert fuzz.run(range(1000)).failures


def test_however_a_body_is_encoded_the_client_gives_an_answer_or_a_silence() -> None:
    """Below the connectors: gzip that is broken, cut, doubled or a bomb, other encodings, a length that is not so."""
    dice = Random(7)
    bodies = [one.answer for site in recorded() for one in site.answers]
    client = HttpClient(ADDRESS, {}, transport=httpx.MockTransport(lambda _: _encoded(dice, dice.choice(bodies))))
    try:
        for _ in range(ENCODED):
            came = client.exchange(FrozenRequest(method="GET", path="/"), 5.0)
            assert isinstance(came, Answer | Silence)
            assert not isinstance(came, Answer) or len(came.body or b"") <= MAX_BODY_BYTES
    finally:
        client.close()


def _encoded(dice: Random, whole: Answer) -> httpx.Response:
    spoilt = mutated(whole, dice)
    body = spoilt.body or b""
    packed = gzip.compress(body, 1)
    place = dice.randrange(len(packed))
    ways: list[tuple[list[bytes | Exception], str]] = [
        ([body[:40], body[40:]], "identity"),
        ([packed], "gzip"),
        ([packed[:place]], "gzip"),
        ([packed[:place] + b"\xff" + packed[place:]], "gzip"),
        ([packed + packed], "gzip"),
        ([body], "gzip"),
        ([zlib.compress(body)], "deflate"),
        ([body], "br"),
        ([body[:place], httpx.ReadError("reset")], "identity"),
        ([body[:place], httpx.RemoteProtocolError("closed")], "identity"),
        ([BOMB], "gzip"),
    ]
    pieces, encoding = dice.choice(ways)
    return answer(max(200, spoilt.status), *pieces, content_encoding=encoding)


BOMB = gzip.compress(b" " * (MAX_BODY_BYTES + 1000), 1)
