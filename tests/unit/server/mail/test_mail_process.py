"""E-mail from the server as a process: protected, and told truly after a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.mail_server import PASSWORD, USER, MailServer, private_certificate, running_mail_server
from tests.support.server_process import ServerProcess, running_server
from tests.support.waiting import wait_until


@dataclass
class Team:
    """A server with its mail server, and one order."""

    server: ServerProcess
    mail: MailServer
    headers: dict[str, str]
    order: str

    def enter(self, status: str) -> None:
        statuses = self.ask("GET", f"{self.order.partition('/stores/')[0]}/serviceorders/statuses")["items"]
        uid = next(one["serviceStatusUid"] for one in statuses if one["name"] == status)
        self.ask("PUT", self.order, {"serviceStatusUid": uid})

    def messages(self) -> list[str]:
        return [one["status"] for one in self.ask("GET", f"{self.order}/notifications")["items"]]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.server.address}{path}", headers=self.headers, json=body, timeout=30)
        assert answer.status_code < 300, answer.text
        return answer.json()


@pytest.fixture
def team(database_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """A running server that sends through STARTTLS, with a certificate only it was told of, and a password."""
    certificate = private_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    credential = tmp_path / "credential"
    credential.touch(0o600)
    credential.write_text(f"{USER}\n{PASSWORD}\n")
    with running_mail_server(certificate, asks_password=True) as mail:
        smtp = ("--smtp-host", "127.0.0.1", "--smtp-port", str(mail.port), "--smtp-from", "Depot <depot@example.org>")
        more = (*smtp, "--smtp-file", str(credential))
        with running_server(tmp_path, *more, database=database_address) as server:
            headers = {"Authorization": f"Bearer {server.admin_token}"}
            team = Team(server, mail, headers, "")
            me = team.ask("GET", "/v2/me")
            orders = f"/v2/tenants/{me['tenantUid']}/stores/{me['stores'][0]['storeUid']}/serviceorders"
            types = team.ask("GET", f"/v2/tenants/{me['tenantUid']}/serviceorders/types")["items"]
            order = {"title": "Kettle", "serviceTypeUid": types[0]["serviceTypeUid"]}
            made = team.ask("POST", orders, order | {"customer": {"name": "Ana", "email": "ana@example.org"}})
            team.order = f"{orders}/{made['serviceOrderUid']}"
            yield team


def test_a_customer_gets_an_e_mail_and_no_log_gets_the_password(team: Team):
    team.enter("Ready for pickup")

    wait_until(lambda: team.messages() == ["SENT"])

    assert team.ask("GET", "/v2/capabilities")["sendsEmail"] is True
    assert team.mail.recipients == [["ana@example.org"]]
    assert team.server.stop() == 0
    assert PASSWORD not in (team.server.folder / "log").read_text()


def test_what_was_under_way_at_a_power_cut_is_never_sent_again(team: Team):
    team.mail.holds = True
    team.enter("Ready for pickup")
    wait_until(lambda: len(team.mail.letters) == 1)
    assert team.messages() == ["QUEUED"]

    team.server.kill()
    team.mail.holds = False
    team.server.start()

    assert team.messages() == ["FAILED"]
    team.enter("In repair")
    team.enter("Ready for pickup")
    wait_until(lambda: team.messages() == ["FAILED", "SENT"])
    assert len(team.mail.letters) == 2
    assert team.server.run("check")["ok"]
