"""Every editor takes what people type, says what it cannot take, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.events import EVENT_KINDS, FieldType
from techdesk.domain.instants import zone
from techdesk.ui.alt_letters import with_keys
from techdesk.ui.editors.base import Occasion
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor, InstantsEditor
from techdesk.ui.editors.metadata import MetadataEditor
from techdesk.ui.editors.text import DecimalEditor, LongTextEditor, TextEditor
from techdesk.ui.editors.when import EXAMPLES, PLANNED_EXAMPLES, parse_when, typed_when
from techdesk.ui.forms import EDITORS, event_row
from tests.support.ui_desk import UiDesk

NOW = datetime(2026, 6, 1, 9, 12, 33, 421000, tzinfo=UTC)
OSLO = zone("Europe/Oslo")
NINE = datetime(2026, 6, 2, 7, 0, tzinfo=UTC)
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)


def an_occasion(site: str = "America/New_York") -> Occasion:
    return Occasion(me="Kim Larsen", now=lambda: NOW, own_zone=OSLO, site_zone=zone(site))


@pytest.mark.parametrize("field_type", FieldType, ids=lambda one: one.name)
def test_every_type_of_field_has_an_editor(field_type: FieldType) -> None:
    assert field_type in EDITORS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-06-02 09:00", NINE),
        ("2026-06-02T09:00", NINE),
        ("tomorrow 9:00", NINE),
        ("14:30", datetime(2026, 6, 1, 12, 30, tzinfo=UTC)),
        ("yesterday 00.05", datetime(2026, 5, 30, 22, 5, tzinfo=UTC)),
        ("2026-06-02T03:00:00-04:00", NINE),
        ("  NOW ", NOW),
        ("Tue 9:00", NINE),
        ("tuesday 9", NINE),
        ("Mon 9:00", NINE + timedelta(days=6)),
        ("su 09:00", NINE + timedelta(days=5)),
        ("2 Jun 9:00", NINE),
        ("2. June 9", NINE),
        ("2.6. 09:00", NINE),
        ("45 min ago", datetime(2026, 6, 1, 8, 27, tzinfo=UTC)),
        ("2 hrs ago", datetime(2026, 6, 1, 7, 12, tzinfo=UTC)),
        ("2h ago", datetime(2026, 6, 1, 7, 12, tzinfo=UTC)),
        ("in 1 hour", datetime(2026, 6, 1, 10, 12, tzinfo=UTC)),
        ("in 3 days", datetime(2026, 6, 4, 9, 12, tzinfo=UTC)),
        ("1 week ago", datetime(2026, 5, 25, 9, 12, tzinfo=UTC)),
        ("in 30 weeks", datetime(2026, 12, 28, 10, 12, tzinfo=UTC)),
        ("2 Jan 9:00", datetime(2027, 1, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_people_type_them(typed: str, meant: datetime) -> None:
    assert parse_when(typed, NOW, OSLO) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "soon",
        "25:00",
        "2026-02-30 10:00",
        "2026-06-02",
        "12",
        "2026-06-02T09:00Zzz",
        "s 9:00",
        "2 Foo 9:00",
        "31 Feb 9:00",
        "45 min",
        "in 45 min ago",
        "in 3 dogs",
        "in 0.5 h",
        "2.6 9:00",
        "Tue",
    ],
)
def test_a_text_that_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidInputError, match="for example 2026-06-01 14:30"):
        parse_when(typed, NOW, OSLO)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="does not exist"):
        parse_when("2026-03-29 02:30", NOW, OSLO)


@pytest.mark.parametrize(
    ("now", "meant"), [("01:45", "01:40"), ("00:30", "00:40"), ("00:50", "00:40"), ("12:00", "01:40")]
)
def test_a_time_that_the_clocks_show_twice_is_the_nearer_one(now: str, meant: str) -> None:
    then = datetime.fromisoformat(f"2026-10-25T{now}Z")
    assert parse_when("2026-10-25 02:40", then, OSLO) == datetime.fromisoformat(f"2026-10-25T{meant}Z")


@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_time_written_for_typing_is_read_back_to_the_minute(when: datetime) -> None:
    minute = when.replace(second=0, microsecond=0)
    tokyo = zone("Asia/Tokyo")
    assert parse_when(typed_when(minute, tokyo), NOW, tokyo) == minute


def test_what_is_counted_from_now_is_counted_from_when_it_was_typed(qtbot: QtBot) -> None:
    moments = [NOW]
    editor = InstantEditor(replace(an_occasion(), now=lambda: moments[-1]))
    qtbot.addWidget(editor)
    qtbot.keyClicks(editor.when.line, "45 min ago")
    moments.append(NOW + timedelta(minutes=20))
    assert editor.value() == datetime(2026, 6, 1, 8, 27, tzinfo=UTC)
    assert editor.typed() == "2026-06-01 10:27"  # so that it means the same after a restart
    editor.when.line.setText("45 mi")
    assert editor.typed() == "45 mi"
    editor.when.line.setText("now")
    assert (editor.value(), editor.typed()) == (moments[-1], "2026-06-01 11:32")
    editor.when.line.clear()
    assert (editor.value(), editor.typed()) == (None, "")


def test_a_time_that_nobody_touched_keeps_its_milliseconds(qtbot: QtBot) -> None:
    editor = InstantEditor(an_occasion())
    qtbot.addWidget(editor)
    editor.set_value(NOW)
    assert (editor.value(), editor.when.line.text(), editor.touched) == (NOW, "2026-06-01 11:12", False)


def test_a_time_is_shown_in_the_site_s_zone_where_that_differs(qtbot: QtBot) -> None:
    far, near = InstantEditor(an_occasion()), InstantEditor(an_occasion("Europe/Paris"))
    for editor in (far, near):
        qtbot.addWidget(editor)
        editor.set_value(NINE)
    assert far.when.words.text() == "Tue 2 June 2026, 09:00 CEST · at the site 03:00 EDT"
    assert near.when.words.text() == "Tue 2 June 2026, 09:00 CEST"


def test_an_empty_time_teaches_how_to_type_one_while_it_has_the_keyboard(desk: UiDesk) -> None:
    first, second = InstantEditor(an_occasion()), InstantEditor(an_occasion())
    window = QWidget()
    layout = QVBoxLayout(window)
    for editor in (first, second):
        layout.addWidget(editor)
    desk.kept.append(window)
    window.show()
    desk.wait_active(window)
    first.when.line.setFocus()
    desk.qtbot.waitUntil(first.when.words.isVisible)
    assert first.when.words.text() == "For example 14:30, yesterday 9:00, 45 min ago"
    before = window.height()
    desk.qtbot.keyClicks(first.when.line, "Tue 9:00")
    assert first.when.words.text().startswith("Tue 2 June 2026, 09:00 CEST")
    second.when.line.setFocus()
    desk.qtbot.waitUntil(second.when.words.isVisible)
    first.when.line.clear()
    assert (first.when.words.isVisible(), window.height()) == (False, before)


@pytest.mark.parametrize("example", [*EXAMPLES.split(", "), *PLANNED_EXAMPLES.split(", ")])
def test_each_example_is_read(example: str) -> None:
    assert abs(parse_when(example, NOW, OSLO) - NOW) < timedelta(days=7)


def test_a_planned_time_is_taught_by_times_to_come(desk: UiDesk) -> None:
    editor = InstantEditor(an_occasion())
    desk.kept.append(editor)
    editor.when.plan()
    editor.show()
    desk.wait_active(editor)
    editor.when.line.setFocus()
    desk.qtbot.waitUntil(editor.when.words.isVisible)
    assert editor.when.words.text() == "For example Tue 14:30, tomorrow 9:00, in 3 days"


def test_the_site_s_day_is_named_where_it_is_another(qtbot: QtBot) -> None:
    editor = InstantEditor(an_occasion("Pacific/Auckland"))
    qtbot.addWidget(editor)
    editor.when.line.setText("2026-06-02 23:00")
    assert editor.when.words.text() == "Tue 2 June 2026, 23:00 CEST · at the site Wed 09:00 NZST"


def test_the_now_button_fills_in_the_present_moment_exactly(qtbot: QtBot) -> None:
    editor = InstantEditor(an_occasion())
    qtbot.addWidget(editor)
    qtbot.mouseClick(editor.when.now_button, Qt.MouseButton.LeftButton)
    assert (editor.value(), editor.touched) == (NOW, True)


def test_a_day_of_the_calendar_leaves_its_time_to_be_typed(qtbot: QtBot) -> None:
    past, plan = InstantEditor(an_occasion()), InstantEditor(an_occasion(), plans=True)
    for editor, time in ((past, "11:12"), (plan, "09:00")):
        qtbot.addWidget(editor)
        calendar = editor.when.calendar_button.menu().findChildren(QCalendarWidget)[0]
        calendar.clicked.emit(QDate(2026, 6, 3))
        assert editor.when.line.text() == f"2026-06-03 {time}"
        assert editor.when.line.selectedText() == time
        editor.when.line.insert("16:30")
        calendar.clicked.emit(QDate(2026, 6, 4))
        assert editor.when.line.text() == "2026-06-04 16:30"


def test_the_calendar_s_weekends_are_readable_in_every_colours_and_today_alone_is_bold(qtbot: QtBot) -> None:
    moments = [NOW, NOW + timedelta(days=1)]
    editor = InstantEditor(replace(an_occasion(), now=lambda: moments[0]))
    qtbot.addWidget(editor)
    menu = editor.when.calendar_button.menu()
    calendar = menu.findChildren(QCalendarWidget)[0]
    for color in ("#e7ebf0", "#1b2430"):
        palette = calendar.palette()
        palette.setColor(QPalette.ColorRole.Text, QColor(color))
        calendar.setPalette(palette)
        menu.aboutToShow.emit()
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            assert calendar.weekdayTextFormat(day).foreground().color().name() == color
        formats = calendar.dateTextFormat()
        bold = [day for day, form in formats.items() if form.fontWeight() == QFont.Weight.Bold]
        assert bold == [QDate(2026, 6, moments[0].day)]
        turns = [
            one for one in calendar.findChildren(QToolButton) if "month" in one.objectName() and one.menu() is None
        ]
        assert [(one.icon().isNull(), one.text()) for one in turns] == [(True, "‹"), (True, "›")]
        moments.reverse()


def test_nobody_fills_in_the_present_moment_for_what_is_planned(qtbot: QtBot) -> None:
    kinds = [*EVENT_KINDS.values()]
    fields = {one.label: one for kind in kinds for one in kind.fields if one.holds is FieldType.INSTANT}
    offered = {}
    for label, field in fields.items():
        row = event_row(field, an_occasion())
        qtbot.addWidget(row.editor)
        assert isinstance(row.editor, InstantEditor)
        offered[label] = not row.editor.when.now_button.isHidden()
    assert {label for label, has_now in offered.items() if not has_now} == {"Appointment at", "Expected to be done at"}
    assert offered["Received at"]


def test_a_cleared_time_is_empty(qtbot: QtBot) -> None:
    editor = InstantEditor(an_occasion())
    qtbot.addWidget(editor)
    editor.set_value(NINE)
    editor.when.line.clear()
    assert (editor.value(), editor.problem()) == (None, "")


def test_a_wrong_time_says_so_and_keeps_the_text(qtbot: QtBot) -> None:
    editor = InstantEditor(an_occasion())
    qtbot.addWidget(editor)
    qtbot.keyClicks(editor.when.line, "half past nine")
    assert "for example" in editor.problem()
    assert editor.when.line.text() == "half past nine"


def test_slots_are_added_with_enter_and_kept_in_time_order(qtbot: QtBot) -> None:
    editor = InstantsEditor(an_occasion())
    qtbot.addWidget(editor)
    for typed in ("tomorrow 10:00", "tomorrow 9:00", "tomorrow 9:00"):
        qtbot.keyClicks(editor.next_slot.line, typed)
        qtbot.keyClick(editor.next_slot.line, Qt.Key.Key_Return)
    assert editor.value() == (NINE, TEN)
    assert editor.next_slot.line.text() == ""


def test_delete_takes_the_chosen_slot_off_the_list(qtbot: QtBot) -> None:
    editor = InstantsEditor(an_occasion())
    qtbot.addWidget(editor)
    editor.set_value((NINE, TEN))
    editor.slots.setCurrentRow(0)
    qtbot.keyClick(editor.slots, Qt.Key.Key_Delete)
    assert editor.value() == (TEN,)


def test_a_slot_that_was_typed_but_not_added_counts_too(qtbot: QtBot) -> None:
    editor = InstantsEditor(an_occasion())
    qtbot.addWidget(editor)
    editor.set_value((TEN,))
    qtbot.keyClicks(editor.next_slot.line, "tomorrow 9:00")
    assert editor.value() == (NINE, TEN)
    editor.next_slot.line.setText("nonsense")
    assert editor.problem()


def test_slots_that_nobody_touched_stay_in_the_order_they_came(qtbot: QtBot) -> None:
    editor = InstantsEditor(an_occasion())
    qtbot.addWidget(editor)
    editor.set_value((TEN, NINE))
    assert editor.value() == (TEN, NINE)


def test_details_keep_json_values_that_nobody_typed_over(qtbot: QtBot) -> None:
    editor = MetadataEditor()
    qtbot.addWidget(editor)
    editor.set_value({"cycles": 312, "deep": {"a": [1]}, "ok": True, "bay": "A3"})
    editor.rows[3].value.setText("B4")
    assert editor.value() == {"cycles": 312, "deep": {"a": [1]}, "ok": True, "bay": "B4"}
    assert [row.value.text() for row in editor.rows[:3]] == ["312", "1 value, kept as received", "yes"]


def test_enter_in_the_last_detail_begins_another(qtbot: QtBot) -> None:
    editor = MetadataEditor()
    qtbot.addWidget(editor)
    qtbot.keyClicks(editor.rows[0].name, "bay")
    qtbot.keyClicks(editor.rows[0].value, "A3")
    qtbot.keyClick(editor.rows[0].value, Qt.Key.Key_Return)
    qtbot.keyClicks(editor.rows[1].name, "shift")
    assert editor.value() == {"bay": "A3", "shift": ""}
    editor.remove(editor.rows[1])
    assert editor.value() == {"bay": "A3"}


def test_a_detail_needs_a_name_and_each_name_once(qtbot: QtBot) -> None:
    editor = MetadataEditor()
    qtbot.addWidget(editor)
    editor.rows[0].value.setText("A3")
    assert editor.problem() == "Give every value a name"
    editor.rows[0].name.setText("bay")
    editor.begin_row()
    editor.rows[1].name.setText("bay")
    assert editor.problem() == "“bay” stands there twice"


def test_pressing_the_chosen_segment_again_chooses_nothing(qtbot: QtBot) -> None:
    editor = SegmentsEditor({True: "Yes", False: "No"})
    qtbot.addWidget(editor)
    qtbot.mouseClick(editor.buttons[False], Qt.MouseButton.LeftButton)
    assert editor.value() is False
    qtbot.mouseClick(editor.buttons[True], Qt.MouseButton.LeftButton)
    assert editor.value() is True
    qtbot.mouseClick(editor.buttons[True], Qt.MouseButton.LeftButton)
    assert editor.value() is None


def test_tab_stops_once_at_buttons_side_by_side_and_the_arrows_choose_among_them(desk: UiDesk) -> None:
    before, editor, after = QLineEdit(), SegmentsEditor({1: "Low", 2: "Medium", 3: "High"}), QLineEdit()
    editor.set_value(2)
    window = QWidget()
    layout = QVBoxLayout(window)
    for widget in (before, editor, after):
        layout.addWidget(widget)
    desk.kept.append(window)
    window.show()
    desk.wait_active(window)
    before.setFocus()

    def press(*keys: Qt.Key) -> QWidget:
        for key in keys:
            desk.qtbot.keyClick(window.focusWidget(), key)
        return window.focusWidget()

    assert press(Qt.Key.Key_Tab) is editor.buttons[2]
    assert press(Qt.Key.Key_Tab) is after
    after.setFocus()
    desk.qtbot.keyClick(after, Qt.Key.Key_Backtab)
    assert window.focusWidget() is editor.buttons[2]
    assert press(Qt.Key.Key_Right, Qt.Key.Key_Right) is editor.buttons[3]
    assert editor.value() == 3
    assert press(Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left) is editor.buttons[1]
    assert editor.value() == 1
    assert [one.isChecked() for one in editor.buttons.values()] == [True, False, False]
    assert press(Qt.Key.Key_Space) is editor.buttons[1]
    assert editor.value() is None
    assert press(Qt.Key.Key_Tab) is after


def test_a_letter_chooses_among_buttons_side_by_side(qtbot: QtBot) -> None:
    editor = SegmentsEditor({1: "Needed", 2: "Ordered", 3: "On the way"})
    qtbot.addWidget(editor)
    editor.show()
    for key, chosen in ((Qt.Key.Key_O, 2), (Qt.Key.Key_O, 3), (Qt.Key.Key_O, 2), (Qt.Key.Key_N, 1), (Qt.Key.Key_X, 1)):
        qtbot.keyClick(editor.entry(), key)
        assert editor.value() == chosen
    assert [one.isChecked() for one in editor.buttons.values()] == [True, False, False]


def test_what_is_typed_again_is_gone_on_with_at_its_end(qtbot: QtBot) -> None:
    editor = LongTextEditor()
    qtbot.addWidget(editor)
    editor.retype("Customer called, wants to")
    qtbot.keyClicks(editor.text, " wait")
    assert editor.value() == "Customer called, wants to wait"


def test_a_value_that_is_no_longer_offered_is_kept(qtbot: QtBot) -> None:
    editor = ListEditor([("h-1", "Standard")], empty="No rate", missing="An old rate")
    qtbot.addWidget(editor)
    editor.set_value("h-9")
    assert (editor.value(), editor.combo.currentText()) == ("h-9", "An old rate")
    editor.combo.setCurrentIndex(0)
    assert editor.value() is None


HARD_TEXTS = ["x" * 100_000, "emoji 👩🏽‍🔧🔩", "שלום עולם", "a\u00a0b", "<b>not bold</b> & so on", " padded "]


@pytest.mark.parametrize("text", HARD_TEXTS, ids=["100 KB", "emoji", "right to left", "no-break space", "HTML", "pad"])
def test_any_text_comes_out_as_it_went_in(qtbot: QtBot, text: str) -> None:
    line, lines = TextEditor(), LongTextEditor()
    for editor in (line, lines):
        qtbot.addWidget(editor)
    line.line.insert(text)
    lines.text.insertPlainText(text + "\nsecond line")
    assert line.value() == text
    assert lines.value() == text + "\nsecond line"


def test_text_that_nobody_touched_keeps_what_a_text_field_would_change(qtbot: QtBot) -> None:
    editor = LongTextEditor()
    qtbot.addWidget(editor)
    editor.set_value("from\r\nWindows")
    assert editor.value() == "from\r\nWindows"
    editor.text.insertPlainText("typed ")
    assert editor.value() == "typed from\nWindows"


def test_tab_leaves_a_long_text(qtbot: QtBot) -> None:
    editor = LongTextEditor()
    qtbot.addWidget(editor)
    qtbot.keyClicks(editor.text, "one")
    qtbot.keyClick(editor.text, Qt.Key.Key_Tab)
    assert editor.value() == "one"


@pytest.mark.parametrize(("typed", "meant"), [("2", "2"), ("1,5", "1.5"), (" 12.50 ", "12.50"), ("", None)])
def test_numbers_are_read_with_either_separator(qtbot: QtBot, typed: str, meant: str | None) -> None:
    editor = DecimalEditor()
    qtbot.addWidget(editor)
    editor.line.setText("9")
    editor.line.setText(typed)
    assert editor.value() == (None if meant is None else Decimal(meant))


@pytest.fixture
def speak() -> Iterator[Callable[[str], None]]:
    """Let the person live elsewhere."""
    before = QLocale()
    yield lambda name: QLocale.setDefault(QLocale(name))
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("en_GB", "1,234.50", "1234.50"),
        ("en_GB", "1.234,50", "1234.50"),
        ("de_DE", "1.234,50", "1234.50"),
        ("en_GB", "1,234,567", "1234567"),
        ("en_GB", "-1.234.567,8", "-1234567.8"),
        ("en_GB", "1.250", "1.250"),
        ("de_DE", "1,250", "1.250"),
        ("en_GB", "0,125", "0.125"),
        ("de_DE", "0.125", "0.125"),
        ("de_DE", "12.50", "12.50"),
        ("tr_TR", "1250.125", "1250.125"),
        ("en_GB", "1,2500", "1.2500"),
    ],
)
def test_thousands_are_told_from_decimals(
    qtbot: QtBot, speak: Callable[[str], None], language: str, typed: str, meant: str
) -> None:
    speak(language)
    editor = DecimalEditor()
    qtbot.addWidget(editor)
    editor.line.setText(typed)
    assert (editor.problem(), editor.value()) == ("", Decimal(meant))


@pytest.mark.parametrize(
    ("language", "typed", "ways"),
    [
        ("en_GB", "1,250", "type 1250 or 1.250"),
        ("de_DE", "1.250", "type 1250 or 1,250"),
        ("tr_TR", "-12.000", "type -12000 or -12,000"),
    ],
)
def test_a_number_that_means_another_elsewhere_is_asked_about(
    qtbot: QtBot, speak: Callable[[str], None], language: str, typed: str, ways: str
) -> None:
    speak(language)
    editor = DecimalEditor()
    qtbot.addWidget(editor)
    editor.line.setText(typed)
    assert ways in editor.problem()


def test_a_price_that_stood_there_is_not_asked_about(qtbot: QtBot, speak: Callable[[str], None]) -> None:
    speak("de_DE")
    editor = DecimalEditor(2)
    qtbot.addWidget(editor)
    editor.set_value(Decimal("1.125"))
    assert (editor.problem(), editor.value()) == ("", Decimal("1.125"))


@pytest.mark.parametrize("typed", ["two", "1.2.3", "1,234.5.6", "1,23,456", "NaN", "1e999x", "∞"])
def test_a_number_that_is_none_says_so(qtbot: QtBot, typed: str) -> None:
    editor = DecimalEditor()
    qtbot.addWidget(editor)
    editor.line.setText(typed)
    assert "is not a number" in editor.problem()


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=12), max_size=12))
def test_no_two_labels_share_a_key(labels: list[str]) -> None:
    marked = with_keys(labels, "sc")
    keys = [text.replace("&&", "")[text.replace("&&", "").index("&") + 1].lower() for text in marked if _key(text)]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set("sc")
    assert [text.replace("&&", "\0").replace("&", "").replace("\0", "&") for text in marked] == labels


def _key(text: str) -> bool:
    return "&" in text.replace("&&", "")


def test_lines_have_no_hidden_limit(qtbot: QtBot) -> None:
    editor = MetadataEditor()
    qtbot.addWidget(editor)
    lines = editor.findChildren(QLineEdit)
    lines[0].setText("n" * 40_000)
    assert len(lines[0].text()) == 40_000
