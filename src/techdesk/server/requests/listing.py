"""Cut lists into pages: sorting, paging and the envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Select, func, select
from starlette.requests import Request

from techdesk.server.answers.problems import invalid
from techdesk.server.answers.rendering import to_json
from techdesk.server.storage.work import Work

MAX_PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is asked for, sorted by what; empty `sort_by` means the list's own order."""

    page_number: int
    page_size: int
    sort_by: str
    descending: bool


def _paging(
    page_number: Annotated[int, Query(alias="pageNumber", ge=1, le=10_000_000)] = 1,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=MAX_PAGE_SIZE)] = 50,
) -> PageRequest:
    return PageRequest(page_number, page_size, "", descending=False)


def _unsorted_paging(request: Request, paging: Annotated[PageRequest, Depends(_paging)]) -> PageRequest:
    for name in ("sortBy", "sortDirection"):
        if name in request.query_params:
            raise invalid("is not known here: this list cannot be sorted", name)
    return paging


def _sorted_paging(
    paging: Annotated[PageRequest, Depends(_paging)],
    sort_by: Annotated[str, Query(alias="sortBy")] = "",
    sort_direction: Annotated[Literal["ASC", "DESC"], Query(alias="sortDirection")] = "ASC",
) -> PageRequest:
    return PageRequest(paging.page_number, paging.page_size, sort_by, sort_direction == "DESC")


Paged = Annotated[PageRequest, Depends(_unsorted_paging)]
PagedAndSorted = Annotated[PageRequest, Depends(_sorted_paging)]

Sorts = Mapping[str, ColumnElement[Any]]
"""What a list may be sorted by, by the name in `sortBy`; the first is the default and the key that settles ties."""


def page_of(work: Work, query: Select[Any], sorts: Sorts, page: PageRequest) -> tuple[Sequence[Any], int]:
    """Return the rows of a page and how many rows there are on all pages.

    Raises:
        Problem: 400, the list cannot be sorted so; names what it can be sorted by.
    """
    key = next(iter(sorts.values()))
    if page.sort_by and page.sort_by not in sorts:
        raise invalid(f"must be one of {', '.join(sorts)}", "sortBy")
    column = sorts[page.sort_by] if page.sort_by else key
    by = column.desc().nulls_last() if page.descending else column.asc().nulls_last()
    # the key settles ties, so that no row is seen on two pages or on none
    cut = query.order_by(by, key).limit(page.page_size).offset((page.page_number - 1) * page.page_size)
    total = work.connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    return work.rows(cut), int(total)


def envelope(items: Sequence[Any], total: int, page: PageRequest) -> str:
    """Return the JSON of a page of objects."""
    return envelope_of_json([to_json(one) for one in items], total, page)


def envelope_of_json(items: Sequence[str], total: int, page: PageRequest) -> str:
    """Return the JSON of a page of records that are JSON already."""
    paging = {"pageNumber": page.page_number, "pageSize": page.page_size, "totalCount": total}
    return f'{{"items":[{",".join(items)}],"paging":{to_json(paging)}}}'
