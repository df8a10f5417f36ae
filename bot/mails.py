"""A mail as it is written: the same twice over, and whatever people typed stays text in its body."""

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

from bot.mailboxes import one_mailbox

NAME = "Relais"  # whom the mail is from, before the address

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9][\w.+-]{0,100}@[A-Za-z0-9][A-Za-z0-9.-]{0,100}>", re.ASCII)
_JOINERS = "\u200c\u200d"  # Persian spelling and many emojis need them


class BadHeader(ValueError):
    """A header would be more than one line or hold what cannot be read. Its text names it, never its value."""


@dataclass(frozen=True)
class Mail:
    """One mail. `message_id` is `<…@…>` and the same each time it is sent again; so is `in_reply_to`, of another."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    in_reply_to: str = ""


def one_line(value: str) -> str:
    """Return what somebody typed as it may stand in a line of ours: it ends no line and turns none around."""
    return " ".join(cleaned(value).split())


def cleaned(text: str) -> str:
    """Return a text without NUL, controls, halves of characters and signs that turn the direction of what follows."""
    text = re.sub(r"\r\n?", "\n", text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(_kept(c) for c in text)


def _kept(letter: str) -> str:
    if letter in "\n\t" or letter in _JOINERS:
        return letter
    match unicodedata.category(letter):
        case "Zl" | "Zp":
            return " "
        case "Cc":
            return " " if letter.isspace() else ""
        case "Cf" | "Cs":
            return ""
    return letter


def simple_html(text: str, *, link: str = "") -> str:
    """Return a text as a page of paragraphs in which only `link` can be pressed, whatever else the text holds."""
    shown = html.escape(cleaned(text).strip())
    if link:
        address = html.escape(link)
        shown = shown.replace(address, f'<a href="{address}">{address}</a>')
    paragraphs = re.split(r"\n\s*\n", shown)
    # Each paragraph finds its own direction, so that an Arabic name turns nothing but itself.
    body = "\n".join(f'<p dir="auto">{paragraph.replace(chr(10), "<br>" + chr(10))}</p>' for paragraph in paragraphs)
    return (
        f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{NAME}</title></head>\n'
        f'<body style="font: 16px/1.5 sans-serif; max-width: 40em">\n{body}\n</body></html>\n'
    )


def message(mail: Mail, sender: str, *, at: datetime) -> EmailMessage:
    """Return the mail as it is sent; the same mail at the same instant is the same to the byte.

    `at` is aware of its zone. Raises BadAddress and BadHeader.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(NAME, addr_spec=one_mailbox(sender))
    made["To"] = Address(addr_spec=one_mailbox(mail.to))
    made["Subject"] = _header("Subject", mail.subject)
    made["Date"] = at
    made["Message-ID"] = _identifier("Message-ID", mail.message_id)
    if mail.in_reply_to:
        made["In-Reply-To"] = made["References"] = _identifier("In-Reply-To", mail.in_reply_to)
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"  # Exchange's own word for it: no « I am on holiday » for a machine
    made.set_content(cleaned(mail.text), cte="quoted-printable")
    made.add_alternative(cleaned(mail.html), subtype="html", cte="quoted-printable")
    # Python's own is drawn at random. This one is the same each time, and "=_" never occurs in quoted-printable.
    made.set_boundary(f"=_{sha256(mail.message_id.encode()).hexdigest()[:32]}")
    return made


def _header(name: str, value: str) -> str:
    if not value.strip() or any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in value):
        raise BadHeader(f"{name}: one line that can be read")
    return value


def _identifier(name: str, value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        raise BadHeader(f"{name}: <letters-and-digits@a.domain>")
    return value
