"""The sentences of the interface in other languages: what translators lose is told, and all who write them agree."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot import catalogues, exchange, exchange_files, exchange_import, i18n, new_content
from tests.conftest import ROOT
from tests.editor import Editor
from tests.test_workshop import Relais, relais

__all__ = ["relais"]

NEW = "Une phrase que personne n'a encore dite, et qui est assez longue pour ne pas tenir sur quatre-vingts signes."
COUNT = len(catalogues.all_sentences(ROOT / "locales"))


@pytest.fixture
def locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(ROOT / "locales", tmp_path / "locales"))
    monkeypatch.setattr(i18n, "LOCALES", folder)
    return folder


def told(locales: Path) -> list[str]:
    return [f"{path.relative_to(locales)}:{line}: {problem}" for path, line, problem in i18n.unshown(())]


# What is told


MISTAKES = {
    "a placeholder lost": (r'(msgid ".*\{date\}.*"\n)msgstr "(.*)\{date\}', r'\1msgstr "\2', "manque {date}"),
    "a tag broken": (r'(msgid ".*<b>.*"\n)msgstr "(.*)</b>', r'\1msgstr "\2', "il manque </b>"),
    "a command too many": (r'(msgid "Menu"\n)msgstr "', r'\1msgstr "/menu ', "il y a /menu en trop"),
    "a plural": (r'msgid "Menu"\n()msgstr "', r'msgid "Menu"\nmsgid_plural "Menus"\nmsgstr[0] "', "au pluriel"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_translation_that_cannot_be_shown_is_told_with_its_line(locales: Path, mistake: str) -> None:
    pattern, new, wanted = MISTAKES[mistake]
    path = catalogues.path_of(locales, "ar")
    text = path.read_text(encoding="utf-8")
    found = re.search(pattern, text)
    assert found is not None
    path.write_text(text.replace(found[0], found.expand(new), 1), encoding="utf-8")
    line = text.count("\n", 0, found.start()) + 1
    [problem] = told(locales)
    assert problem.startswith(f"ar/LC_MESSAGES/messages.po:{line}: ")
    assert wanted in problem
    assert problem.endswith(" : le français est montré")


BROKEN = {
    "saved by an old editor": (lambda po: po.replace('"Menu"', '"Menú"').encode("cp1252", "replace"), "en UTF-8"),
    "a merge left": (lambda po: po.replace('msgid "Menu"', '<<<<<<< HEAD\nmsgid "Menu"').encode(), "fusion de git"),
    "a quotation mark lost": (lambda po: po.replace('msgid "Menu"', 'msgid "Menu').encode(), 'entre " "'),
    "a quotation mark more": (lambda po: po.replace('msgid "Menu"', 'msgid "Le "menu""').encode(), 'entre " "'),
    "another word": (lambda po: po.replace('msgid "Menu"', 'id "Menu"').encode(), "ne commence ni par msgid"),
    "a sentence lost": (lambda po: po.replace('msgid "Menu"\n', "").encode(), "il manque la ligne msgid au-dessus"),
    "a translation lost": (lambda po: re.sub('(msgid "Menu"\n)msgstr.*\n', r"\1", po).encode(), "la ligne msgstr"),
    "no such day": (lambda po: po.replace("Date: 2026-11-22", "Date: hier").encode(), "l'en-tête"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_file_that_cannot_be_read_is_told_in_french_with_its_line(locales: Path, mistake: str) -> None:
    spoil, wanted = BROKEN[mistake]
    path = catalogues.path_of(locales, "en")
    path.write_bytes(spoil(path.read_text(encoding="utf-8")))
    [problem] = told(locales)
    assert re.match(r"en/LC_MESSAGES/messages\.po:\d+: ", problem)
    assert wanted in problem
    assert catalogues.read(path).sentences == {}


def test_a_file_with_windows_line_ends_and_a_mark_is_read(locales: Path) -> None:
    path = catalogues.path_of(locales, "en")
    before = catalogues.read(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert catalogues.read(path) == before
    assert told(locales) == []


def test_what_is_not_translated_is_counted_once_for_each_language(locales: Path, editor: Editor) -> None:
    new_content.language(editor.folder, locales, "es")
    (locales / "EN").mkdir()
    path = catalogues.path_of(locales, "en")
    text, times = re.subn(r'(msgid "Menu"\nmsgstr )".*"', r'\1""', path.read_text(encoding="utf-8"))
    assert times == 1
    path.write_text(text, encoding="utf-8")
    assert told(locales) == [
        "EN:1: « EN » n'est pas le code d'une langue, comme en, ar ou es",
        "en/LC_MESSAGES/messages.po:1: 1 phrase de l'interface n'est pas encore traduite : le français est montré",
        f"es/LC_MESSAGES/messages.po:1: {COUNT} phrases de l'interface ne sont pas encore traduites : "
        "le français est montré",
    ]


def test_the_check_of_the_content_tells_it(relais: Relais, locales: Path) -> None:
    path = catalogues.path_of(locales, "ar")
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith("msgstr") and "{date}" in line)
    lines[at] = lines[at].replace("{date}", "")
    path.write_text("\n".join(lines), encoding="utf-8")
    done = relais("check")
    assert done.exit_code == 0
    assert f"{path}:{at}: il manque {{date}} dans la traduction de" in done.output


# What is written


class Tree:
    """A copy of what `make messages` reads and writes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.locales = folder, folder / "locales"
        shutil.copy(ROOT / "Makefile", folder)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        for name in ("bot", "content", "locales"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def collects(self) -> None:
        done = subprocess.run(
            ["make", "--no-print-directory", "--old-file=.venv/.ready", "messages"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def files(self) -> dict[str, str]:
        return {path.relative_to(self.locales).as_posix(): path.read_text() for path in self.locales.rglob("*.po*")}

    def backdates(self, lang: str) -> None:
        """As if the catalogue had been begun long ago."""
        path = catalogues.path_of(self.locales, lang)
        text = re.sub(r'(-Date: )20\d\d-\d\d-\d\d \d\d:\d\d[^\\"]*', r"\g<1>2020-02-02 10:00+0000", path.read_text())
        path.write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_collecting_messages_keeps_the_headers_and_changes_nothing_but_sentences(tree: Tree) -> None:
    tree.collects()
    imports_one_sentence(tree, "ar")
    new_content.language(tree.folder / "content", tree.locales, "es")
    for lang in ("ar", "es"):
        tree.backdates(lang)
    before = tree.files()
    assert '"Menu"\nmsgstr "قائمة المهام"' in before["ar/LC_MESSAGES/messages.po"]
    tree.collects()
    assert tree.files() == before

    with (tree.folder / "bot" / "messages.py").open("a") as file:
        file.write(f'\n\ndef new() -> str:\n    return translator("fr")("{NEW}")\n')
    tree.collects()
    added = f'msgid "{NEW}"\nmsgstr ""\n\n'
    assert {name: text.replace(added, "", 1) for name, text in tree.files().items()} == before
    assert all(added in text for text in tree.files().values())


def imports_one_sentence(tree: Tree, lang: str) -> None:
    folder, sent = tree.folder / "content", tree.folder / "sent.po"
    texts = [text for file in exchange.files(folder, lang) for text in file.texts]
    po = exchange_files.po_of(texts, exchange_files.sentences(tree.locales, lang), lang).decode()
    changed, times = re.subn(r'(msgid "Menu"\nmsgstr )".*"', r'\1"قائمة المهام"', po)
    assert times == 1
    sent.write_text(changed)
    taken = exchange_import.take(folder, tree.locales, lang, sent)
    assert taken.written == (catalogues.path_of(tree.locales, lang),)


@pytest.mark.parametrize("lang", ["ar", "en", "es"])
def test_a_catalogue_has_a_header_that_translation_tools_take(locales: Path, editor: Editor, lang: str) -> None:
    path = catalogues.path_of(locales, lang)
    if lang == "es":
        new_content.language(editor.folder, locales, lang)
    text = path.read_text(encoding="utf-8")
    header = text.partition("\n\n")[0]
    for wanted in (f"Language: {lang}", "Content-Type: text/plain; charset=utf-8", "Plural-Forms: nplurals="):
        assert f'"{wanted}' in header
    assert not re.search(r"PROJECT|FULL NAME|YEAR|LANGUAGE|fuzzy", header)
    assert not re.search(r'[^\sn"]"\n"', text)  # no sentence is cut where it has no line of its own
    if tool := shutil.which("msgfmt"):
        done = subprocess.run([tool, "-c", "-o", "-", path], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
