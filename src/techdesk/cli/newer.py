"""Save the unsent work of data that a newer TechDesk wrote, which no desk of this one opens."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from techdesk.cli.answer import Answer
from techdesk.cli.rescue import document_of_file, lines_of_file
from techdesk.desk.newer import save_newer
from techdesk.desk.places import Places


def export_newer(options: Namespace, places: Places) -> Answer:
    """Run `techdesk outbox export` where the desk cannot be opened, as a newer TechDesk wrote its data.

    Raises:
        StoreTooNewError: Nothing unsent in it can be understood.
        TechDeskError: There is no such account or no unsent work, or the file could not be written.
    """
    saved = save_newer(places, Path(options.file), options.account or "")
    made = saved.file
    text = f"Saved in {made.path}. The data itself was not changed. {saved.left_out_words}".rstrip()
    document = document_of_file(made) | {"leftOut": saved.left_out}
    return Answer(document, "\n".join([text, *lines_of_file(made)]))
