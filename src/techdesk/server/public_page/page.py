"""Answer `/public/{publicPageHash}`: the page on which a customer sees how far the repair is.

It has no script, loads nothing, and is built as a tree of elements, so that every text is escaped by the writer of the
tree and never by hand.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Request, Response

from techdesk.bundled import resources
from techdesk.domain.instants import parse_instant, zone
from techdesk.domain.money import Money
from techdesk.domain.orders import Order
from techdesk.domain.vocabulary import ServiceState
from techdesk.papers.sheet import Sheet, money_text
from techdesk.server.answers.problems import Problem
from techdesk.server.public_page.finding import public_order
from techdesk.server.storage.work import Row

routes = APIRouter(tags=["Public"])

_STEPS = ("Received", "In progress", "Ready", "Completed")
_STEP_OF = {
    ServiceState.NOT_STARTED: 0,
    ServiceState.IN_PROGRESS: 1,
    ServiceState.ON_HOLD: 1,
    ServiceState.FINISHED: 2,
    ServiceState.CLOSED: 3,
}
_SENTENCES = {
    ServiceState.NOT_STARTED: "We have your order and will start soon.",
    ServiceState.IN_PROGRESS: "We are working on it.",
    ServiceState.ON_HOLD: "We cannot go on yet: we wait for a part, a quote or an answer.",
    ServiceState.FINISHED: "The work is done.",
    ServiceState.CLOSED: "This order is completed.",
    ServiceState.CANCELLED: "This order was cancelled.",
}
_CSS = (resources() / "public_page.css").read_text(encoding="utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
_HTML = {"content": {"text/html": {"schema": {"type": "string"}}}}


@routes.get(
    "/public/{publicPageHash}",
    response_class=Response,
    responses={
        200: _HTML | {"description": "The page"},
        404: _HTML | {"description": "There is no such page"},
        429: _HTML | {"description": "Too many wrong addresses"},
    },
)
def get_public_page(request: Request, publicPageHash: str) -> Response:  # noqa: N803 - the path's own name
    """Show a customer how far the repair is."""
    try:
        row = public_order(request.app.state.server, request, publicPageHash)
    except Problem as problem:
        if problem.status_code not in (404, 429):
            raise
        return _page(_missing(problem), problem.status_code, problem.headers or {})
    return _page(_order(row), 200, {})


def _page(body: Sequence[Element], status: int, headers: Mapping[str, str]) -> Response:
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", name="color-scheme", content="light dark")
    SubElement(head, "meta", name="robots", content="noindex, nofollow")
    SubElement(head, "title").text = "".join(body[0].itertext())
    SubElement(head, "style").text = _CSS
    SubElement(html, "body").append(_with(Element("main"), *body))
    text = "<!doctype html>\n" + tostring(html, encoding="unicode", method="html")
    return Response(text, status, {**headers, **_HEADERS}, "text/html; charset=utf-8")


def _order(row: Row) -> list[Element]:
    state = ServiceState(row["service_state"])
    header = _with(Element("header"), _said("p", row["shop"], "shop"), _said("p", row["service_number"], "number"))
    sentence = _said("p", _SENTENCES[state], "sentence")
    status = _with(
        Element("section", {"class": f"status {state.value.lower()}"}), _said("h2", row["service_status_name"])
    )
    status.append(sentence)
    if state in _STEP_OF:
        status.append(_steps(_STEP_OF[state], on_hold=state is ServiceState.ON_HOLD))
    return [_said("h1", row["title"]), header, status, _facts(row)]


def _steps(reached: int, *, on_hold: bool) -> Element:
    steps = Element("ol")
    for number, name in enumerate(_STEPS):
        step = SubElement(steps, "li", {"class": "done" if number < reached else ""})
        step.text = "On hold" if on_hold and number == reached else name
        if number == reached:
            step.attrib |= {"class": "here", "aria-current": "step"}
    return steps


def _facts(row: Row) -> Element:
    money = None if row["estimated_price"] is None else Money(row["estimated_price"], row["currency"])
    sheet = Sheet(order=Order(), zone=zone(row["time_zone"]))
    promised = sheet.moment(parse_instant(row["ready_at_estimate"])) if row["ready_at_estimate"] else ""
    facts = Element("dl")
    for name, text in (("Service", row["service_type_name"]), ("Promised", promised), ("Estimate", money_text(money))):
        if text:
            facts.append(_with(Element("div"), _said("dt", name), _said("dd", text)))
    return facts


def _missing(problem: Problem) -> list[Element]:
    if problem.status_code == 429:
        return [_said("h1", "Too many wrong addresses"), _said("p", "Please wait a minute and try again.")]
    advice = "Please check the address you were given, or ask the shop."
    return [_said("h1", "There is no such page"), _said("p", advice)]


def _said(tag: str, text: str, kind: str = "") -> Element:
    element = Element(tag, {"class": kind} if kind else {})
    element.text = text
    return element


def _with(parent: Element, *children: Element) -> Element:
    parent.extend(children)
    return parent
