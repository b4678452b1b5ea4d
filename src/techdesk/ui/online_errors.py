"""Tell errors of what is done online only, without the promises that hold for the outbox."""

from __future__ import annotations

from techdesk.domain.errors import BusyError, OfflineError, TechDeskError


def for_online(error: TechDeskError) -> TechDeskError:
    """Return an error without the promise that goes with the outbox: nothing done online is sent later by itself."""
    if isinstance(error, OfflineError) and error.hint == OfflineError.default_hint:
        return OfflineError(error.title, "Check the network, then try again")
    if isinstance(error, BusyError) and error.hint == BusyError.default_hint:
        return BusyError(error.title, "Try again in a while")
    return error
