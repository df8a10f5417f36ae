"""Everything that differs from one installation to the next, read once from the environment or `.env`."""

import re
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent.parent


class SettingsError(Exception):
    """A setting is wrong; the text names it and never shows its value."""


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
    log_level: Literal["INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator(
        "keys_file",
        "ledger_file",
        "communes_file",
        "health_port",
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
