"""The files of example questions under `nlu/`, read as strictly as the content. Pure.

Of a line badly indented Rasa says nothing, or something in English about another line; here it has its file and line.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from bot.i18n import SOURCE_LANGUAGE
from bot.topics import KEY
from bot.yaml_files import ContentError, read_text

GOOD_LINE = '"    - une question"'
WANTED = {"data": (60, 30), "tuning": (3, 3), "tests": (8, 5)}  # questions of a topic, in French and elsewhere

_OPENING = (
    (r"""version: +(?:"3\.1"|'3\.1')""", 'version: "3.1"'),
    ("nlu:", "nlu:"),
    (rf"- intent: +({KEY})", "- intent: {}"),
    (r"  examples: +\|", "  examples: |"),
)
_LABEL = 2  # where each label but the first begins again in _OPENING
_LIKE_A_LABEL = re.compile(r"[\s-]*intent\s*:")
_QUESTION = re.compile("    - ([^\u2028\u2029]*)")
_MARKUP = re.compile(r"\][({]")  # Rasa would read the word between brackets as something else
_SKELETON = """\
# Les questions qui mènent à cette fiche : au moins {data}, comme les jeunes les écrivent : SMS, fautes, sigles,
# histoires longues où la question vient à la fin.
# Une par ligne, tout en bas, après quatre espaces et un tiret : {good}. Puis : relais nlu train
# Au moins {tests} autres, écrites par quelqu'un d'autre, vont dans nlu/tests/{lang}.yml et {tuning} dans
# nlu/tuning/{lang}.yml.
version: "3.1"
nlu:
- intent: {slug}
  examples: |
"""


class Section(NamedTuple):
    """The questions of one label in a file, each with its line."""

    path: Path
    line: int
    label: str
    questions: list[tuple[int, str]]


def wanted(part: str, lang: str) -> int:
    """Return how many questions of a topic the guide asks in « data », « tuning » or « tests »."""
    in_french, elsewhere = WANTED[part]
    return in_french if lang == SOURCE_LANGUAGE else elsewhere


def skeleton(slug: str, lang: str) -> str:
    """Return a file with no question yet."""
    return _SKELETON.format(slug=slug, lang=lang, good=GOOD_LINE, **{part: wanted(part, lang) for part in WANTED})


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (label, question) of a file or of every file below a folder. Raises ContentError."""
    for file in [path] if path.is_file() else sorted(path.rglob("*.yml")):
        for section in sections(file):
            yield from ((section.label, text) for _, text in section.questions)


def sections(path: Path) -> list[Section]:
    """Return what a file holds, label by label. Raises ContentError at the first line that Rasa might not read."""
    found: list[Section] = []
    opened, shut = 0, 0  # how much of the opening was met; the line of a comment that ends the questions
    rows = read_text(path).rstrip(" \n").split("\n")
    for number, row in enumerate(rows, 1):
        if opened == len(_OPENING) and _LIKE_A_LABEL.match(row):
            opened, shut = _LABEL, 0
        if not row.strip():
            if row.strip(" ") or len(row) > 4:
                raise ContentError(path, number, "une ligne vide doit l'être vraiment : efface ses espaces")
        elif row.lstrip(" ").startswith("#"):
            shut = shut if opened < len(_OPENING) or re.match(" {4}#", row) else number
        elif opened < len(_OPENING):
            if not (met := re.fullmatch(rf"{_OPENING[opened][0]}(?: *| +#.*)", row)):
                _fail_opening(path, number, opened, row)
            if opened == _LABEL:
                found.append(Section(path, number, met[1], []))
            opened += 1
        elif shut:
            raise ContentError(path, shut, 'parmi les questions, une remarque a quatre espaces : "    # une remarque"')
        else:
            found[-1].questions.append((number, _question(path, number, row)))
    if opened < len(_OPENING):
        _fail_opening(path, len(rows), opened, "")
    return found


def _fail_opening(path: Path, number: int, opened: int, row: str) -> NoReturn:
    slug = "nom_de_la_fiche" if path.parent.name in WANTED else path.stem
    line = _OPENING[opened][1].format(slug)
    known = row.lstrip(" \t-").startswith(line.lstrip(" -").partition(":")[0])
    problem = "cette ligne s'écrit" if known else "il manque ici la ligne"
    raise ContentError(path, number, f"{problem} « {line} »")


def _question(path: Path, number: int, row: str) -> str:
    found = _QUESTION.fullmatch(row)
    text = found[1].strip() if found else ""
    if text and not _MARKUP.search(text):
        return text
    if text:
        problem = "un crochet ] suivi de ( ou de { n'est pas accepté"
    elif "\t" in row:
        problem = "il y a une tabulation, mets des espaces"
    elif row.strip() == "-":
        problem = "il n'y a rien après ce tiret"
    else:
        problem = "cette ligne n'est pas lue : on attend quatre espaces, un tiret, un espace"
    raise ContentError(path, number, f"{problem} : {GOOD_LINE}")
