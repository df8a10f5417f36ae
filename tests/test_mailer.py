"""Mails to structures: handed to a real mail server, over real TLS, whatever it does and whatever people typed."""

import asyncio
import email
import email.policy
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import logs
from bot.mailer import Patience, post
from bot.mails import message, simple_html
from bot.replies import Outcome
from bot.settings import Relay
from tests import smtp_server
from tests.smtp_server import DROP, HANG, LOSE, MailServer
from tests.test_mails import AT, MAIL, SENDER, VALUES

pytestmark = pytest.mark.slow

SHORT = Patience(*[timedelta(seconds=0.5)] * 3)  # with a server in this process an answer takes a millisecond
CALM = Patience(timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=10))
TEMPORARY = ["421 4.3.2 closing", "450 4.2.1 busy", "451 4.7.1 greylisted, try again later", "452 4.2.2 full for now"]
PERMANENT = ["550 5.1.1 unknown", "551 5.7.1 not here", "552 5.2.2 full", "553 5.1.3 no such name", "554 5.7.1 no"]
HOSTILE = [
    '"x\r\nRCPT TO:<evil@example.net>"@example.org',
    "accueil@example.org\r\nRCPT TO:<evil@example.net>",
    "accueil@example.org\nBcc: evil@example.net",
    "accueil@example.org, evil@example.net",
    "accueil@example.org;evil@example.net",
    "accueil@example.org> SIZE=1 <evil@example.net",
    "<accueil@example.org>",
    "Accueil <accueil@example.org>",
    '"accueil evil"@example.org',
    '""@example.org',
    "",
    "@example.org",
    "accueil@",
    "accueil@localhost",
    "accueil@[127.0.0.1]",
    "a..b@example.org",
    "accueil@example.org\u2028",
    "accueil@exam\x00ple.org",
    "évènement@example.org",
    f"{'a' * 65}@example.org",
    f"accueil@{'a' * 64}.org",
    f"a@{'.'.join(['abcdefgh'] * 34)}.org",
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    async with smtp_server.smtp_server(tmp_path / "mails") as running:
        yield running


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


def texts(content: bytes) -> tuple[str, str]:
    """Return both bodies of a mail as they are read."""
    plain, page = read(content).iter_parts()
    return plain.get_content().replace("\r\n", "\n"), page.get_content().replace("\r\n", "\n")


async def test_a_mail_arrives_as_it_was_written_and_nothing_in_it_tells_of_the_machine(server: MailServer) -> None:
    posted = await post(MAIL, server.relay, at=AT, patience=CALM)
    assert (posted.outcome, posted.code, posted.error) == (Outcome.SENT, 250, "")
    [mail] = server.accepted
    assert (mail.sender, mail.recipients) == (SENDER, (MAIL.to,))
    assert mail.content == message(MAIL, SENDER, at=AT).as_bytes()
    arrived = read(mail.content)
    assert {name: arrived[name] for name in arrived.keys()} == {  # noqa: SIM118 - a name may stand twice
        "From": f"Relais <{SENDER}>",
        "To": MAIL.to,
        "Subject": MAIL.subject,
        "Date": "Thu, 26 Nov 2026 09:30:00 +0000",
        "Message-ID": MAIL.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": arrived["Content-Type"],
    }
    assert arrived.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in arrived.iter_parts()] == ["text/plain", "text/html"]
    assert texts(mail.content) == (MAIL.text, MAIL.html + "\n")
    assert socket.gethostname().encode() not in mail.content


async def test_a_reminder_stands_under_the_mail_it_repeats(server: MailServer) -> None:
    reminder = replace(MAIL, message_id="<referral.7f3k.3@example.org>", in_reply_to=MAIL.message_id)
    assert (await post(reminder, server.relay, at=AT, patience=CALM)).outcome == Outcome.SENT
    arrived = read(server.accepted[0].content)
    assert arrived["In-Reply-To"] == arrived["References"] == MAIL.message_id


async def test_encrypted_from_the_first_byte_as_well(tmp_path: Path) -> None:
    async with smtp_server.smtp_server(tmp_path / "mails", tls="tls") as server:
        assert (await post(MAIL, server.relay, at=AT, patience=CALM)).outcome == Outcome.SENT
        assert len(server.accepted) == 1


async def test_an_address_in_another_alphabet_travels_in_its_ascii_form(server: MailServer) -> None:
    posted = await post(replace(MAIL, to="accueil@municipalité.example.org"), server.relay, at=AT, patience=CALM)
    assert posted.outcome == Outcome.SENT
    assert server.recipients == ["accueil@xn--municipalit-lbb.example.org"]


# What a relay can do before it has the mail: nothing is sent, and the mail may go later.


async def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    posted = await post(MAIL, Relay("127.0.0.1", port, "starttls", SENDER), at=AT, patience=CALM)
    assert (posted.outcome, posted.error) == (Outcome.LATER, "ConnectionRefusedError")


async def test_a_name_that_leads_nowhere() -> None:
    posted = await post(MAIL, Relay("relay.invalid", 587, "starttls", SENDER), at=AT, patience=CALM)
    assert (posted.outcome, posted.error) == (Outcome.LATER, "gaierror")


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_relay_that_says_nothing_is_left_in_time(tls: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # connections are made, and nobody answers
        relay = Relay("127.0.0.1", mute.getsockname()[1], tls, SENDER)  # type: ignore[arg-type]
        async with asyncio.timeout(10):
            posted = await post(MAIL, relay, at=AT, patience=SHORT)
    assert (posted.outcome, posted.code) == (Outcome.LATER, None)


async def test_a_relay_that_drips_is_left_in_time() -> None:
    """Each of its answers comes within the time for one; all of them take longer than the mail may."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while True:
                writer.write(b"220-still there\r\n")
                await writer.drain()
                await asyncio.sleep(0.1)  # the relay's own pace
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    relay = Relay("127.0.0.1", server.sockets[0].getsockname()[1], "starttls", SENDER)
    patience = Patience(timedelta(seconds=30), timedelta(seconds=0.5), timedelta(seconds=1))
    async with asyncio.timeout(10):
        posted = await post(MAIL, relay, at=AT, patience=patience)
    assert posted.outcome == Outcome.LATER
    server.close()


async def test_without_encryption_nothing_is_said(tmp_path: Path) -> None:
    async with smtp_server.smtp_server(tmp_path / "mails", tls="none") as server:
        posted = await post(MAIL, server.relay, at=AT, patience=CALM)
        assert (posted.outcome, posted.error) == (Outcome.LATER, "NoStartTls")
        assert (server.connections, server.recipients, server.accepted) == (1, [], [])


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown authority", "somebody else's", "of last month"])
async def test_a_certificate_that_proves_nothing_ends_the_talk(fault: str, tls: str, tmp_path: Path) -> None:
    name, days = ("mail.example.net", 1) if fault == "somebody else's" else ("localhost", 1)
    days = -1 if fault == "of last month" else days
    async with smtp_server.smtp_server(tmp_path / "mails", tls=tls, name=name, days=days) as server:
        relay = replace(server.relay, ca_file=None) if fault == "unknown authority" else server.relay
        posted = await post(MAIL, relay, at=AT, patience=CALM)
        assert (posted.outcome, posted.error) == (Outcome.LATER, "SSLCertVerificationError")
        assert (server.recipients, server.accepted) == ([], [])


async def test_a_relay_that_does_not_know_us_shuts_out_every_mail_and_blames_none(server: MailServer) -> None:
    stranger = replace(server.relay, password=SecretStr("wrong"))
    posted = await post(MAIL, stranger, at=AT, patience=CALM)
    assert (posted.outcome, posted.code, posted.error) == (Outcome.SHUT_OUT, 535, "SMTPAuthenticationError")
    server.answers.login.extend(["454 4.7.0 later"] * 2)  # one for each way to log in
    assert (await post(MAIL, server.relay, at=AT, patience=CALM)).outcome == Outcome.LATER
    unnamed = replace(server.relay, user="", password=None)
    assert (await post(MAIL, unnamed, at=AT, patience=CALM)).outcome == Outcome.SHUT_OUT
    assert server.accepted == []


@pytest.mark.parametrize("step", ["greeting", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("answer", TEMPORARY)
async def test_what_is_refused_for_now_is_taken_on_the_second_try(step: str, answer: str, server: MailServer) -> None:
    server.answers.add({step: [answer]})
    posted = await post(MAIL, server.relay, at=AT, patience=CALM)
    assert (posted.outcome, posted.code) == (Outcome.LATER, int(answer[:3]))
    assert server.accepted == []
    assert (await post(MAIL, server.relay, at=AT, patience=CALM)).outcome == Outcome.SENT
    assert len(server.accepted) == 1


@pytest.mark.parametrize("step", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("answer", PERMANENT)
async def test_what_is_refused_for_good_is_told_with_its_code(step: str, answer: str, server: MailServer) -> None:
    server.answers.add({step: [answer]})
    posted = await post(MAIL, server.relay, at=AT, patience=CALM)
    assert (posted.outcome, posted.code) == (Outcome.REFUSED, int(answer[:3]))
    assert server.accepted == []


@pytest.mark.parametrize(
    ("step", "answer"), [("greeting", "554 5.3.2 no"), ("mail", "550 5.7.1 not you"), ("rcpt", "530 5.7.0 log in")]
)
async def test_a_refusal_of_us_is_not_one_of_the_mailbox(step: str, answer: str, server: MailServer) -> None:
    server.answers.add({step: [answer]})
    assert (await post(MAIL, server.relay, at=AT, patience=CALM)).outcome == Outcome.SHUT_OUT


@pytest.mark.parametrize("step", ["greeting", "mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", [HANG, DROP, "nonsense", "250 too soon"])
async def test_what_goes_wrong_before_the_mail_is_written_certainly_did_not_take_it(
    step: str, fault: str, server: MailServer
) -> None:
    if (step, fault) in (("mail", "250 too soon"), ("rcpt", "250 too soon")):
        fault = "199 what"
    server.answers.add({step: [fault]})
    assert (await post(MAIL, server.relay, at=AT, patience=SHORT)).outcome == Outcome.LATER
    assert server.accepted == []


# After the dot nobody can tell: at most two copies, and both bear the same name.


@pytest.mark.parametrize("fault", [HANG, DROP, LOSE, "nonsense", "354 go on", "199 what"])
async def test_an_answer_lost_after_the_dot_may_mean_taken_and_a_repeat_is_recognisable(
    fault: str, server: MailServer
) -> None:
    server.answers.add({"dot": [fault]})
    assert (await post(MAIL, server.relay, at=AT, patience=SHORT)).outcome == Outcome.MAYBE
    assert (await post(MAIL, server.relay, at=AT, patience=CALM)).outcome == Outcome.SENT
    assert len(server.accepted) == (2 if fault in (HANG, DROP) else 1)
    assert {mail.content for mail in server.accepted} == {message(MAIL, SENDER, at=AT).as_bytes()}


async def test_a_farewell_without_an_answer_does_not_undo_what_was_taken(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(self: smtp_server.Disturbed, arg: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(smtp_server.Disturbed, "smtp_QUIT", hang)
    assert (await post(MAIL, server.relay, at=AT, patience=CALM)).outcome == Outcome.SENT


POSTS = """
import asyncio
from bot.mailer import post
from bot.settings import read
from tests.test_mailer import CALM
from tests.test_mails import AT, MAIL
print((asyncio.run(post(MAIL, read().relay, at=AT, patience=CALM))).outcome)
"""


@pytest.mark.parametrize(
    ("point", "copies"),
    [("smtp.connected", {1}), ("smtp.rcpt", {1}), ("smtp.after_dot", {1, 2}), ("smtp.after_250", {2})],
)
def test_killed_at_any_moment_and_started_again_it_leaves_one_mail_or_two_that_are_the_same(
    point: str, copies: set[int], tmp_path: Path
) -> None:
    folder = tmp_path / "mails"
    command = [sys.executable, "-m", "tests.smtp_server", "--folder", folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        settings = smtp_server.environment(told["port"], told["ca_file"])
        environment = {"PATH": os.environ["PATH"], **settings}
        killed = subprocess.run(
            [sys.executable, "-c", POSTS], env=environment | {"FAULT": f"{point}:kill"}, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        again = subprocess.run(
            [sys.executable, "-c", POSTS], env=environment, capture_output=True, text=True, check=False
        )
        assert again.stdout.split() == ["sent"], again.stderr
        server.stdin.close()
        server.wait()
    mails = [path.read_bytes() for path in folder.glob("*.eml")]
    assert len(mails) in copies
    assert set(mails) == {message(MAIL, SENDER, at=AT).as_bytes()}


# What people type.


@pytest.mark.parametrize("address", HOSTILE)
async def test_an_address_that_is_not_one_mailbox_never_reaches_the_relay(address: str, server: MailServer) -> None:
    posted = await post(replace(MAIL, to=address), server.relay, at=AT, patience=CALM)
    assert (posted.outcome, posted.error) == (Outcome.REFUSED, "BadAddress")
    assert server.connections == 0


async def test_a_header_of_two_lines_never_reaches_the_relay(server: MailServer) -> None:
    bad = replace(MAIL, subject="Relais\r\nBcc: evil@example.net")
    posted = await post(bad, server.relay, at=AT, patience=CALM)
    assert (posted.outcome, posted.error) == (Outcome.REFUSED, "BadHeader")
    assert server.connections == 0


@pytest.mark.parametrize("value", VALUES)
async def test_whatever_stands_in_the_body_changes_no_header_and_reaches_nobody_else(
    value: str, server: MailServer
) -> None:
    text = f"Prénom : {value}\nFin"
    sent = replace(MAIL, text=text, html=simple_html(text))
    assert (await post(sent, server.relay, at=AT, patience=CALM)).outcome == Outcome.SENT
    [mail] = server.accepted
    assert mail.recipients == (MAIL.to,)
    assert server.recipients == [MAIL.to]
    plain = read(message(MAIL, SENDER, at=AT).as_bytes())
    assert read(mail.content).items() == plain.items()
    shown, page = texts(mail.content)
    assert shown.startswith("Prénom :")
    assert shown.rstrip().endswith("Fin")
    assert not set(shown + page) & set("\0\x07\x0b\x0c\x85\u2028\u2029\u202e\u202c\u2066\ud83d")
    assert "<script" not in page
    assert "<a" not in page


async def test_no_log_tells_whom_we_write_to(server: MailServer, capfd: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO")
    server.answers.add({"rcpt": ["550 5.1.1 unknown"], "dot": ["451 4.7.1 later"]})
    for _ in range(3):
        await post(MAIL, server.relay, at=AT, patience=CALM)
    told = "".join(capfd.readouterr())
    assert not [word for word in ("accueil", "Amina", "7F3K", smtp_server.PASSWORD) if word in told]
