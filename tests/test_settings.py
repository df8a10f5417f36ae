"""Settings of mails and requests: what is wrong stops the start, by its name and without its value."""

from pathlib import Path

import pytest

from bot import settings
from bot.settings import Relay, Settings, SettingsError

MAIL = {
    "SMTP_HOST": "relay.example.org",
    "SMTP_USER": "relais",
    "SMTP_PASSWORD": "zzz4711",
    "MAIL_FROM": "relais@example.org",
}


def read(monkeypatch: pytest.MonkeyPatch, **changed: str) -> Settings:
    """Return the settings of an environment that has these alone."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    return settings.read()


def test_without_a_relay_mails_stay_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch).relay is None
    assert read(monkeypatch, SMTP_HOST="", MAIL_FROM="", SMTP_USER="", SMTP_PASSWORD="").relay is None


def test_a_relay_is_encrypted_and_its_password_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    relay = read(monkeypatch, **MAIL).relay
    assert relay is not None
    assert relay == Relay("relay.example.org", 587, "starttls", "relais@example.org", "relais", relay.password)
    assert "zzz4711" not in repr(relay)


def test_a_relay_may_know_us_without_a_name_and_have_an_authority_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.touch()
    few = {"SMTP_HOST": "10.0.0.2", "MAIL_FROM": "relais@asso-été.example.org", "SMTP_CA_FILE": str(ca_file)}
    relay = read(monkeypatch, **few, SMTP_PORT="465", SMTP_TLS="tls").relay
    assert relay == Relay("10.0.0.2", 465, "tls", "relais@xn--asso-t-fvab.example.org", ca_file=ca_file)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://relais.example.org", "https://relais.example.org"),
        ("https://relais.example.org/", "https://relais.example.org"),
        ("https://relais.example.org:8443", "https://relais.example.org:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("", None),
    ],
)
def test_the_public_address_is_kept_without_a_slash(
    given: str, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(monkeypatch, PUBLIC_URL=given).public_url == shown


def test_the_days_of_a_request_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = read(monkeypatch)
    assert (usual.referral_remind_days, usual.referral_tell_day, usual.referral_erase_day) == ((3, 10), 15, 30)
    days = {"REFERRAL_REMIND_DAYS": " 2, 4,6 ", "REFERRAL_TELL_DAY": "7", "REFERRAL_ERASE_DAY": "90"}
    other = read(monkeypatch, **days)
    assert (other.referral_remind_days, other.referral_tell_day, other.referral_erase_day) == ((2, 4, 6), 7, 90)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_HOST", "smtp://zzz4711"),
        ("SMTP_HOST", "zzz4711 port 25"),
        ("SMTP_PORT", "zzz4711"),
        ("SMTP_PORT", "0"),
        ("SMTP_TLS", "none"),
        ("SMTP_PASSWORD", ""),
        ("SMTP_CA_FILE", "/nowhere/zzz4711.pem"),
        ("MAIL_FROM", ""),
        ("MAIL_FROM", "zzz4711"),
        ("MAIL_FROM", "Relais <zzz4711@example.org>"),
        ("MAIL_FROM", "a@example.org, zzz4711@example.org"),
        ("PUBLIC_URL", "zzz4711.example.org"),
        ("PUBLIC_URL", "http://zzz4711.example.org"),
        ("PUBLIC_URL", "https://relais.example.org/zzz4711"),
        ("PUBLIC_URL", "https://relais.example.org?zzz4711"),
        ("PUBLIC_URL", "https://zzz:4711@relais.example.org"),
        ("PUBLIC_URL", "https://relais.example.org:zzz4711"),
        ("PUBLIC_URL", "https://relais.example.org:99999999"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://[zzz4711"),
        ("WEB_PORT", "80"),
        ("REFERRAL_REMIND_DAYS", "3;10"),
        ("REFERRAL_REMIND_DAYS", "three"),
        ("REFERRAL_REMIND_DAYS", "10,3"),
        ("REFERRAL_REMIND_DAYS", "3,3"),
        ("REFERRAL_REMIND_DAYS", "0,3"),
        ("REFERRAL_REMIND_DAYS", "3,91"),
        ("REFERRAL_TELL_DAY", "10"),
        ("REFERRAL_TELL_DAY", "91"),
        ("REFERRAL_ERASE_DAY", "15"),
        ("REFERRAL_ERASE_DAY", "91"),
    ],
)
def test_a_wrong_one_is_named_without_its_value(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as raised:
        read(monkeypatch, **MAIL | {name: value})
    assert str(raised.value).startswith(f"{name}: ")
    assert "zzz4711" not in str(raised.value)


def test_a_password_without_a_user_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="go together"):
        read(monkeypatch, **MAIL | {"SMTP_USER": ""})
