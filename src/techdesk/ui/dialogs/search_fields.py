"""Ask for every field that a search on a server looks at; one that does not count now is grey and keeps its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from techdesk.application.finding import SWITCHED_OFF_BY_TEXT
from techdesk.application.order_detail import read_choices
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.vocabulary import Priority, ServiceState
from techdesk.ui.blocks import literal_tip, plain_label
from techdesk.ui.theme import Space

Options = Mapping[str, Sequence[tuple[str, str]]]
"""Name of a field → pairs of what is sent and what a person reads."""

_LABELS = {
    "customer_name": "Customer",
    "customer_phone": "Phone",
    "customer_email": "E-mail",
    "service_number": "Number",
    "title": "Title",
    "serial_number": "Serial number",
    "from_date": "Made from",
    "to_date": "Made until",
    "service_states": "States",
    "service_type_uids": "Types",
    "service_status_uids": "Statuses",
    "assigned_user_uids": "Assigned to",
    "created_from_store_uids": "Made in",
    "priorities": "Priorities",
}
_DATES = ("from_date", "to_date")
_DAYS = {"today": 0, "yesterday": -1}
_LINES_A_ROW, _LISTS_A_ROW, _COLUMNS = 4, 6, 12
_LIST_HEIGHT, _OPTION_HEIGHT = 142, 22

_RULE = (
    "The search field looks in customer, phone, e-mail, number and title at once. "
    "While it is filled in, customer and service fields are switched off."
)


class SearchFields(QWidget):
    """Show the fields of one account.

    Signals:
        search_wished: Enter was pressed in a field.
    """

    search_wished = Signal()

    def __init__(self, names: Iterable[str], options: Options, today: date) -> None:
        """Show the fields called `names`; of those with options only where there are some."""
        super().__init__()
        self._today = today
        self.lines: dict[str, QLineEdit] = {}
        self.lists: dict[str, QListWidget] = {}
        self._labels: dict[str, QWidget] = {}
        known = list(names)
        for name in (one for one in known if one not in options):
            self.lines[name] = self._line(name)
        for name in (one for one in known if options.get(one)):
            self.lists[name] = self._list(name, options[name])
        self._lay_out()

    def switch_off(self, off: bool) -> None:
        """Grey the fields that do not count beside the search field, or let them count again."""
        for name in SWITCHED_OFF_BY_TEXT:
            if name in self.lines:
                self.lines[name].setEnabled(not off)
                self._labels[name].setEnabled(not off)

    def values(self) -> dict[str, Any]:
        """Return what counts now, by the names of `ServerQuery`.

        Raises:
            InvalidInputError: What was typed is no date.
        """
        texts = {name: line.text().strip() for name, line in self.lines.items() if line.isEnabled()}
        found: dict[str, Any] = {name: text for name, text in texts.items() if text and name not in _DATES}
        found |= {name: self._date(texts[name]) for name in _DATES if texts.get(name)}
        ticked = {name: _ticked(one) for name, one in self.lists.items()}
        return found | {name: values for name, values in ticked.items() if values}

    def _date(self, text: str) -> date:
        if text.lower() in _DAYS:
            return self._today + timedelta(days=_DAYS[text.lower()])
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise InvalidInputError(f"“{text}” is no date", "Type it like 2026-06-01, or today") from error

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText("2026-06-01 or today" if name in _DATES else "")
        line.setAccessibleName(_LABELS[name])
        line.returnPressed.connect(self.search_wished)
        return line

    def _list(self, name: str, options: Sequence[tuple[str, str]]) -> QListWidget:
        shown = QListWidget()
        shown.setProperty("role", "ticks")
        shown.setAccessibleName(_LABELS[name])
        shown.setFixedHeight(_LIST_HEIGHT)
        shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for value, label in options:
            item = QListWidgetItem(label)
            item.setData(Qt.ItemDataRole.UserRole, value)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            item.setToolTip(literal_tip(label))
            item.setSizeHint(QSize(0, _OPTION_HEIGHT))
            shown.addItem(item)
        return shown

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(_RULE, "muted"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        row = self._place(grid, self._in_rows(), 0, _LINES_A_ROW)
        self._place(grid, list(self.lists), row, _LISTS_A_ROW)
        layout.addLayout(grid)

    def _in_rows(self) -> list[str]:
        """Return the lines so that the two dates stand above each other at the end of the rows."""
        others = [name for name in self.lines if name not in _DATES]
        return [*others[:3], *_DATES[:1], *others[3:], *_DATES[1:]] if "from_date" in self.lines else others

    def _place(self, grid: QGridLayout, names: Sequence[str], row: int, a_row: int) -> int:
        """Place fields with their labels above them, so many in a row; return the next free row."""
        span = _COLUMNS // a_row
        for at, name in enumerate(names):
            below, column = row + 2 * (at // a_row), (at % a_row) * span
            label = plain_label(_LABELS[name], "section", wrap=False)
            self._labels[name] = label
            grid.addWidget(label, below, column, 1, span)
            grid.addWidget(self.lines.get(name) or self.lists[name], below + 1, column, 1, span)
        return row + 2 * -(-len(names) // a_row)


def read_options(view: ReadTransaction, account_id: str) -> Options:
    """Read what the fields with several answers offer on an account.

    Raises:
        StoreError: The store could not be read.
    """
    choices = read_choices(view, account_id)
    stores = view.references(account_id, "stores")
    return {
        "service_states": [(one.value, one.value.replace("_", " ").capitalize()) for one in ServiceState],
        "service_type_uids": [(one.service_type_uid, one.name) for one in choices.types],
        "service_status_uids": [(one.service_status_uid, one.name) for one in choices.statuses],
        "assigned_user_uids": [(one.tenant_user_uid, one.display_name) for one in choices.users],
        "created_from_store_uids": [(one["store_uid"], one.get("name") or one["store_uid"]) for one in stores],
        "priorities": [(one.value, one.value.capitalize()) for one in Priority],
    }


def _ticked(shown: QListWidget) -> tuple[str, ...]:
    items = [shown.item(at) for at in range(shown.count())]
    return tuple(one.data(Qt.ItemDataRole.UserRole) for one in items if one.checkState() is Qt.CheckState.Checked)
