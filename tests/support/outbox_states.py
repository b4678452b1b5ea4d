"""Put an operation into a state that only the sync engine reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from techdesk.application.outbox import Clash, OpState
from techdesk.application.ports import OrderStore, Urgency


def put_in_state(
    store: OrderStore, op_id: str, state: OpState, reason: str = "", clashes: Sequence[Clash] = ()
) -> None:
    """Move an operation as if it had been sent and answered."""
    with store.write(Urgency.BACKGROUND) as tx:
        operation = tx.operation(op_id)
        assert operation is not None
        sent = replace(operation, state=OpState.INFLIGHT, attempts=1, reason=reason)
        tx.save_operation(sent)
        if state is not OpState.INFLIGHT:
            tx.save_operation(replace(sent, state=state))
        tx.save_clashes(op_id, clashes)
