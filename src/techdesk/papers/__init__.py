"""Make an order's papers: work order, receipt and label, as PDF; the desk and the server make the same ones."""

from techdesk.papers.making import make_paper, with_installed_fonts
from techdesk.papers.sheet import LABEL_MM, PaperKind, Sheet, file_name

__all__ = ["LABEL_MM", "PaperKind", "Sheet", "file_name", "make_paper", "with_installed_fonts"]
