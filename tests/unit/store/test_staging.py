"""Only what is different is kept twice while a feed is read anew; what cannot be stored is set aside."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from techdesk.application.ports import Urgency
from techdesk.store.database import Database
from techdesk.store.order_store import open_store
from techdesk.store.reading import Reading
from tests.support.builders import an_account
from tests.support.store_records import KEY, a_page, pulled, pulled_event


def bodies(path: Path) -> dict[str, bool]:
    """Return for each staged order whether its content is kept."""
    with closing(Database(path, KEY).writer()) as writer:
        return {server_id: body is not None for server_id, body in writer.execute("SELECT server_id, body FROM staged")}


def test_an_order_that_is_here_just_so_is_staged_by_its_id_alone(tmp_path: Path):
    path = tmp_path / "techdesk.db"
    here = [pulled(f"s{number}", pulled_event(f"e{number}")) for number in range(5)]
    with closing(open_store(path, KEY)) as store:
        with store.write(Urgency.BACKGROUND) as tx:
            tx.save_account(an_account())
            tx.apply_page("a1", a_page(*here))
            came = [
                here[0],
                replace(here[1], document={"title": "Other"}),
                replace(here[2], revision="2"),
                replace(here[3], parts=()),
                replace(here[4], parts=[pulled_event("e4", "2")]),
                pulled("s5"),
            ]
            tx.stage_page("a1", a_page(*came))
        assert bodies(path) == {"s0": False, "s1": True, "s2": True, "s3": True, "s4": True, "s5": True}


def test_an_order_that_the_store_cannot_hold_is_set_aside_and_still_counts_as_there(tmp_path: Path):
    path = tmp_path / "techdesk.db"
    with closing(open_store(path, KEY)) as store:
        with store.write(Urgency.BACKGROUND) as tx:
            tx.save_account(an_account())
            tx.apply_page("a1", a_page(pulled("s1")))
            assert tx.stage_page("a1", a_page(pulled("s1", title="\ud800"))) == 1
        with store.read() as view:
            assert isinstance(view, Reading)
            assert [one.server_id for one in view.set_aside("a1")] == ["s1"]
        assert bodies(path) == {"s1": False}
