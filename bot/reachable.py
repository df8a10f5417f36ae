"""Read how to reach someone: a phone number as typed in France and elsewhere, or an e-mail address."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot import identity_numbers
from bot.unreadable import Problem, Unreadable, plain

_REGIONS = dict(
    pair.split(":")
    for pair in "971:GP 972:MQ 973:GF 974:RE 975:PM 976:YT 977:BL 978:MF 986:WF 987:PF 988:NC".split()  # noqa: SIM905
)
# Tried for everybody. In the others numbers have six or eight digits: a mobile half typed would pass for one of them.
_TEN_DIGIT_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT")
# 06 39 98 xx xx, which Arcep keeps for fiction: it rings nowhere, and demonstrations need it.
_FICTITIOUS = re.compile(r"(?:33|262)63998\d{4}")
LONGEST_CHUNK = 60  # characters; two numbers with their country take 40
_CHUNK = re.compile(r"[+(]*\d(?:[\s().\-/_]*\d)*")
_SHORT = re.compile(r"1[578]|1\d\d|1\d{3}|3\d{3}|11[68]\d{3}")
_POLITE = "mon ma le la au c'est est num numero no tel telephone portable phone my is voici mail email courriel adresse"
_PASSED_OVER = re.compile(rf"\b(?:{'|'.join(_POLITE.split())}|e-mail)\b")
_EMAIL_LEAD = re.compile(rf"^(?:(?:{'|'.join(_POLITE.split())}|e-mail)\b[\s:]+|mailto:)+", re.IGNORECASE)
_SPELLINGS = {
    "gmail": "gmail gmial gmal gamil gmil gmai gmaill gnail gmaile gmeil",
    "hotmail": "hotmail hotmial hotmal hotmai hotamil homail hotmaill hotmeil",
    "yahoo": "yahoo yaho yahou yhoo yahooo yaoo",
    "outlook": "outlook outlok outloock outlouk oulook outllok outook",
    "icloud": "icloud iclood icoud icloude iclud",
    "orange": "orange orang ornage",
    "wanadoo": "wanadoo wanado wanadou",
    "laposte": "laposte lapost lapotse",
}
_PROVIDERS = {spelt: provider for provider, spellings in _SPELLINGS.items() for spelt in spellings.split()}
_ONLY_ENDING = {"gmail": "com", "icloud": "com", "orange": "fr", "wanadoo": "fr", "laposte": "net"}
_ENDINGS = dict.fromkeys("con cm co om comm cim vom cmo".split(), "com")  # noqa: SIM905
_ENDINGS |= dict.fromkeys("f rf ff frr fre".split(), "fr")  # noqa: SIM905


@dataclass(frozen=True)
class Phone:
    """A phone number in the international form: +33…"""

    number: str


@dataclass(frozen=True)
class Email:
    """An e-mail address, its domain in lower case."""

    address: str


def read(text: str, departement: str | None) -> Phone | Email:
    """Return the phone number or e-mail address in `text`. Raises Unreadable.

    A number typed without its country is read as one of the département's, then of the rest of France.
    """
    if identity_numbers.find(text):
        raise Unreadable(Problem.IDENTITY_NUMBER)
    typed = plain(text)
    if not any(c.isalnum() for c in typed):
        raise Unreadable(Problem.EMPTY)
    if "@" in typed:
        return Email(_email(text, departement))
    return Phone(_phone(typed, departement))


def suggestion(address: str) -> str | None:
    """Return the address probably meant when its domain is a known provider's, misspelt; else None."""
    local, _, domain = address.rpartition("@")
    name, _, ending = domain.lower().rpartition(".")
    provider = _PROVIDERS.get(name)
    if provider is None:
        return None
    meant = f"{provider}.{_ONLY_ENDING.get(provider) or _ENDINGS.get(ending, ending)}"
    return f"{local}@{meant}" if meant != domain.lower() else None


def _email(text: str, departement: str | None) -> str:
    visible = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs"))
    typed = unicodedata.normalize("NFKC", visible).strip()
    parts = re.split(r"[\s,;]+", typed)
    if sum("@" in part for part in parts) > 1:
        raise Unreadable(Problem.TWO_EMAILS)
    if _phones(plain(" ".join(part for part in parts if "@" not in part)), departement):
        raise Unreadable(Problem.PHONE_AND_EMAIL)
    # Only polite words are passed over: « jean dupont@… » is not the address of « dupont ».
    address = _EMAIL_LEAD.sub("", typed).rstrip(".,;!")
    try:
        # Few servers deliver to « é@… », most often a slip for « e@… »; accents in the domain are fine.
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError as error:
        raise Unreadable(Problem.EMAIL_MALFORMED) from error


def _phone(typed: str, departement: str | None) -> str:
    numbers = _phones(typed, departement)
    if len(numbers) > 1:
        raise Unreadable(Problem.TWO_PHONES)
    if not numbers:
        raise Unreadable(_what_is_wrong(typed))
    return numbers.pop()


def _phones(typed: str, departement: str | None) -> set[str]:
    """Return the valid numbers of a plain text, two if they are only a space apart."""
    found: set[str] = set()
    for chunk in _CHUNK.findall(typed):
        if len(chunk) > LONGEST_CHUNK:
            continue
        if whole := _number(chunk, departement):
            found.add(whole)
            continue
        for gap in re.finditer(r"\D+", chunk[1:]):
            both = [_number(part, departement) for part in (chunk[: gap.start() + 1], chunk[gap.end() + 1 :])]
            if all(both):
                found.update(number for number in both if number)
    return found


def _number(typed: str, departement: str | None) -> str | None:
    """Return `typed` as an international number, None unless it is a valid one."""
    for region in dict.fromkeys((_REGIONS.get(departement or "", "FR"), *_TEN_DIGIT_REGIONS)):
        try:
            number = phonenumbers.parse(typed, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or _FICTITIOUS.fullmatch(
            f"{number.country_code}{number.national_number}"
        ):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _what_is_wrong(typed: str) -> Problem:
    digits = max((re.sub(r"\D", "", chunk) for chunk in _CHUNK.findall(typed)), key=len, default="")
    tells_more = any(c.isalpha() for c in _PASSED_OVER.sub("", typed))
    if not digits or (len(digits) < 6 and tells_more):
        return Problem.NEITHER_PHONE_NOR_EMAIL
    if _SHORT.fullmatch(digits):
        return Problem.SHORT_NUMBER
    abroad = digits.startswith("00") or f"+{digits[0]}" in typed
    shortest, longest = (9, 17) if abroad else (10, 10) if digits.startswith("0") else (9, 15)
    if len(digits) < shortest:
        return Problem.PHONE_TOO_SHORT
    return Problem.PHONE_TOO_LONG if len(digits) > longest else Problem.PHONE_IMPOSSIBLE
