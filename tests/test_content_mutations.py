"""Hundreds of ways to break a content file: each is refused with file and line, and nobody reads any of them."""

import re
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot import __main__ as command
from bot import reloading
from bot.services import Services, open_services
from tests import mistakes
from tests.conftest import ROOT
from tests.editor import FEW_DANGERS, Editor, copy_of_content
from tests.mistakes import Mistake

WANTED = 200
EVERY = 40  # one in so many runs with `make check`; all of them with `make test`

MISTAKES = [*mistakes.in_lines(), *mistakes.in_files()]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Editor:
    """One copy of the content for all: each test puts back what it changed."""
    editor = copy_of_content(ROOT / "content", tmp_path_factory.mktemp("workshop") / "content")
    for lang in mistakes.TRANSLATIONS:
        editor.writes(f"danger/{lang}.yml", FEW_DANGERS)
    return editor


@pytest.fixture(scope="module")
def serving(workshop: Editor) -> Services:
    """The bot that had loaded the content before anybody broke it."""
    return open_services(workshop.folder)


@pytest.fixture
def mended(workshop: Editor) -> Iterator[Editor]:
    good = {path: path.read_bytes() for path in workshop.folder.rglob("*") if path.is_file()}
    yield workshop
    for path in list(workshop.folder.rglob("*")):
        if path.is_symlink() or (path.is_file() and path not in good):
            path.unlink()
    for path, raw in good.items():
        if not path.is_file() or path.read_bytes() != raw:
            path.write_bytes(raw)


def make(mistake: Mistake, editor: Editor) -> str:
    """Make the mistake; return, as a pattern, the file and the line that must be named."""
    path = editor.path(mistake.file)
    if mistake.act is not None:
        return re.escape(str(mistake.act(path))) + r":\d+: "
    assert mistake.change is not None
    lines = path.read_text(encoding="utf-8").split("\n")
    line = mistake.change(lines)
    any_line = r"\d+"
    editor.writes(mistake.file, "\n".join(lines))
    return re.escape(str(path)) + f":{line or any_line}: "


def test_there_are_enough_of_them_and_no_two_are_the_same() -> None:
    assert len(MISTAKES) >= WANTED
    assert len({str(one) for one in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(one, marks=[] if index % EVERY == 0 else pytest.mark.slow, id=str(one))
        for index, one in enumerate(MISTAKES)
    ],
)
async def test_a_mistake_is_named_and_nobody_reads_it(mistake: Mistake, mended: Editor, serving: Services) -> None:
    good = serving.library
    named = make(mistake, mended)
    with capture_logs() as logs:
        await reloading.content(serving)
    told = [log.get("problem", log["event"]) for log in logs]
    assert [re.match(named, problem) is not None for problem in told] == [True], (named, told)
    assert serving.library is good


@pytest.mark.parametrize("mistake", [one for index, one in enumerate(MISTAKES) if index % (3 * EVERY) == 1], ids=str)
def test_check_names_it_too(mistake: Mistake, mended: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    named = make(mistake, mended)
    monkeypatch.setenv("CONTENT_DIR", str(mended.folder))
    done = CliRunner().invoke(command.app, ["content", "check"])
    assert done.exit_code == 1
    assert re.match("relais: " + named, done.output), (named, done.output)


async def test_what_is_mended_is_taken_up(mended: Editor, serving: Services) -> None:
    good = serving.library
    mended.adds("faq/cej/fr.md", "## ", "Une ligne de plus.\n")
    await reloading.content(serving)
    assert serving.library is not good
    assert serving.library.page("cej", "en").lang == "fr"  # its translation is that of another text now
