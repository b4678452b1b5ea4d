"""Show the recovery code, to be printed or written down before it is needed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, Qt
from PySide6.QtGui import QFontDatabase, QPageLayout, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from techdesk.domain.errors import FileNotSavedError, TechDeskError
from techdesk.domain.recovery_code import GROUP_LENGTH, GROUPS, recovery_sheet
from techdesk.ui.blocks import MessageLine, card, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.fitting import grow
from techdesk.ui.own_folder import own_folder
from techdesk.ui.theme import Space

_FILE = "techdesk-recovery-code.txt"
_A_ROW = GROUPS // 2
_PRINTED_POINTS = 10.0
_MARGIN_MM = 20.0
_WHY = (
    "It opens the work on this computer if the keyring loses its key, if the master password is forgotten, or if the "
    "data was copied to another computer. Without it, unsent work would be lost then."
)
_WHERE = "Anybody who has this code and the data can read all of it: keep it on paper, away from this computer."


class RecoveryDialog(QDialog):
    """Show the code by groups, so that it can be compared; print it or save it as text."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Recovery code")
        self._context = context
        self._code = ""
        self._groups = [plain_label("·" * GROUP_LENGTH, "groups", wrap=False) for _ in range(GROUPS)]
        self.message = MessageLine()
        self.message.hide()
        self.save_button = push_button("&Save as text…", self._ask_where)
        self.print_button = push_button("&Print…", self._ask_printer, "Choose a printer", "primary")
        self._lay_out()
        self._show("")
        context.tasks.background(context.services.recovery_code, self._show, self._fail, self)

    @property
    def shown(self) -> str:
        """Return the code that is shown, empty before it is."""
        return self._code

    def save_to(self, path: Path) -> None:
        """Write what would be printed to a file for its owner alone."""
        text = recovery_sheet(self._code)
        self._context.tasks.background(
            lambda: _write(path, text), lambda _: self._tell(f"Saved as {path}"), self._fail, self
        )

    def print_on(self, printer: QPrinter) -> None:
        """Print the code and what it is for."""
        text = recovery_sheet(self._code)
        self._tell("Printing…")
        self._context.tasks.background(lambda: _print(text, printer), lambda _: self._tell("Printed"), self._fail, self)

    def _show(self, code: str) -> None:
        self._code = code
        for button in (self.save_button, self.print_button):
            button.setEnabled(bool(code))
        if code:
            self.print_button.setFocus()
        for number, (label, group) in enumerate(zip(self._groups, code.split("-"), strict=False), 1):
            label.setText(group)
            label.setAccessibleName(f"Group {number}: {' '.join(group)}")

    def _tell(self, words: str, role: str = "muted") -> None:
        self.message.say(words, role)
        self.message.show()
        grow(self)

    def _fail(self, error: TechDeskError) -> None:
        self._tell(str(error), "error")

    def _ask_where(self) -> None:
        chooser = QFileDialog(self, "Save as text", str(own_folder() / _FILE), "Text (*.txt)")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix("txt")
        chooser.selectFile(_FILE)
        chooser.fileSelected.connect(lambda name: self.save_to(Path(name)))
        chooser.open()

    def _ask_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName("TechDesk recovery code")
        chooser = QPrintDialog(printer, self)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.accepted.connect(lambda: self.print_on(printer))
        QDialog.open(chooser)

    def _lay_out(self) -> None:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.XS)
        for place, label in enumerate(self._groups):
            row, column = divmod(place, _A_ROW)
            grid.addWidget(plain_label(str(place + 1), "small", wrap=False), 3 * row, column)
            grid.addWidget(label, 3 * row + 1, column)
        grid.setRowMinimumHeight(2, Space.S)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addStretch(1)
        for button in (push_button("&Close", self.reject, "Esc"), self.save_button, self.print_button):
            button.setAutoDefault(True)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(plain_label("Recovery code", "title"))
        layout.addWidget(plain_label(_WHY, "muted"))
        layout.addWidget(frame)
        layout.addWidget(plain_label(_WHERE, "muted"))
        layout.addStretch(1)
        layout.addWidget(self.message)
        layout.addLayout(buttons)


def _write(path: Path, text: str) -> None:
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileNotSavedError from error


def _print(text: str, printer: QPrinter) -> None:
    printer.setPageMargins(QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM), QPageLayout.Unit.Millimeter)
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(_PRINTED_POINTS)
    document = QTextDocument()
    document.setDefaultFont(font)
    document.setPlainText(text)
    document.print_(printer)
