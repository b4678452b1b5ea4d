"""Show what was withdrawn or overruled on an order, with its whole content: nothing typed is ever lost."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QWidget

from techdesk.application.behalf import made_by
from techdesk.application.editing.order_history import PastChange
from techdesk.application.order_detail import OrderDetail
from techdesk.application.phrases import what
from techdesk.ui.blocks import card, emptied, icon_button, plain_label, push_button, scrolling_list, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.flow import FlowLayout
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.theme import Space
from techdesk.ui.whole_order.dialogs import form_of
from techdesk.ui.wording import Line, Words, as_text, names_of

_ICON = 20
_RESTORES = {"mine": "Restore my text", "theirs": "Restore their text"}
_SIDES = {"mine": "mine", "theirs": "theirs", "own": "a text of its own"}


class HistoryTab(QWidget):
    """List what is no longer on its way; each entry can be copied whole."""

    label = "History"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        self._drawn: object = None
        self._list = scrolling_list(self)
        context.theme.changed.connect(self._draw)

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the history of an order."""
        self._detail = detail
        drawn = (detail.ref, tuple(detail.history), detail.choices)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw()

    def count(self, detail: OrderDetail) -> int:
        """Return how many changes were withdrawn or overruled."""
        return len(detail.history)

    def copy(self, past: PastChange) -> None:
        """Put a change with its whole content on the clipboard."""
        QGuiApplication.clipboard().setText(as_text(joined(what(past.operation), self._facts(past)), self._lines(past)))
        self._context.notices.confirm("Copied")

    def restore(self, past: PastChange, side: str = "mine") -> None:
        """Bring back one's own or the other text of a past change."""
        restore = self._context.services.commands.restoring.restore
        self._context.tasks.command(
            partial(restore, past.operation.op_id, side), lambda _: self._context.notices.confirm("Restored")
        )

    def _draw(self) -> None:
        emptied(self._list)
        if self._detail is None:
            return
        for past in self._detail.history:
            self._list.addWidget(self._card(past))
        if not self._detail.history:
            empty = plain_label("Nothing was withdrawn or overruled on this order.", "muted")
            empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._list.addWidget(empty)
        self._list.addStretch(1)

    def _card(self, past: PastChange) -> QFrame:
        frame, icons = card(), self._context.icons
        picture = QLabel()
        picture.setPixmap(icons.pixmap("conflict" if past.clashes else "withdrawn", "muted", _ICON))
        head = QHBoxLayout()
        head.addWidget(plain_label(shortened(what(past.operation)), "strong"), 1)
        head.addWidget(icon_button(icons, "copy", "Copy all of it", partial(self.copy, past)))
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(head, 0, 1)
        grid.addWidget(plain_label(self._facts(past), "small"), 1, 1)
        lines = "\n".join(f"{label}: {text}" for label, text in self._lines(past))
        if lines:
            grid.addWidget(selectable_label(shortened(lines)), 2, 1)
        grid.addWidget(self._restore_buttons(past), 3, 1)
        return frame

    def _restore_buttons(self, past: PastChange) -> QWidget:
        """Return a button for each text that did not get through; what it restores is an ordinary new change."""
        row = QWidget()
        flow = FlowLayout(row, Space.S)
        words = _RESTORES if past.clashes else {"mine": "Restore this text"}
        for side in past.lost:
            tip = "Makes a new change of what is there now; it is sent like any other"
            flow.addWidget(push_button(words[side], partial(self.restore, past, side), tip, "inline"))
        row.setVisible(bool(past.lost))
        return row

    def _facts(self, past: PastChange) -> str:
        operation = past.operation
        decided = f"{past.fate.value} {self._context.formats.when(past.at)}"
        who = made_by(operation, self._detail.account) if self._detail else operation.created_by
        return joined(decided, who, f"support code {operation.support_code}")

    def _lines(self, past: PastChange) -> list[Line]:
        """Say what was to be sent; a field that was in conflict with both texts and which one was kept."""
        words = self._words()
        clashed = {one.field for one in past.clashes}
        lines: list[Line] = []
        for clash in past.clashes:
            label = words.label(clash.field)
            lines.append((f"{label}, kept", _SIDES[clash.choice]))
            lines.append((f"{label}, mine", words.value(clash.field, clash.mine)))
            lines.append((f"{label}, theirs", words.value(clash.field, clash.theirs)))
        hidden = {words.label(name) for name in clashed}
        return lines + [line for line in words.operation(past.operation) if line[0] not in hidden]

    def _words(self) -> Words:
        formats = self._context.formats
        if self._detail is None:
            return Words(formats=formats)
        detail = self._detail
        return Words(
            formats=formats,
            site_zone=detail.order.site.time_zone,
            names=names_of(detail.choices),
            form=form_of(self._context, detail.account.system),
            order=detail.shown.document,
        )
