"""Find the numbers that a bot must not keep: social security, bank, card, residence permit, passport."""

import re
from collections.abc import Iterator
from enum import StrEnum

import phonenumbers

from bot.unreadable import plain, plain_letter


class Kind(StrEnum):
    NIR = "nir"
    IBAN = "iban"
    CARD = "card"
    FOREIGNER = "foreigner"  # « numéro étranger », AGDREF
    DOCUMENT = "document"  # passport, identity card


# Country and length of each IBAN: of the official register, and of the countries of Africa that use the same form.
_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "IM90 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 "
    "KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 "
    "PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 "
    "XK20 YE30 AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 "
    "TD27 TG28"
)
_IBAN_LENGTHS = {country[:2].lower(): int(country[2:]) for country in _IBANS.split()}
_BETWEEN = r"[ .\-/]{0,3}"
_IBAN_BEGINNING = re.compile(rf"(?<![a-z0-9])(?:iban\W{{0,3}})?([a-z]{{2}}){_BETWEEN}\d{_BETWEEN}\d")
_NIR_PARTS = _BETWEEN.join(
    [
        "[1-478]",  # sex
        r"\d",  # year
        r"\d",
        rf"(?:0{_BETWEEN}[1-9]|1{_BETWEEN}[0-2]|[2-9]{_BETWEEN}\d)",  # month; above 12 when it is not known
        rf"(?:\d{_BETWEEN}\d|2{_BETWEEN}[ab])",  # département
        *[r"\d"] * 6,
    ]
)
_NIR = re.compile(rf"(?<![\d+])({_NIR_PARTS}){_BETWEEN}(\d{_BETWEEN}\d)(?!\d)")
_NIR_WITHOUT_KEY = re.compile(rf"(?<![\d+])(?<!\d[ .\-/])({_NIR_PARTS})(?!{_BETWEEN}\d)")
_PLAUSIBLE_NIR = re.compile(
    r"[12]\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[1-8]\d|9[0-57-9]|2a|2b)(?!000)\d{3}(?!000)\d{3}",
)
_CARD = re.compile(
    r"(?<![\d+])(?<!\+ )[2-6]"
    r"(?:\d{12,18}|\d{3}(?:[ .-]\d{4}){3}(?:[ .-]\d{3})?|\d{3}[ .-]\d{6}[ .-]\d{4,5}|(?:[ .-]\d){12,18})(?!\d)"
)
_NUMBER = "|".join(["no?", "num", "numero", "est", "c", "is", "number", *plain("رقم رقمه رقمي السفر سفر سفري").split()])
_GAP = rf"(?:[^\w+]|\b(?:{_NUMBER})\b){{0,12}}"  # between « passeport » and its number
_FOREIGNER = re.compile(
    rf"\b(?:numero (?:d')?etranger|n.{{0,3}}etranger|agdref|recepisse|titre de sejour|carte de sejour)\b{_GAP}"
    r"(?<!\d)(\d(?:[ .-]?\d){9})(?!\d)"
)
_DOCUMENT = re.compile(
    rf"\b(?:passeport|passport|carte (?:nationale )?(?:d')?identite|cni|identity card|{plain('جواز|بطاقة')})\b"
    rf"{_GAP}(?<!\w)((?=(?:[a-z]*\d){{4}})[a-z\d]{{6,12}}|\d\d ?[a-z]{{2}} ?\d{{5}}|\d{{3}} \d{{3}} \d{{3}})(?!\w)"
)

Span = tuple[Kind, int, int]


def find(text: str) -> Kind | None:
    """Return the kind of the first such number in `text`, None if there is none."""
    first = min(_spans(plain(text)), key=lambda span: span[1], default=None)
    return first[0] if first else None


def mask(text: str) -> str:
    """Return `text` with « … » in place of each such number."""
    while True:
        letters = [(letter, place) for place, typed in enumerate(text) for letter in plain_letter(typed)]
        spans = sorted(
            {(start, end) for _, start, end in _spans("".join(letter for letter, _ in letters))}, reverse=True
        )
        if not spans:
            return text
        start, end = spans[0]  # one at a time, from the end: spans may overlap
        text = text[: letters[start][1]] + "…" + text[letters[end - 1][1] + 1 :]


def _spans(seen: str) -> Iterator[Span]:
    yield from _ibans(seen)
    for found in _NIR.finditer(seen):
        if _has_key(_bare(found[1]), int(_bare(found[2]))):
            yield Kind.NIR, *found.span()
    for found in _NIR_WITHOUT_KEY.finditer(seen):
        number = _bare(found[1])
        if _PLAUSIBLE_NIR.fullmatch(number) and not _is_phone(number):
            yield Kind.NIR, *found.span()
    for found in _CARD.finditer(seen):
        number = _bare(found[0])
        if _luhn(number) and not _is_phone(number):
            yield Kind.CARD, *found.span()
    for kind, pattern in ((Kind.FOREIGNER, _FOREIGNER), (Kind.DOCUMENT, _DOCUMENT)):
        for found in pattern.finditer(seen):
            yield kind, *found.span(1)


def _bare(number: str) -> str:
    return re.sub(r"[^a-z\d]", "", number)


def _ibans(seen: str) -> Iterator[Span]:
    for beginning in _IBAN_BEGINNING.finditer(seen):
        length = _IBAN_LENGTHS.get(beginning[1])
        whole = re.compile(rf"[a-z\d](?:{_BETWEEN}[a-z\d]){{{length - 1}}}(?![a-z\d])") if length else None
        found = whole.match(seen, beginning.start(1)) if whole else None
        if found:
            number = _bare(found[0])
            if int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1:
                yield Kind.IBAN, *found.span()


def _has_key(number: str, key: int) -> bool:
    """Tell if `key` is that of a social security number; Corsica's letters count as 19 and 18."""
    return key == 97 - int(number.replace("2a", "19").replace("2b", "18")) % 97


def _luhn(number: str) -> bool:
    doubled = [int(c) * (1 + place % 2) for place, c in enumerate(reversed(number))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _is_phone(number: str) -> bool:
    """Tell if `number` is a phone with its country code but no +; those of 13 digits look like old cards."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return False
