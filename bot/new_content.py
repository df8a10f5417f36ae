"""Skeletons for editors: a topic, a translation, a language. What is left empty is refused until it is written."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot import catalogues, question_files, sections, translations
from bot.catalogues import NotPo
from bot.danger import DANGERS
from bot.editing import WorkshopError, create
from bot.i18n import SOURCE_LANGUAGE, is_language, language_name
from bot.topics import KEY, KEY_WANTED
from bot.understanding import FUNCTIONAL, OUT_OF_SCOPE
from bot.workshop import next_review, text_of
from bot.yaml_files import read, read_text

HEADINGS = ("C'est quoi ?", "Pour qui ?", "Ce que tu peux avoir", "Ce que tu peux faire maintenant", "Qui peut t'aider")

_TOPIC = """\
theme: {theme}
order: {order}
facts: []  # les faits qui le prouvent : [CEJ-01, CEJ-02]
sources:  # une par article ou par page : recopie ces trois lignes
  - title:  # par exemple : Code du travail, art. L5131-6
    url:  # https://… ; enlève cette ligne s'il n'y en a pas
    dated:  # le jour de la version lue : 2026-07-23
reviewed_on:
reviewed_by:
review_by: {review_by}
related: []  # trois fiches voisines au plus
contacts: [mission_locale]
"""


def topic(folder: Path, nlu_dir: Path, slug: str, theme: str, today: date) -> list[Path]:
    """Write the skeleton of a topic, text, facts and questions, and return its files. Raises WorkshopError."""
    if not re.fullmatch(KEY, slug):
        raise WorkshopError(f"nom de fiche : {KEY_WANTED}")
    if slug in (*FUNCTIONAL, *DANGERS, OUT_OF_SCOPE):
        raise WorkshopError(f"« {slug} » a déjà un sens pour le robot : choisis un autre nom")
    themes = read(folder / "themes" / f"{SOURCE_LANGUAGE}.yml").mapping()
    if theme not in themes:
        raise WorkshopError(f"le thème « {theme} » n'existe pas : {', '.join(themes)}")
    others = [read(path).mapping() for path in sorted((folder / "faq").glob("*/topic.yml"))]
    taken = [int(other["order"]) for other in others if other.get("theme") == theme]
    order = max(taken, default=0) + 1
    files = {
        folder / "faq" / slug / f"{SOURCE_LANGUAGE}.md": _page((), HEADINGS),
        folder / "faq" / slug / "topic.yml": _TOPIC.format(theme=theme, order=order, review_by=next_review(today)),
        _questions_of(nlu_dir, SOURCE_LANGUAGE, slug): (
            f"{question_files.skeleton(slug, SOURCE_LANGUAGE)}    - {slug.replace('_', ' ')}\n"
        ),
    }
    create(files)
    return list(files)


def translation(folder: Path, slug: str, lang: str) -> list[Path]:
    """Write the skeleton of a translation and return it. Raises WorkshopError or ContentError."""
    _check_language(lang)
    french = text_of(folder, slug, SOURCE_LANGUAGE)
    heading = translations.heading(french)
    above = (f"# {heading.title} / {heading.button}", f"french: {translations.mark(french)}")
    path = french.with_name(f"{lang}.md")
    create({path: _page(above, [part[0][1].removeprefix("## ") for part in translations.parts(french)])})
    return [path]


def language(folder: Path, locales: Path, lang: str) -> list[Path]:
    """Write what a language needs besides its topics, and return the files. Raises WorkshopError or ContentError."""
    _check_language(lang)
    name = language_name(lang, SOURCE_LANGUAGE)
    contacts = read(folder / "contacts" / f"{SOURCE_LANGUAGE}.yml").mapping()
    themes = read(folder / "themes" / f"{SOURCE_LANGUAGE}.yml").mapping()
    plan = sections.read(folder / "plan" / f"{SOURCE_LANGUAGE}.md")
    files = {
        folder / "themes" / f"{lang}.yml": _lines(
            f"# Les thèmes du menu, en {name}, dans l'ordre de fr.yml.",
            *(f"{theme}:  # {label}" for theme, label in themes.items()),
        ),
        folder / "contacts" / f"{lang}.yml": _lines(
            f"# À qui s'adresser, en {name}. Les {{numero:…}} restent tels quels.",
            *(f"{kind}:\n  name:  # {one['name']}\n  how:  # {one['how']}" for kind, one in contacts.items()),
        ),
        folder / "plan" / f"{lang}.md": "\n".join(f"## {part}\n" for part in plan),
        locales / lang / "LC_MESSAGES" / "messages.po": _catalogue(locales, lang),
    }
    create(files)
    return list(files)


def questions(nlu_dir: Path, slugs: Iterable[str], lang: str) -> list[Path]:
    """Write a file for the questions of each topic that has none in `lang`, and return those written."""
    missing = {
        path: question_files.skeleton(slug, lang)
        for slug in slugs
        if not (path := _questions_of(nlu_dir, lang, slug)).exists()
    }
    create(missing)
    return list(missing)


def _questions_of(nlu_dir: Path, lang: str, slug: str) -> Path:
    return nlu_dir / "data" / lang / f"{slug}.yml"


def _check_language(lang: str) -> None:
    if lang == SOURCE_LANGUAGE or not is_language(lang):
        raise WorkshopError(f"« {lang} » n'est pas le code d'une autre langue, comme en, ar ou es")


def _page(above: Iterable[str], headings: Iterable[str]) -> str:
    front = ["---", *above, "title:", "button:", "keywords: []", "---"]
    return _lines(*front, *(f"## {heading}\n" for heading in headings)).rstrip("\n") + "\n"


def _catalogue(locales: Path, lang: str) -> str:
    """Return the sentences of the interface, none translated yet: the French is the key of each."""
    template = locales / "messages.pot"
    if not template.is_file():
        raise WorkshopError(f"il n'y a pas de fichier {template} : make messages")
    try:
        return catalogues.written(catalogues.begun(catalogues.parsed(read_text(template), lang))).decode()
    except NotPo as error:
        raise WorkshopError(f"{template}:{error}") from error


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
