"""Numbers that must not be kept, invented or published as examples, and those that look like them."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.identity_numbers import Kind, find, mask

FORMATS = phonenumbers.PhoneNumberFormat


def with_key(number: str) -> str:
    return f"{number}{97 - int(number.replace('2A', '19').replace('2B', '18')) % 97:02}"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("1 85 05 78 006 084 91", Kind.NIR),
        ("185057800608491", Kind.NIR),
        ("1.85.05.78.006.084-91", Kind.NIR),
        ("1 85 05 78 006 084", Kind.NIR),
        (with_key("299122A004012"), Kind.NIR),
        (with_key("299122B004012").lower(), Kind.NIR),
        ("١٨٥٠٥٧٨٠٠٦٠٨٤٩١", Kind.NIR),
        ("secu 1 85 05 78 006 084 91 tel 06 39 98 12 34", Kind.NIR),
        ("FR76 3000 6000 0112 3456 7890 189", Kind.IBAN),
        ("iban:fr7630006000011234567890189", Kind.IBAN),
        ("DE89 3704 0044 0532 0130 00 merci", Kind.IBAN),
        ("4111 1111 1111 1111", Kind.CARD),
        ("4111111111111111 05/27 123", Kind.CARD),
        ("3782 822463 10005", Kind.CARD),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", Kind.CARD),
        ("４１１１１１１１１１１１１１１１", Kind.CARD),
        ("numéro étranger : 9912345678", Kind.FOREIGNER),
        ("agdref 99 123 456 78", Kind.FOREIGNER),
        ("récépissé n° 9912345678", Kind.FOREIGNER),
        ("titre de séjour n°9912345678", Kind.FOREIGNER),
        ("passeport 12AB34567", Kind.DOCUMENT),
        ("mon passeport c'est 12 ab 34567", Kind.DOCUMENT),
        ("carte d'identité n° 880692310285", Kind.DOCUMENT),
        ("CNI 12AB34567", Kind.DOCUMENT),
        ("passport number: X1234567", Kind.DOCUMENT),
        ("جواز السفر رقم ١٢٣٤٥٦٧٨٩", Kind.DOCUMENT),
    ],
)
def test_a_number_not_to_keep_is_found_and_masked(typed: str, kind: Kind) -> None:
    assert find(typed) is kind
    assert "…" in mask(typed)
    assert find(mask(typed)) is None


@pytest.mark.parametrize(
    "typed",
    [
        "31/03/2027",
        "31 03 2027",
        "31032027",
        "2027-03-31",
        "du 31/03/2027 au 30/04/2027",
        "75020",
        "31000 Toulouse",
        "2A004",
        "1 234 567,89 €",
        "06 39 98 12 34 31000 Toulouse",
        "1 85 05 78 006 084 90",
        "4111 1111 1111 1112",
        "FR76 3000 6000 0112 3456 7890 188",
        "9912345678",
        "12AB34567",
        "passeport depuis 2019",
        "passeport fait le 31/03/2027",
        "j'ai un récépissé, tel 0639981234",
        "3114",
        "coucou",
    ],
)
def test_other_numbers_are_left_alone(typed: str) -> None:
    assert find(typed) is None
    assert mask(typed) == typed


def test_only_the_number_is_masked() -> None:
    assert mask("Ma carte : ４111-1111-1111-1111, né à Sète") == "Ma carte : …, né à Sète"
    assert mask("CNI 12AB34567 et 4111111111111111") == "CNI … et …"


def test_no_phone_of_any_country_is_taken_for_one() -> None:
    seed = 20261122
    print("seed", seed)
    chance = random.Random(seed)  # noqa: S311
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    phones: list[phonenumbers.PhoneNumber] = []
    while len(phones) < 300:
        example = phonenumbers.example_number_for_type(chance.choice(regions), chance.choice((0, 1)))
        if example is None:
            continue
        digits = str(example.national_number)
        tail = "".join(chance.choice("0123456789") for _ in digits[-5:])
        phone = phonenumbers.PhoneNumber(example.country_code, int(digits[:-5] + tail))
        if phonenumbers.is_valid_number(phone):
            phones.append(phone)
    for phone in phones:
        for shape in (FORMATS.E164, FORMATS.INTERNATIONAL, FORMATS.NATIONAL):
            typed = phonenumbers.format_number(phone, shape)
            assert (find(typed), find(typed.replace("+", "00")), find(typed.replace("+", ""))) == (None, None, None)


PIECES = st.sampled_from("1 85 05 78 006 084 91 2A 4111 FR76 3000 passeport 12AB34567 0 9 ٣ - . + … é \ud800".split())  # noqa: SIM905


@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join), st.text("0123456789 .-")))
def test_nothing_is_left_to_find_in_a_masked_text(text: str) -> None:
    masked = mask(text)
    assert find(masked) is None
    assert (masked == text) == (find(text) is None)
