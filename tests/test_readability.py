"""What is hard to read is told with its line: long sentences, acronyms without a word, words we never say."""

from datetime import date
from pathlib import Path

import pytest

from bot import content_checks, readability
from bot.library import Library
from bot.readability import Remark
from bot.yaml_files import ContentError
from tests.conftest import ROOT
from tests.editor import Editor

HERE = Path("fr.md")
TWENTY = "mot " * 19 + "fin"


def told(text: str, known: tuple[str, ...] = (), forbidden: dict[str, str] | None = None) -> list[tuple[int, str]]:
    lines = list(enumerate(text.split("\n"), 1))
    return [(line, problem) for _, line, problem in readability.remarks(HERE, lines, known, forbidden or {})]


@pytest.mark.parametrize(
    "text",
    [
        f"{TWENTY}.",
        f"{TWENTY}. {TWENTY}.",
        f"{'mot ' * 19}18. {TWENTY}.",
        f"{TWENTY} ! {TWENTY} ? {TWENTY}…",
        f"- {TWENTY}\n- {TWENTY}\n1. {TWENTY}",
        f"## {TWENTY}\n{TWENTY}",
        f"{TWENTY}\n\n{TWENTY}",
        f"Dis : « {'mot ' * 17}fin. » {TWENTY}.",
        f"**Dis-le.** {TWENTY}",
        f"{'mot ' * 17}[le site](https://example.org/une-tres-longue-adresse)",
        f"{'mot ' * 19}{{montant:cej_majeur}}.",
        "هل هذا واضح؟ " + "كلمة " * 19 + "نهاية.",
    ],
)
def test_twenty_words_are_not_too_many(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"un {TWENTY}.", 1, 21),
        (f"Court.\n\n- Court.\n- un {TWENTY}", 4, 21),
        (f"Une ligne,\nla suite. un deux {TWENTY}.", 2, 22),
        ("mot\n" * 21 + "fin.", 1, 22),
        ("كلمة " * 21 + "؟ نعم.", 1, 21),
    ],
)
def test_a_longer_sentence_is_told_where_it_begins(text: str, line: int, words: int) -> None:
    assert told(text) == [(line, f"phrase de {words} mots, 20 au plus : coupe-la en deux")]


@pytest.mark.parametrize(
    "text",
    [
        "L'aide sociale à l'enfance (ASE) t'aide. L'ASE appelle.",
        "La CSS (complémentaire santé solidaire) paie.",
        "La **CSS** (complémentaire santé solidaire) paie.",
        "Demande (en anglais : an ASE file) au guichet.",
        "À Seine-Saint-Denis, l'article L5131-6 et le 3e étage.",
        "Le CEJ est dans le glossaire. Le CEJ-JR aussi.",
    ],
)
def test_an_acronym_that_is_explained_once_is_not_told(text: str) -> None:
    assert told(text, known=("CEJ", "CEJ-JR")) == []


@pytest.mark.parametrize("acronym", ["ZZP", "CeGIDD", "C2S", "ÉPIDE", "ZZP-JR"])
def test_an_acronym_that_nobody_explains_is_told_once(acronym: str) -> None:
    text = f"Bonjour.\n\nVa au {acronym}. Le {acronym} (une explication qui vient tard) aide."
    assert told(text) == [(3, f"« {acronym} » n'est ni expliqué la première fois, ni dans glossary.csv")]


@pytest.mark.parametrize("text", ["Tu n'as pas  droit à ça.", "Tu N’As pas Droit", "Non : tu n'as\npas droit."])
def test_a_forbidden_phrase_is_told_with_its_reason(text: str) -> None:
    assert told(text, forbidden={"tu n'as pas droit": "on ne conclut jamais"}) == [
        (1, "« tu n'as pas droit » : on ne conclut jamais")
    ]


def test_a_word_is_not_found_inside_another() -> None:
    assert told("Prends rendez-vous. Les vœux.", forbidden={"vous": "on dit « tu »", "vœu": "non"}) == []


@pytest.mark.parametrize(
    ("file", "written", "word"),
    [
        ("faq/cej/fr.md", "Sinon, tu n'as pas droit au CEJ.", "tu n'as pas droit"),
        ("faq/cej/fr.md", "Écris à Xxx.", "XXX"),
        ("faq/cej/en.md", "You are not entitled to it.", "you are not entitled"),
        ("faq/cej/en.md", "Lorem ipsum dolor.", "lorem ipsum"),
        ("faq/cej/ar.md", "هذا لا يحق لك.", "لا يحق لك"),
    ],
)
def test_each_language_has_its_forbidden_words(editor: Editor, file: str, written: str, word: str) -> None:
    line = editor.adds(file, "## ", f"{written}\n")
    found = content_checks.warnings(editor.folder, ROOT / "nlu", editor.library(), today=date(2026, 11, 22))
    [remark] = [one for one in found if one.path == editor.path(file) and one.line == line]
    assert remark.problem.startswith(f"« {word} » : ")


@pytest.mark.parametrize(
    ("start", "written", "problem"),
    [
        ("fr:", "klingonais:", "« klingonais » n'est pas une langue, ni « all »"),
        ("fr:", "fr: vous", "on attend une liste de « words » et « why »"),
        ("  - words: [vous", "  - mots: [vous]", "mots : cette clé n'existe pas"),
        ("  - words: [vous", "  - words: vous", "words : on attend une liste entre crochets : [cej, pacea]"),
    ],
)
def test_a_mistake_in_the_list_is_told_with_its_line(editor: Editor, start: str, written: str, problem: str) -> None:
    text = editor.path("forbidden.yml").read_text(encoding="utf-8")
    if written == "fr: vous":
        text = text[: text.index("fr:")] + "fr:\nen:" + text.partition("\nen:")[2]
        editor.writes("forbidden.yml", text)
    line = editor.replaces("forbidden.yml", start, written)
    with pytest.raises(ContentError) as refused:
        content_checks.forbidden(editor.path("forbidden.yml"))
    assert line_and_problem(str(refused.value)) == (line, problem)


def line_and_problem(told: str) -> tuple[int, str]:
    _, line, problem = told.split(":", 2)
    return int(line), problem.strip()


def test_no_text_of_ours_holds_a_forbidden_word(library: Library) -> None:
    found = content_checks.warnings(ROOT / "content", ROOT / "nlu", library, today=date(2026, 11, 22))
    assert [str(one) for one in found if one.problem.startswith("«") and "glossary" not in one.problem] == []


def test_a_remark_reads_as_a_line_of_a_compiler() -> None:
    assert str(Remark(Path("content/faq/cej/fr.md"), 12, "phrase de 25 mots")) == (
        "content/faq/cej/fr.md:12: phrase de 25 mots"
    )
