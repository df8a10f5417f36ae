"""Files of example questions as editors leave them: what is read, and what is said of the rest, with its line."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import __main__ as command
from bot import evaluation, question_checks
from bot.question_files import lines_of, sections, skeleton
from bot.understanding import Thresholds
from bot.yaml_files import ContentError
from tests import small_nlu
from tests.conftest import ROOT
from tests.editor import Editor

OPENING = 'version: "3.1"\nnlu:\n- intent: cej\n  examples: |\n'
GOOD = '"    - une question"'
NOT_READ = f"cette ligne n'est pas lue : on attend quatre espaces, un tiret, un espace : {GOOD}"
TAB = f"il y a une tabulation, mets des espaces : {GOOD}"
LABELS = ("cej", "pacea", "hors_sujet")


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "cej.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (f"{OPENING}    - un\n    - sans logis depuis l'été\n".encode("cp1252"), 6, "le fichier n'est pas en UTF-8"),
        (f"{OPENING}    - un\n   - trois espaces\n", 6, NOT_READ),
        (f"{OPENING}    - un\n     - cinq espaces\n", 6, NOT_READ),
        (f"{OPENING}- aucun espace\n", 5, NOT_READ),
        (f"{OPENING}    sans tiret\n", 5, NOT_READ),
        (f"{OPENING}    -sans espace après le tiret\n", 5, NOT_READ),
        (f"{OPENING}    – un tiret de Word\n", 5, NOT_READ),
        (f"{OPENING}\t- une tabulation\n", 5, TAB),
        (f"{OPENING}    -\tune tabulation\n", 5, TAB),
        (f"{OPENING}    - un\n    -\n", 6, f"il n'y a rien après ce tiret : {GOOD}"),
        (f"{OPENING}    - [un](deux)\n", 5, "un crochet ] suivi de ( ou de { n'est pas accepté"),
        (f"{OPENING}    - un\n\t\n    - deux\n", 6, "une ligne vide doit l'être vraiment"),
        (
            f"{OPENING}    - un\n# une remarque\n    - deux\n",
            6,
            "parmi les questions, une remarque a quatre espaces",
        ),
        ("", 1, 'il manque ici la ligne « version: "3.1" »'),
        ("nlu:\n- intent: cej\n", 1, 'il manque ici la ligne « version: "3.1" »'),
        ("version: 3.1\nnlu:\n", 1, 'cette ligne s\'écrit « version: "3.1" »'),
        ('version: "3.1"\n- intent: cej\n', 2, "il manque ici la ligne « nlu: »"),
        ('version: "3.1"\nnlu:\n    - un\n', 3, "il manque ici la ligne « - intent: cej »"),
        ('version: "3.1"\nnlu:\n- intent:\n', 3, "cette ligne s'écrit « - intent: cej »"),
        ('version: "3.1"\nnlu:\n- intent: cej\n    - un\n', 4, "il manque ici la ligne «   examples: | »"),
        ('version: "3.1"\nnlu:\n- intent: cej\n  examples:\n    - un\n', 4, "cette ligne s'écrit «   examples: | »"),
        ('version: "3.1"\nnlu:\n- intent: cej\n', 3, "il manque ici la ligne «   examples: | »"),
        (f"{OPENING}    - un\n  - intent: pacea\n", 6, "cette ligne s'écrit « - intent: cej »"),
    ],
)
def test_a_line_that_would_not_be_learnt_is_told(tmp_path: Path, text: str | bytes, line: int, problem: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(ContentError) as refused:
        sections(path)
    assert str(refused.value).startswith(f"{path}:{line}: {problem}")


@pytest.mark.parametrize(
    "text",
    [
        f"{OPENING}    - un\n    - deux\n",
        f"{OPENING}    - un\n    - deux",
        f"\ufeff{OPENING}    - un\n    - deux\n".replace("\n", "\r\n"),
        f"# un\n{OPENING}    # deux\n    - un\n\n    - deux  \n    # trois\n# quatre\n    \n",
        f"{OPENING}    - un\n# la suite\n- intent: cej  # encore\n  examples: |\n    - deux\n",
    ],
)
def test_windows_lines_comments_and_empty_lines_are_read(tmp_path: Path, text: str) -> None:
    assert list(lines_of(file(tmp_path, text))) == [("cej", "un"), ("cej", "deux")]


def test_a_file_that_was_only_begun_is_no_mistake(tmp_path: Path) -> None:
    [begun] = sections(file(tmp_path, skeleton("cej", "es")))
    assert (begun.label, begun.questions) == ("cej", [])
    assert "au moins 30" in skeleton("cej", "es")
    assert "au moins 60" in skeleton("cej", "fr")
    assert "nlu/tests/es.yml" in skeleton("cej", "es")


# What the guide asks


def questions(label: str, number: int, *, about: str) -> dict[str, list[str]]:
    return {label: [f"{about} {label} {n}" for n in range(number)]}


def project(folder: Path, files: Mapping[str, Mapping[str, Sequence[str]]]) -> Path:
    """Write a folder as `nlu/` where cej has all it needs in French, and `files` on top of it."""
    enough = {
        name: questions("cej", number, about=name)
        for name, number in (("data/fr/cej.yml", 60), ("tuning/fr.yml", 3), ("tests/fr.yml", 8))
    }
    for name, lines in (enough | dict(files)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        small_nlu.write(path, {label: list(some) for label, some in lines.items()})
    return folder


def remarks(folder: Path, *languages: str, topics: Sequence[str] = ("cej",)) -> list[str]:
    found = question_checks.remarks(folder, topics, LABELS, languages or ("fr",))
    return [str(one).removeprefix(f"{folder}/") for one in found]


def test_a_topic_with_all_its_questions_is_left_alone(tmp_path: Path) -> None:
    assert remarks(project(tmp_path, {})) == []


def test_too_few_questions_are_counted_in_each_language_by_its_own_measure(tmp_path: Path) -> None:
    few = {
        f"{part}/{lang}{file}.yml": questions("cej", number, about=f"{part} {lang}")
        for lang, numbers in (("fr", (59, 2, 7)), ("en", (29, 1, 5)))
        for part, file, number in zip(("data", "tuning", "tests"), ("/cej", "", ""), numbers, strict=True)
    }
    assert remarks(project(tmp_path, few), "fr", "en") == [
        "data/fr/cej.yml:3: 59 questions d'exemple pour « cej » : il en faut au moins 60",
        "tuning/fr.yml:3: 2 questions de réglage pour « cej » : il en faut au moins 3",
        "tests/fr.yml:3: 7 questions d'épreuve pour « cej » : il en faut au moins 8",
        "data/en/cej.yml:3: 29 questions d'exemple pour « cej » : il en faut au moins 30",
        "tuning/en.yml:3: 1 question de réglage pour « cej » : il en faut au moins 3",
    ]


def test_what_is_not_begun_and_what_is_begun_are_told(tmp_path: Path) -> None:
    folder = project(tmp_path, {"data/fr/pacea.yml": {"pacea": []}, "data/en/cej.yml": {"cej": []}})
    assert remarks(folder, "fr", "en", topics=("cej", "pacea")) == [
        "data/fr/pacea.yml:3: pas encore de questions d'exemple pour « pacea » : il en faut au moins 60",
        "tuning/fr.yml:1: pas encore de questions de réglage pour « pacea » : il en faut au moins 3",
        "tests/fr.yml:1: pas encore de questions d'épreuve pour « pacea » : il en faut au moins 8",
        "data/en:1: pas encore de questions d'exemple en anglais",
        "tuning/en.yml:1: pas encore de questions de réglage en anglais",
        "tests/en.yml:1: pas encore de questions d'épreuve en anglais",
    ]


@pytest.mark.parametrize(
    ("name", "label", "line"),
    [
        ("data/fr/pacea.yml", "pacea", "data/fr/cej.yml CEJ  0"),
        ("data/pt/pacea.yml", "pacea", "data/fr/cej.yml cej 0"),
        ("tests/en.yml", "cej", "Data/fr/cej.yml cej 0"),
        ("tuning/fr.yml", "cej", "\u00a0data/fr/cej.yml\u00a0cej 0 "),
    ],
)
def test_a_question_in_two_places_is_refused_with_both(tmp_path: Path, name: str, label: str, line: str) -> None:
    folder = project(tmp_path, {name: {label: ["une autre", line]}})
    with pytest.raises(ContentError) as refused:
        remarks(folder)
    there, here = f"{folder}/data/fr/cej.yml:5", f"{folder}/{name}:6"
    assert str(refused.value) == f"{here}: « {line.strip()} » est déjà dans {there} : garde-la à un seul endroit"


def test_a_question_twice_in_a_file_is_refused_and_all_are_counted(tmp_path: Path) -> None:
    folder = project(tmp_path, {"tests/fr.yml": {"cej": ["un", "deux", "UN", "deux"]}})
    with pytest.raises(ContentError, match=r"fr\.yml:7: « UN » est déjà dans .*fr\.yml:5 .*\(2 questions sont ainsi"):
        remarks(folder)


def test_a_name_is_the_same_in_several_languages(tmp_path: Path) -> None:
    english = questions("cej", 29, about="en")["cej"]
    folder = project(tmp_path, {"data/en/cej.yml": {"cej": [*english, "data/fr/cej.yml cej 0"]}})
    assert [one for one in remarks(folder) if "déjà" in one] == []


def test_frightening_words_that_are_also_learnt_deserve_a_look(tmp_path: Path) -> None:
    near = "mon tel est mort"
    folder = project(
        tmp_path, {"data/fr/hors_sujet.yml": {"hors_sujet": [near]}, "tuning/near_miss_fr.yml": {"near_miss": [near]}}
    )
    there = f"{folder}/data/fr/hors_sujet.yml:5"
    assert remarks(folder) == [
        f"tuning/near_miss_fr.yml:5: « {near} » est déjà dans {there} : garde-la à un seul endroit"
    ]


def test_a_label_that_is_no_topic_is_told_where_it_stands(tmp_path: Path) -> None:
    folder = project(tmp_path, {"data/fr/voyages.yml": {"voyages": ["un"]}})
    assert remarks(folder) == ["data/fr/voyages.yml:3: des questions pour « voyages », qui n'est pas une fiche"]


def test_our_own_questions_are_enough_and_stand_once() -> None:
    """The rest of this file would be noise if the questions of the day were not."""
    topics = sorted(path.parent.name for path in (ROOT / "content" / "faq").glob("*/topic.yml"))
    known = {path.stem for path in (ROOT / "nlu" / "data" / "fr").glob("*.yml")}
    found = question_checks.remarks(ROOT / "nlu", topics, known, ("fr", "en", "ar"))
    assert [str(one) for one in found if one.path.stem != "near_miss_fr"] == []


# The commands


@pytest.fixture
def nlu(tmp_path: Path, editor: Editor, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the questions, in which `relais` reads them."""
    for part in ("data", "tuning", "tests"):
        shutil.copytree(ROOT / "nlu" / part, tmp_path / "nlu" / part)
    monkeypatch.setenv("CONTENT_DIR", str(editor.folder))
    monkeypatch.setenv("NLU_DIR", str(tmp_path / "nlu"))
    return tmp_path / "nlu"


def relais(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command.app, [str(one) for one in arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("data/fr/cej.yml", ("content check", "nlu train")),
        ("tuning/fr.yml", ("content check", "nlu train")),
        ("tests/fr.yml", ("content check", "nlu evaluate")),
    ],
)
def test_each_command_names_the_file_and_the_line(nlu: Path, name: str, commands: tuple[str, ...]) -> None:
    path = nlu / name
    rows = path.read_text(encoding="utf-8").split("\n")
    saved_by_windows = "\n".join([*rows[:8], "    - où ça", *rows[8:]]).replace("’", "'").encode("cp1252", "ignore")
    badly_indented = "\n".join([*rows[:8], "  - où ça", *rows[8:]]).encode()
    for raw, problem in (
        (saved_by_windows, "le fichier n'est pas en UTF-8, enregistre-le en UTF-8"),
        (badly_indented, NOT_READ),
    ):
        path.write_bytes(raw)
        for one in commands:
            done = relais(*one.split())
            assert (done.exit_code, done.stdout) == (1, "")
            [told] = done.stderr.splitlines()
            assert told.startswith(f"relais: {path}:")
            assert told.endswith(problem)
    assert f"{path}:9: " in told


def test_a_topic_without_a_question_in_the_exam_is_told(nlu: Path) -> None:
    done = relais("nlu", "evaluate", "--topic", "voyages", "--lines", nlu / "tests" / "fr.yml")
    assert done.exit_code == 1
    assert f"aucune question d'épreuve pour « voyages » dans {nlu}/tests/fr.yml" in done.stderr


def test_the_questions_that_were_missed_are_told_with_what_they_were_taken_for() -> None:
    limits = Thresholds(answer=0.6, margin=0.1, offer=0.3, danger=0.5, worry=0.4)
    rankings = [[("cej", 0.9), ("pacea", 0.1)], [("pacea", 0.8), ("cej", 0.2)], [("cej", 0.2), ("pacea", 0.1)]]
    held_out = [("cej", "le cej"), ("cej", "le contrat"), ("cej", "???")]
    assert evaluation.missed(held_out, rankings, limits) == [("le contrat", "pacea"), ("???", "hors_sujet")]
