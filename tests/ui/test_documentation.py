"""The user guide names everything there is: kinds of events, views, tabs, shortcuts, systems and their settings."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.views import SAVED_VIEWS
from techdesk.connectors import CONNECTORS
from techdesk.domain.events import EVENT_KINDS, EventKind
from techdesk.ui.actions import ACTIONS, Action
from techdesk.ui.tabs import TABS, Tab

_DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (_DOCS / "guide.md").read_text(encoding="utf-8")
BACKENDS = (_DOCS / "backends.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=lambda kind: kind.name)
def test_the_guide_names_every_kind_of_event(kind: EventKind):
    assert f"| {kind.label} | `{kind.name}` |" in GUIDE


@pytest.mark.parametrize("action", [one for one in ACTIONS if one.key], ids=lambda action: action.name)
def test_the_guide_lists_every_shortcut_with_what_it_does(action: Action):
    assert f"| `{action.key}` | {action.plain_label.rstrip('…')} |" in GUIDE


def test_the_guide_names_every_view_tab_and_state():
    assert [one.label for one in SAVED_VIEWS if f"**{one.label}**" not in GUIDE] == []
    labels = [cast(Tab, one).label for one in TABS]
    assert [label for label in labels if label not in GUIDE] == []
    assert [SCREEN_WORDS[one] for one in OpState if not one.is_settled and SCREEN_WORDS[one] not in GUIDE] == []


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_system_and_each_of_its_settings_is_documented(name: str):
    info = CONNECTORS[name].info
    assert f"## {info.label}" in BACKENDS
    assert [setting for setting in info.settings if f"`{setting}`" not in BACKENDS] == []
