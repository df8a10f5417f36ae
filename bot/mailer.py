"""The only module that speaks SMTP: one mail, to one mailbox, through one relay, never in clear."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException

from bot import faults
from bot.mailboxes import BadAddress, one_mailbox
from bot.mails import BadHeader, Mail, message
from bot.replies import Outcome
from bot.settings import Relay
from bot.whole_files import replace_file

GOODBYE = timedelta(seconds=2)  # that the relay may take to answer it, when the mail is taken already

_DOT_AT_START = re.compile(rb"(?m)^\.")
_US = (530, 534, 535, 538)  # whatever the moment: the relay wants us to log in, or to do it better


class NoStartTls(Exception):
    """The relay offers no encryption: what is about a young person never goes in clear."""


@dataclass(frozen=True)
class Patience:
    """How long the relay may take: for one answer, for all of them until the end of the mail, and for its last word."""

    step: timedelta = timedelta(seconds=10)
    to_the_end: timedelta = timedelta(seconds=40)
    last_word: timedelta = timedelta(seconds=30)  # many look for viruses first, and giving up would make a copy


@dataclass(frozen=True)
class Posted:
    """What became of a mail: `code` is the relay's last word, if it had one, `error` the class of what was raised."""

    outcome: Outcome
    code: int | None = None
    error: str = ""


async def post(mail: Mail, relay: Relay, *, at: datetime, patience: Patience = Patience()) -> Posted:
    """Hand a mail to the relay, once; SENT means that it said so. Raises nothing but the cancellation of its task.

    LATER and SHUT_OUT: certainly not taken, and the mail is not to blame. MAYBE: the relay had all of it, and its
    answer was lost. REFUSED: this mailbox or this mail, and it would be again; an address that is none is not tried.
    """
    try:
        written = message(mail, relay.sender, at=at).as_bytes()
        to = one_mailbox(mail.to)
    except (BadAddress, BadHeader) as error:
        return Posted(Outcome.REFUSED, error=type(error).__name__)
    client = SMTP(
        hostname=relay.host,
        port=relay.port,
        local_hostname=relay.sender.rpartition("@")[2],  # this machine's own name is nobody's business
        use_tls=relay.tls == "tls",
        start_tls=False,  # `_open` does it, and goes no further without
        timeout=patience.step.total_seconds(),
    )
    try:
        async with asyncio.timeout(patience.to_the_end.total_seconds()):
            await _open(client, relay)
            faults.point("smtp.connected")
            await client.mail(relay.sender)
            await client.rcpt(to)
            faults.point("smtp.rcpt")
            await _write(client, written)
    except SMTPResponseException as error:
        client.close()
        return Posted(_refusal(error), _code(error), type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it was, the relay does not have the mail
        client.close()
        return Posted(Outcome.LATER, error=type(error.__cause__ or error).__name__)
    return await _last_word(client, patience)


async def _open(client: SMTP, relay: Relay) -> None:
    """Connect, encrypt, check the relay's certificate, log in."""
    await client.connect(tls_context=_tls(relay.ca_file))
    if relay.tls == "starttls":
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise NoStartTls
        await client.starttls()
    if relay.user:
        await client.login(relay.user, relay.password.get_secret_value() if relay.password else "")


@lru_cache(1)  # reading every authority of the system takes a while
def _tls(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


async def _write(client: SMTP, written: bytes) -> None:
    """Write the mail and the dot that ends it.

    Not `client.data`, which says nothing of where it failed: before the mail is written it certainly was not taken.
    """
    go_on = await client.execute_command(b"DATA")
    if go_on.code != 354:
        raise SMTPDataError(go_on.code, go_on.message)
    assert client.protocol is not None, "it has just answered"
    client.protocol.write(_DOT_AT_START.sub(b"..", written) + b".\r\n")


async def _last_word(client: SMTP, patience: Patience) -> Posted:
    """Return what the relay says of a mail that is written. Without an answer nobody can tell."""
    faults.point("smtp.after_dot")
    try:
        if client.protocol is None:  # it hung up at once
            return Posted(Outcome.MAYBE, error="SMTPServerDisconnected")
        said = await client.protocol.read_response(patience.last_word.total_seconds())
    except Exception as error:  # noqa: BLE001 - whatever it was, the relay may have the mail
        client.close()
        return Posted(Outcome.MAYBE, _code(error), type(error).__name__)
    if said.code != 250:
        client.close()
        outcome = _refusal(SMTPDataError(*said)) if said.code >= 400 else Outcome.MAYBE
        return Posted(outcome, said.code, SMTPDataError.__name__)
    faults.point("smtp.after_250")
    with suppress(SMTPException, OSError):
        await client.quit(timeout=GOODBYE.total_seconds())
    client.close()
    return Posted(Outcome.SENT, said.code)


def _refusal(error: SMTPResponseException) -> Outcome:
    """Return what a relay's « no » means for the mail, which it does not have."""
    if not 500 <= error.code <= 599:
        return Outcome.LATER
    of_the_mail = isinstance(error, (SMTPRecipientRefused, SMTPDataError)) and error.code not in _US
    return Outcome.REFUSED if of_the_mail else Outcome.SHUT_OUT


def _code(error: Exception) -> int | None:
    """Return the relay's code; an answer that is none has -1."""
    code = getattr(error, "code", -1)
    return code if code > 0 else None


def clear_folder(folder: Path, before: datetime) -> None:
    """Remove the mails that were kept in files before an instant: what they say has had its time."""
    for path in folder.glob("*.eml"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def keep_in_folder(mail: Mail, folder: Path, sender: str, *, at: datetime) -> Posted:
    """Keep a mail in a file instead of sending it, for demonstrations: a repeat replaces the file by the same bytes."""
    try:
        written = message(mail, sender, at=at).as_bytes().decode("ascii")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        replace_file(folder / f"{mail.message_id.strip('<>')}.eml", written)
    except (BadAddress, BadHeader) as error:
        return Posted(Outcome.REFUSED, error=type(error).__name__)
    except OSError as error:
        return Posted(Outcome.LATER, error=type(error).__name__)
    return Posted(Outcome.SENT)
