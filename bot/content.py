"""Load `content/` once into a Library, whole and checked, or not at all.

Editors own the files; a file that is wrong is refused with its name and line, and never reaches a reader.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from bot import consent_texts, danger, glossary, plan_file, stop_words, translations
from bot.bidi import isolated
from bot.i18n import LOCALES, SOURCE_LANGUAGE, is_language
from bot.library import Library
from bot.markup import MarkupError
from bot.pages import Facts, Page, TextError, fingerprint, markdown
from bot.replies import LONGEST_MESSAGE, length
from bot.topics import (
    ANYONE,
    HELP_NUMBERS,
    KEY,
    KEY_WANTED,
    SAID,
    URGENT_NUMBERS,
    Amount,
    Contact,
    Heading,
    Number,
    Operator,
    Topic,
)
from bot.yaml_files import ContentError, parse, read, read_text

SECTIONS = 5  # what it is, for whom, what you get, what to do now, who can help
STEPS_SECTION = 4
M = TypeVar("M", bound=BaseModel)
_LATE = date(9999, 1, 1)  # a day on which every notice that can be added to an answer is added


def load(folder: Path) -> Library:
    """Read and check all of `folder`. Raises ContentError at the first thing that is wrong."""
    facts = Facts(_models(folder / "amounts.yml", Amount), _models(folder / "numbers.yml", Number))
    _check_has(folder / "numbers.yml", facts.numbers, (*HELP_NUMBERS, *URGENT_NUMBERS))
    themes = {path.stem: _themes(path) for path in _by_language(folder / "themes", "yml")}
    contacts = {path.stem: _models(path, Contact) for path in _by_language(folder / "contacts", "yml")}
    topics: dict[str, Topic] = {}
    pages: dict[str, dict[str, Page]] = {}
    for path in _topic_folders(folder / "faq"):
        topics[path.name] = read(path / "topic.yml").as_model(Topic)
        pages[path.name] = {text.stem: _page(text, facts) for text in _by_language(path, "md")}
    lexicons = tuple(_lexicon(path, facts) for path in _by_language(folder / "danger", "yml"))
    terms = glossary.load(folder / "glossary.csv", topics)
    consents = consent_texts.load(folder / "consent", partial(to_html, facts))
    plan = plan_file.load(folder, topics, partial(to_html, facts))
    stops = stop_words.load(folder / "stop_words.yml")
    operator = read(folder / "operator.yml").as_model(Operator)
    library = Library(topics, pages, themes, contacts, terms, facts, lexicons, consents, stops, operator, plan)
    _check_together(folder, library)
    translations.check(folder, library.is_stale)
    return library


def files_mark(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a content file changes: names, sizes, times. Cheap enough for every few seconds."""
    files = sorted(path for root in (folder, LOCALES) for path in root.rglob("*") if path.is_file())
    return tuple((str(path), stat.st_size, stat.st_mtime_ns) for path in files for stat in [path.stat()])


def _by_language(folder: Path, extension: str) -> list[Path]:
    """Return the files of a folder that are named after their language. French must be among them."""
    french = folder / f"{SOURCE_LANGUAGE}.{extension}"
    found = sorted(folder.glob(f"*.{extension}"))
    for path in found:
        if not is_language(path.stem):
            raise ContentError(path, 1, f"ce fichier doit porter le nom d'une langue, comme {french.name}")
    if french not in found:
        raise ContentError(french, 1, "il manque ce fichier")
    return found


def _topic_folders(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))
    if not found:
        raise ContentError(folder, 1, "il n'y a aucune fiche dans ce dossier")
    for path in found:
        if path.is_symlink():
            raise ContentError(path, 1, "les liens vers un autre dossier ne sont pas acceptés")
        if not re.fullmatch(KEY, path.name):
            raise ContentError(path, 1, f"nom de fiche : {KEY_WANTED}")
    return found


def _models(path: Path, model: type[M]) -> dict[str, M]:
    document = read(path)
    return {key: document.as_model(model, (key,)) for key in document.mapping()}


def _themes(path: Path) -> dict[str, str]:
    document = read(path)
    for theme, label in document.mapping().items():
        if not re.fullmatch(KEY, theme):
            document.fail(f"nom de thème : {KEY_WANTED}", (theme,))
        if not isinstance(label, str):
            document.fail("on attend le nom du thème", (theme,))
    return document.mapping()


def _page(path: Path, facts: Facts) -> Page:
    opening, front, body, first_line = _front_matter(path)
    if opening != "---":
        raise ContentError(path, 1, "le fichier doit commencer par une ligne ---")
    heading = parse(front, path, 2).as_model(Heading)
    html = to_html(facts, path, first_line, body)
    _check_sections(path, body, first_line)
    if path.stem == SOURCE_LANGUAGE and heading.french:
        raise ContentError(path, 1, "le texte français n'a pas de ligne « french » : elle est pour les traductions")
    if path.stem != SOURCE_LANGUAGE and heading.french is None:
        raise ContentError(path, 1, "il manque « french », l'empreinte du texte français traduit : relais content new")
    return Page(path.stem, heading, html, fingerprint(heading, body))


def to_html(facts: Facts, path: Path, first_line: int, body: str) -> str:
    """Return Markdown that begins at `first_line` of a file as Telegram HTML. Raises ContentError."""
    try:
        return markdown(body, facts, path.stem.rpartition(".")[2])
    except (TextError, MarkupError) as error:
        raise ContentError(path, first_line + error.line, str(error)) from error


def _front_matter(path: Path) -> tuple[str, str, str, int]:
    """Split a text into its opening line, its front matter, its body and the line on which the body begins."""
    opening, *lines = read_text(path).split("\n")
    if "---" not in lines:
        raise ContentError(path, 1, "il manque la ligne --- qui ferme l'en-tête")
    end = lines.index("---")
    return opening.strip(), "\n".join(lines[:end]), "\n".join(lines[end + 1 :]), end + 3


def _check_sections(path: Path, body: str, first_line: int) -> None:
    lines = body.split("\n")
    headings = [index for index, line in enumerate(lines) if line.startswith("## ")]
    if len(headings) != SECTIONS:
        problem = f"il faut {SECTIONS} titres ## et il y en a {len(headings)}"
        raise ContentError(path, first_line + (headings[-1] if headings else 0), problem)
    for index, start in enumerate(headings):
        end = headings[index + 1] if index + 1 < SECTIONS else len(lines)
        section = [line for line in lines[start + 1 : end] if line.strip()]
        if not section:
            raise ContentError(path, first_line + start, "il n'y a rien sous ce titre")
        if index + 1 == STEPS_SECTION and not any(re.match(r"1\. ", line) for line in section):
            raise ContentError(path, first_line + start, "les étapes doivent être numérotées : 1. 2. 3.")


def _lexicon(path: Path, facts: Facts) -> danger.Lexicon:
    document = read(path)
    try:
        return danger.compile_lexicon(path.stem, document.mapping(), lambda text: markdown(text, facts, path.stem))
    except danger.LexiconError as error:
        document.fail(str(error), error.loc)


def _check_together(folder: Path, library: Library) -> None:
    """What no file can tell alone: the same keys in every language, links between topics, lengths."""
    for lang, themes in library.themes.items():
        _check_has(folder / "themes" / f"{lang}.yml", themes, library.themes[SOURCE_LANGUAGE])
    for lang, contacts in library.contacts.items():
        path = folder / "contacts" / f"{lang}.yml"
        _check_has(path, contacts, (*ANYONE, *SAID, *library.contacts[SOURCE_LANGUAGE]))
        _check_contacts(path, contacts, library.facts)
    for slug in library.topics:
        _check_topic(folder / "faq" / slug, slug, library)


def _check_has(path: Path, entries: Mapping[str, object], wanted: Iterable[str]) -> None:
    for key in wanted:
        if key not in entries:
            raise ContentError(path, 1, f"il manque « {key} »")


def _check_contacts(path: Path, contacts: Mapping[str, Contact], facts: Facts) -> None:
    for key, contact in contacts.items():
        try:
            markdown(f"{contact.name} {contact.how}", facts, path.stem)
        except (TextError, MarkupError) as error:
            read(path).fail(str(error), (key,))


def _check_topic(folder: Path, slug: str, library: Library) -> None:
    topic = library.topics[slug]
    for field, keys, known in (
        ("theme", (topic.theme,), library.themes[SOURCE_LANGUAGE]),
        ("related", topic.related, library.topics),
        ("contacts", topic.contacts, library.contacts[SOURCE_LANGUAGE]),
    ):
        for key in keys:
            if key not in known:
                read(folder / "topic.yml").fail(f"« {key} » n'existe pas", (field,))
    for lang in (SOURCE_LANGUAGE, *library.pages[slug]):
        units = length(isolated(library.answer(slug, lang, today=_LATE)))
        if units > LONGEST_MESSAGE:
            problem = f"réponse trop longue : {units} signes, {LONGEST_MESSAGE} au plus"
            raise ContentError(folder / f"{library.page(slug, lang).lang}.md", 1, problem)
