"""A real mail server (aiosmtpd) that does what a test asks: takes mails, refuses them, hangs up, says nothing more.

In process: `async with smtp_server(folder) as server`. As a process: `python -m tests.smtp_server --port 0 --folder F`
prints one line of JSON (port, ca_file, user, password) and keeps each accepted mail as F/0001.eml, F/0002.eml, …; each
line on its stdin, as {"rcpt": ["450 4.2.0 come back later"]}, gives the next answers; it ends with its stdin.
"""

import argparse
import asyncio
import ipaddress
import json
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from bot.settings import Relay

USER, PASSWORD = "relais", "the-password-of-the-relay"
SENDER = "relais@example.org"
HOST = "127.0.0.1"
HANG, DROP, LOSE = "hang", "drop", "lose"


@dataclass
class Answers:
    """What the server says instead of yes, the first first; where nothing is left it says yes.

    Each is an answer (« 450 4.2.0 come back later »), or `hang`: nothing more is said, or `drop`: the connection is
    cut. At `dot`, after the whole mail, these two have accepted it; `lose` cuts the connection and has not.
    """

    greeting: list[str] = field(default_factory=list)
    login: list[str] = field(default_factory=list)
    mail: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    dot: list[str] = field(default_factory=list)

    def add(self, more: dict[str, list[str]]) -> None:
        for step, answers in more.items():
            getattr(self, step).extend(answers)


@dataclass(frozen=True)
class Accepted:
    """A mail that the server has: its envelope and its bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class MailServer:
    """What tests hold of the running server."""

    port: int
    folder: Path
    ca_file: Path
    tls: str
    answers: Answers = field(default_factory=Answers)
    accepted: list[Accepted] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)  # every address after RCPT TO, refused ones too
    connections: int = 0

    @property
    def relay(self) -> Relay:
        """The settings with which the bot reaches it."""
        tls = "tls" if self.tls == "tls" else "starttls"
        return Relay(HOST, self.port, tls, SENDER, USER, SecretStr(PASSWORD), self.ca_file)

    @property
    def settings(self) -> dict[str, str]:
        """The same as variables of the environment."""
        return environment(self.port, self.ca_file, self.relay.tls)

    def accept(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        self.accepted.append(Accepted(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        # Whole or not at all: whoever waits for the file reads it at once.
        path = self.folder / f"{len(self.accepted):04}.eml"
        path.with_suffix(".new").write_bytes(content)
        path.with_suffix(".new").rename(path)


def environment(port: int, ca_file: Path | str, tls: str = "starttls") -> dict[str, str]:
    """Return the settings with which a bot reaches the server, as variables of its environment."""
    return {
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(port),
        "SMTP_TLS": tls,
        "SMTP_USER": USER,
        "SMTP_PASSWORD": PASSWORD,
        "SMTP_CA_FILE": str(ca_file),
        "MAIL_FROM": SENDER,
    }


class Handler:
    """aiosmtpd's hooks: each looks first for what the test asked."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802
        self, smtp: "Disturbed", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := await smtp.disturbed(self._server.answers.mail):
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: "Disturbed", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._server.recipients.append(address)
        if said := await smtp.disturbed(self._server.answers.rcpt):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: "Disturbed", session: Session, envelope: Envelope) -> str:  # noqa: N802
        answers = self._server.answers.dot
        if not answers or answers[0] in (HANG, DROP):
            self._server.accept(envelope)
        return await smtp.disturbed(answers) or "250 2.0.0 OK"

    def log_in(self, smtp: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        if self._server.answers.login:
            return AuthResult(success=False, handled=False, message=self._server.answers.login.pop(0))
        known = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)


class Disturbed(SMTP):
    """One connection."""

    def __init__(self, server: MailServer, context: ssl.SSLContext | None, *, at_once: bool) -> None:
        handler = Handler(server)
        super().__init__(
            handler,
            hostname="relay.example.org",
            tls_context=None if at_once else context,
            require_starttls=context is not None and not at_once,
            auth_require_tls=not at_once,
            auth_required=not at_once and context is not None,
            authenticator=handler.log_in,
            loop=asyncio.get_running_loop(),
        )
        self._server = server
        self._greeted = False
        server.connections += 1

    async def disturbed(self, answers: list[str]) -> str | None:
        """Return the next answer that the test asked for, None if there is none; hang or hang up if it says so."""
        said = answers.pop(0) if answers else None
        if said == HANG:
            await asyncio.Event().wait()  # until the other side, or the end of the server, cuts the connection
        if said in (DROP, LOSE):
            assert self.transport is not None
            self.transport.abort()
            await asyncio.Event().wait()
        return said

    async def end(self) -> None:
        """Cut what is left of the connection, whatever was being said."""
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                transport.abort()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
            await asyncio.gather(self._handler_coroutine, return_exceptions=True)

    async def push(self, status: str | bytes) -> None:
        if not self._greeted:
            self._greeted = True
            status = await self.disturbed(self._server.answers.greeting) or status
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if said := await self.disturbed(self._server.answers.data):
            await self.push(said)
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def smtp_server(
    folder: Path, port: int = 0, *, tls: str = "starttls", name: str = "localhost", days: int = 60
) -> AsyncIterator[MailServer]:
    """Serve on loopback for the time of the block. `tls` is « starttls », « tls » or « none »; see `certificate`."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_file, context = certificate(folder, name, days)
    server = MailServer(port, folder, ca_file, tls)
    talks: list[Disturbed] = []

    def talk() -> Disturbed:
        talks.append(Disturbed(server, None if tls == "none" else context, at_once=tls == "tls"))
        return talks[-1]

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(talk, HOST, port, ssl=context if tls == "tls" else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await asyncio.gather(*(talk.end() for talk in talks))


def certificate(folder: Path, name: str, days: int) -> tuple[Path, ssl.SSLContext]:
    """Make an authority, and a certificate of it for 127.0.0.1 and `name` that ends in so many days.

    A `name` other than localhost is the only one in the certificate: it is then somebody else's.
    """
    now = datetime.now(UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority for one test")])

    def started(subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
        )

    ca = (
        started(authority, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address(HOST)))
    own = (
        started(x509.Name([]), key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    ca_file, own_file = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    own_file.write_bytes(
        own.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_file)
    return ca_file, context


async def serve(options: argparse.Namespace) -> None:
    async with smtp_server(options.folder, options.port, tls=options.tls) as server:
        server.answers.add({step: answers for step, answers in vars(options).items() if step in asdict(server.answers)})
        told = {"port": server.port, "ca_file": str(server.ca_file), "user": USER, "password": PASSWORD}
        print(json.dumps(told), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            server.answers.add(json.loads(line))
            print(json.dumps(asdict(server.answers)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.smtp_server", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where accepted mails are kept")
    parser.add_argument("--tls", choices=("starttls", "tls", "none"), default="starttls")
    for step in asdict(Answers()):
        parser.add_argument(f"--{step}", action="append", default=[], help="an answer to give there, once")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
