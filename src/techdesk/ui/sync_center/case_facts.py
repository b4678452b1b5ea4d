"""Show where a change goes, what happened to it so far, and what it says."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from techdesk.application.behalf import made_by
from techdesk.application.unsent.outbox_case import Case
from techdesk.ui.blocks import card, plain_label, selectable_label
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.sync_center.case_words import attempts_in_words, spaced, spelled
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words


def facts_card(case: Case, words: Words) -> QFrame:
    """Return when it was made and sent, to whom, what happened so far, and the support code in large letters."""
    entry, operation, formats = case.entry, case.entry.operation, words.formats
    frame = card()
    grid = QGridLayout(frame)
    grid.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
    grid.setHorizontalSpacing(Space.M)
    grid.setVerticalSpacing(Space.XS)
    grid.setColumnStretch(1, 1)
    facts = (
        ("Recorded", joined(formats.when(operation.created_at), made_by(operation, case.account))),
        ("Sent", formats.when(operation.last_sent_at)),
        ("To", joined(case.account.name, case.account.address)),
        ("Order", joined(entry.number or "not numbered yet", entry.title)),
        ("So far", attempts_in_words(case.attempts, formats)),
    )
    for row, (label, text) in enumerate((label, text) for label, text in facts if text):
        grid.addWidget(plain_label(label, "section", wrap=False), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(selectable_label(shortened(text)), row, 1)
    grid.addLayout(_code(operation.support_code), 0, 2, len(facts), 1)
    return frame


def content_card(case: Case, words: Words) -> QFrame:
    """Return what was sent, or is to be sent, in words."""
    frame = card()
    column = QVBoxLayout(frame)
    column.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
    column.setSpacing(Space.XS)
    lines = words.operation(case.entry.operation)
    for label, text in lines:
        column.addWidget(plain_label(label, "section"))
        column.addWidget(selectable_label(shortened(text)))
    if not lines:
        column.addWidget(plain_label(shortened(case.entry.what)))
    return frame


def _code(support_code: str) -> QVBoxLayout:
    code = selectable_label(spaced(support_code), "code")
    code.setWordWrap(False)
    code.setAccessibleName(f"Support code {spelled(support_code)}")
    column = QVBoxLayout()
    column.setSpacing(0)
    column.addWidget(plain_label("Support code", "section", wrap=False))
    column.addWidget(code)
    column.addStretch(1)
    return column
