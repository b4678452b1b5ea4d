"""Turn the fields of a described form into rows: an editor for each kind, filled in, and its value back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timezone, tzinfo
from decimal import Decimal
from typing import Any

from techdesk.application.order_form import FieldEditor, FormField, value_at
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import zone
from techdesk.domain.money import parse_amount
from techdesk.ui.context import Context
from techdesk.ui.editors.base import Editor
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.place_time import PlaceTimeEditor
from techdesk.ui.editors.plain_values import FixedText, LinesEditor, TicksEditor, WholeEditor
from techdesk.ui.editors.text import DecimalEditor, LongTextEditor, TextEditor
from techdesk.ui.form_words import FormWords, is_yes, read_date
from techdesk.ui.forms import Form, FormRow, Section

ADMIN_ONLY = "Only an administrator may change this"


class FieldRows:
    """Make the rows of fields over a document, and read what was typed back as the document keeps it."""

    def __init__(self, context: Context, document: Mapping[str, Any], words: FormWords) -> None:
        """Keep what the rows are filled in with."""
        self._context, self._document, self._words = context, document, words
        self._makers: dict[FieldEditor, Callable[[FormField], Editor]] = {
            FieldEditor.TEXT: lambda _: TextEditor(),
            FieldEditor.LONG_TEXT: lambda _: LongTextEditor(),
            FieldEditor.WHOLE: lambda _: WholeEditor(),
            FieldEditor.AMOUNT: lambda _: DecimalEditor(2),
            FieldEditor.FLAG: lambda _: SegmentsEditor({True: "Yes", False: "No"}),
            FieldEditor.DATE: self._date_editor,
            FieldEditor.CHOICE: self._choice_editor,
            FieldEditor.CHOICES: lambda one: TicksEditor(one.choices or {}),
            FieldEditor.TEXTS: lambda _: LinesEditor(),
            FieldEditor.WHOLES: lambda _: LinesEditor(whole=True),
        }

    def form(self, title: str, fields: Iterable[FormField], taken_keys: str) -> Form:
        """Return the form of some fields, in two columns.

        Args:
            title: The heading above them.
            fields: The fields; what people look for comes first, and one that can only be read and is empty not at all.
            taken_keys: Letters that buttons beside the form use as Alt+letter.
        """
        shown = sorted((one for one in fields if not one.is_read_only or self._words.shown(one)), key=_turn)
        rows = [self._row(one) for one in shown]
        half = (len(rows) + 1) // 2
        right: Sequence[FormRow | Section] = [Section(" ", column=True), *rows[half:]] if len(rows) > 1 else []
        form = Form([Section(title), *rows[:half], *right], taken_keys)
        for one in shown:
            form.editor(one.key).set_value(self._for_editor(one, value_at(self._document, one.key)))
        return form

    def values(self, form: Form, fields: Iterable[FormField]) -> dict[str, Any]:
        """Return key → value of what was changed, as the document keeps it."""
        by_key = {one.key: one for one in fields}
        return {key: _for_document(by_key[key], value) for key, value in form.touched().items()}

    def _row(self, one: FormField) -> FormRow:
        if one.is_read_only or one.is_admin_only:
            editor: Editor = FixedText(self._words.shown(one), ADMIN_ONLY if one.is_admin_only else "")
            return FormRow(one.key, one.label, editor, hint=one.hint)
        label = f"{one.label} *" if one.is_required else one.label
        return FormRow(one.key, label, self._makers[one.editor](one), self._required(one), one.hint)

    def _required(self, one: FormField) -> str:
        if one.is_required:
            return f"“{one.label}” must be filled in" if one.label else "This must be filled in"
        had_date = one.editor is FieldEditor.DATE and not one.is_text and self._words.shown(one)
        return "Give a date and time: this one cannot be empty" if had_date else ""

    def _choice_editor(self, one: FormField) -> Editor:
        options = list((one.choices or {}).items())
        value = value_at(self._document, one.key)
        may_be_empty = one.is_text and not one.is_required
        return ListEditor(options, empty="Nothing chosen" if may_be_empty else "", missing=str(value or ""))

    def _date_editor(self, one: FormField) -> Editor:
        services, own = self._context.services, self._context.formats.zone
        return PlaceTimeEditor(services.clock.now, own, self._zone_of(one), read_date)

    def _zone_of(self, one: FormField) -> tzinfo | None:
        """Return the zone that a date is typed in: its place's, else the one that its own text has."""
        try:
            if one.zone_key:
                return zone(str(value_at(self._document, one.zone_key) or ""))
        except InvalidInputError:
            pass
        told = read_date(str(value_at(self._document, one.key) or ""))
        offset = told.utcoffset() if told else None
        return timezone(offset) if offset is not None else (self._context.formats.zone if one.zone_key else None)

    def _for_editor(self, one: FormField, value: Any) -> Any:
        if value is None or one.is_read_only or one.is_admin_only:
            return value
        if one.editor is FieldEditor.FLAG:
            return is_yes(value) if value != "" else None
        if one.editor is FieldEditor.AMOUNT:
            return parse_amount(str(value))
        return value


def _turn(one: FormField) -> tuple[bool, bool]:
    return not one.is_prominent, one.is_read_only


def _for_document(one: FormField, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if one.is_text and isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if one.is_text else value
