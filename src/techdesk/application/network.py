"""Say how this computer reaches servers: by which proxy, and whose certificates it trusts besides the system's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.text import checked_text

PROXY = "proxy"
"""Setting of the desk and of an account: `system`, `none`, or the address of a proxy."""

CA_FILE = "caFile"
"""Setting of the desk and of an account: a file with certificates, in PEM, that are trusted as well."""

SYSTEM_PROXY = "system"
NO_PROXY = "none"

NETWORK_SETTINGS = (PROXY, CA_FILE)
"""What every account may set besides its system's own settings; empty means as the desk says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How servers are reached.

    Attributes:
        proxy: `system` (what the environment says), `none`, or an address without a sign-in.
        user_name: Who signs in to that proxy; empty where it wants nobody to.
        password: Of that sign-in; a secret.
        ca_file: Its certificates are trusted as well; empty for none.
    """

    proxy: str = SYSTEM_PROXY
    user_name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""

    @property
    def has_own_proxy(self) -> bool:
        """Say whether a proxy is named by its address."""
        return self.proxy not in (SYSTEM_PROXY, NO_PROXY)


BY_SYSTEM = Network()
"""As the environment says."""


def wanted_network(account: Mapping[str, str], desk: Mapping[str, str], address: str) -> Network:
    """Return how an account's address is reached, without a sign-in: its own settings go before the desk's.

    What runs on this very computer needs no proxy unless the account itself names one.
    """
    of_desk = NO_PROXY if _is_this_computer(address) else desk.get(PROXY, "")
    return Network(
        proxy=account.get(PROXY, "") or of_desk or SYSTEM_PROXY,
        ca_file=account.get(CA_FILE, "") or desk.get(CA_FILE, ""),
    )


def _is_this_computer(address: str) -> bool:
    """Say whether an address leads to this very computer."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def checked_proxy(text: str) -> str:
    """Return `system`, `none`, an address without a slash at its end, or empty text.

    Raises:
        InvalidInputError: It is none of these, or holds a sign-in; `field` is `proxy`.
    """
    trimmed = checked_text(text).strip().rstrip("/")
    if trimmed.lower() in ("", SYSTEM_PROXY, NO_PROXY):
        return trimmed.lower()
    hint = "It looks like http://proxy.example.com:8080"
    parts = web_address(trimmed)
    if parts is None or parts.path or parts.query or parts.fragment:
        raise InvalidInputError("This is no address of a proxy", hint, field=PROXY)
    if parts.username is not None or parts.password is not None:
        words = "A sign-in does not belong into the proxy's address"
        raise InvalidInputError(words, "Give it by itself: “Sign in to the proxy”", field=PROXY)
    return trimmed


def web_address(text: str) -> SplitResult | None:
    """Return the parts of an http or https address that names a host; None for anything else."""
    try:
        parts = urlsplit(text)
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None
