"""The danger matcher and its French lexicon: what it must hear, what must not frighten anyone, and what it answers.

The golden set stands in tests/golden/danger_fr.yml. A false alarm costs one message too many, a miss may cost a life.
"""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import danger, patterns, words
from bot.danger import DANGERS, LAST_RESORT, Lexicon, LexiconError, compile_lexicon, match
from bot.library import Library
from bot.replies import plain
from bot.words import fold, sound
from bot.yaml_files import read

ROOT = Path(__file__).parent.parent
FRENCH = ROOT / "content" / "danger" / "fr.yml"
GOLDEN: dict[str, list[Any]] = read(ROOT / "tests" / "golden" / "danger_fr.yml").mapping()
LEXICON = compile_lexicon("fr", read(FRENCH).mapping(), str)
LONGEST_ANSWER = 700  # signs: read at a glance, on a small screen, by someone who trembles

ANSWERS = {"danger_immediat": "Appelle.", "danger_suicide": "Parle.", "danger_violences": "Écris."}


def heard(text: str) -> str | None:
    return match(text, [LEXICON])


def text_of(line: Any) -> str:
    return line["text"] if isinstance(line, dict) else line


def lexicon(*patterns: str, guards: tuple[str, ...] = (), words: dict[str, str] | None = None) -> Lexicon:
    """A small lexicon in which `patterns` are dangers of suicide."""
    never = "zzzzz"
    source = {
        "words": words or {},
        "patterns": {"danger_immediat": [never], "danger_suicide": list(patterns), "danger_violences": [never]},
        "guards": list(guards),
        "answers": ANSWERS,
    }
    return compile_lexicon("fr", source, str)


# --- the golden set


def test_every_explicit_cry_is_heard() -> None:
    assert [text_of(line) for line in GOLDEN["explicit"] if not heard(text_of(line))] == []


def test_veiled_cries_are_heard_98_times_in_100() -> None:
    cries = [text_of(line) for kind in ("explicit", "veiled") for line in GOLDEN[kind]]
    missed = [cry for cry in cries if not heard(cry)]
    assert len(missed) <= 0.02 * len(cries), missed


def test_a_cry_gets_the_answer_to_its_own_danger_9_times_in_10() -> None:
    cries = [line for kind in ("explicit", "veiled") for line in GOLDEN[kind]]
    right = [line for line in cries if heard(line["text"]) == line["danger"]]
    assert len(right) >= 0.9 * len(cries)


def test_everyday_talk_alarms_at_most_5_times_in_100() -> None:
    lines = [text_of(line) for line in GOLDEN["near_miss"]]
    alarms = [line for line in lines if heard(line)]
    assert len(alarms) <= 0.05 * len(lines), alarms


@pytest.mark.parametrize("intent", DANGERS)
def test_the_training_lines_of_a_danger_are_heard_9_times_in_10(intent: str) -> None:
    lines = training_lines(intent)
    missed = [line for line in lines if not heard(line)]
    assert len(missed) <= 0.1 * len(lines), missed


@pytest.mark.slow
def test_the_training_lines_of_other_intents_alarm_at_most_twice_in_100() -> None:
    files = sorted((ROOT / "nlu" / "data" / "fr").glob("*.yml"))
    lines = [line for file in files if file.stem not in DANGERS for line in training_lines(file.stem)]
    alarms = [line for line in lines if heard(line)]
    assert len(alarms) <= 0.02 * len(lines), alarms


def training_lines(intent: str) -> list[str]:
    text = (ROOT / "nlu" / "data" / "fr" / f"{intent}.yml").read_text(encoding="utf-8")
    return re.findall(r"^ {4}- (.+)$", text, re.MULTILINE)


# --- what hides a word is undone

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
CYRILLIC = str.maketrans("aceopxyi", "асеорхуі")
DISGUISES: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "no accents": lambda text: "".join(
        c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn"
    ),
    "decomposed accents": lambda text: unicodedata.normalize("NFD", text),
    "full-width letters": lambda text: text.translate(WIDE),
    "Cyrillic look-alikes": lambda text: text.translate(CYRILLIC),
    "zero-width spaces": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "direction marks": lambda text: f"\u202b{text}\u202c",
    "NUL in every word": lambda text: re.sub(r"(\w)(\w)", "\\1\0\\2", text),
    "zalgo": lambda text: "".join(c + "\u0335\u0489\u0301" * 5 for c in text),
    "bold mathematical letters": lambda text: re.sub("[a-z]", lambda c: chr(0x1D41A + ord(c.group()) - ord("a")), text),
    "repeated letters": lambda text: re.sub("([aeiou])", r"\1\1\1\1", text),
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "many spaces and lines": lambda text: text.replace(" ", " \n\t "),
    "stars around": lambda text: f"*** {text} ***!!!",
    "non-breaking spaces": lambda text: text.replace(" ", "\u00a0"),
}


SPACED_LETTERS = re.compile(r"(?:\b\w[ .-]+){4}")  # a disguise already: a second one on top may be too much


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
def test_every_explicit_cry_is_heard_through_a_disguise(disguise: Callable[[str], str]) -> None:
    cries = [text_of(line) for line in GOLDEN["explicit"]]
    assert [cry for cry in cries if not SPACED_LETTERS.search(cry) and not heard(disguise(cry))] == []


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Je VEUX mourir !!!", "je veux mourir"),
        ("mourrrrir", "mourir"),
        ("frappée", "frape"),
        ("sœur", "soeur"),
        ("j'ai / j’ai", "j ai j ai"),
        ("su1c1de", "suicide"),
        ("$uicide", "suicide"),
        ("m@l", "mal"),
        ("s u i c i d e", "suicide"),
        ("s.u.i.c.i.d.e", "suicide"),
        ("s-u-i-c-i-d-e", "suicide"),
        ("j e  v e u x  m o u r i r", "je veux mourir"),
        ("ｓｕｉｃｉｄｅ", "suicide"),
        ("suiсidе", "suicide"),
        ("sui\u00adcide", "suicide"),
        ("sui\u200bcide", "suicide"),
        ("sui\0cide", "suicide"),
        ("🆘🆘 vite", "🆘 🆘 vite"),
        ("ok 👍 merci", "ok merci"),
        ("j'ai 18 ans, 2main", "j ai 18 ans 2main"),
        ("appelle le 3114", "apele le 3114"),
        ("c.j.m. ou a b c", "c j m ou a b c"),
        ("a\u2028b\u0085c", "a b c"),
        ("", ""),
    ],
)
def test_fold_gives_plain_words(written: str, read_as: str) -> None:
    assert fold(written) == read_as


@given(st.text(alphabet=st.characters(), max_size=300))
@settings(max_examples=300, deadline=None)
def test_fold_changes_nothing_the_second_time_but_letters_that_then_stand_alone(text: str) -> None:
    once = fold(text)
    assert len(fold(once)) <= len(once)
    assert not re.search(r"\s\s|^\s|\s$", once)


# --- any text

ODD = {
    "nothing": "",
    "spaces": " \t\n\u00a0\u3000",
    "NUL": "\0\0\0",
    "control characters": "".join(map(chr, range(0x20))) + "".join(map(chr, range(0x7F, 0xA0))),
    "a lone high surrogate": "je \ud800 vais",
    "reversed surrogates": "\udc00\ud800",
    "zalgo": "e" + "\u0301" * 5000,
    "one long word": "a" * 100_000,
    "100 kB of words": "il me " * 17_000,
    "emoji": "👩‍👩‍👧‍👦🏽" * 1000,
    "a flood of cries": "svp aidez " * 1000,
    "Arabic": "أريد أن أعيش" * 300,
    "the end of Unicode": "\uffff\U0010ffff",
    "a pattern": "[$veux] ... *mouri*|> <",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_text_is_read_without_a_fault(text: str) -> None:
    heard(text)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=500))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_matcher_raise(text: str) -> None:
    assert heard(text) in {None, *DANGERS}


@pytest.mark.parametrize("cry", ["je vais me tuer ce soir", "mon père me frappe", "il respire plus aidez moi"])
@pytest.mark.parametrize("place", ["first", "in the middle", "last"])
def test_a_cry_is_heard_in_the_noise_of_a_whole_message(cry: str, place: str) -> None:
    noise = "bonjour la mission locale m'a donné un rendez-vous pour le logement et le CAP. " * 50
    room = 4096 - len(cry) - 2
    before = {"first": 0, "in the middle": room // 2, "last": room}[place]
    text = f"{noise[:before]} {cry} {noise[: room - before]}"
    assert len(text) <= 4096
    assert heard(text)
    assert heard(noise) is None


def test_the_first_danger_in_order_wins() -> None:
    assert heard("je veux mourir") == "danger_suicide"
    assert heard("mon père me frappe, je veux mourir") == "danger_suicide"
    assert heard("mon père me frappe, je veux mourir, il défonce la porte") == "danger_immediat"
    assert match("mourir", []) is None


# --- what an editor writes


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not_fit"),
    [
        ("veux mourir", ["je veux mourir", "Je VEUX, mourir."], ["je veux vivre", "veux-tu mourir"]),
        ("veux|vais mourir", ["je vais mourir"], ["je peux mourir"]),
        ("suicid*", ["suicidaire", "suicide"], ["genocide"]),
        ("*suicid*", ["jmesuicide"], ["genocide"]),
        ("veux [vraiment|trop] mourir", ["veux mourir", "veux trop mourir"], ["veux pas mourir"]),
        ("$veux mourir", ["j'aimerais mourir"], ["je peux mourir"]),
        ("veux ... mourir", ["veux mourir", "veux un deux trois mourir"], ["veux un deux trois quatre mourir"]),
        ("< au secours >", ["Au secours !"], ["le bal au secours", "au secours populaire"]),
        ("peur de rentrer >", ["j'ai peur de rentrer"], ["j'ai peur de rentrer en seconde"]),
        ("peur de rentrer chez|>", ["peur de rentrer", "peur de rentrer chez moi"], ["peur de rentrer en seconde"]),
        ("Frappée", ["frapé", "FRAPPEE"], ["frapper"]),
        ("🆘", ["🆘🆘🆘"], ["sos"]),
        ("je me sens partir", ["Je  me\nsens… partir"], ["je me partir"]),
    ],
)
def test_a_pattern_fits(pattern: str, fits: list[str], does_not_fit: list[str]) -> None:
    small = lexicon(pattern, words={"veux": "veux aimerai*"})
    assert [text for text in fits if match(text, [small]) is None] == []
    assert [text for text in does_not_fit if match(text, [small])] == []


@pytest.mark.parametrize(
    "written",
    [
        "Il m'a frappée à la tête",
        "il ma frapé a la tete",
        "il m'a fraper à la tèt",
        "il ma frapait a la tete",
        "il mafrapé a la tête",
        "yl ma frappé a la tetes",
    ],
)
def test_a_pattern_of_several_words_is_heard_as_it_sounds(written: str) -> None:
    assert match(written, [lexicon("frappée|mafrappe a la tête|tet")]) == "danger_suicide"


@pytest.mark.parametrize(
    ("written", "sounds"),
    [
        ("qui", "ki"),
        ("quand", "kan"),
        ("frapes", "frape"),
        ("fraper", "frape"),
        ("frapait", "frape"),
        ("jfrape", "frape"),
        ("morts", "mor"),
        ("beau", "bo"),
        ("veut", "veu"),
        ("est", "e"),
        ("a", "a"),
    ],
)
def test_a_word_sounds(written: str, sounds: str) -> None:
    assert sound(written) == sounds


def test_a_missing_apostrophe_is_read_between_two_words_of_a_pattern() -> None:
    small = lexicon("il m attend", "qu il arrive")
    assert match("il mattend", [small])
    assert match("jsais quil arrive", [small])
    assert match("il tattend", [small]) is None


def test_a_single_word_and_a_guard_count_only_as_written() -> None:
    assert match("frapper", [lexicon("frappe")]) is None
    assert match("il me frappé de rire", [lexicon("me frappe", guards=("me frapper de rire",))]) == "danger_suicide"


def test_another_language_counts_only_as_written() -> None:
    source: dict[str, Any] = {"patterns": {name: ["he hit me"] for name in DANGERS}, "answers": ANSWERS}
    english = compile_lexicon("en", source, str)
    assert match("He hit me!", [english]) == "danger_immediat"
    assert match("he hits me", [english]) is None


def test_a_guard_silences_only_the_hit_that_it_touches() -> None:
    small = lexicon("mourir", "me tuer", guards=("mourir de rire",))
    assert match("c'est à mourir de rire", [small]) is None
    assert match("je veux mourir de rire, non je vais me tuer", [small]) == "danger_suicide"
    assert match("mourir de rire ou mourir", [small]) == "danger_suicide"


WORD = "n'est pas un mot (une apostrophe ou un trait d'union s'écrit avec une espace)"
ALL_OPTIONAL = "il faut au moins un mot obligatoire, sinon tout message serait reconnu"


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("m'ouvrir les veines", f"« m'ouvrir » {WORD}"),
        ("beau-père", f"« beau-père » {WORD}"),
        ("su*cide", f"« su*cide » {WORD}"),
        ("*", f"« * » {WORD}"),
        ("a*", f"« a* » {WORD}"),
        ("[je veux] mourir", f"« [je » {WORD}"),
        ("mourir!", f"« mourir! » {WORD}"),
        ("👍", f"« 👍 » {WORD}"),
        ("mourir|", f"«  » {WORD}"),
        ("$inconnu mourir", "le groupe $inconnu n'est pas défini sous words"),
        ("", ALL_OPTIONAL),
        ("...", ALL_OPTIONAL),
        ("[je] [vais] ...", ALL_OPTIONAL),
        ("< >", ALL_OPTIONAL),
        (None, "on attend une suite de mots"),
        (["mourir"], "on attend une suite de mots"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_place(pattern: Any, problem: str) -> None:
    with pytest.raises(LexiconError) as refused:
        lexicon("mourir", "me tuer", pattern)
    assert (str(refused.value), refused.value.loc) == (problem, ("patterns", "danger_suicide", 2))


def test_a_wrong_guard_is_refused_with_its_place() -> None:
    with pytest.raises(LexiconError) as refused:
        lexicon("mourir", guards=("mourir de rire", "mort d'ennui"))
    assert refused.value.loc == ("guards", 1)


@pytest.mark.parametrize("part", ["patterns", "answers"])
@pytest.mark.parametrize("missing", DANGERS)
def test_no_danger_may_be_missing(part: str, missing: str) -> None:
    source: dict[str, Any] = {"patterns": {danger: ["mourir"] for danger in DANGERS}, "answers": dict(ANSWERS)}
    del source[part][missing]
    with pytest.raises(LexiconError, match=f"il manque {missing}"):
        compile_lexicon("fr", source, str)


def test_an_unknown_part_and_an_answer_that_cannot_be_shown_are_refused() -> None:
    patterns = {danger: ["mourir"] for danger in DANGERS}
    with pytest.raises(LexiconError) as refused:
        compile_lexicon("fr", {"paterns": {}, "patterns": patterns, "answers": ANSWERS}, str)
    assert refused.value.loc == ("paterns",)

    def broken(_: str) -> str:
        raise ValueError("lien cassé")

    with pytest.raises(LexiconError, match="lien cassé") as refused:
        compile_lexicon("fr", {"patterns": patterns, "answers": ANSWERS}, broken)
    assert refused.value.loc == ("answers", "danger_immediat")


# --- the French file


def test_no_pattern_stands_twice_and_no_group_is_unused() -> None:
    source = read(FRENCH).mapping()
    patterns = [pattern for danger in DANGERS for pattern in source["patterns"][danger]]
    assert [pattern for pattern, times in Counter(patterns).items() if times > 1] == []
    assert [guard for guard, times in Counter(source["guards"]).items() if times > 1] == []
    used = set(re.findall(r"\$(\w+)", " ".join([*patterns, *source["guards"]])))
    assert used == set(source["words"])


def test_no_pattern_ends_or_begins_with_a_word_that_changes_nothing() -> None:
    source = read(FRENCH).mapping()
    idle = [
        pattern
        for danger in DANGERS
        for pattern in source["patterns"][danger]
        if re.search(r"(\[[^>\]]*\]|\.\.\.)$", pattern) or re.match(r"\[|\.\.\.", pattern)
    ]
    assert idle == []


# --- what is answered

PINNED = {
    "samu": "15",
    "police": "17",
    "pompiers": "18",
    "urgence": "112",
    "urgence_sms": "114",
    "enfance_danger": "119",
    "suicide": "3114",
    "violences_femmes": "3919",
    "cyberviolences": "3018",
}
ORDER = {
    "danger_immediat": ["114", "15", "17", "18", "112"],
    "danger_suicide": ["3114", "15", "114"],
    "danger_violences": ["114", "17", "119", "3919", "3018", "15"],
}


@pytest.fixture(scope="module")
def answers(library: Library) -> dict[str, str]:
    [french] = [lexicon for lexicon in library.lexicons if lexicon.lang == "fr"]
    return {danger: plain(answer) for danger, answer in french.answers.items()}


@pytest.mark.parametrize(("key", "number"), PINNED.items())
def test_an_emergency_number_is_pinned(library: Library, key: str, number: str) -> None:
    assert library.facts.numbers[key].number == number


@pytest.mark.parametrize("which", DANGERS)
def test_an_answer_gives_its_numbers_one_a_line_the_most_useful_first(answers: dict[str, str], which: str) -> None:
    assert re.findall(r"^• (\d+)\b", answers[which], re.MULTILINE) == ORDER[which]


@pytest.mark.parametrize("which", DANGERS)
def test_an_answer_is_short_says_when_to_call_and_what_the_bot_is_not(answers: dict[str, str], which: str) -> None:
    answer = answers[which]
    assert len(answer) <= LONGEST_ANSWER
    numbers = [line for line in answer.splitlines() if line.startswith("• ")]
    assert all("jour et nuit" in line or "tous les jours de" in line for line in numbers)
    assert all("gratuit" in line for line in numbers)
    assert "114 par SMS, si tu ne peux pas parler" in answer
    assert "Si c'est pour quelqu'un d'autre, " in answer
    assert re.search(r"près d(e|') ?(quelqu'un|une personne).*reste avec", answer)
    assert answer.endswith("Je suis un robot : personne ne lit ici et je n'ai prévenu personne.")


@pytest.mark.parametrize("which", DANGERS)
def test_the_first_line_betrays_nothing_to_who_looks_over_the_shoulder(answers: dict[str, str], which: str) -> None:
    first = answers[which].splitlines()[0].lower()
    assert not re.search(r"suicid|mourir|mort|tuer|violen|frapp|viol|danger|police", first)


@pytest.mark.parametrize("number", ["15", "17", "18", "112", "114", "119", "3114", "3919"])
def test_the_last_resort_gives_the_number_without_any_content(number: str) -> None:
    assert f"<b>{number}</b>" in LAST_RESORT


def test_the_matcher_needs_no_database_no_network_and_no_model() -> None:
    modules = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in (danger, patterns, words)]
    imported = set(re.findall(r"^(?:from|import) ([\w.]+)", "\n".join(modules), re.MULTILINE))
    assert {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} == {
        "bot.patterns",
        "bot.words",
    }
