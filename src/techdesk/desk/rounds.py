"""Run a round of each account, one after the other, and say what they brought together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from techdesk.application.outbox import needing_person_in, unsent_in
from techdesk.application.ports import OrderStore
from techdesk.application.sync.state import RoundResult
from techdesk.domain.errors import ConnectionFailedError

TRIES = 3
"""So often in a row a server may fail: one record for which it always does is then left out, and the rest comes."""


def rounds(named: Mapping[str, str], run: Callable[[str], RoundResult], store: OrderStore) -> RoundResult:
    """Run a round of each account; what is wrong with one holds up no other, and is told by its name.

    Args:
        named: The accounts' ids and names.
        run: Runs a round of an account.
        store: Counts what is unsent.

    Raises:
        ConnectionFailedError: Of the only account, only a person can mend why its server could not be used.
        StoreError: The store failed.
    """
    if len(named) == 1:
        return _tried(partial(run, *named))
    return _joined([_told(_beside_others(one, run, store), name) for one, name in named.items()])


def offline_result(store: OrderStore, account_id: str | None) -> RoundResult:
    """Return what a round brings that calls nobody."""
    with store.read() as view:
        counts = view.outbox_counts(account_id)
    return RoundResult(
        unsent=unsent_in(counts),
        needs_person=needing_person_in(counts),
        online=False,
    )


def _beside_others(account_id: str, run: Callable[[str], RoundResult], store: OrderStore) -> RoundResult:
    try:
        return _tried(partial(run, account_id))
    except ConnectionFailedError as error:
        return replace(offline_result(store, account_id), trouble=str(error), refused=True)


def _told(result: RoundResult, name: str) -> RoundResult:
    return replace(result, trouble=f"{name}: {result.trouble}") if result.trouble else result


def _tried(run: Callable[[], RoundResult]) -> RoundResult:
    """Run a round, again where the server answers and fails; what the last one left is what is left."""
    results = [run()]
    while results[-1].online and results[-1].trouble and len(results) < TRIES:
        results.append(run())
    return replace(
        results[-1],
        sent=sum(one.sent for one in results),
        confirmed=sum(one.confirmed for one in results),
        pulled=sum(one.pulled for one in results),
    )


def _joined(results: Sequence[RoundResult]) -> RoundResult:
    """Return what the rounds of several accounts brought together."""
    return RoundResult(
        sent=sum(one.sent for one in results),
        confirmed=sum(one.confirmed for one in results),
        unsent=sum(one.unsent for one in results),
        needs_person=sum(one.needs_person for one in results),
        pulled=sum(one.pulled for one in results),
        online=all(one.online for one in results),
        must_wait=any(one.must_wait for one in results),
        trouble="\n".join(one.trouble for one in results if one.trouble),
        refused=any(one.refused for one in results),
        waits_until=min((one.waits_until for one in results if one.waits_until), default=None),
        is_wished=any(one.is_wished for one in results),
    )
