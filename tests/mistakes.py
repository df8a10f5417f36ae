"""What can go wrong in each field of each kind of content file, as a table; and what an editor does to a file."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

Lines = list[str]
Change = Callable[[Lines], int | None]  # changes the lines of a file; returns the number of the line to be named
Act = Callable[[Path], Path]  # does something to a file; returns the one to be named
LANGUAGES = ("fr", "en", "ar")
TRANSLATIONS = LANGUAGES[1:]


@dataclass(frozen=True)
class Mistake:
    """One mistake in one file: in its lines, or done to the file itself."""

    file: str
    name: str
    change: Change | None = None
    act: Act | None = None

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"


Row = tuple[str, Change]


def at(lines: Lines, start: str) -> int:
    return next(index for index, line in enumerate(lines) if line.startswith(start))


def put(start: str, new: str) -> Row:
    """The first line that begins with `start` becomes `new`, and is the one to be named."""

    def change(lines: Lines) -> int:
        index = at(lines, start)
        lines[index] = new
        return index + 1

    return f"« {new[:40]} »", change


def add(start: str, new: str) -> Row:
    """Below the first line that begins with `start` comes `new`, and is the one to be named."""

    def change(lines: Lines) -> int:
        index = at(lines, start) + 1
        lines.insert(index, new)
        return index + 1

    return f"more: « {new[:40]} »", change


def drop(start: str) -> Row:
    """The first line that begins with `start` goes, with what is indented below it."""

    def change(lines: Lines) -> None:
        index = at(lines, start)
        indent = len(start) - len(start.lstrip())
        del lines[index]
        while index < len(lines) and lines[index].startswith(" " * (indent + 1)):
            del lines[index]

    return f"without « {start} »", change


def sub(name: str, pattern: str, new: str, times: int = 0) -> Row:
    """The text is changed where `pattern` is found, which must be somewhere."""

    def change(lines: Lines) -> None:
        text, found = re.subn(pattern, new, "\n".join(lines), count=times, flags=re.MULTILINE)
        assert found, name
        lines[:] = text.split("\n")

    return name, change


def loosely(row: Row) -> Row:
    """The same, where the line to be named may be one nearby: that of the key around, or where the part begins."""
    name, change = row

    def loose(lines: Lines) -> None:
        change(lines)

    return name, loose


def lines_of_a_field(key: str, *wrong: str, indent: int = 0) -> list[Row]:
    """The field is lost, empty, misspelt, twice there, or holds something else."""
    start = " " * indent + f"{key}:"
    return [
        drop(start),
        put(start, start),
        put(start, " " * indent + f"{key}s: autre"),
        *(put(start, f"{start} {value}") for value in wrong),
    ]


PAGE = [
    *lines_of_a_field("title", "Oh", "a" * 71, "[une, liste]"),
    *lines_of_a_field("button", "a" * 31, "{clé: valeur}"),
    *lines_of_a_field("keywords", "cej", "[]", "[cej, pacea"),
    add("button:", "button: Encore"),
    add("button:", "reviewed_on: hier"),
    add("button:", "reviewed_by: [Amina]"),
    add("button:", "auteur: moi"),
    add("button:", "\tnote: une tabulation"),
    add("## ", "{montant:argent}"),
    add("## ", "Appelle le {numero:secours}."),
    add("## ", "Bonjour {prenom}"),
    add("## ", "500 €"),
    add("## ", "3114"),
    add("## ", "06 39 98 00 00"),
    add("## ", "[ici](http://example.org)"),
    add("## ", "![logo](https://example.org/logo.png)"),
    add("## ", "**en gras"),
    sub("steps without numbers", r"^\d+\. ", "- "),
    sub("a heading less", r"^## ", "### ", 1),
    sub("an empty part", r"^(## .*\n)(?:(?!## ).*\n)+", r"\1\n", 1),
    sub("front matter never closed", r"\n---$", "", 1),
    sub("no front matter", r"\A---\n(?:.*\n)*?---\n", ""),
    sub("too long for a message", r"^(## .*\n)", r"\1" + "mot " * 1100 + "\n\n", 1),
    sub("cut in the middle", r"\A((?:.*\n){12})(?:.*\n?)*", r"\1"),
]
TRANSLATION = [
    *map(loosely, lines_of_a_field("french", "oui", "518557599077aa")),
    sub("a lost placeholder", r"\{(?:montant|numero):[a-z0-9_]+\}", "…", 1),
    add("## ", "{numero:suicide}"),
    add("## ", "{montant:cej_majeur}"),
]
FRENCH = [loosely(add("button:", "french: 518557599077"))]
TOPIC = [
    *lines_of_a_field("theme", "voyages", "Mes droits"),
    *lines_of_a_field("order", "premier", "0"),
    *lines_of_a_field("facts", "[]", "[cej 1]"),
    drop("sources:"),
    loosely(put("sources:", "sources: []")),
    loosely(put("sources:", "sources: loi")),
    *lines_of_a_field("review_by", "bientôt", "2001-01-01"),
    *lines_of_a_field("contacts", "[]", "[plombier]"),
    put("reviewed_on:", "reviewed_on: 2026-02-30"),
    put("related:", "related: [plus_rien]"),
    put("related:", "related: [cej, cjm, pacea, recours]"),
    put("    dated:", "    dated: 01/01/2023"),
    add("  - title:", "    url: http://example.org"),
]
AMOUNT = [
    row
    for key, wrong in {
        "label": "[a]", "value": "561,68", "unit": "EUR/semaine", "valid_from": "2025-02-29", "source": "[a]",
        "checked_on": "hier", "fact": "le décret",
    }.items()
    for row in lines_of_a_field(key, wrong, indent=2)
]  # fmt: skip
NUMBER = [
    row
    for key, wrong in {
        "number": "appelle", "name": "[a]", "hours": "[a]", "checked_on": "2026-13-01", "fact": "numéro",
    }.items()
    for row in lines_of_a_field(key, wrong, indent=2)
]  # fmt: skip
THEMES = [
    put("droits:", "droits:"),
    put("droits:", "droits: [a, b]"),
    add("droits:", "droits: encore"),
    add("droits:", "Mes droits: a"),
]
LOST_THEME = [drop("droits:"), loosely(put("droits:", "mes_droits: a"))]
CONTACTS = [
    *lines_of_a_field("name", "[a]", indent=2),
    *lines_of_a_field("how", "[a]", indent=2),
    drop("departement:"),
    sub("a raw number", r"^  how: ", "  how: 3114. ", 1),
    sub("a bad link", r"^  how: ", "  how: \"[ici](tg://user)\" # ", 1),
]  # fmt: skip
LOST_IN_CONTACTS = [sub("a lost placeholder", r"\{numero:[a-z_]+\}", "…", 1)]
DANGER = [
    drop("answers:"),
    put("answers:", "réponses:"),
    drop("  danger_suicide:"),
    sub("an unknown number", r"\{numero:suicide\}", "{numero:secours}"),
    sub("a raw number", r"\{numero:suicide\}", "3114"),
    sub("an empty answer", r"^  danger_suicide: \".*", "  danger_suicide: ''"),
]
LOST_IN_DANGER = [sub("a lost placeholder", r"\{numero:suicide\}", "…")]
CONSENT = [
    sub("a part less", r"^## forward 15-17$", "", 1),
    sub("a part of another name", r"^## contact$", "## autre", 1),
    sub("a part twice", r"^## contact 15-17$", "## contact", 1),
    sub("an empty part", r"^(## contact\n)(?:(?!## ).*\n)+", r"\1\n", 1),
    sub("a bad link", r"https://", "http://", 1),
    add("## contact", "3114"),
    add("## contact", "{nom}"),
]
RULES = [
    *lines_of_a_field("    anchor".strip(), "jamais", indent=4),
    *lines_of_a_field("audience", "[tout_le_monde]", "[in_care, left]", indent=4)[1:],
    *lines_of_a_field("text", "rien_de_tel", "[a]", indent=4),
    *lines_of_a_field("facts", "[fait un]", indent=4),
    *lines_of_a_field("topics", "[plus_rien]", indent=4)[1:],
    *lines_of_a_field("latest", "tard", indent=4)[1:],
    *lines_of_a_field("expires", "-1", indent=4),
    *lines_of_a_field("version", "hier"),
    drop("  check_in:"),
    drop("late_joiners:"),
]
PLAN = [
    sub("a text that no rule says", r"\A", "## rien_de_tel\n\n**Un titre**\n\nUn texte.\n\n"),
    loosely(add("## check_in", "## check_in")),
    sub("a title that is not in bold", r"^\*\*(.*)\*\*$", r"\1", 1),
    sub("the letters ASE in a title", r"^\*\*(.*)\*\*$", r"**ASE, \1**", 1),
    sub("a title too long", r"^\*\*(.*)\*\*$", r"**\1" + " encore" * 10 + "**", 1),
    sub("a raw amount", r"\n\n(?=\w)", "\n\n500 € ", 1),
    sub("a lost date", r"\{date\}", "…"),
    sub("a date too many", r"\n\n(?=\w)", "\n\n{date} ", 1),
    sub("too long for a screen", r"\n\n(?=\w)", "\n\n" + "mot " * 400, 1),
    sub("words above the first heading", r"\A", "Bonjour\n"),
]
STOP_WORDS = [
    *map(loosely, [put("fr:", "fr: stop"), put("fr:", "fr: [[stop]]"), add("fr:", "  - '!!!'"), add("fr:", "  - [a]")])
]
OPERATOR = [put("name:", "name: [a]"), put("name:", "nom: Relais"), put("contact:", f"contact: {'a' * 301}")]
GLOSSARY = [
    put("term,", "mot,sens,fiche"),
    add("ASE,", "PSY,Psychologue,hopital"),
    add("ASE,", "PSY"),
    add("ASE,", ",Psychologue,"),
    add("ASE,", "PSY,a,b,c,d"),
    add("ASE,", "PSY,Psychologue,Pas Une Fiche"),
]


def in_lines() -> Iterator[Mistake]:
    """Every row of the tables above, in each language; topics are drawn with a fixed seed, which is printed."""
    seed = 20261122
    print("topics drawn with seed", seed)
    draw = random.Random(seed)  # noqa: S311 - it only chooses topics
    topics = sorted(path.name for path in (ROOT / "content" / "faq").iterdir())
    filled = [slug for slug in topics if "{" in (ROOT / "content" / "faq" / slug / "fr.md").read_text(encoding="utf-8")]
    for lang in LANGUAGES:
        for row in [*PAGE, *(FRENCH if lang == "fr" else TRANSLATION)]:
            slug = draw.choice(filled if "placeholder" in row[0] else topics)
            yield Mistake(f"faq/{slug}/{lang}.md", *row)
        lost = lang in TRANSLATIONS
        yield from (Mistake(f"themes/{lang}.yml", *row) for row in [*THEMES, *(LOST_THEME if lost else ())])
        yield from (Mistake(f"contacts/{lang}.yml", *row) for row in [*CONTACTS, *(LOST_IN_CONTACTS if lost else ())])
        yield from (Mistake(f"danger/{lang}.yml", *row) for row in [*DANGER, *(LOST_IN_DANGER if lost else ())])
        yield from (Mistake(f"consent/2026-11-22.{lang}.md", *row) for row in CONSENT)
        yield from (Mistake(f"plan/{lang}.md", *row) for row in PLAN)
    yield from (Mistake(f"faq/{draw.choice(topics)}/topic.yml", *row) for row in TOPIC)
    for name, rows in {
        "amounts.yml": AMOUNT, "numbers.yml": NUMBER, "plan.yml": RULES, "stop_words.yml": STOP_WORDS,
        "operator.yml": OPERATOR, "glossary.csv": GLOSSARY,
    }.items():  # fmt: skip
        yield from (Mistake(name, *row) for row in rows)


def _bytes(new: bytes) -> Act:
    def act(path: Path) -> Path:
        first, _, rest = path.read_bytes().partition(b"\n")
        path.write_bytes(first + b"\n" + new + b"\n" + rest)
        return path

    return act


def _link(path: Path) -> Path:
    outside = path.parents[2] / "outside"
    path.rename(outside)
    path.symlink_to(outside)
    return path


def _lost(path: Path) -> Path:
    path.unlink()
    return path


def _copy(name: str) -> Act:
    def act(path: Path) -> Path:
        beside = path.with_name(name)
        beside.write_bytes(path.read_bytes())
        return beside

    return act


def _left_in_french(path: Path) -> Path:
    """The last step is still that of the French text."""
    french = path.with_name("fr.md").read_text(encoding="utf-8")
    step = re.findall(r"^\d\. .*", french, re.MULTILINE)[-1]
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^\d\. .*(?=\n\n## )", lambda _: step, text, flags=re.MULTILINE), encoding="utf-8")
    return path


ANY_FILE: dict[str, Act] = {
    "Windows-1252": _bytes("été".encode("cp1252")),
    "a mark of git's merge": _bytes(b"<<<<<<< HEAD"),
    "NUL": _bytes(b"a\0b"),
    "a sign lost in a copy": _bytes("caf\ufffd".encode()),
    "larger than a megabyte": _bytes(b"#" * 1_000_001),
    "a link out of the tree": _link,
}
COPIES = ["fr (copie).md", "EN.md", "Fr.md", "fr-FR.md", "francais.md", "README.md"]


def in_files() -> Iterator[Mistake]:
    """What can happen to any file as a whole, for each kind of file in each language."""
    by_language = ("faq/cjm/{}.md", "themes/{}.yml", "contacts/{}.yml", "plan/{}.md", "danger/{}.yml")
    names = [name.format(lang) for name in by_language for lang in LANGUAGES]
    alone = ["faq/cej/topic.yml", "amounts.yml", "numbers.yml", "plan.yml", "stop_words.yml", "operator.yml"]
    consents = [f"consent/2026-11-22.{lang}.md" for lang in LANGUAGES]
    for file in [*names, *consents, *alone, "glossary.csv"]:
        yield from (Mistake(file, name, act=act) for name, act in ANY_FILE.items())
    needed = [name.format("fr") for name in by_language]
    yield from (Mistake(file, "not there", act=_lost) for file in [*needed, *alone, "glossary.csv"])
    for lang in LANGUAGES:
        yield from (Mistake(f"faq/pacea/{lang}.md", f"{name} beside it", act=_copy(name)) for name in COPIES)
    yield from (
        Mistake(f"faq/recours/{lang}.md", "a step left in French", act=_left_in_french) for lang in TRANSLATIONS
    )
    for folder in ("themes", "contacts", "danger"):
        yield Mistake(f"{folder}/en.yml", "EN.yml beside it", act=_copy("EN.yml"))
    yield Mistake("plan/en.md", "EN.md beside it", act=_copy("EN.md"))
    yield Mistake("consent/2026-11-22.en.md", "2026-11-22.EN.md beside it", act=_copy("2026-11-22.EN.md"))
