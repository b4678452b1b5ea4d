"""Fetch from a plain vendor, whose refusals have no codes of ours and whose lists may have no count."""

from __future__ import annotations

import json
from typing import Any

import httpx
from typing_extensions import override

from techdesk.connectors.answers import Refusal, forbids, shown_words
from techdesk.connectors.flow_retail.calls import Calls, json_object
from techdesk.connectors.flow_retail.problems import refusal_of
from techdesk.connectors.http import Answer, Silence
from techdesk.domain.errors import BusyError, NotFoundError, NotShownError

_OF_THE_STATUS = (401, 429)
PLAIN_PAGE = 50
"""The vendor does not say how long a page may be; this is what it gives unasked."""


class PlainCalls(Calls):
    """Fetch and ask over one account's client; safe to use from several threads."""

    @override
    def checked_record(self, came: Answer | Silence) -> Answer:
        if isinstance(came, Answer) and came.status in (404, 410) and _is_json(came):
            raise NotFoundError(plain_refusal_of(came).words)
        return self.checked(came)

    @override
    def checked(self, came: Answer | Silence) -> Answer:
        if isinstance(came, Answer) and forbids(came) and _is_json(came):
            raise NotShownError(said=plain_refusal_of(came).words)
        return super().checked(came)

    @override
    def every(self, path: str) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        number = 1
        while True:
            page, count = self.page(path, number)
            before = len(found)
            found |= {json.dumps(one, sort_keys=True): one for one in page}
            if len(found) == before or is_whole(count, len(found), len(page)):
                return list(found.values())
            number += 1

    def page(self, path: str, number: int, **sorting: str) -> tuple[list[dict[str, Any]], int | None]:
        """Fetch one page of a list, and how many there are on all pages if the server says so; raises as `get`.

        Where its pages are shorter than asked, a count that is no more than such a full page may be of that page only.
        """
        query = httpx.QueryParams({"pageNumber": str(number), "pageSize": str(PLAIN_PAGE), **sorting})
        body = json_object(self.get(f"{path}?{query}"))
        items, paging = body.get("items"), body.get("paging")
        if not isinstance(items, list):
            raise BusyError("The server's answer is no list")
        count, size = (paging.get("totalCount"), paging.get("pageSize")) if isinstance(paging, dict) else (None, None)
        is_known = type(count) is int and not (type(size) is int and count <= len(items) and 0 < size <= len(items))
        return [one for one in items if isinstance(one, dict)], count if is_known else None


def is_whole(count: int | None, known: int, on_page: int) -> bool:
    """Say whether a list was read to its end, by what the server counts; without that an empty page is the end.

    A count that is less than what has come is none, nor is one of a single full page: some servers count that only.

    Args:
        count: How many there are on all pages, if the server says so.
        known: How many have come.
        on_page: How many of them the last page had.
    """
    return known == count and (known > on_page or on_page < PLAIN_PAGE)


def plain_refusal_of(answer: Answer) -> Refusal:
    """Return what a refusal says; any JSON is the vendor's own word, whatever its members are called."""
    known = refusal_of(answer)
    if known.code or not _is_json(answer):
        return known
    if answer.status in _OF_THE_STATUS or answer.status >= 500:
        return Refusal()  # ours say what it means for the work; a program's words on its own fault do not
    try:
        said = json.loads(answer.body or b"")
    except (ValueError, RecursionError):
        said = None
    texts = [said.get(name) for name in ("detail", "message", "title")] if isinstance(said, dict) else []
    return Refusal(words=shown_words(next((one for one in texts if one and isinstance(one, str)), "")))


def _is_json(answer: Answer) -> bool:
    return "json" in answer.headers.get("content-type", "")
