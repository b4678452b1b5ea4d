"""A back end's administration in memory, which loses answers or refuses when a test wants it to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from techdesk.application.administration import DELIVERIES_A_PAGE, AdminKind, DeliveryPage, Made
from techdesk.domain.errors import InvalidInputError, NotFoundError, OutcomeUnknownError, TechDeskError
from techdesk.domain.records import Document, compact


@dataclass
class FakeAdministration:
    """Implement `Administration`.

    Attributes:
        kept: The records by kind.
        refusal: Raised by the next change, once.
        loses: The next change is lost "before" it arrives, or its answer "after"; once.
        unreachable: Raised by every read.
        calls: What was changed, in order.
        keys: The key of every add.
    """

    kept: dict[AdminKind, list[Document]] = field(default_factory=lambda: {kind: [] for kind in AdminKind})
    refusal: TechDeskError | None = None
    loses: str = ""
    unreachable: TechDeskError | None = None
    calls: list[tuple[str, AdminKind, Document]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    _made: dict[str, Document] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def records(self, kind: AdminKind) -> Sequence[Document]:
        self._reach()
        found = [dict(one) for one in self.kept[kind]]
        return sorted(found, key=lambda one: one.get("position", 0))

    def deliveries(self, number: int = 1, client_id: str = "") -> DeliveryPage:
        self._reach()
        found = [one for one in self.kept[AdminKind.DELIVERY] if client_id in ("", one["client_id"])]
        first = (number - 1) * DELIVERIES_A_PAGE
        shown = [{name: value for name, value in one.items() if name != "body"} for one in found]
        return DeliveryPage(shown[first : first + DELIVERIES_A_PAGE], len(found))

    def delivery(self, delivery_uid: str) -> Document:
        self._reach()
        return dict(self._known(AdminKind.DELIVERY, delivery_uid))

    def add(self, kind: AdminKind, values: Document, key: str) -> Made:
        self.keys.append(key)
        self._begin("add", kind, values)
        if key in self._made:
            return Made(dict(self._made[key]))
        if "name" in values and values["name"] in [one.get("name") for one in self.kept[kind]]:
            raise InvalidInputError("This name is taken", "Choose another one", field="name")
        number = next(self._numbers)
        record: Document = {"active": True, **compact(values), kind.value: f"new-{number}"}
        if kind is AdminKind.STATUS:
            record["position"] = 1 + max((one["position"] for one in self.kept[kind]), default=0)
        if kind is AdminKind.TOKEN:
            user = self._known(AdminKind.USER, values["tenant_user_uid"])
            record = {"token_uid": f"new-{number}", **values, "display_name": user["display_name"]}
        self.kept[kind].append(record)
        self._made[key] = record
        self._end()
        return Made(dict(record), _secrets(kind, number))

    def change(self, kind: AdminKind, record_id: str, values: Document) -> Made:
        self._begin("change", kind, {**values, "id": record_id})
        known = self._known(kind, record_id)
        if "position" in values:
            for one in self.kept[kind]:
                one["position"] += one["position"] >= values["position"]
        known.update({name: value for name, value in values.items() if name != "password"})
        self._end()
        return Made(dict(known))

    def revoke_token(self, token_uid: str) -> None:
        self._begin("revoke", AdminKind.TOKEN, {"id": token_uid})
        self._known(AdminKind.TOKEN, token_uid)["revoked_at"] = "2026-03-02T09:00:00Z"
        self._end()

    def renew_keys(self, client_id: str) -> Made:
        self._begin("renew", AdminKind.CLIENT, {"id": client_id})
        known = self._known(AdminKind.CLIENT, client_id)
        self._end()
        return Made(dict(known), _secrets(AdminKind.CLIENT, next(self._numbers)))

    def _reach(self) -> None:
        if self.unreachable:
            raise self.unreachable

    def _known(self, kind: AdminKind, record_id: str) -> Document:
        for one in self.kept[kind]:
            if one[kind.value] == record_id:
                return one
        raise NotFoundError("Somebody removed this meanwhile")

    def _begin(self, verb: str, kind: AdminKind, values: Document) -> None:
        self.calls.append((verb, kind, dict(values)))
        refusal, self.refusal = self.refusal, None
        if refusal:
            raise refusal
        if self.loses == "before":
            self.loses = ""
            raise OutcomeUnknownError

    def _end(self) -> None:
        if self.loses == "after":
            self.loses = ""
            raise OutcomeUnknownError


def _secrets(kind: AdminKind, number: int) -> dict[str, str]:
    if kind is AdminKind.TOKEN:
        return {"token": f"token-{number}"}
    if kind is AdminKind.CLIENT:
        return {"access_key": f"access-{number}", "signing_key": f"signing-{number}"}
    return {}
