"""Name the steps of an operation's life, the faults that may strike there, and the back ends they strike.

This is the one table that `tests/faults.yaml` is held against: what stands here and not there fails by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tests.faults.backends import Backend, BlindExtend, Extend, FlowRetail, PlainVendor, Scheduler


class Step(Enum):
    """Where an operation is when the fault strikes; its value is what happens there."""

    S1 = "a journal beside the database is written"
    S2 = "the person's save is committed"
    S3 = "the bytes are frozen and noted as in flight"
    S4 = "the line is opened"
    S5 = "the head has gone out"
    S6 = "half the body has gone out"
    S7 = "the body has gone out"
    S8 = "the server has the request and has not committed"
    S9 = "the server has committed"
    S10 = "the status line comes"
    S11 = "half the answer's body has come"
    S12 = "the answer's body has come"
    S13 = "the answer is taken in"
    S14 = "work on a record made here takes the server's id"
    S15 = "a page of what is new is fetched"
    S16 = "a page and our place are committed"
    S17 = "the window is told"


OUTGOING = (Step.S4, Step.S5, Step.S6, Step.S7)
COMMITTED = (Step.S9, Step.S10, Step.S11, Step.S12)
WRITING = (*OUTGOING, Step.S8, *COMMITTED)
ON_THE_WIRE = (*WRITING, Step.S15)
IN_THE_STORE = (Step.S2, Step.S3, Step.S13, Step.S14, Step.S16)


class Group(Enum):
    """What kind of thing goes wrong."""

    PROCESS = "the process"
    STORE = "the file"
    CLOCK = "the clock"
    LINE = "the connection"
    STATUS = "what the server answers instead"
    BODY = "what the answer holds"
    LIST = "what the list does between its pages"
    ELSEWHERE = "proved in another room"


_MEMBERS: Mapping[Group, str] = {
    Group.PROCESS: "kill exception suspend",
    Group.STORE: "enospc eio busy_1s busy_10s busy_60s read_only",
    Group.CLOCK: "clock_plus_1h clock_minus_1h clock_plus_1d clock_minus_1d clock_dst",
    Group.LINE: "drop rst fin stall drip tls_expired proxy_407 dns_flip",
    Group.STATUS: (
        "html_200 redirect_301 redirect_307 redirect_308 status_401_once status_401_always token_expiry status_403 "
        "status_404 status_409 key_in_progress key_reused status_410 status_412 status_413 status_422 status_425 "
        "throttled_0 throttled_1s throttled_date throttled_10y throttled_garbage status_500 status_502 status_503 "
        "status_503_retry status_504"
    ),
    Group.BODY: (
        "truncated length_too_long length_too_short garbled_gzip gzip_bomb json_100mb depth_200k nan duplicate_keys "
        "surrogates int_beyond_2_63 unknown_enum renamed_field id_type response_twice responses_swapped"
    ),
    Group.LIST: "page_loop page_drift empty_list half_then_500",
    Group.ELSEWHERE: "power_cut second_instance upgrade logout keyring_locked",
}

FAULTS: Mapping[str, Group] = {name: group for group, names in _MEMBERS.items() for name in names.split()}
"""Every fault, by its name in the table."""


class Work(Enum):
    """What the person does that the fault strikes."""

    EVENT = "records an event"
    CHANGE = "changes an order"


@dataclass(frozen=True)
class Kind:
    """A back end and what is done there."""

    backend: type[Backend]
    work: Work


PROFILES: Mapping[str, Kind] = {
    "keyed": Kind(FlowRetail, Work.EVENT),
    "revised": Kind(FlowRetail, Work.CHANGE),
    "plain": Kind(PlainVendor, Work.EVENT),
    "plain_change": Kind(PlainVendor, Work.CHANGE),
    "extend": Kind(Extend, Work.EVENT),
    "blind": Kind(BlindExtend, Work.EVENT),
    "scheduler": Kind(Scheduler, Work.CHANGE),
}
"""Every way in which a back end lets us tell whether something took effect."""
