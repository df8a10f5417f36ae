"""Phones and addresses as they are typed. Every number is one that rings nowhere."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat

from bot.reachable import Email, Phone, read, suggestion
from bot.unreadable import Problem, Unreadable


@pytest.mark.parametrize(
    "typed",
    [
        "0639981234",
        "06 39 98 12 34",
        "06.39.98.12.34",
        "06-39-98-12-34",
        "+33 6 39 98 12 34",
        "+33 06 39 98 12 34",
        "+33 (0)6 39 98 12 34",
        "00 33 6 39 98 12 34",
        "0033639981234",
        "639981234",
        "33639981234",
        "٠٦٣٩٩٨١٢٣٤",
        "۰۶۳۹۹۸۱۲۳۴",
        "０６３９９８１２３４",
        "mon num c'est le 06 39 98 12 34",
        "06 39 98 12 34 après 18h",
        "\u202a06 39 98 12 34\u202c",
        "06 39 98 12 34 (0639981234)",
    ],
)
def test_one_mobile_typed_in_many_ways(typed: str) -> None:
    assert read(typed, "31") == Phone("+33639981234")


@pytest.mark.parametrize(
    ("typed", "departement", "number"),
    [
        ("01 99 00 12 34", None, "+33199001234"),
        ("0639981234", None, "+33639981234"),
        ("0639981234", "972", "+33639981234"),
        ("0639981234", "976", "+262639981234"),
        ("+33639981234", "976", "+33639981234"),
        ("+262 639 98 12 34", "31", "+262639981234"),
    ],
)
def test_the_departement_tells_the_country_of_a_number(typed: str, departement: str | None, number: str) -> None:
    assert read(typed, departement) == Phone(number)


def example(region: str) -> PhoneNumber:
    """No range overseas is kept for fiction: these are the examples that the library publishes."""
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert mobile
    return mobile


@pytest.mark.parametrize("region", ["RE", "GP", "MQ", "GF"])
@pytest.mark.parametrize("departement", ["974", "971", "31", None])
def test_an_overseas_number_is_read_wherever_its_owner_lives(region: str, departement: str | None) -> None:
    mobile = example(region)
    expected = Phone(phonenumbers.format_number(mobile, PhoneNumberFormat.E164))
    assert read(phonenumbers.format_number(mobile, PhoneNumberFormat.NATIONAL), departement) == expected


@pytest.mark.parametrize("region", ["SN", "CI", "AF", "GB", "MA"])
def test_a_foreign_number_is_read_with_its_country(region: str) -> None:
    mobile = example(region)
    expected = Phone(phonenumbers.format_number(mobile, PhoneNumberFormat.E164))
    assert read(phonenumbers.format_number(mobile, PhoneNumberFormat.INTERNATIONAL), "31") == expected
    assert read(expected.number.replace("+", "00"), "974") == expected


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("amina@example.org", "amina@example.org"),
        (" Amina@EXAMPLE.org ", "Amina@example.org"),
        ("mon mail c'est amina@example.fr.", "amina@example.fr"),
        ("mailto:amina@example.fr", "amina@example.fr"),
        ("amina＠example.org", "amina@example.org"),
        ("amina@\u200bexample.org", "amina@example.org"),
        ("amina.06+bot@example.org", "amina.06+bot@example.org"),
        ("amina0639981234@example.org", "amina0639981234@example.org"),
        ("amina@ÉCOLE.example.fr", "amina@école.example.fr"),
    ],
)
def test_an_address_is_read(typed: str, address: str) -> None:
    assert read(typed, None) == Email(address)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        ("🙂", Problem.EMPTY),
        ("coucou", Problem.NEITHER_PHONE_NOR_EMAIL),
        ("j'ai 19 ans", Problem.NEITHER_PHONE_NOR_EMAIL),
        ("amina.example.org", Problem.NEITHER_PHONE_NOR_EMAIL),
        ("0612", Problem.PHONE_TOO_SHORT),
        ("06 39 98 12 3", Problem.PHONE_TOO_SHORT),
        ("+33 6 39", Problem.PHONE_TOO_SHORT),
        ("06 39 98 12 34 5", Problem.PHONE_TOO_LONG),
        ("1" * 40, Problem.PHONE_TOO_LONG),
        ("1" * 4000, Problem.PHONE_TOO_LONG),
        ("0000000000", Problem.PHONE_IMPOSSIBLE),
        ("3114", Problem.SHORT_NUMBER),
        ("le 115", Problem.SHORT_NUMBER),
        ("112", Problem.SHORT_NUMBER),
        ("15", Problem.SHORT_NUMBER),
        ("06 39 98 12 34 06 39 98 56 78", Problem.TWO_PHONES),
        ("0639981234/0199001234", Problem.TWO_PHONES),
        ("06 39 98 12 34 ou 01 99 00 12 34", Problem.TWO_PHONES),
        ("a@example.org, b@example.org", Problem.TWO_EMAILS),
        ("a@example.org\r\nBcc: b@example.org", Problem.TWO_EMAILS),
        ("a@example.org 06 39 98 12 34", Problem.PHONE_AND_EMAIL),
        ("a@example.org\r\nSubject: salut", Problem.EMAIL_MALFORMED),
        ("amina dupont@example.org", Problem.EMAIL_MALFORMED),
        ('"amina"@example.org', Problem.EMAIL_MALFORMED),
        ("Amina <a@example.org>", Problem.EMAIL_MALFORMED),
        ("a@localhost", Problem.EMAIL_MALFORMED),
        ("a@example.test", Problem.EMAIL_MALFORMED),
        ("a..b@example.fr", Problem.EMAIL_MALFORMED),
        ("a@b@example.fr", Problem.EMAIL_MALFORMED),
        ("é@example.fr", Problem.EMAIL_MALFORMED),
        ("@", Problem.EMPTY),
        (f"{'a' * 310}@example.fr", Problem.EMAIL_MALFORMED),
        ("FR76 3000 6000 0112 3456 7890 189", Problem.IDENTITY_NUMBER),
        ("4111 1111 1111 1111", Problem.IDENTITY_NUMBER),
        ("1 85 05 78 006 084 91", Problem.IDENTITY_NUMBER),
    ],
)
def test_what_cannot_be_read_says_why(typed: str, problem: Problem) -> None:
    with pytest.raises(Unreadable) as refused:
        read(typed, "31")
    assert refused.value.problem is problem
    assert str(refused.value) == problem.value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmail.fr", "gmail.com"),
        ("Gmail.con", "gmail.com"),
        ("hotmial.fr", "hotmail.fr"),
        ("hotmail.con", "hotmail.com"),
        ("yaho.fr", "yahoo.fr"),
        ("outlok.fr", "outlook.fr"),
        ("laposte.fr", "laposte.net"),
    ],
)
def test_a_misspelt_provider_is_guessed(typed: str, meant: str) -> None:
    assert suggestion(f"amina@{typed}") == f"amina@{meant}"
    assert suggestion(f"amina@{meant}") is None


@pytest.mark.parametrize("address", ["amina@example.org", "amina@hotmail.es", "amina@yahoo.co.uk", "amina", ""])
def test_other_domains_are_left_alone(address: str) -> None:
    assert suggestion(address) is None


PIECES = st.sampled_from(
    [
        "06",
        "39",
        "98",
        "1234",
        "+33",
        "00",
        "(",
        ")",
        "/",
        "@",
        "a",
        "example.org",
        ".com",
        ",",
        ";",
        "é",
        "٣",
        "3114",
        "mail",
        "\r\n",
        "\ud800",
        "\u200b",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read(text, "976")
    except Unreadable:
        return
    shown = found.number if isinstance(found, Phone) else found.address
    assert len(shown) <= 254
    assert shown.isprintable()
    assert " " not in shown
    assert shown.startswith("+") if isinstance(found, Phone) else "@" in shown
