"""Long texts are cut into bubbles that Telegram takes, and a reader loses nothing."""

from collections.abc import Sequence
from datetime import date
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.library import Library
from bot.replies import LONGEST_MESSAGE, Reply, bubbles, length, plain

EMOJI = "😀"  # two UTF-16 units
FAMILY = "👩‍👧‍👦"  # five characters, eight units


class Tags(HTMLParser):
    """Finds out whether every tag is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.crossed = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.crossed |= not self.open or self.open.pop() != tag

    @property
    def balanced(self) -> bool:
        return not self.open and not self.crossed


def words_of(text: str) -> str:
    return "".join(text.split())


def check(markup: str, parts: Sequence[str], limit: int) -> None:
    assert all(0 < length(part) <= limit for part in parts)
    assert all(Tags(part).balanced for part in parts)
    assert words_of("".join(plain(part) for part in parts)) == words_of(plain(markup))


@pytest.mark.parametrize(
    ("markup", "units"),
    [("abc", 3), ("é", 1), (EMOJI, 2), (FAMILY, 8), ("<b>abc</b>", 3), ("a &lt; b &amp; c", 9), ("\ud83d", 1), ("", 0)],
)
def test_a_message_is_measured_as_telegram_measures_it(markup: str, units: int) -> None:
    assert length(markup) == units


def test_a_reader_sees_the_text_without_markup() -> None:
    assert Reply('<b>Aide</b> : <a href="https://a.fr/?a=1&amp;b">ici</a> &lt;3').text == "Aide : ici <3"


@pytest.mark.parametrize("letter", ["a", EMOJI, FAMILY, "&lt;", "é"])
def test_a_text_just_as_long_as_allowed_is_one_bubble_and_one_more_is_two(letter: str) -> None:
    full = letter * (LONGEST_MESSAGE // length(letter))
    assert list(bubbles(full)) == [full]
    assert len(list(bubbles(full + "a" * (1 + LONGEST_MESSAGE - length(full))))) > 1


def test_a_long_text_is_cut_between_paragraphs() -> None:
    paragraphs = [f"<b>Partie {n}</b>\n" + "mot " * 250 for n in range(1, 8)]
    parts = list(bubbles("\n\n".join(paragraphs)))
    assert [part.count("Partie") for part in parts] == [4, 3]
    assert all(part.startswith("<b>Partie") for part in parts)


def test_a_paragraph_that_is_too_long_is_cut_between_lines() -> None:
    lines = [f"• étape {n} " + "mot " * 100 for n in range(1, 20)]
    parts = list(bubbles("\n".join(lines)))
    assert len(parts) == 3
    assert all(part.startswith("• étape") for part in parts)


def test_four_thousand_emoji_in_one_line_are_cut_between_emoji() -> None:
    parts = list(bubbles(EMOJI * 4000))
    assert {character for part in parts for character in part} == {EMOJI}
    check(EMOJI * 4000, parts, LONGEST_MESSAGE)


def test_blank_text_makes_no_bubble() -> None:
    assert list(bubbles("")) == list(bubbles(" \n\n ")) == []


# As content is written: tags open and close within a line, the rest is escaped.
_words = st.text(alphabet=st.sampled_from("ab é<>&\"'😀👩\u200d\u2028\u00a0.;\t"), max_size=30).map(
    lambda t: escape(t, quote=False)
)
_runs = st.builds(
    lambda tag, text, times: f"{tag}{text * times}{tag.split()[0].replace('<', '</').rstrip('>') + '>' if tag else ''}",
    st.sampled_from(["", "", "<b>", "<i>", '<a href="https://a.fr">']),
    _words,
    st.integers(1, 20),
)
_lines = st.lists(_runs, max_size=4).map("".join)
_texts = st.lists(st.tuples(_lines, st.sampled_from(["\n", "\n\n", "\n\n\n"])), max_size=12).map(
    lambda lines: "".join(line + end for line, end in lines)
)


@settings(deadline=None, print_blob=True)
@given(_texts, st.integers(4, 300))
@example("\n\n" + "a" * 300, 300)
@example("a" * 299 + "\n\n\n\n" + "b" * 300, 300)
def test_every_bubble_fits_closes_its_tags_and_together_they_say_all(markup: str, limit: int) -> None:
    check(markup, list(bubbles(markup, limit)), limit)


def test_every_answer_can_be_cut_anywhere(library: Library) -> None:
    for slug in library.topics:
        answer = library.answer(slug, "fr", today=date(2026, 11, 22))
        for limit in (150, 300, 1000):
            check(answer, list(bubbles(answer, limit)), limit)
