"""Change a whole order in one dialog: its parts as pages, what repeats in tables; saving is one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.order_detail import OrderDetail
from techdesk.application.order_form import FormField, FormGroup, FormSection, OrderForm, entries
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import FormPlace
from techdesk.ui.form_words import FormWords
from techdesk.ui.forms import Form
from techdesk.ui.phrases import joined
from techdesk.ui.status_choice import status_intent
from techdesk.ui.whole_order.draft import Draft
from techdesk.ui.whole_order.group_table import GroupTable
from techdesk.ui.whole_order.paged_form import FormPage, PagedForm
from techdesk.ui.whole_order.rows import FieldRows

_WIDTH = 900
_STATUS = "service_status_uid"
_LEGEND = "* must be filled in · Ctrl+Page Down goes to the next part"


def form_of(context: Context, system: str) -> OrderForm:
    """Return the form for whole orders of a system, empty where it has none."""
    return next((one.order_form for one in context.services.systems() if one.name == system), ())


def change_dialog(context: Context, detail: OrderDetail, parent: QWidget | None = None) -> SavingDialog:
    """Return the dialog that changes the facts of an order, not yet open: the whole form where its system has one."""
    form = form_of(context, detail.account.system)
    if form:
        return WholeOrderDialog(context, detail, form, parent)
    return OrderDialog(context, detail, parent)


class DraftDialog(SavingDialog):
    """Show parts of a draft as pages."""

    def __init__(
        self, context: Context, draft: Draft, form: OrderForm, titles: tuple[str, str], parent: QWidget | None = None
    ) -> None:
        """Make the dialog.

        Args:
            context: The window's context.
            draft: What it changes.
            form: The parts, one a page.
            titles: Its title and the line below.
            parent: The owning widget.
        """
        super().__init__(context, *titles, parent)
        self.draft = draft
        document = draft.shown
        self._rows = FieldRows(context, document, FormWords(formats=context.formats, document=document))
        self._fields: dict[Form, Sequence[FormField]] = {}
        self._tables: list[GroupTable] = []
        self._entry: tuple[int, str, EntryDialog] | None = None
        pages = [self._page(section, document) for section in form]
        self.pages = PagedForm(context, [page for page in pages if page.form.names or page.tables])
        self.show_form(self.pages, _WIDTH)
        if len(pages) > 1:
            self.add_line(plain_label(_LEGEND, "small"))

    @override
    def typed(self) -> Mapping[str, Any]:
        """Return what was typed into the rows, kept in the draft, and typed into the entry that is open above."""
        parts = {"rows": super().typed(), "changes": self.draft.changes, "entry": self._typed_above()}
        return {name: one for name, one in parts.items() if one}

    @override
    def _retype(self, typed: Mapping[str, Any]) -> None:
        for table in self._tables:
            table.keep(typed.get("changes", {}))
        super()._retype(typed.get("rows", {}))
        if entry := typed.get("entry"):
            QTimer.singleShot(0, self, lambda: self._open_again(**entry))

    def _typed_above(self) -> Mapping[str, Any]:
        if self._entry is None:
            return {}
        table, key, dialog = self._entry
        return {"table": table, "key": key, "typed": dialog.typed()}

    def _open_again(self, table: int, key: str, typed: Mapping[str, Any]) -> None:
        self.open_entry(self._tables[table], key)._retype(typed)

    def _keep_typed(self) -> None:
        """Take over what stands in the rows into the draft."""
        for form, fields in self._fields.items():
            self.draft.set(self._rows.values(form, fields))

    def _page(self, section: FormSection, document: Mapping[str, Any]) -> FormPage:
        own = [field for one in section.groups if not one.can_change for field in _fields_in(one, document)]
        fields = [*section.fields, *own]
        form = self._rows.form(section.label, fields, BUTTON_KEYS)
        self._fields[form] = fields
        tables = [self._table(one) for one in section.groups if one.can_change]
        return FormPage(section.label, form, tables)

    def _table(self, group: FormGroup) -> GroupTable:
        table = GroupTable(self.context, group, self.draft)
        table.entry_wished.connect(lambda key: self.open_entry(table, key))
        self._tables.append(table)
        return table

    def open_entry(self, table: GroupTable, key: str) -> EntryDialog:
        """Open the dialog of an entry; empty for one that is added."""
        dialog = EntryDialog(self.context, table.group, self.draft, key, self)
        dialog.kept.connect(table.keep)
        dialog.finished.connect(self._forget_entry)
        self._entry = (self._tables.index(table), key, dialog)
        dialog.open()
        return dialog

    def _forget_entry(self) -> None:
        self._entry = None


class WholeOrderDialog(DraftDialog):
    """Ask for everything that an order's system lets one change; only what was changed becomes part of the change."""

    def __init__(self, context: Context, detail: OrderDetail, form: OrderForm, parent: QWidget | None = None) -> None:
        self._detail = detail
        subtitle = joined(detail.order.service_number, detail.order.title, detail.account.name)
        draft = Draft(detail.shown.document)
        super().__init__(context, draft, form, ("Change order", subtitle), parent)
        self.place = FormPlace("order", detail.ref, detail.ref.order_id, seen=detail.shown.document)

    @override
    def _command(self) -> Command:
        self._keep_typed()
        save = partial(self.context.services.commands.change_order, self._detail.ref)
        intent = self.draft.intent
        status = next(
            (one for one in self._detail.choices.statuses if one.service_status_uid == intent.get(_STATUS)), None
        )
        intent |= status_intent(status) if status else {}
        return self._change_command(save, intent, self._detail.shown.document)


class EntryDialog(DraftDialog):
    """Ask for the fields of one entry and what repeats inside it; hands the changes back and saves nothing itself.

    Signals:
        kept: Key → value of everything that was changed.
    """

    kept = Signal(object)

    def __init__(
        self, context: Context, group: FormGroup, within: Draft, key: str, parent: QWidget | None = None
    ) -> None:
        """Make the dialog.

        Args:
            context: The window's context.
            group: The group of the entry.
            within: The draft that the entry belongs to.
            key: The entry; empty for one that is added.
            parent: The owning widget.
        """
        draft, found = within.child(group, key)
        own = FormSection(label=group.noun.capitalize(), fields=found.fields)
        inside = [FormSection(label=one.label, groups=[one]) for one in found.groups]
        title = f"Change {group.noun}" if key else f"Add {group.noun}"
        super().__init__(context, draft, (own, *inside), (title, found.label), parent)
        self.save_button.setText("&Done")
        self.save_button.setToolTip("Back to the order (Ctrl+Enter)")
        self.save_hint.setText("Saved with the order as a whole")

    @override
    def save(self) -> None:
        problems = self.form.problems()
        self._show_problems(problems)
        if not problems:
            self._keep_typed()
            self.kept.emit(self.draft.changes)
            self._saved(Changes())


def _fields_in(group: FormGroup, document: Mapping[str, Any]) -> list[FormField]:
    return [field for one in entries(group, document) for field in one.fields]
