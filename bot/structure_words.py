"""A structure in words, as HTML: its name, where it is, how to reach it. What a list says of it is only text."""

from datetime import date
from html import escape
from urllib.parse import urlsplit

import phonenumbers

from bot.i18n import colon, month_text, translator
from bot.structures import Structure

LONGEST_SHOWN = 200  # characters of anything that a list says


def source_date(written: str, lang: str) -> str:
    """Return the date of a source in words, as precise as it is: « septembre 2019 », « 2023 », "" if unreadable."""
    year, _, rest = written.partition("-")
    try:
        return month_text(date(int(year), int(rest[:2]), 1), lang) if rest else str(int(year))
    except ValueError:
        return ""


def place(structure: Structure, lang: str) -> str:
    """Return a structure with all that is known to reach it."""
    _ = translator(lang)
    where = ", ".join(part for part in (structure.address, f"{structure.postcode} {structure.town}".strip()) if part)
    lines = [f"<b>{_clean(structure.name)}</b>", f"📍 {_clean(where)}" if where else ""]
    lines += [f"☎ {dialled(structure.phone)}" if structure.phone else ""]
    lines += [
        link("🔗", _("Site"), structure.website, lang),
        link("📅", _("Prendre rendez-vous"), structure.booking_url, lang),
    ]
    return "\n".join(line for line in lines if line)


def in_short(structure: Structure, lang: str) -> str:
    """Return one line: its name, where, and its phone."""
    where = f", {_clean(structure.town)}" if structure.town and structure.town not in structure.name else ""
    phone = f"{colon(lang)}{dialled(structure.phone)}" if structure.phone else ""
    return f"• {_clean(structure.name)}{where}{phone}"


def link(sign: str, label: str, address: str, lang: str) -> str:
    """Return a link with the name of its site in sight; nothing for what is no address of the web."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or len(address) > LONGEST_SHOWN:
        return ""
    host = escape(parts.hostname.removeprefix("www."), quote=False)
    return f'{sign} {_clean(label)}{colon(lang)}<a href="{escape(address.strip())}">{host}</a>'


def _clean(text: str) -> str:
    return escape(" ".join(text.split())[:LONGEST_SHOWN], quote=False)


def dialled(phone: str) -> str:
    """Return a phone number as it is dialled: « 05 61 00 00 00 », abroad and overseas « +262 262 00 00 00 »."""
    try:
        number = phonenumbers.parse(phone, "FR")
    except phonenumbers.NumberParseException:
        return _clean(phone)
    form = phonenumbers.PhoneNumberFormat
    if len(str(number.national_number)) < 6:  # « 3994 »
        return str(number.national_number)
    return phonenumbers.format_number(number, form.NATIONAL if number.country_code == 33 else form.INTERNATIONAL)
