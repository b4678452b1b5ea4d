"""Let a desk of one account take in pages as a pull brings them."""

from __future__ import annotations

from techdesk.application.exchange import PullPage
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import SyncWarning, sync_warnings
from techdesk.application.sync.pulling import Puller
from tests.support.builders import MORNING, an_account
from tests.support.memory_store import MemoryStore


class PullingDesk:
    """A desk whose account "a1" takes pages in."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        self.puller = Puller("a1", self.store)

    def take(self, page: PullPage) -> bool:
        """Return whether the window is told of anything."""
        return self.puller.take(page, MORNING).outbox

    @property
    def warnings(self) -> list[SyncWarning]:
        """What a person is told."""
        with self.store.read() as view:
            return list(sync_warnings(view))
