"""French names, numbers and links in Arabic lines: each in an isolate of its own, and nothing else changed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bidi import isolated

ISOLATES = re.compile("[\u2066\u2069\u200f]")
ALPHABET = "ابتثج ،؟.:()\n+0123456789abcdeéCEJ'’-€%<b></b>&amp;"


def shown(html: str) -> str:
    """Isolates as brackets, to be read."""
    return isolated(html).replace("\u2066", "[").replace("\u2069", "]").replace("\u200f", "→")


@pytest.mark.parametrize(
    ("written", "isolates"),
    [
        ("اتصل بـ CAF غدا", "اتصل بـ [CAF] غدا"),
        ("العقد (contrat jeune majeur) هو", "العقد ([contrat jeune majeur]) هو"),
        ("اسمه Contrat d'engagement jeune (CEJ)، وهو", "اسمه [Contrat d'engagement jeune (CEJ)]، وهو"),
        ("☎ +262 262 00 00 00 هاتف", "☎ [+262 262 00 00 00] هاتف"),
        ("حتى 561,68 € في الشهر", "حتى [561,68 €] في الشهر"),
        ("في سن 17: 50 €", "في سن [17]: [50 €]"),
        ("قل: « Où dormir ce soir ? » الآن", "قل: « [Où dormir ce soir ?] » الآن"),
        ("الموعد 10:30 غدا", "الموعد [10:30] غدا"),
        ("1. اتصل", "[1]. اتصل"),
        ("القانون Code du travail, art. L5131‑6 هنا", "القانون [Code du travail, art. L5131‑6] هنا"),
        ("CEJ هو مرافقة", "→[CEJ] هو مرافقة"),
        ("<b>CEJ</b> هو", "→<b>[CEJ]</b> هو"),
        ('رابط: <a href="https://exemple.invalid/a?b=1&amp;c=2">exemple.invalid</a>',
         'رابط: <a href="https://exemple.invalid/a?b=1&amp;c=2">[exemple.invalid]</a>'),
        ("Une ligne en français, avec 3 nombres.", "Une ligne en français, avec 3 nombres."),
    ],
)  # fmt: skip
def test_what_runs_to_the_right_is_isolated(written: str, isolates: str) -> None:
    assert shown(written) == isolates


@given(st.text(ALPHABET, max_size=60))
def test_nothing_is_lost_and_every_isolate_is_closed_on_its_line(text: str) -> None:
    told = isolated(text)
    assert ISOLATES.sub("", told) == text
    for line in told.split("\n"):
        depth = 0
        for letter in line:
            depth += (letter == "\u2066") - (letter == "\u2069")
            assert depth in (0, 1)
        assert depth == 0
