"""Edit dates and times: one, or a list of them; typed in one's own zone, with the site's shown where it differs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import QDate, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QIcon, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QCalendarWidget,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import instant_text, parse_instant
from techdesk.ui.editors.base import Editor, Occasion
from techdesk.ui.editors.when import EXAMPLES, PLANNED_EXAMPLES, both_zones, is_from_now, parse_when, typed_when
from techdesk.ui.theme import Space

_SLOTS_SHOWN = 5
_PLANNED_AT = "09:00"
"""The time of day that a planned day begins with; the next digits replace it."""
_ARROW_WIDTH = 34
_LINE_WIDTH = 162
"""Pixels; a whole date and time with the button that clears it."""


class WhenLine(QWidget):
    """Type one date and time; a calendar, a button for the present moment, and the same moment in words below."""

    edited = Signal()
    entered = Signal()

    def __init__(self, occasion: Occasion, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._occasion = occasion
        self._plans = False
        self._exact: datetime | None = None
        self._exact_text = ""
        self._read: datetime | None = None
        self._read_text = ""
        self.line = QLineEdit(self)
        self.line.setPlaceholderText("YYYY-MM-DD HH:MM")
        self.line.setClearButtonEnabled(True)
        self.line.setMinimumWidth(_LINE_WIDTH)
        self.now_button = _side_button("Now", "Fill in the present moment")
        self.calendar_button = _side_button("", "Choose the day in a calendar")
        self.calendar_button.setAccessibleName("Calendar")
        self.calendar_button.setFixedWidth(_ARROW_WIDTH)
        self.words = QLabel(self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setProperty("role", "small")
        self.row = QHBoxLayout()
        self.row.setSpacing(Space.XS)
        for widget in (self.line, self.now_button, self.calendar_button):
            self.row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self.row)
        layout.addWidget(self.words)
        self.setFocusProxy(self.line)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._changed)
        self.line.returnPressed.connect(self.entered)
        self.now_button.clicked.connect(lambda: self.show_when(occasion.now()))
        self.calendar_button.setMenu(self._calendar_menu())
        self._changed()

    def plan(self) -> None:
        """Ask for a time still to come: nobody fills in the present moment, or wants the time of day it is now."""
        self._plans = True
        self.now_button.hide()
        self._say()

    def when(self) -> datetime | None:
        """Return the instant typed, None while the line is empty.

        Raises:
            InvalidInputError: It cannot be read.
        """
        text = self.line.text().strip()
        if text == self._exact_text:
            return self._exact
        if text != self._read_text:  # what is counted from now is counted from when it was typed
            now, zone = self._occasion.now(), self._occasion.own_zone
            self._read_text, self._read = text, parse_when(text, now, zone) if text else None
        return self._read

    def typed(self) -> str:
        """Return what stands in the line, or the moment that it means where that depends on when it is read."""
        text = self.line.text()
        value = self.when() if is_from_now(text) and not self.problem() else None
        return typed_when(value, self._occasion.own_zone) if value else text

    def problem(self) -> str:
        """Return why the text cannot be read, or empty text."""
        try:
            self.when()
        except InvalidInputError as error:
            return error.title
        return ""

    def show_when(self, value: datetime | None) -> None:
        """Show an instant, or nothing; its seconds, which the line does not show, are kept while the text stands."""
        self._exact = value
        self._exact_text = typed_when(value, self._occasion.own_zone) if value else ""
        self.line.setText(self._exact_text)

    def _changed(self) -> None:
        self._say()
        self.edited.emit()

    def _say(self) -> None:
        """Say in words what is typed; while nothing can be read, and where a line is kept free for it, how to type."""
        value = None if self.problem() else self.when()
        is_taught = self.words.sizePolicy().retainSizeWhenHidden() and self.line.hasFocus()
        examples = f"For example {PLANNED_EXAMPLES if self._plans else EXAMPLES}" if is_taught else ""
        self.words.setText(both_zones(value, self._occasion.own_zone, self._occasion.site_zone) if value else examples)
        self.words.setVisible(bool(self.words.text()))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Teach how to type a time only where one is about to."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            QTimer.singleShot(0, self, self._say)
        return super().eventFilter(watched, event)

    def _calendar_menu(self) -> QMenu:
        menu = QMenu(self)
        calendar = QCalendarWidget(menu)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        action = QWidgetAction(menu)
        action.setDefaultWidget(calendar)
        menu.addAction(action)
        menu.aboutToShow.connect(lambda: calendar.setSelectedDate(self._shown_day()))
        menu.aboutToShow.connect(lambda: _tell_days_apart(calendar, self._today()))
        menu.aboutToShow.connect(calendar.setFocus)
        calendar.activated.connect(self._choose_day)
        calendar.clicked.connect(self._choose_day)
        calendar.clicked.connect(menu.close)
        calendar.activated.connect(menu.close)
        return menu

    def _shown_day(self) -> QDate:
        value = None if self.problem() else self.when()
        return self._day_of(value) if value else self._today()

    def _today(self) -> QDate:
        return self._day_of(self._occasion.now())

    def _day_of(self, value: datetime) -> QDate:
        local = value.astimezone(self._occasion.own_zone)
        return QDate(local.year, local.month, local.day)

    def _choose_day(self, day: QDate) -> None:
        typed = None if self.problem() else self.when()
        value = typed or self._occasion.now()
        time = f"{value.astimezone(self._occasion.own_zone):%H:%M}" if typed or not self._plans else _PLANNED_AT
        self.line.setText(f"{day.toString('yyyy-MM-dd')} {time}")
        self.line.setFocus()
        self.line.setSelection(len(self.line.text()) - len(time), len(time))


def _tell_days_apart(calendar: QCalendarWidget, today: QDate) -> None:
    """Draw weekends in the present colours, where Qt has a red that nobody reads on dark ones, and today in bold."""
    plain, bold = QTextCharFormat(), QTextCharFormat()
    plain.setForeground(calendar.palette().text())
    bold.setFontWeight(QFont.Weight.Bold)
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, plain)
    calendar.setDateTextFormat(QDate(), QTextCharFormat())  # an empty date stands for all: no earlier day is today
    calendar.setDateTextFormat(today, bold)
    for name, sign in (("qt_calendar_prevmonth", "‹"), ("qt_calendar_nextmonth", "›")):
        button = calendar.findChild(QToolButton, name)
        if button:
            button.setIcon(QIcon())  # a black arrow in every colours
            button.setText(sign)


class WhenLineEditor(Editor):
    """Edit what is typed as one date and time; a subclass lays the line out."""

    def __init__(self, occasion: Occasion) -> None:
        super().__init__()
        self.when = WhenLine(occasion, self)
        self.setFocusProxy(self.when)

    @override
    def problem(self) -> str:
        return self.when.problem()

    @override
    def entry(self) -> QWidget:
        return self.when.line

    @override
    def typed(self) -> Any:
        return self.when.typed()

    @override
    def retype(self, typed: Any) -> None:
        self.when.line.setText(typed)


class InstantEditor(WhenLineEditor):
    """Edit one date and time."""

    def __init__(self, occasion: Occasion, *, plans: bool = False) -> None:
        """Make it; one that `plans` asks for a time still to come."""
        super().__init__(occasion)
        if plans:
            self.when.plan()
        self.when.edited.connect(self._touch)
        keeps_its_room = self.when.words.sizePolicy()
        keeps_its_room.setRetainSizeWhenHidden(True)
        self.when.words.setSizePolicy(keeps_its_room)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.when)

    @override
    def _read(self) -> Any:
        return self.when.when()

    @override
    def _show(self, value: Any) -> None:
        self.when.show_when(value)


class _SlotList(QListWidget):
    """Show the slots; Delete removes the chosen one."""

    remove_wished = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wished.emit()
        else:
            super().keyPressEvent(event)


class InstantsEditor(Editor):
    """Edit a list of dates and times: type one and press Enter, Delete removes the chosen one; kept in time order."""

    def __init__(self, occasion: Occasion) -> None:
        super().__init__()
        self._occasion = occasion
        self.next_slot = WhenLine(occasion, self)
        self.next_slot.plan()
        self.add_button = _side_button("Add", "Put this time on the list (Enter)")
        self.next_slot.row.addWidget(self.add_button)
        self.slots = _SlotList(self)
        self.slots.setProperty("role", "slots")
        self.slots.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.remove_button = _side_button("Remove", "Take the chosen time off the list (Delete)")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addWidget(self.next_slot)
        layout.addWidget(self.slots)
        layout.addWidget(self.remove_button, alignment=Qt.AlignmentFlag.AlignRight)
        self.setFocusProxy(self.next_slot)
        self.next_slot.edited.connect(self._touch)
        self.next_slot.entered.connect(self.add)
        self.add_button.clicked.connect(self.add)
        self.remove_button.clicked.connect(self.remove)
        self.slots.remove_wished.connect(self.remove)
        self._list([])

    def add(self) -> None:
        """Put what is typed on the list, in its place."""
        if self.next_slot.problem() or self.next_slot.when() is None:
            return
        self._list(sorted(self._with_typed()))
        self.next_slot.show_when(None)
        self._touch()

    def remove(self) -> None:
        """Take the chosen time off the list."""
        place = self.slots.currentRow()
        if place >= 0:
            self._list([one for at, one in enumerate(self._listed()) if at != place])
            self.slots.setCurrentRow(min(place, self.slots.count() - 1))
            self._touch()

    @override
    def problem(self) -> str:
        return self.next_slot.problem()

    @override
    def entry(self) -> QWidget:
        return self.next_slot.line

    @override
    def typed(self) -> Any:
        return {"listed": [instant_text(one) for one in self._listed()], "line": self.next_slot.typed()}

    @override
    def retype(self, typed: Any) -> None:
        self._list([parse_instant(one) for one in typed["listed"]])
        self.next_slot.line.setText(typed["line"])
        self._touch()

    @override
    def _read(self) -> Any:
        return tuple(self._with_typed()) or None

    @override
    def _show(self, value: Any) -> None:
        self._list(list(value or ()))
        self.next_slot.show_when(None)

    def _with_typed(self) -> list[datetime]:
        """Return the listed times and the one still in the line: what was typed counts, added or not."""
        typed = self.next_slot.when()
        return sorted({*self._listed(), typed}) if typed else self._listed()

    def _listed(self) -> list[datetime]:
        return [self.slots.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.slots.count())]

    def _list(self, slots: list[datetime]) -> None:
        self.slots.clear()
        for one in slots:
            item = QListWidgetItem(both_zones(one, self._occasion.own_zone, self._occasion.site_zone))
            item.setData(Qt.ItemDataRole.UserRole, one)
            self.slots.addItem(item)
        line = self.slots.sizeHintForRow(0) if slots else 0
        self.slots.setFixedHeight(min(len(slots), _SLOTS_SHOWN) * line + 2 * self.slots.frameWidth() + 2)
        self.slots.setVisible(bool(slots))
        self.remove_button.setVisible(bool(slots))


def _side_button(label: str, tip: str) -> QPushButton:
    button = QPushButton(label)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
