"""Edit which of several things are meant: a box to tick for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.ui.blocks import plain_label
from techdesk.ui.editors.base import Editor


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing to tick.

    Attributes:
        value: What it is; None for one that comes with all, never alone.
        label: What the person reads.
        amount: Stands at the right.
        why_not_alone: Why it cannot be chosen by itself; empty where it can.
    """

    value: str | None
    label: str
    amount: str = ""
    why_not_alone: str = ""


class PicksEditor(Editor):
    """Edit a choice of things; all are ticked at first.

    The value is empty while all are ticked. As soon as one is not, those that cannot be chosen by themselves are not
    ticked either; they are again once all others are.
    """

    def __init__(self, picks: Sequence[Pick], nothing: str) -> None:
        """Make the boxes.

        Args:
            picks: The things, top to bottom.
            nothing: What is wrong where none is ticked.
        """
        super().__init__()
        self._picks = picks
        self._nothing = nothing
        self.boxes: list[QCheckBox] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for pick in picks:
            layout.addLayout(self._line(pick))
        if self.boxes:
            self.setFocusProxy(self.entry())

    @property
    def chosen(self) -> list[bool]:
        """Return for each thing whether it is ticked."""
        return [box.isChecked() for box in self.boxes]

    @override
    def problem(self) -> str:
        return "" if any(self.chosen) or not self.boxes else self._nothing

    @override
    def entry(self) -> QWidget:
        return next((box for box in self.boxes if box.isEnabled()), self.boxes[0])

    @override
    def typed(self) -> Any:
        return [pick.value for pick, chosen in zip(self._picks, self.chosen, strict=True) if chosen]

    @override
    def retype(self, typed: Any) -> None:
        for pick, box in zip(self._picks, self.boxes, strict=True):
            box.setChecked(pick.value in typed)

    @override
    def _read(self) -> Any:
        if all(self.chosen):
            return ()
        return tuple(pick.value for pick, chosen in zip(self._picks, self.chosen, strict=True) if chosen)

    @override
    def _show(self, value: Any) -> None:
        for pick, box in zip(self._picks, self.boxes, strict=True):
            box.setChecked(not value or pick.value in value)

    def _line(self, pick: Pick) -> QHBoxLayout:
        box = QCheckBox(pick.label.replace("&", "&&"), self)
        box.setChecked(True)
        box.setEnabled(not pick.why_not_alone)
        box.toggled.connect(self._on_toggled)
        self.boxes.append(box)
        line = QHBoxLayout()
        line.addWidget(box)
        if pick.why_not_alone:
            line.addWidget(plain_label(pick.why_not_alone, "small", wrap=False))
        line.addStretch(1)
        line.addWidget(plain_label(pick.amount, wrap=False))
        return line

    def _on_toggled(self) -> None:
        free = [box.isChecked() for pick, box in zip(self._picks, self.boxes, strict=True) if not pick.why_not_alone]
        for pick, box in zip(self._picks, self.boxes, strict=True):
            if pick.why_not_alone:
                was_blocked = box.blockSignals(True)
                box.setChecked(all(free))
                box.blockSignals(was_blocked)
        self._touch()
