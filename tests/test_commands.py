"""The `relais` command: it explains itself, talks in a terminal, and tells operators in one line what to mend."""

import json
import shutil
import sys
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from bot import __main__ as command
from tests import small_nlu
from tests.command_line import relais, run
from tests.conftest import ROOT

NO_NLU = "http://127.0.0.1:9"  # nothing listens there


def subcommands(group: click.Command, path: str = "") -> dict[str, str]:
    """Return every command with what it says about itself."""
    found = {path.strip(): group.help or ""}
    for name, one in getattr(group, "commands", {}).items():
        found |= subcommands(one, f"{path} {name}")
    return found


COMMANDS = subcommands(typer.main.get_command(command.app))


@pytest.mark.parametrize(("path", "explained"), COMMANDS.items(), ids=COMMANDS)
def test_every_command_explains_itself(path: str, explained: str) -> None:
    done = CliRunner().invoke(command.app, [*path.split(), "--help"])
    assert done.exit_code == 0
    assert path in done.output
    assert len(explained) > 20
    assert explained[:40] in done.output


def test_the_commands_of_the_design_are_there() -> None:
    expected = {"run", "bot", "chat", "ask", "content check", "nlu train", "nlu serve", "nlu evaluate"}
    expected |= {"db upgrade", "db status", "db backup", "db restore", "keys status", "keys rotate"}
    assert expected | {"export", "forget", "purge", "doctor"} <= COMMANDS.keys()


@pytest.mark.slow
def test_the_installed_command_lists_its_subcommands() -> None:
    done = relais("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("run", "bot", "chat", "ask", "nlu", "content"):
        assert f"│ {name} " in done.stdout


@pytest.mark.slow
def test_a_conversation_piped_into_chat_reads_as_one() -> None:
    """The last button under a topic is the menu; a number that is no button is a message like any other."""
    done = relais("chat", "--no-nlu", typed="c quoi le cej\n7\n2\n99\nstop\n")
    assert done.returncode == 0
    said = [part.partition("\n")[0] for part in done.stdout.split("\n> ")]
    assert said[1:] == ["c quoi le cej", "7", "2", "99", "stop"]
    welcome, cej, menu, housing, unknown, stop = done.stdout.split("\n> ")
    assert "Salut, moi c'est Relais." in welcome
    assert "  [1] Mes droits\n  [2] Logement\n" in welcome
    assert "Le contrat d'engagement jeune (CEJ)" in cej
    assert "Je peux t'écrire dans 6 mois" in cej
    assert "  [1] Écris-moi dans 6 mois\n" in cej
    assert cej.endswith("  [5] Mon contact\n  [6] Parler à quelqu'un\n  [7] Menu\n")
    assert "De quoi veux-tu parler ?" in menu
    assert "\nLogement\n" in housing
    assert "] Le logement social\n" in housing
    assert "Je n'ai pas compris, pardon." in unknown
    assert "je ne t'écris jamais en premier" in stop


@pytest.mark.slow
def test_run_without_a_token_talks_here_and_says_how_to_get_one() -> None:
    done = relais("run", NLU_URL=NO_NLU, TELEGRAM_BOT_TOKEN="")
    assert done.returncode == 0
    assert "write to @BotFather" in done.stderr
    assert "TELEGRAM_BOT_TOKEN=123456789:AbC…" in done.stderr
    assert "Salut, moi c'est Relais." in done.stdout


@pytest.mark.slow
def test_bot_without_a_token_says_how_to_get_one() -> None:
    done = relais("bot", TELEGRAM_BOT_TOKEN="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("relais: TELEGRAM_BOT_TOKEN is not set. ")
    assert "write to @BotFather" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NLU_PORT", "abc4711"),
        ("NLU_PORT", "80"),
        ("TELEGRAM_BOT_TOKEN", "zzz4711"),
        ("TELEGRAM_BOT_TOKEN", "zzz:zzz4711"),
        ("LOG_LEVEL", "DEBUG"),
        ("NLU_URL", "zzz4711"),
        ("TELEGRAM_API_URL", "ftp://zzz4711"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_without_its_value(name: str, value: str) -> None:
    done = relais("run", **{name: value})
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"relais: wrong setting, in the environment or .env: {name}: ")
    assert value not in line


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_told_in_one_line(model: Path) -> None:
    done = relais("ask", "cej", VAR_DIR="/proc/nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("relais: VAR_DIR: /proc/nowhere/nlu.token ")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A checkout of its own, where nothing has been set up and `.env` can be written."""
    for folder in ("bot", "content", "locales"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("env_file", "said"),
    [
        ("TELEGRAM_BOT_TOKN=zzz4711\n", "TELEGRAM_BOT_TOKN: Extra inputs are not permitted\n"),
        ("nlu_port=zzz4711\n", "NLU_PORT: Input should be a valid integer, unable to parse string as an integer\n"),
        ("# réglages 4711\n", ".env is not in UTF-8: save it as UTF-8\n"),
    ],
    ids=["unknown key", "wrong value", "another encoding"],
)
def test_a_mistake_in_the_env_file_is_told_in_one_line(fresh: Path, env_file: str, said: str) -> None:
    (fresh / ".env").write_text(env_file, encoding="latin-1")
    done = run([sys.executable, "-m", "bot", "run"], cwd=fresh)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"relais: wrong setting, in the environment or .env: {said}"


@pytest.mark.slow
def test_without_the_nlu_environment_questions_are_answered_and_training_says_what_to_do(fresh: Path) -> None:
    asked = run([sys.executable, "-m", "bot", "ask", "--json", "c quoi le cej"], cwd=fresh)
    assert asked.returncode == 0
    assert json.loads(asked.stdout)["source"] == "keyword"
    assert asked.stderr == "NLU: no model yet, answering by keywords. `make train` makes one.\n"

    trained = run([sys.executable, "-m", "bot", "nlu", "train"], cwd=fresh)
    assert trained.returncode == 1
    assert trained.stderr == "relais: the NLU's environment is not set up: run `make setup` (it needs Python 3.10)\n"

    served = run([sys.executable, "-m", "bot", "nlu", "serve"], cwd=fresh)
    assert served.returncode == 1
    assert served.stderr == "relais: no model for the present data: run `make train`\n"


@pytest.mark.slow
@pytest.mark.parametrize("start", ["run", "chat", "content check"])
def test_broken_content_refuses_to_start_with_its_file_and_line(start: str, tmp_path: Path) -> None:
    """Line 100: the library that prints in colours would make an emoji of « :100: »."""
    shutil.copytree(ROOT / "content", tmp_path / "content")
    broken = tmp_path / "content" / "amounts.yml"
    lines = broken.read_text(encoding="utf-8").splitlines()
    broken.write_text("\n".join([*lines[:99], "oups"]) + "\n", encoding="utf-8")
    done = relais(*start.split(), CONTENT_DIR=tmp_path / "content", NLU_URL=NO_NLU)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{broken}:100: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.nlu
def test_evaluate_writes_figures_and_a_picture(model: Path, tmp_path: Path) -> None:
    lines = tmp_path / "few.yml"
    small_nlu.write(lines, {"cej": ["c quoi le cej", "le CEJ stp"]})
    done = relais("nlu", "evaluate", "--lines", lines, "--out", tmp_path / "report")
    assert done.returncode == 0
    report = json.loads((tmp_path / "report" / "few.json").read_text(encoding="utf-8"))
    assert report["lines"] == 2
    assert report["in_scope_accuracy"] == 1.0
    assert report["per_intent"]["cej"] == {"lines": 2, "recall": 1.0, "precision": 1.0}
    assert (tmp_path / "report" / "few.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.slow
def test_evaluate_without_lines_says_which_file_is_missing() -> None:
    done = relais("nlu", "evaluate", "--lines", "/nowhere/few.yml")
    assert (done.returncode, done.stderr) == (1, "relais: /nowhere/few.yml: no such file\n")
