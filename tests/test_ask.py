"""`relais ask`: questions in, one line each out, in order, whatever they hold and whether or not the NLU is there."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import typer

from bot import question_files, rasa_server
from bot.commands.ask import read_questions
from bot.library import Library
from bot.understanding import known_intents
from tests.command_line import relais
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-opens-nothing"
KEYS = ["id", "topic", "confidence", "lang", "danger", "source"]
ODD_IDS = [None, True, False, 0, -1, 1.5, 10**30, "", "é", "😢", "a\nb", "\ud800", [1, {"a": None}], {"x": []}, "1", 1]
ODD_TEXTS = [
    "", " ", None, "\0", "cej\0cej", "\ud800", "😢", "👨‍👩‍👧" * 300, "x" * 50_000, "le cej " * 5_000, "\u202ecej",
    "/start", "///", "/hors_sujet@1.0", "a\r\nb\u2028c", "ﷺ" * 500, "Z̷̧̛" * 500, 115, "[bold]cej[/bold]", "%s{0}",
]  # fmt: skip
BAD_LINES = [
    '{"id": 1, "text": "cej"',
    '{"id": 1}',
    '{"text": "cej"}',
    '["cej"]',
    '"cej"',
    "null",
    "cej",
    '{"id": NaN, "text": "cej"}',
    '{"id": 1e999, "text": "cej"}',
    '{"id": 1, "text": "cej"} {"id": 2, "text": "cej"}',
    "[" * 100_000,
    "9" * 5_000,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rasa(model: Path) -> AsyncIterator[str]:
    async with rasa_server.serving(ROOT / "nlu", model, token=TOKEN) as url:
        yield url


def written(path: Path, questions: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(question) + "\n" for question in questions), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A thousand held-out questions, and their ids in no order that sorting would give back."""
    lines = [line for _, line in question_files.lines_of(ROOT / "nlu" / "tests" / "fr.yml")]
    ids = [f"q{(number * 7919) % 1000}" for number in range(1000)]
    questions = [{"id": ids[number], "text": lines[number % len(lines)]} for number in range(1000)]
    return written(tmp_path_factory.mktemp("ask") / "thousand.jsonl", questions), ids


def checked(output: str, library: Library) -> list[dict[str, Any]]:
    """Return the rows written, each of them sane."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in output.split("\n")[:-1]]
    for row in rows:
        assert list(row) == KEYS
        assert row["topic"] in known_intents(library)
        assert 0 <= row["confidence"] <= 1
        assert isinstance(row["danger"], bool)
        assert isinstance(row["lang"], str)
        assert row["source"] in {"danger", "nlu", "keyword", "none"}
    return rows


@pytest.mark.nlu
def test_a_thousand_questions_are_answered_in_order_with_the_nlu(
    rasa: str, thousand: tuple[Path, list[str]], library: Library
) -> None:
    done = relais("ask", "--batch", thousand[0], NLU_URL=rasa, NLU_TOKEN=TOKEN)
    rows = checked(done.stdout, library)
    assert (done.returncode, [row["id"] for row in rows]) == (0, thousand[1])
    assert sum(row["source"] == "nlu" for row in rows) > 500


@pytest.mark.parametrize("without", [{"NLU_URL": "http://127.0.0.1:9"}, {}], ids=["server away", "--no-nlu"])
def test_a_thousand_questions_are_answered_in_order_without_the_nlu(
    without: dict[str, str], thousand: tuple[Path, list[str]], library: Library
) -> None:
    done = relais("ask", "--batch", thousand[0], *([] if without else ["--no-nlu"]), **without)
    rows = checked(done.stdout, library)
    assert (done.returncode, [row["id"] for row in rows]) == (0, thousand[1])
    assert {row["source"] for row in rows} == {"danger", "keyword", "none"}


def test_one_question_gives_one_line_with_the_answer() -> None:
    done = relais("ask", "--json", "--no-nlu", "c quoi le cej")
    assert done.returncode == 0
    [line] = done.stdout.splitlines()
    row = json.loads(line)
    assert list(row) == ["topic", "confidence", "lang", "danger", "source", "answer"]
    assert (row["topic"], row["lang"], row["danger"], row["source"]) == ("cej", "fr", False, "keyword")
    assert "Le contrat d'engagement jeune (CEJ)" in row["answer"]


@pytest.mark.nlu
def test_one_question_gives_one_line_with_the_nlu(rasa: str) -> None:
    done = relais("ask", "--json", "c quoi le cej", NLU_URL=rasa, NLU_TOKEN=TOKEN)
    row = json.loads(done.stdout)
    assert (row["topic"], row["source"]) == ("cej", "nlu")


@pytest.mark.nlu
def test_what_is_asked_never_goes_through_a_proxy(rasa: str) -> None:
    """The proxy of an office is for Telegram; nobody's words go to it on their way to this very machine."""
    nobody = "http://127.0.0.1:9"
    done = relais("ask", "--json", "c quoi le cej", NLU_URL=rasa, NLU_TOKEN=TOKEN, HTTP_PROXY=nobody, ALL_PROXY=nobody)
    assert json.loads(done.stdout)["source"] == "nlu"


def test_a_danger_is_told_with_its_numbers() -> None:
    row = json.loads(relais("ask", "--json", "--no-nlu", "je veux mourir").stdout)
    assert (row["topic"], row["danger"], row["source"]) == ("danger_suicide", True, "danger")
    assert "3114" in row["answer"]


def test_odd_ids_and_odd_texts_are_given_back_as_they_are(tmp_path: Path, library: Library) -> None:
    """Their output is read as strict UTF-8; a lone half of an emoji comes back as the escape it was."""
    questions = [{"id": id_, "text": "c quoi le cej"} for id_ in ODD_IDS]
    questions += [{"id": number, "text": text} for number, text in enumerate(ODD_TEXTS)]
    questions += [{"id": "lang", "text": "je veux un hlm", "lang": lang} for lang in ("fr", "ar", "xx", "", None, 3)]
    done = relais("ask", "--batch", written(tmp_path / "odd.jsonl", questions), "--no-nlu")
    rows = checked(done.stdout, library)
    assert done.returncode == 0
    assert [repr(row["id"]) for row in rows] == [repr(question["id"]) for question in questions]
    assert [row["topic"] for row in rows if row["id"] == "lang"] == ["logement_social"] * 6


def test_what_windows_and_editors_add_to_a_file_is_no_question() -> None:
    typed = b'\xef\xbb\xbf{"id": 1, "text": "le cej"}\r\n\r\n   \n{"id": 2, "text": "le cjm"}'
    done = relais("ask", "--batch", "-", "--no-nlu", typed=typed)
    assert [json.loads(line)["topic"] for line in done.stdout.splitlines()] == ["cej", "cjm"]


def test_no_question_no_answer() -> None:
    done = relais("ask", "--batch", "-", "--no-nlu")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_line_that_cannot_be_read_is_named(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "[" / "odd].jsonl"  # « [/odd] » means something to the library that prints in colours
    file.parent.mkdir()
    file.write_text('{"id": 1, "text": "cej"}\n' * 99 + line + "\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        list(read_questions(file))
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == (
        f'relais: {file}:100: expected one line such as {{"id": 1, "text": "c quoi le cej"}}\n'
    )


def test_a_bad_line_ends_the_command_before_any_answer() -> None:
    done = relais("ask", "--batch", "-", "--no-nlu", typed='{"id": 1, "text": "cej"}\ncej\n')
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'relais: -:2: expected one line such as {"id": 1, "text": "c quoi le cej"}\n'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "relais: give a question, or --batch FILE\n"),
        (("cej", "--batch", "-"), "relais: give a question, or --batch FILE\n"),
        (("--batch", "/nowhere/questions.jsonl"), "relais: /nowhere/questions.jsonl: No such file or directory\n"),
        (("--batch", "/"), "relais: /: Is a directory\n"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    done = relais("ask", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
