"""E-mail to customers: through a real mail server, once, with every end told on the order."""

from __future__ import annotations

import ssl
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from techdesk.domain.errors import TechDeskError
from techdesk.domain.instants import instant_text
from techdesk.server.mail.courier import Attempt, Courier, Fate
from techdesk.server.mail.letters import Letter, Sender, letter, plain_address, sender_of
from techdesk.server.mail.post_office import DELAYS, PostOffice, recover
from techdesk.server.mail.settings import Security, SmtpSettings, add_smtp_options, smtp_settings
from techdesk.server.orders.integrity import problems_of
from techdesk.server.storage.sales_tables import outgoing_mail
from tests.support.mail_server import (
    PASSWORD,
    USER,
    Certificate,
    MailServer,
    private_certificate,
    running_mail_server,
)
from tests.unit.server.world import START, World

SENDER = Sender("depot@example.org", "Main depot")
NEVER_STOPPING = threading.Event()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate that nobody trusts by itself."""
    return private_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server without protection."""
    with running_mail_server() as server:
        yield server


@pytest.fixture
def world(world: World) -> World:
    """A team with a mail server."""
    world.server.sends_email = True
    return world


def settings(port: int, security: Security = Security.NONE, **more: Any) -> SmtpSettings:
    return SmtpSettings("127.0.0.1", port, SENDER, security, **more)


def courier(port: int, security: Security = Security.NONE, trust: ssl.SSLContext | None = None, **more: Any) -> Courier:
    return Courier(settings(port, security, **more), trust, patience_seconds=5, whole_seconds=20)


def office(world: World, port: int) -> PostOffice:
    return PostOffice(world.database, SENDER, courier(port).carry, world.clock)


def a_ready_order(world: World, email: str = "ana@example.org", **fields: Any) -> str:
    order = world.order(customer={"name": "Ana", "email": email}, **fields)
    world.close(order, "Ready for pickup")
    return order


def message(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.changes()["orders"][-1]["notifications"][-1]
    return found


def waiting(world: World) -> list[Any]:
    with world.database.read() as connection:
        return list(connection.execute(select(outgoing_mail)).mappings())


def a_letter(text: str = "SO-1 · Kettle: Ready", recipient: str = "ana@example.org") -> Letter:
    written = letter(SENDER, recipient, text, uid="m1", at=START)
    assert written is not None
    return written


def test_a_message_is_queued_then_sent_and_each_is_a_change_of_the_order(world: World, mail: MailServer):
    order = a_ready_order(world, title="Wasserkocher · größer")
    queued, cursor = message(world), world.changes()["cursor"]
    world.clock.advance(minutes=2)

    assert office(world, mail.port).send_due(NEVER_STOPPING) == 1

    assert (queued["status"], queued["sentAt"], queued["revision"]) == ("QUEUED", None, 1)
    changed = world.changes(since=cursor)["orders"]
    assert [f"{world.orders}/{one['serviceOrderUid']}" for one in changed] == [order]
    sent = changed[0]["notifications"][0]
    assert (sent["status"], sent["sentAt"]) == ("SENT", "2026-03-02T09:02:00.000Z")
    assert sent["revision"] > 1
    (got,) = mail.letters
    number = changed[0]["serviceNumber"]
    assert (got["To"], got["From"]) == ("ana@example.org", "Main depot <depot@example.org>")
    assert got["Subject"] == f"{number} · Wasserkocher · größer: Ready for pickup"
    assert got.get_content() == f"{got['Subject']}\r\n"
    assert mail.recipients == [["ana@example.org"]]
    assert waiting(world) == []
    assert problems_of(world.database) == (1, [])


def test_a_message_is_sent_once(world: World, mail: MailServer):
    a_ready_order(world)
    one = office(world, mail.port)

    assert [one.send_due(NEVER_STOPPING), one.send_due(NEVER_STOPPING)] == [1, 0]
    assert len(mail.letters) == 1


def test_what_the_server_says_it_can_do_follows_the_mail_server(world: World):
    told = [world.technician.get("/v2/capabilities").json()["sendsEmail"]]
    world.server.sends_email = False
    told.append(world.technician.get("/v2/capabilities").json()["sendsEmail"])

    assert told == [True, False]


def test_a_phone_gets_nothing_from_a_mail_server(world: World):
    order = world.order(customer={"name": "Ana", "phone": "+49 30 1"})
    world.close(order, "Ready for pickup")

    assert (message(world)["channel"], message(world)["status"], waiting(world)) == ("SMS", "NOT_CONFIGURED", [])


@pytest.mark.parametrize("is_tls", [False, True])
def test_a_letter_goes_through_tls_with_a_password(certificate: Certificate, is_tls: bool):
    security = Security.TLS if is_tls else Security.STARTTLS
    who = {"user": USER, "password": PASSWORD}
    with running_mail_server(certificate, is_tls=is_tls, asks_password=True) as server:
        attempt = courier(server.port, security, certificate.trusting(), **who).carry(a_letter())

    assert (attempt, len(server.letters)) == (Attempt(Fate.SENT), 1)


def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing(certificate: Certificate):
    with running_mail_server(certificate) as server:
        attempt = courier(server.port, Security.STARTTLS, user=USER, password=PASSWORD).carry(a_letter())

    assert (attempt.fate, server.letters) == (Fate.NOT_SENT_YET, [])
    assert "certificate" in attempt.reason.lower()


def test_a_mail_server_without_starttls_gets_no_password(mail: MailServer):
    attempt = courier(mail.port, Security.STARTTLS, user=USER, password=PASSWORD).carry(a_letter())

    assert (attempt.fate, mail.letters) == (Fate.NOT_SENT_YET, [])


def test_a_wrong_password_waits_and_stands_in_no_reason(certificate: Certificate):
    with running_mail_server(certificate, asks_password=True) as server:
        one = courier(server.port, Security.STARTTLS, certificate.trusting(), user=USER, password="wrong-secret")
        attempt = one.carry(a_letter())

    assert (attempt.fate, server.letters) == (Fate.NOT_SENT_YET, [])
    assert "wrong-secret" not in attempt.reason
    assert USER not in attempt.reason
    assert "wrong-secret" not in repr(settings(1, password="wrong-secret"))


ENDS = [
    ("recipient_answer", "550 Nobody here", "FAILED", "550"),
    ("recipient_answer", "450 Later", "QUEUED", "450"),
    ("data_answer", "554 Spam", "FAILED", "554"),
    ("data_answer", "451 Later", "QUEUED", "451"),
    ("loses", True, "FAILED", "lost after"),
]


@pytest.mark.parametrize(("what", "answer", "status", "reason"), ENDS)
def test_what_the_mail_server_answers_decides(
    world: World, mail: MailServer, caplog: pytest.LogCaptureFixture, what: str, answer: Any, status: str, reason: str
):
    setattr(mail, what, answer)
    a_ready_order(world)

    office(world, mail.port).send_due(NEVER_STOPPING)

    assert message(world)["status"] == status
    assert message(world)["sentAt"] is None
    assert len(waiting(world)) == (status == "QUEUED")
    assert reason in caplog.text
    assert problems_of(world.database) == (1, [])


def test_a_mail_server_that_is_down_is_tried_again_later_and_at_last_no_more(world: World):
    a_ready_order(world)
    with running_mail_server() as server:
        port = server.port
    one = office(world, port)
    tried = []
    for delay in DELAYS:
        tried += [one.send_due(NEVER_STOPPING), one.send_due(NEVER_STOPPING)]
        assert message(world)["status"] == "QUEUED"
        world.clock.now += delay

    tried.append(one.send_due(NEVER_STOPPING))

    assert tried == [1, 0] * len(DELAYS) + [1]
    assert message(world)["status"] == "FAILED"


def test_a_mail_server_that_comes_back_gets_what_waited(world: World):
    a_ready_order(world)
    with running_mail_server() as server:
        port = server.port
    office(world, port).send_due(NEVER_STOPPING)
    world.clock.now += DELAYS[0]

    with running_mail_server(port=port) as server:
        office(world, port).send_due(NEVER_STOPPING)

    assert (message(world)["status"], len(server.letters)) == ("SENT", 1)


def test_a_mail_server_that_never_answers_holds_a_letter_for_its_time_only(mail: MailServer):
    mail.holds = True
    one = Courier(settings(mail.port), patience_seconds=20, whole_seconds=1)

    assert one.carry(a_letter()).fate is Fate.UNKNOWN


def test_after_a_restart_what_was_begun_is_never_sent_again_and_what_was_not_is(world: World, mail: MailServer):
    begun, fresh = a_ready_order(world, "begun@example.org"), a_ready_order(world, "fresh@example.org")

    def cut(_: Letter) -> Attempt:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PostOffice(world.database, SENDER, cut, world.clock).send_due(NEVER_STOPPING)
    recover(world.database, instant_text(world.clock()), is_configured=True)
    office(world, mail.port).send_due(NEVER_STOPPING)

    statuses = {
        order: world.technician.get(f"{order}/notifications").json()["items"][0]["status"] for order in (begun, fresh)
    }
    assert statuses == {begun: "FAILED", fresh: "SENT"}
    assert mail.recipients == [["fresh@example.org"]]


def test_a_server_that_lost_its_mail_server_says_so_on_what_waited(world: World):
    a_ready_order(world)

    recover(world.database, instant_text(world.clock()), is_configured=False)

    assert (message(world)["status"], waiting(world)) == ("NOT_CONFIGURED", [])


def test_an_order_deleted_while_its_letter_is_out_stays_deleted(world: World, mail: MailServer):
    order = a_ready_order(world)
    carried = courier(mail.port)

    def deleting(one: Letter) -> Attempt:
        assert world.supervisor.delete(order).status_code == 204
        return carried.carry(one)

    PostOffice(world.database, SENDER, deleting, world.clock).send_due(NEVER_STOPPING)

    assert world.changes()["orders"] == []
    assert problems_of(world.database) == (0, [])


def test_the_office_sends_until_it_is_told_to_stop(world: World, mail: MailServer):
    stopping, told = threading.Event(), threading.Event()
    carried = courier(mail.port)

    def carry(one: Letter) -> Attempt:
        attempt = carried.carry(one)
        told.set()
        return attempt

    thread = threading.Thread(target=PostOffice(world.database, SENDER, carry, world.clock).run, args=(stopping,))
    thread.start()
    a_ready_order(world)
    assert told.wait(30)
    stopping.set()
    thread.join(30)

    assert not thread.is_alive()
    assert message(world)["status"] == "SENT"


NASTY = [
    "ana@example.org\r\nBcc: evil@example.org",
    "ana@example.org, evil@example.org",
    "ana@example.org\nRCPT TO:<evil@example.org>",
    "<ana@example.org> evil@example.org",
    "n/a",
    "@",
    "ana@",
    "a b@example.org",
    "ana@" + "x" * 64 + ".org",
    '"ana"@example.org',
]


@pytest.mark.parametrize("recipient", NASTY)
def test_what_is_not_one_address_fails_and_goes_to_nobody(world: World, mail: MailServer, recipient: str):
    a_ready_order(world, recipient)

    office(world, mail.port).send_due(NEVER_STOPPING)

    assert (message(world)["status"], message(world)["recipient"]) == ("FAILED", recipient)
    assert mail.letters == []


def test_a_title_adds_no_header_and_arrives_as_it_stands(world: World, mail: MailServer):
    title = "Kettle\r\nBcc: evil@example.org\r\n\r\n.\r\n<b>hot</b>\u2028\x1b[31m"
    a_ready_order(world, title=title)

    office(world, mail.port).send_due(NEVER_STOPPING)

    (got,) = mail.letters
    assert got["Bcc"] is None
    assert mail.recipients == [["ana@example.org"]]
    assert "Bcc: evil@example.org" in got["Subject"]
    assert set(got.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }  # fmt: skip
    assert got.get_payload(decode=True) == f"{message(world)['message']}\r\n".encode()


def test_addresses_beyond_ascii_go_as_the_standards_say(mail: MailServer):
    assert plain_address("ana@bücher.example") == "ana@xn--bcher-kva.example"

    attempt = courier(mail.port).carry(a_letter(recipient="jörg@bücher.example"))

    assert (attempt.fate, mail.recipients) == (Fate.SENT, [["jörg@xn--bcher-kva.example"]])
    assert mail.letters[0]["To"] == "jörg@xn--bcher-kva.example"


def test_the_sender_may_have_a_name():
    assert sender_of("Haupt·depot <depot@example.org>") == Sender("depot@example.org", "Haupt·depot")


def options(*words: str, environment: dict[str, str] | None = None) -> SmtpSettings | None:
    parser = ArgumentParser()
    add_smtp_options(parser)
    return smtp_settings(parser.parse_args(words), environment or {})


HOST = ("--smtp-host", "mail.example.org", "--smtp-from", "depot@example.org")
CREDENTIAL = {"TECHDESK_SMTP_USER": USER, "TECHDESK_SMTP_PASSWORD": PASSWORD}


def test_the_options_say_where_and_as_whom(tmp_path: Path):
    file = tmp_path / "credential"
    file.write_text(f"{USER}\n{PASSWORD}\n")
    file.chmod(0o600)
    sender = Sender("depot@example.org")
    plain = SmtpSettings("mail.example.org", 587, sender, Security.STARTTLS, USER, PASSWORD)

    assert options() is None
    assert options(*HOST, environment=CREDENTIAL) == plain
    assert options(*HOST, "--smtp-file", str(file)) == plain
    assert options(*HOST, "--smtp-security", "tls", environment=CREDENTIAL) == replace(
        plain, security=Security.TLS, port=465
    )
    assert options(*HOST, "--smtp-security", "none") == SmtpSettings("mail.example.org", 25, sender, Security.NONE)


REFUSED: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("--smtp-from", "depot@example.org"), {}, "mail server's name"),
    (("--smtp-host", "h"), {}, "--smtp-from"),
    (("--smtp-host", "h", "--smtp-from", "a@b\r\nBcc: c@d"), {}, "--smtp-from"),
    (HOST, {"TECHDESK_SMTP_USER": USER}, "belong together"),
    ((*HOST, "--smtp-security", "none"), CREDENTIAL, "in the clear"),
    ((*HOST, "--smtp-file", "/nonexistent"), {}, "cannot be read"),
]


@pytest.mark.parametrize(("words", "environment", "told"), REFUSED)
def test_options_that_cannot_work_are_refused_in_words(words: tuple[str, ...], environment: Any, told: str):
    with pytest.raises(TechDeskError, match=told):
        options(*words, environment=environment)


@pytest.mark.parametrize(("text", "mode", "told"), [("u\np\n", 0o644, "Others can read"), ("u\n", 0o600, "two lines")])
def test_a_credential_file_that_others_can_read_or_that_holds_half_is_refused(
    tmp_path: Path, text: str, mode: int, told: str
):
    file = tmp_path / "credential"
    file.write_text(text)
    file.chmod(mode)

    with pytest.raises(TechDeskError, match=told):
        options(*HOST, "--smtp-file", str(file))
