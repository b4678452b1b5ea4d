"""The customer's page in a real browser: Chromium without a window, asking a real server process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PySide6.QtGui import QColor, QImage

from tests.support.server_process import ServerProcess, running_server

TITLE = "<script>document.title='hacked'</script> Kettle & \"Grüße\" 🔧"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("public"), "--sample", "3") as running:
        yield running


def public_page(server: ServerProcess) -> str:
    """Make an order and return the address of its page."""
    with httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {server.admin_token}"}) as client:
        me = client.get("/v2/me").json()
        tenant = f"/v2/tenants/{me['tenantUid']}"
        types = client.get(f"{tenant}/serviceorders/types").json()["items"]
        body = {"title": TITLE, "serviceTypeUid": types[0]["serviceTypeUid"], "estimatedPrice": 1250.5}
        made = client.post(f"{tenant}/stores/{me['stores'][0]['storeUid']}/serviceorders", json=body)
        assert made.status_code == 201, made.text
    return f"{server.address}/public/{made.json()['publicPageHash']}"


def browse(address: str, home: Path, *wishes: str) -> str:
    """Open a page in Chromium and return what it says on stdout."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed; `./run test` does that"
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
    command = [chromium, *options, f"--user-data-dir={home}", "--window-size=900,700", *wishes, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_browser_shows_markup_in_a_title_as_text_and_runs_nothing(server: ServerProcess, tmp_path: Path):
    seen = browse(public_page(server), tmp_path / "home", "--dump-dom")
    assert "<h1>&lt;script&gt;document.title='hacked'&lt;/script&gt; Kettle &amp; \"Grüße\" 🔧</h1>" in seen
    assert "<title>hacked" not in seen
    assert "1,250.50" in seen
    assert '<li class="here" aria-current="step">Received</li>' in seen


@pytest.mark.parametrize(
    ("wishes", "window", "card"),
    [((), "#f6f7f9", "#ffffff"), (("--force-dark-mode",), "#14181e", "#1b2027")],
    ids=["light", "dark"],
)
def test_the_policy_lets_the_page_have_its_looks_in_both_themes(
    server: ServerProcess, tmp_path: Path, wishes: tuple[str, ...], window: str, card: str
):
    picture = tmp_path / "page.png"
    browse(public_page(server), tmp_path / "home", f"--screenshot={picture}", *wishes)
    image = QImage(str(picture))
    assert image.pixelColor(10, 10) == QColor(window)
    assert image.pixelColor(450, 75) == QColor(card)


def test_a_wrong_address_is_told_in_words(server: ServerProcess, tmp_path: Path):
    seen = browse(f"{server.address}/public/{'A' * 22}", tmp_path / "home", "--dump-dom")
    assert "<h1>There is no such page</h1>" in seen
    assert "ask the shop" in seen
