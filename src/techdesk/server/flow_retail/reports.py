"""Answer operation 23: an order's papers as PDF."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import Query, Request, Response

from techdesk.papers import PaperKind, file_name, make_paper, with_installed_fonts
from techdesk.server.answers.rendering import to_json
from techdesk.server.flow_retail.paths import ORDER, OrderUid, StoreCall, router
from techdesk.server.orders.reports import JSON, PDF, sheet_of, wants_pdf
from techdesk.wire.flow_retail import Report

routes = router("Reports")

_Kind = Annotated[PaperKind, Query(alias="type")]
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept"}


@routes.get(
    f"{ORDER}/reports",
    response_model=Report,
    responses={200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
def get_report(request: Request, call: StoreCall, order_uid: OrderUid, kind: _Kind = PaperKind.WORK_ORDER) -> Response:
    """Make a paper: the PDF itself where it is asked for as octet-stream, else JSON with the PDF in base64."""
    as_pdf = wants_pdf(",".join(request.headers.getlist("accept")))
    sheet = call.look(lambda work: sheet_of(work, order_uid))
    pdf, name = make_paper(kind, with_installed_fonts(sheet)), file_name(kind, sheet)
    if as_pdf:
        return Response(
            pdf, media_type=PDF, headers=_PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
        )
    report = {"fileName": name, "contentType": "application/pdf", "content": base64.b64encode(pdf).decode()}
    return Response(to_json(report), media_type=JSON, headers=_PRIVATE)
