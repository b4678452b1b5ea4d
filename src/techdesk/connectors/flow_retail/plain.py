"""Work with a plain vendor: a server of the dialect that has nothing of what TechDesk's own adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from techdesk.application.accounts import Profile
from techdesk.application.exchange import AccountFacts, PullPage, ReadBack
from techdesk.application.outbox import Operation
from techdesk.connectors.flow_retail.looking import look, plain_place
from techdesk.connectors.flow_retail.plain_calls import PlainCalls
from techdesk.connectors.flow_retail.plain_pulling import ListPuller, read_place
from techdesk.connectors.flow_retail.plain_records import PlainReader, in_our_units, plain_body
from techdesk.connectors.flow_retail.profile import plain_profile
from techdesk.connectors.flow_retail.references import ReferenceLists, read_references
from techdesk.connectors.flow_retail.settings import FlowRetailSettings
from techdesk.connectors.flow_retail.tenancy import Tenancy, kinds_of
from techdesk.connectors.http import HttpClient
from techdesk.domain.records import Document, compact
from techdesk.domain.vocabulary import Role, ServiceKind
from techdesk.wire.flow_retail import Me, Store

_LISTS = {
    "service_types": "serviceorders/types",
    "service_statuses": "serviceorders/statuses",
    "hourly_rates": "serviceorders/hourlyrates",
}
_NOT_LISTED: Mapping[str, Sequence[Document]] = {"users": (), "warehouses": (), "products": ()}


class PlainVendor:
    """Speak to one store of a plain vendor; safe to use from several threads.

    Attributes:
        calls: Fetch by the vendor's rules.
        tenancy: The store of the account's settings.
        profile: What it guarantees.
    """

    def __init__(self, http: HttpClient, settings: FlowRetailSettings, lists: ReferenceLists) -> None:
        """Keep the client, the settings and what fetches the lists one can choose from.

        Raises:
            WrongVersionError: Tenant or store is missing among the settings; the hint says which.
        """
        settings.check_names_a_store()
        self._settings = settings
        self._lists = lists
        self.calls = PlainCalls(http)
        self.profile: Profile = plain_profile(settings)
        kinds: dict[str, str] = {}
        me = Me(
            tenant_user_uid="unknown",
            tenant_uid=settings.tenant_uid,
            stores=(Store(store_uid=settings.store_uid, currency=settings.currency),),
        )
        self._reader = PlainReader(settings, kinds)
        self.tenancy = Tenancy(me, settings.store_uid, kinds, lambda *_: self._reader)
        self._puller = ListPuller(self.calls, f"{self.tenancy.store_path(settings.store_uid)}/serviceorders")

    def facts(self) -> AccountFacts:
        """Fetch what one can choose from; who we are is not known, so the server itself refuses what we may not.

        Raises:
            ConnectionFailedError: In words that say what is wrong.
        """
        tenant = f"/v2/tenants/{self._settings.tenant_uid}"
        paths = {kind: f"{tenant}/{path}" for kind, path in _LISTS.items()}
        references = self._lists.gathered(paths, self._references)
        store = compact({"store_uid": self._settings.store_uid, "currency": self._settings.currency})
        self.tenancy.kinds.update(kinds_of(references["service_types"], ServiceKind.OTHER.value))
        return AccountFacts(
            user_uid="",
            user_name="",
            role=Role.SUPERVISOR.value,
            profile=self.profile,
            references={**references, **_NOT_LISTED, "stores": [store]},
        )

    def body(self, operation: Operation) -> bytes:
        """Return the JSON body of an operation.

        Raises:
            NotSupportedError: The vendor cannot take it; its text is the reason.
        """
        self.profile.check_supports(operation.record_type, operation.verb)
        return plain_body(operation, self._settings)

    def pull(self, cursor: str, followed: Sequence[str]) -> PullPage:
        """Fetch the page after `cursor`.

        Raises:
            ConnectionFailedError: It could not be fetched.
            CursorExpiredError: The cursor is one of a change feed.
        """
        place = read_place(cursor, self._settings.store_uid)
        return self._puller.pull(place, followed, self._reader)

    def read_back(self, operation: Operation) -> ReadBack:
        """Look for what became of an operation; never raises for the world's faults."""
        return look(plain_place(self.calls, self._reader), operation)

    def _references(self, path: str) -> list[Document]:
        shown = (in_our_units(one, self._settings) for one in self.calls.every(path))
        return read_references(shown, self._settings.currency)
