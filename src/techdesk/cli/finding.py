"""Bring orders onto this computer that it does not hold, and let go of them again."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from techdesk.application.accounts import Account
from techdesk.application.desk_services import DeskServices, opens_files, search_form_of
from techdesk.application.exchange import PulledOrder, ServerQuery
from techdesk.application.ports import ReadTransaction
from techdesk.cli import orders
from techdesk.cli.accounts import account_named, wanted_account
from techdesk.cli.answer import Answer, table
from techdesk.domain.errors import AmbiguousError, InvalidInputError, NotFoundError, NotSupportedError
from techdesk.domain.instants import instant_text
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType, from_document
from techdesk.domain.vocabulary import ServiceKind

KINDS = {"depot": ServiceKind.DEPOT, "onsite": ServiceKind.ONSITE}
_HEAD = ("NUMBER", "CUSTOMER", "TITLE", "STATUS", "CREATED", "HERE")


def list_orders(services: DeskServices, options: Namespace) -> Answer:
    """List the orders on this computer, or with `--server` those that a server finds.

    Raises:
        TechDeskError: There is no such account, the server cannot be asked, or the store cannot be read.
    """
    return _search(services, options) if options.server else orders.list_orders(services, options)


def follow(services: DeskServices, options: Namespace) -> Answer:
    """Bring one order here, whole.

    Raises:
        TechDeskError: Nothing or several fit, the server cannot be asked, or the order could not be kept.
    """
    account = _account(services, options, lambda one: search_form_of(services.systems(), one).refusal)
    found = _one(services.find_orders(account.account_id, _query(services, account, options)), options.order)
    changes = services.bring_orders(account.account_id, [found])
    number = from_document(Order, found.document).service_number or found.server_id
    document = {"account": account.name, "uid": found.server_id, "number": number, "wasHere": not changes.orders}
    text = f"{number} is here now, in {account.name}." if changes.orders else f"{number} was here already."
    return Answer(document, text, changes=changes)


def unfollow(services: DeskServices, options: Namespace) -> Answer:
    """Let go of an order that was followed; the server keeps it.

    Raises:
        TechDeskError: The order is not here, comes by itself, or has unsent work.
    """
    account_id = wanted_account(services, options)
    with services.store.read() as view:
        order = orders.find_order(view, options.order, account_id)
    changes = services.stop_following(order)
    return Answer({"uid": order.order_id, "removed": True}, "Removed from this computer.", changes=changes)


def open_file(services: DeskServices, options: Namespace) -> Answer:
    """Keep the order that a file holds.

    Raises:
        TechDeskError: The account takes no files, the file holds no order, or it could not be kept.
    """
    systems = services.systems()
    account = _account(
        services, options, lambda one: "" if opens_files(systems, one) else f"{one.name} takes no orders from files"
    )
    opened = services.open_order_file(account.account_id, Path(options.folder) / options.file)
    document = {"account": account.name, "uid": opened.order.order_id, "taken": opened.is_taken}
    order = f"Order {opened.order.order_id}"
    text = f"{order} is here now, in {account.name}." if opened.is_taken else f"{order} is here as new or newer."
    return Answer(document, text, changes=opened.changes)


def _search(services: DeskServices, options: Namespace) -> Answer:
    account = _account(services, options, lambda one: search_form_of(services.systems(), one).refusal)
    found = services.find_orders(account.account_id, ServerQuery(text=" ".join(options.query)))
    with services.store.read() as view:
        documents = [_document(view, account, one) for one in found]
    if not documents:
        return Answer(documents, f"{account.name} finds no order.")
    return Answer(documents, table([_HEAD, *map(_line, documents)]))


def _account(services: DeskServices, options: Namespace, why_not: Callable[[Account], str]) -> Account:
    """Return the account that is meant: the one named, else the only one that can do it.

    Raises:
        NotFoundError: There is none, or none that can.
        NotSupportedError: The one that is named cannot.
        AmbiguousError: There are several.
    """
    if options.account:
        account = account_named(services, options.account)
        if reason := why_not(account):
            raise NotSupportedError(reason)
        return account
    with services.store.read() as view:
        fit = [one for one in view.accounts() if not why_not(one)]
    if not fit:
        raise NotFoundError("There is no account for this", "“techdesk account list” shows those there are")
    if len(fit) > 1:
        names = ", ".join(one.name for one in fit)
        raise AmbiguousError(f"{len(fit)} accounts could be meant", f"Say which with --account: {names}")
    return fit[0]


def _query(services: DeskServices, account: Account, options: Namespace) -> ServerQuery:
    kind = KINDS[options.kind] if options.kind else None
    if kind is None and search_form_of(services.systems(), account).asks_kind:
        raise InvalidInputError(f"{account.name} cannot be read", "Give --kind depot or --kind onsite", field="kind")
    return ServerQuery(text=options.order, service_kind=kind)


def _one(found: Sequence[PulledOrder], text: str) -> PulledOrder:
    """Return the one order that was found, else the one called exactly so.

    Raises:
        NotFoundError: None was found.
        AmbiguousError: Several were.
    """
    if not found:
        raise NotFoundError(f"The server finds no order “{text}”")
    wanted = text.casefold()
    exact = [one for one in found if wanted in (one.server_id.casefold(), _number(one).casefold())]
    fit = exact or found
    if len(fit) > 1:
        hint = f"Give the id of one: {', '.join(one.server_id for one in fit[:5])}"
        raise AmbiguousError(f"“{text}” fits {len(fit)} orders at the server", hint)
    return fit[0]


def _number(one: PulledOrder) -> str:
    return from_document(Order, one.document).service_number


def _document(view: ReadTransaction, account: Account, one: PulledOrder) -> dict[str, Any]:
    order = from_document(Order, one.document)
    here = view.record_by_server_id(account.account_id, RecordType.ORDER, one.server_id)
    return {
        "account": account.name,
        "uid": one.server_id,
        "number": order.service_number,
        "title": order.title,
        "customer": order.customer.name,
        "status": order.service_status_name,
        "createdAt": instant_text(order.created_at) if order.created_at else None,
        "here": here is not None,
    }


def _line(document: dict[str, Any]) -> tuple[str, ...]:
    created = (document["createdAt"] or "")[:10]
    here = "yes" if document["here"] else ""
    number = document["number"] or document["uid"]
    return number, document["customer"], document["title"], document["status"], created, here
