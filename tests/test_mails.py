"""A mail as it is written: the same twice over, one line for each header, and what people typed stays text."""

import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.mailer import keep_in_folder
from bot.mails import BadHeader, Mail, message, one_line, simple_html
from bot.replies import Outcome

SENDER = "relais@example.org"
AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
MAIL = Mail(
    to="accueil@example.org",
    subject="Relais : demande n° 7F3K",
    text="Bonjour,\n\nAmina demande un rendez-vous.\n\nhttps://relais.example.org/r/abc\n",
    html="<!doctype html><p>Amina demande un rendez-vous.</p>",
    message_id="<referral.7f3k@example.org>",
)
VALUES = [
    "<b>Amina</b><script>alert(1)</script><a href='tg://user?id=1'>",
    "\u202eexe.gpj\u202c",
    "unbalanced \u2066 isolate",
    "أمينة",
    "Amina\r\nBcc: evil@example.net",
    "\r\n.\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<evil@example.net>\r\nDATA\r\n",
    "Amina\u2028\u2029\u0085\x0b\x0cX-Header: 1",
    "NUL \x00, bell \x07, half \ud83d, reversed \ude00\ud83d",
    "A" * 256,
    "🧑🏽‍🦱" * 64,
    "{0.__class__} {{7*7}} %(token)s $(id)",
    "--=_boundary--",
    ".",
    "From the start",
]


def test_a_repeat_is_the_same_to_the_byte() -> None:
    assert message(MAIL, SENDER, at=AT).as_bytes() == message(replace(MAIL), SENDER, at=AT).as_bytes()


@pytest.mark.parametrize("value", VALUES)
def test_a_value_put_on_one_line_stays_on_it(value: str) -> None:
    line = one_line(value)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()


def test_names_in_other_alphabets_and_emojis_arrive_whole() -> None:
    kept = "Zoé أمينة می‌خواهم 🧑🏽‍🦱"
    assert one_line(f"  {kept}\n") == kept


def test_only_our_own_link_can_be_pressed() -> None:
    page = simple_html(
        "Prénom : https://example.net\n\nhttps://relais.example.org/r/a?b&c", link="https://relais.example.org/r/a?b&c"
    )
    assert page.count("<a ") == 1
    assert '<a href="https://relais.example.org/r/a?b&amp;c">' in page


@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\u2028", "\u2029", "\u0085", "\x0b", "\0", "\u202e", "\ud83d"])
@pytest.mark.parametrize(
    ("field", "name"), [("subject", "Subject"), ("message_id", "Message-ID"), ("in_reply_to", "In-Reply-To")]
)
def test_a_header_of_more_than_one_line_is_refused_by_name(field: str, name: str, sign: str) -> None:
    bad = replace(MAIL, **{field: f"<a{sign}Bcc: evil@example.net>"})
    with pytest.raises(BadHeader, match=name) as raised:
        message(bad, SENDER, at=AT)
    assert "evil" not in str(raised.value)


@pytest.mark.parametrize(
    "message_id", ["", "a@example.org", "<@example.org>", "<../../etc/passwd@example.org>", "<a@b@c>"]
)
def test_a_message_id_is_what_it_says(message_id: str, tmp_path: Path) -> None:
    assert keep_in_folder(replace(MAIL, message_id=message_id), tmp_path, SENDER, at=AT).error == "BadHeader"
    assert list(tmp_path.iterdir()) == []


def test_in_a_demonstration_mails_are_private_files_of_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "mail"
    for _ in range(2):
        assert keep_in_folder(MAIL, folder, SENDER, at=AT).outcome == Outcome.SENT
    [kept] = folder.iterdir()
    assert kept.name == "referral.7f3k@example.org.eml"
    assert kept.read_bytes() == message(MAIL, SENDER, at=AT).as_bytes()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_for_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    assert keep_in_folder(MAIL, tmp_path / "mail", SENDER, at=AT).outcome == Outcome.LATER
    refused = keep_in_folder(replace(MAIL, to="a, b"), tmp_path / "other", SENDER, at=AT)
    assert (refused.outcome, refused.error) == (Outcome.REFUSED, "BadAddress")
