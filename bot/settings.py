"""Everything that differs from one installation to the next, read once from the environment or `.env`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AnyHttpUrl,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).parent.parent


class SettingsError(Exception):
    """A setting is wrong; the text names it and never shows its value."""


@dataclass(frozen=True)
class Relay:
    """The mail server that takes our mails: « tls » is encrypted from the first byte, « starttls » from the second."""

    host: str
    port: int
    tls: Literal["starttls", "tls"]
    sender: str
    user: str = ""
    password: SecretStr | None = None
    ca_file: Path | None = None  # in place of the system's authorities


class Settings(BaseSettings):
    """Each field is an environment variable of the same name in capitals; `.env.example` explains them."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="forbid", frozen=True, hide_input_in_errors=True)

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: AnyHttpUrl = AnyHttpUrl("https://api.telegram.org")
    nlu_url: AnyHttpUrl | None = None
    nlu_token: SecretStr | None = None
    nlu_port: int = Field(5005, ge=1024, le=65535)
    database_url: SecretStr | None = None
    content_dir: Path = ROOT / "content"
    nlu_dir: Path = ROOT / "nlu"
    var_dir: Path = ROOT / "var"
    keys_file: Path | None = None
    ledger_file: Path | None = None
    communes_file: Path | None = None
    health_port: int | None = Field(None, ge=1024, le=65535)
    sends_per_hour: int = Field(400, ge=1, le=50_000)
    smtp_host: str | None = Field(None, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = Field(None, validate_default=True)
    smtp_ca_file: FilePath | None = None
    mail_from: str | None = Field(None, validate_default=True)
    public_url: str | None = None
    web_port: int | None = Field(None, ge=1024, le=65535)
    referral_remind_days: Annotated[tuple[int, ...], NoDecode] = (3, 10)
    referral_tell_day: int = Field(15, ge=1, le=90)
    referral_erase_day: int = Field(30, ge=1, le=90)
    log_level: Literal["INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator(
        "keys_file",
        "ledger_file",
        "communes_file",
        "health_port",
        "smtp_host",
        "smtp_user",
        "smtp_password",
        "smtp_ca_file",
        "mail_from",
        "public_url",
        "web_port",
        "telegram_bot_token",
        "nlu_url",
        "nlu_token",
        "database_url",
        mode="before",
    )
    @classmethod
    def empty_is_absent(cls, value: object) -> object:
        """`TELEGRAM_BOT_TOKEN=` in `.env` means: none."""
        return None if value == "" else value

    @field_validator("telegram_bot_token")
    @classmethod
    def looks_like_a_token(cls, token: SecretStr | None) -> SecretStr | None:
        number, _, secret = (token.get_secret_value() if token else "1:x").partition(":")
        if not number.isdigit() or not secret:
            raise ValueError("a token looks like 123456789:AbC…, as BotFather gives it")
        return token

    @field_validator("database_url")
    @classmethod
    def looks_like_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", url.get_secret_value()):
            raise ValueError("must look like sqlite:///path or postgresql://user:password@host/name")
        return url

    @field_validator("smtp_password")
    @classmethod
    def goes_with_a_user(cls, password: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if bool(others.data.get("smtp_user")) != bool(password):
            raise ValueError("SMTP_USER and SMTP_PASSWORD go together: give both, or neither")
        return password

    @field_validator("mail_from")
    @classmethod
    def is_an_address_of_ours(cls, address: str | None, others: ValidationInfo) -> str | None:
        if address is None:
            if others.data.get("smtp_host"):
                raise ValueError("needed with SMTP_HOST: the address that our mails come from")
            return None
        try:
            return validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email
        except EmailNotValidError:
            raise ValueError("must be one e-mail address, as relais@association.fr") from None

    @field_validator("public_url")
    @classmethod
    def is_reached_safely(cls, url: str | None) -> str | None:
        """Return https://host, without a slash at its end; only this machine may be asked in clear."""
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            here = parts.hostname in ("127.0.0.1", "localhost")
            whole = re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc) and (parts.port is None or parts.port > 0)
        except ValueError:
            here = whole = False
        if not whole or url.rstrip("/") != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in ("https", "http"):
            raise ValueError("must look like https://relais.association.fr, with nothing after the name")
        if parts.scheme == "http" and not here:
            raise ValueError("must begin with https://; http:// is for 127.0.0.1 and localhost alone")
        return url.rstrip("/")

    @field_validator("referral_remind_days", mode="before")
    @classmethod
    def days_between_commas(cls, days: object) -> object:
        if not isinstance(days, str):
            return days
        if not re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*", days):
            raise ValueError("must be days between commas, as 3,10")
        return tuple(map(int, days.split(",")))

    @field_validator("referral_remind_days")
    @classmethod
    def one_after_the_other(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if list(days) != sorted(set(days)) or not all(1 <= day <= 90 for day in days):
            raise ValueError("must be days from 1 to 90, each later than the one before")
        return days

    @field_validator("referral_tell_day", "referral_erase_day")
    @classmethod
    def after_the_one_before(cls, day: int, others: ValidationInfo) -> int:
        before, name = (
            (max(others.data.get("referral_remind_days", ()), default=0), "REFERRAL_REMIND_DAYS")
            if others.field_name == "referral_tell_day"
            else (others.data.get("referral_tell_day", 0), "REFERRAL_TELL_DAY")
        )
        if day <= before:
            raise ValueError(f"must be a later day than {name}")
        return day

    @property
    def relay(self) -> Relay | None:
        """The mail server; None keeps mails in files of VAR_DIR/mail, for demonstrations."""
        if self.smtp_host is None:
            return None
        assert self.mail_from is not None, "needed with smtp_host"
        return Relay(
            self.smtp_host,
            self.smtp_port,
            self.smtp_tls,
            self.mail_from,
            self.smtp_user or "",
            self.smtp_password,
            self.smtp_ca_file,
        )

    @property
    def sender(self) -> str:
        """The address that our mails come from; one that leads nowhere in a demonstration."""
        return self.mail_from or "relais@example.org"

    @property
    def pages(self) -> str | None:
        """Where structures find the page of a request; None when there is none, and then nothing is sent to them."""
        if self.web_port is None:
            return None
        return self.public_url or f"http://127.0.0.1:{self.web_port}"

    @property
    def may_post(self) -> bool:
        """Whether requests may be made: with a public page and no mail server nothing would leave."""
        return self.pages is not None and (self.smtp_host is not None or not self.pages.startswith("https://"))

    @property
    def database(self) -> str:
        """The database's address; SQLite in `var/` unless DATABASE_URL says otherwise."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.var_dir / 'relais.db'}"

    @property
    def keys(self) -> Path:
        """The keys file."""
        return self.keys_file or self.var_dir / "keys.json"

    @property
    def ledger(self) -> Path:
        """The erasure ledger."""
        return self.ledger_file or self.var_dir / "erasures.jsonl"


def read() -> Settings:
    """Return the settings. Raises SettingsError naming each wrong one, without its value."""
    try:
        return Settings()  # type: ignore[call-arg]  # the fields come from the environment
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()]
        raise SettingsError("; ".join(wrong)) from None
    except UnicodeDecodeError:
        raise SettingsError(".env is not in UTF-8: save it as UTF-8") from None
