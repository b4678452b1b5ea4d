"""List every action of the window once; menus, buttons, the shortcut sheet and the palette read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Opens(Protocol):
    """The dialogs that belong to no order."""

    def accounts(self) -> None:
        """Open the accounts."""
        ...

    def administration(self) -> None:
        """Open the administration."""
        ...

    def recovery_code(self) -> None:
        """Show what opens the data if this computer loses its key."""
        ...

    def save_unsent(self) -> None:
        """Let the person save all unsent work in a file."""
        ...

    def take_in_unsent(self) -> None:
        """Let the person take in unsent work of another computer."""
        ...

    def shortcuts(self) -> None:
        """Open the list of shortcuts."""
        ...


class BringsOrders(Protocol):
    """What brings orders onto this computer and lets go of them."""

    def search(self) -> None:
        """Open the search on the server."""
        ...

    def open_file(self) -> None:
        """Let the person choose a file of one order."""
        ...

    def stop_following(self) -> None:
        """Ask, then remove the order that is shown from this computer."""
        ...


class ActionTarget(Protocol):
    """What the actions do to the window."""

    @property
    def opens(self) -> Opens:
        """Return what opens dialogs over the window."""
        ...

    @property
    def finder(self) -> BringsOrders:
        """Return what brings orders here."""
        ...

    def new_order(self) -> None:
        """Open the dialog for a new order."""
        ...

    def record_event(self) -> None:
        """Open the menu of events for the selected order."""
        ...

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        ...

    def focus_list(self) -> None:
        """Put the focus on the order list."""
        ...

    def focus_order(self) -> None:
        """Put the focus on the open order."""
        ...

    def change_status(self) -> None:
        """Offer the statuses for the selected orders."""
        ...

    def change_assignee(self) -> None:
        """Offer the people for the selected orders."""
        ...

    def print_order(self) -> None:
        """Open the papers of the order that is shown."""
        ...

    def undo(self) -> None:
        """Take back what was done last."""
        ...

    def show_view(self, name: str) -> None:
        """Show a saved view."""
        ...

    def show_sync_center(self) -> None:
        """Show or leave the sync centre."""
        ...

    def decide(self) -> None:
        """Open the dialog for what waits for the person."""
        ...

    def sync_now(self) -> None:
        """Sync at once."""
        ...

    def toggle_offline(self) -> None:
        """Switch "Work offline"."""
        ...

    def use_theme(self, wish: str) -> None:
        """Use `light`, `dark` or `system` colours."""
        ...

    def show_palette(self) -> None:
        """Open the command palette."""
        ...

    def quit(self) -> None:
        """Close the window."""
        ...


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do.

    Attributes:
        name: Stable name.
        label: What menus say; `&` marks its mnemonic.
        key: Its shortcut as Qt writes it, or empty.
        menu: The menu it stands in.
        run: Does it.
        needs_order: Only with a selected order.
    """

    name: str
    label: str
    key: str
    menu: str
    run: Callable[[ActionTarget], None]
    needs_order: bool = False

    @property
    def plain_label(self) -> str:
        """Return the label without its mnemonic."""
        return self.label.replace("&", "")


ACTIONS: tuple[Action, ...] = (
    Action("new_order", "&New order…", "Ctrl+N", "Order", lambda window: window.new_order()),
    Action("record_event", "&Record an event…", "Ctrl+E", "Order", lambda window: window.record_event(), True),
    Action("change_status", "Change &status…", "Ctrl+Shift+S", "Order", lambda window: window.change_status(), True),
    Action("change_assignee", "&Assign to…", "Ctrl+Shift+A", "Order", lambda window: window.change_assignee(), True),
    Action("print", "&Print…", "Ctrl+P", "Order", lambda window: window.print_order(), True),
    Action("undo", "&Undo", "Ctrl+Z", "Order", lambda window: window.undo()),
    Action("search_server", "Search on the ser&ver…", "Ctrl+Shift+F", "Order", lambda window: window.finder.search()),
    Action("open_file", "Open order &file…", "", "Order", lambda window: window.finder.open_file()),
    Action("unfollow", "S&top following…", "", "Order", lambda window: window.finder.stop_following(), True),
    Action("quit", "&Quit", "Ctrl+Q", "Order", lambda window: window.quit()),
    Action("search", "&Search orders", "Ctrl+F", "View", lambda window: window.focus_search()),
    Action("list", "Go to the &list", "Ctrl+L", "View", lambda window: window.focus_list()),
    Action("order", "Go to the &order", "Ctrl+O", "View", lambda window: window.focus_order()),
    Action("view_mine", "My open orders", "F2", "View", lambda window: window.show_view("mine")),
    Action("view_depot", "Depot queue", "F3", "View", lambda window: window.show_view("depot")),
    Action("view_onsite", "Onsite today", "F4", "View", lambda window: window.show_view("onsite_today")),
    Action("view_overdue", "Overdue", "F6", "View", lambda window: window.show_view("overdue")),
    Action("view_waiting", "Waiting", "F7", "View", lambda window: window.show_view("waiting")),
    Action("view_unsent", "Unsent", "F8", "View", lambda window: window.show_view("unsent")),
    Action("view_all", "All", "F9", "View", lambda window: window.show_view("all")),
    Action("theme_light", "Light colours", "", "View", lambda window: window.use_theme("light")),
    Action("theme_dark", "Dark colours", "", "View", lambda window: window.use_theme("dark")),
    Action("theme_system", "Colours of the system", "", "View", lambda window: window.use_theme("system")),
    Action("sync_center", "Sync &centre", "Ctrl+U", "Sync", lambda window: window.show_sync_center()),
    Action("decide", "&Decide what needs you…", "Ctrl+Shift+U", "Sync", lambda window: window.decide()),
    Action("sync_now", "Sync &now", "F5", "Sync", lambda window: window.sync_now()),
    Action("offline", "&Work offline", "Ctrl+Shift+O", "Sync", lambda window: window.toggle_offline()),
    Action("save_unsent", "Sa&ve unsent work…", "", "Sync", lambda window: window.opens.save_unsent()),
    Action("take_in_unsent", "&Take in unsent work…", "", "Sync", lambda window: window.opens.take_in_unsent()),
    Action("accounts", "&Accounts…", "Ctrl+Shift+K", "Sync", lambda window: window.opens.accounts()),
    Action("administration", "A&dministration…", "Ctrl+Shift+M", "Sync", lambda window: window.opens.administration()),
    Action("palette", "Command &palette…", "Ctrl+K", "Help", lambda window: window.show_palette()),
    Action("recovery_code", "&Recovery code…", "", "Help", lambda window: window.opens.recovery_code()),
    Action("shortcuts", "&Shortcuts", "F1", "Help", lambda window: window.opens.shortcuts()),
)
"""Every action, by menu, in the menus' order."""
