"""What a system can be asked for, and whether it has files, as the desk's dialogs want to know it of an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from techdesk.application.desk_services import SystemInfo, opens_files, search_form_of
from techdesk.application.exchange import PulledOrder
from techdesk.application.finding import SearchForm
from techdesk.domain.errors import InvalidInputError
from tests.support.builders import an_account

_PLAIN = SystemInfo(name="plain", label="Plain", address_hint="", secret_label="", settings={})


def _form(settings: Mapping[str, str]) -> SearchForm:
    if "store" not in settings:
        raise InvalidInputError("The store is missing", "Name it in the account")
    return SearchForm(label="Number", most=5)


def _order(data: bytes, settings: Mapping[str, str]) -> PulledOrder:
    return PulledOrder(server_id=data.decode(), document=dict(settings), revision="", parts=())


_ASKED = replace(_PLAIN, name="asked", search_form=_form, read_file=_order)


def test_an_account_is_asked_by_what_its_system_makes_of_its_settings() -> None:
    account = replace(an_account(), system="asked", settings={"store": "Wien"})
    assert search_form_of([_PLAIN, _ASKED], account) == SearchForm(label="Number", most=5)


def test_settings_that_cannot_be_so_are_the_reason_why_nothing_can_be_asked() -> None:
    form = search_form_of([_ASKED], replace(an_account(), system="asked"))
    assert "The store is missing" in form.refusal


def test_a_system_that_cannot_be_asked_says_so_as_does_one_that_nobody_knows() -> None:
    for name in ("plain", "of another version"):
        assert "cannot be asked" in search_form_of([_PLAIN, _ASKED], replace(an_account(), system=name)).refusal


def test_only_an_account_whose_system_has_files_opens_them() -> None:
    opened = [opens_files([_PLAIN, _ASKED], replace(an_account(), system=one)) for one in ("plain", "asked", "neither")]
    assert opened == [False, True, False]
