"""Fill a store with orders: the real ones of Open Repair Data files, or as many made ones as wanted."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from techdesk.application.accounts import Account
from techdesk.application.exchange import PulledOrder, PullPage
from techdesk.application.ports import OrderStore, Urgency
from techdesk.domain.orders import Asset, Customer, Order
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState
from tests.support.builders import order_document

ACCOUNT = Account(
    account_id="bench", name="Bench", system="flow_retail", address="http://127.0.0.1:9", user_uid="u1", user_name="Kim"
)
PAGE = 250
_STATES = {"Fixed": ServiceState.CLOSED, "End of life": ServiceState.CLOSED, "Repairable": ServiceState.ON_HOLD}
_MAKERS = ("Aurora", "Bergheim", "Castor", "Dalen", "Elvik", "Fjordtek", "Granit", "Havn", "Indigo", "Juniper")
_THINGS = (
    "kettle",
    "laptop",
    "drill",
    "printer",
    "vacuum",
    "radio",
    "toaster",
    "camera",
    "headphones",
    "sewing machine",
)
_FAULTS = (
    "no power",
    "noise when hot",
    "display flickers",
    "leaks",
    "battery empty",
    "does not charge",
    "smells burnt",
)
_NAMES = ("Berg", "Johansen", "Østby", "Müller", "Novak", "Silva", "Tanaka", "Okafor", "Dubois", "Haugen", "Ångström")
_FIRST = ("Anna", "Johanna", "Kim", "Åse", "Lars", "Mei", "Omar", "Ines", "Noor", "Tove", "Ravi", "Zoë")
_EPOCH = datetime(2012, 1, 1, tzinfo=UTC)


def real_orders(folder: Path) -> Iterator[Order]:
    """Return an order for each row of the folder's CSV files.

    Raises:
        FileNotFoundError: The folder has none.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise FileNotFoundError(f"no CSV file in {folder}")
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                yield _order_of(row)


def _order_of(row: dict[str, str]) -> Order:
    created = datetime.fromisoformat(row["event_date"] or "2012-01-01").replace(tzinfo=UTC)
    return Order(
        service_number=row["id"],
        title=f"{row['brand']} {row['product_category']}",
        description=row["problem"],
        service_kind=ServiceKind.DEPOT,
        service_state=_STATES.get(row["repair_status"], ServiceState.NOT_STARTED),
        service_status_name=row["repair_status"],
        customer=Customer(name=row["group_identifier"]),
        assets=(Asset(maker=row["brand"], model=row["partner_product_category"]),),
        created_at=created,
    )


def made_orders(count: int, seed: int = 7) -> Iterator[Order]:
    """Return `count` believable orders, the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        maker, thing = dice.choice(_MAKERS), dice.choice(_THINGS)
        created = _EPOCH + timedelta(minutes=number * 7)
        yield Order(
            service_number=f"{100000 + number}",
            title=f"{maker} {thing} {dice.choice(_FAULTS)}",
            description=f"{dice.choice(_FAULTS)}, {dice.choice(_FAULTS)}, since {dice.randrange(2, 60)} days",
            service_kind=dice.choice((ServiceKind.DEPOT, ServiceKind.ONSITE)),
            service_state=dice.choice(tuple(ServiceState)),
            priority=dice.choice(tuple(Priority)),
            customer=Customer(name=f"{dice.choice(_FIRST)} {dice.choice(_NAMES)}"),
            assets=(Asset(maker=maker, model=f"{thing} {dice.randrange(900)}", serial_number=f"{number:09X}"),),
            ready_at_estimate=created + timedelta(days=dice.randrange(1, 20)),
            created_at=created,
        )


def fill(store: OrderStore, orders: Iterable[Order]) -> int:
    """Put orders into a store as a first sync would, 500 a page, and return how many there were."""
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(ACCOUNT)
    count = 0
    for page in pages_of(orders, "so"):
        take_in(store, page)
        count += len(page.orders)
    return count


def take_in(store: OrderStore, page: PullPage) -> None:
    """Put one page into a store, in a transaction of its own."""
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page(ACCOUNT.account_id, page)


def pages_of(orders: Iterable[Order], prefix: str) -> Iterator[PullPage]:
    """Return the orders as pages of a pull; their server ids count up behind `prefix`."""
    rest = iter(orders)
    count = 0
    while page := list(islice(rest, PAGE)):
        pulled = [
            PulledOrder(server_id=f"{prefix}-{count + at}", document=order_document(one)) for at, one in enumerate(page)
        ]
        count += len(page)
        yield PullPage(orders=pulled, cursor=f"{prefix}{count}", more=True)
