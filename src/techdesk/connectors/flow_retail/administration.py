"""Administer a tenant on TechDesk's own server (`docs/backends.md`, "Administration")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import httpx
from pydantic import ValidationError
from typing_extensions import override

from techdesk.application.administration import (
    DELIVERIES_A_PAGE,
    Administration,
    AdminKind,
    DeliveryPage,
    Made,
)
from techdesk.application.outbox import FrozenRequest
from techdesk.connectors.flow_retail.calls import JSON_BODY, Calls, json_object
from techdesk.connectors.flow_retail.mapping import camel, snake
from techdesk.connectors.flow_retail.problems import label_of
from techdesk.domain.errors import BusyError, InvalidInputError, NotSupportedError, OutcomeUnknownError
from techdesk.domain.money import parse_amount
from techdesk.domain.records import Document, compact
from techdesk.wire.flow_retail import (
    ClientCreate,
    ClientUpdate,
    HourlyRateCreate,
    HourlyRateUpdate,
    Request,
    ServiceStatusCreate,
    ServiceStatusUpdate,
    ServiceTypeUpdate,
    TokenCreate,
    UserCreate,
    UserUpdate,
)
from techdesk.wire.refusals import in_plain_words

_PATHS: Final[Mapping[AdminKind, str]] = {
    AdminKind.STATUS: "serviceorders/statuses",
    AdminKind.SERVICE_TYPE: "serviceorders/types",
    AdminKind.HOURLY_RATE: "serviceorders/hourlyrates",
    AdminKind.USER: "admin/users",
    AdminKind.TOKEN: "admin/tokens",
    AdminKind.CLIENT: "admin/clients",
    AdminKind.DELIVERY: "admin/deliveries",
}
_ADDS: Final[Mapping[AdminKind, type[Request]]] = {
    AdminKind.STATUS: ServiceStatusCreate,
    AdminKind.HOURLY_RATE: HourlyRateCreate,
    AdminKind.USER: UserCreate,
    AdminKind.TOKEN: TokenCreate,
    AdminKind.CLIENT: ClientCreate,
}
_CHANGES: Final[Mapping[AdminKind, type[Request]]] = {
    AdminKind.STATUS: ServiceStatusUpdate,
    AdminKind.SERVICE_TYPE: ServiceTypeUpdate,
    AdminKind.HOURLY_RATE: HourlyRateUpdate,
    AdminKind.USER: UserUpdate,
    AdminKind.CLIENT: ClientUpdate,
}
_SECRETS = frozenset({"token", "access_key", "signing_key", "signing_secret"})
_BY_POSITION = (AdminKind.STATUS, AdminKind.SERVICE_TYPE)


class FlowRetailAdministration(Administration):
    """Implement the `Administration` port; safe to use from several threads."""

    def __init__(self, calls: Calls, tenant_path: str) -> None:
        """Keep how to call and where."""
        self._calls = calls
        self._tenant_path = tenant_path

    @override
    def records(self, kind: AdminKind) -> Sequence[Document]:
        path = self._path(kind)
        found = self._unpaged(path) if kind is AdminKind.CLIENT else self._calls.every(path)
        return sorted((_document(one) for one in found), key=lambda one: _sort_key(kind, one))

    @override
    def deliveries(self, number: int = 1, client_id: str = "") -> DeliveryPage:
        asked = {"pageNumber": str(number), "pageSize": str(DELIVERIES_A_PAGE)}
        query = httpx.QueryParams(asked | ({"clientId": client_id} if client_id else {}))
        page = json_object(self._calls.get(f"{self._path(AdminKind.DELIVERY)}?{query}"))
        total = (page.get("paging") or {}).get("totalCount") or 0
        return DeliveryPage([_document(one) for one in _items(page)], int(total))

    @override
    def delivery(self, delivery_uid: str) -> Document:
        return _document(json_object(self._calls.one(self._path(AdminKind.DELIVERY, delivery_uid))))

    @override
    def add(self, kind: AdminKind, values: Document, key: str) -> Made:
        body = _body(_ADDS.get(kind), values)
        return self._made("POST", self._path(kind), body, key)

    @override
    def change(self, kind: AdminKind, record_id: str, values: Document) -> Made:
        return self._made("PUT", self._path(kind, record_id), _body(_CHANGES.get(kind), values))

    @override
    def revoke_token(self, token_uid: str) -> None:
        self._calls.change(FrozenRequest(method="DELETE", path=self._path(AdminKind.TOKEN, token_uid)))

    @override
    def renew_keys(self, client_id: str) -> Made:
        return self._made("POST", f"{self._path(AdminKind.CLIENT, client_id)}/rotate", b"{}")

    def _path(self, kind: AdminKind, record_id: str = "") -> str:
        path = f"{self._tenant_path}/{_PATHS[kind]}"
        return f"{path}/{record_id}" if record_id else path

    def _unpaged(self, path: str) -> list[dict[str, Any]]:
        return _items(json_object(self._calls.get(path)))

    def _made(self, method: str, path: str, body: bytes, key: str = "") -> Made:
        headers = JSON_BODY | ({"Idempotency-Key": key} if key else {})
        answer = self._calls.change(FrozenRequest(method=method, path=path, headers=headers, body=body))
        try:
            raw = json_object(answer)
        except BusyError as error:
            raise OutcomeUnknownError from error
        record = _document(raw)
        return Made(
            {name: value for name, value in record.items() if name not in _SECRETS},
            {name: str(value) for name, value in record.items() if name in _SECRETS},
        )


def _items(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in page.get("items") or [] if isinstance(one, dict)]


def _document(raw: Mapping[str, Any]) -> Document:
    document = compact({snake(name): value for name, value in raw.items()})
    if "price" in document:
        document["price"] = f"{Decimal(str(document['price'])).normalize():f}"
    return document


def _sort_key(kind: AdminKind, record: Document) -> tuple[Any, ...]:
    if kind in _BY_POSITION:
        return (record.get("position", 0), kind.id_of(record))
    if kind is AdminKind.TOKEN:  # those that work first, by person
        return (bool(record.get("revoked_at")), _folded(record, "display_name"), record.get("created_at", ""))
    return (not record.get("active", True), _folded(record, "display_name"), _folded(record, "name"))


def _folded(record: Document, name: str) -> str:
    return str(record.get(name, "")).casefold()


def _body(model: type[Request] | None, values: Document) -> bytes:
    """Return the body of a change.

    Raises:
        NotSupportedError: Nothing of this kind is made, or changed, here.
        InvalidInputError: The server would refuse a value; `field` names it.
    """
    if model is None:
        raise NotSupportedError
    named = {camel(name): parse_amount(value) if name == "price" else value for name, value in values.items()}
    try:
        checked = model.model_validate(named)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        words = f"{label_of(name)}: {in_plain_words(first)}"
        # not from the error: its text has what was typed, and that may be a password
        raise InvalidInputError("The server would refuse this", words, field=snake(name)) from None
    return json.dumps(checked.model_dump(mode="json", by_alias=True, exclude_unset=True)).encode()
