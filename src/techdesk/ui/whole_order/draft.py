"""Keep what a person changed in a form of a whole order until it is saved as one change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.application.order_form import FormEntry, FormGroup, entry, intent_of, is_new, new_key, value_at
from techdesk.domain.documents import same
from techdesk.domain.records import Document


class Draft:
    """An order's document with changes over it; a change back to what was there is none."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Start with no change of `document`."""
        self._document = document
        self._changes: dict[str, Any] = {}

    @property
    def changes(self) -> Mapping[str, Any]:
        """Return key → value of everything that differs from the document."""
        return dict(self._changes)

    @property
    def shown(self) -> Document:
        """Return the document with the changes laid over it."""
        return {**self._document, **self._changes}

    @property
    def intent(self) -> Document:
        """Return the changes as one intent."""
        return intent_of(self._document, self._changes)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set fields by their keys; None empties one."""
        for key, value in values.items():
            if same(value, value_at(self._document, key)):
                self._changes.pop(key, None)
            else:
                self._changes[key] = "" if value is None else value

    def child(self, group: FormGroup, key: str) -> tuple[Draft, FormEntry]:
        """Return a draft over what is shown now, for one entry, and the entry; hand its changes to `set` to keep them.

        Args:
            group: The group of the entry.
            key: The entry; empty for one that is added.
        """
        child = Draft(self.shown)
        if not key:
            key = new_key(group, self.shown)
            child.set({key: True})
            fresh = entry(group, key, child.shown)
            child.set({one.key: one.initial for one in fresh.fields if one.initial is not None})
        return child, entry(group, key, self.shown)

    def remove(self, key: str) -> None:
        """Take an entry out; of one that the system never saw nothing is left."""
        below = [one for one in self.shown if one.startswith(f"{key}/")]
        if is_new(key):
            self.set(dict.fromkeys(below))
        else:
            self.set({one: value_at(self._document, one) for one in below})
        self.set({key: None})
