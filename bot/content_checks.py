"""What `relais content check` tells an editor beyond what the bot refuses: what gets old, is missing or hard to read.

Nothing here stops the bot. What would harm a reader is refused by `content.load`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from dateutil.relativedelta import relativedelta

from bot import i18n, question_checks, readability, training, translations
from bot.i18n import SOURCE_LANGUAGE, is_language, language_name
from bot.library import Library
from bot.new_content import HEADINGS
from bot.readability import Line, Remark
from bot.topics import Short, Strict
from bot.understanding import known_intents
from bot.yaml_files import Loc, read, read_text

CHECKED_WITHIN = relativedelta(months=18)  # an amount is looked at again at least that often
EVERY_LANGUAGE = "all"


class Forbidden(Strict):
    """Phrases that no text may hold, and why: one item of `forbidden.yml`."""

    words: tuple[Short, ...]
    why: Short


def warnings(folder: Path, nlu_dir: Path, library: Library, *, today: date) -> list[Remark]:
    """Return what deserves a look in content that loads, file by file.

    Raises ContentError for forbidden.yml and for the files of questions: the bot reads neither.
    """
    found = [
        *_amounts(folder, library, today),
        *_reviews(folder, library, today),
        *_signatures(folder, library),
        *_shape(folder, library),
        *_languages(folder, library),
        *_translations(folder, library),
        *_plan(folder, library),
        *_consents(folder, library),
        *(Remark(*one) for one in i18n.unshown(library.prepared)),
        *_style(folder, library),
        *_examples(nlu_dir, library),
    ]
    return sorted(found)


def forbidden(path: Path) -> dict[str, dict[str, str]]:
    """Return the reason against each forbidden phrase, by language. Raises ContentError."""
    document = read(path)
    phrases: dict[str, dict[str, str]] = {}
    for lang, items in document.mapping().items():
        if lang != EVERY_LANGUAGE and not is_language(lang):
            document.fail(f"« {lang} » n'est pas une langue, ni « {EVERY_LANGUAGE} »", (lang,))
        if not isinstance(items, list):
            document.fail("on attend une liste de « words » et « why »", (lang,))
        phrases[lang] = {}
        for index in range(len(items)):
            item = document.as_model(Forbidden, (lang, index))
            phrases[lang] |= dict.fromkeys(item.words, item.why)
    return phrases


def _amounts(folder: Path, library: Library, today: date) -> Iterator[Remark]:
    path = folder / "amounts.yml"
    for key, amount in library.facts.amounts.items():
        if amount.checked_on + CHECKED_WITHIN < today:
            problem = f"{key} : montant vérifié le {amount.checked_on}, il y a plus de 18 mois"
            yield Remark(path, read(path).line((key, "checked_on")), problem)


def _reviews(folder: Path, library: Library, today: date) -> Iterator[Remark]:
    for slug, topic in library.topics.items():
        if topic.review_by < today:
            path = folder / "faq" / slug / "topic.yml"
            problem = f"à relire depuis le {topic.review_by}, puis : relais content sign {slug} --name …"
            yield Remark(path, read(path).line(("review_by",)), problem)


def _signatures(folder: Path, library: Library) -> Iterator[Remark]:
    for slug, pages in library.pages.items():
        for lang in pages:
            was_signed = library.signature(slug, lang).reviewed_by is not None
            if was_signed and not library.is_signed(slug, lang):
                again = f"fais-la relire, puis relais content sign {slug} {lang} --name …"
                yield Remark(folder / "faq" / slug / f"{lang}.md", 1, f"changée depuis sa relecture : {again}")


def _shape(folder: Path, library: Library) -> Iterator[Remark]:
    """The same five parts everywhere, and a rank of its own for each topic of a theme."""
    ranks: dict[tuple[str, int], str] = {}
    for slug, topic in library.topics.items():
        path = folder / "faq" / slug
        other = ranks.setdefault((topic.theme, topic.order), slug)
        if other != slug:
            about = path / "topic.yml"
            yield Remark(about, read(about).line(("order",)), f"« {other} » a déjà ce rang dans ce thème")
        parts = [(number, line) for number, line in translations.body(path / "fr.md") if line.startswith("## ")]
        for (number, line), wanted in zip(parts, HEADINGS, strict=True):  # five, or they had not been read
            if line.removeprefix("## ").strip() != wanted:
                yield Remark(path / "fr.md", number, f"cette partie s'appelle partout « {wanted} »")


def _languages(folder: Path, library: Library) -> Iterator[Remark]:
    """A language in which nobody would hear a call for help is not open."""
    stops = read(folder / "stop_words.yml").mapping()
    for lang in sorted(set(library.prepared) - set(library.languages)):
        problem = "pas encore de mots de détresse : cette langue n'est pas proposée (voir danger/README.md)"
        yield Remark(folder / "danger" / f"{lang}.yml", 1, problem)
    for lang in library.prepared:
        if lang not in stops:
            yield Remark(folder / "stop_words.yml", 1, f"aucun mot qui arrête en {language_name(lang, 'fr')}")


def _translations(folder: Path, library: Library) -> Iterator[Remark]:
    for slug in library.topics:
        for lang in library.prepared[1:]:
            path = folder / "faq" / slug / f"{lang}.md"
            again = f"relais content new translation {slug} {lang}"
            if lang not in library.pages[slug]:
                yield Remark(path, 1, f"pas encore de traduction en {language_name(lang, 'fr')} : {again}")
            elif library.is_stale(slug, lang):
                problem = f"le texte français a changé, le français est montré : relis, puis {again} --renew"
                yield Remark(path, 1, problem)


def _plan(folder: Path, library: Library) -> Iterator[Remark]:
    texts = library.plan.texts
    for lang in library.prepared[1:]:
        if lost := sorted(texts[SOURCE_LANGUAGE].keys() - texts.get(lang, {}).keys()):
            problem = f"pas encore de traduction, le français est montré : {', '.join(lost)}"
            yield Remark(folder / "plan" / f"{lang}.md", 1, problem)


def _consents(folder: Path, library: Library) -> Iterator[Remark]:
    """Everybody must say yes to the same text: an older one in another language says something else."""
    newest = {lang: text.version for (lang, _), text in library.consents.items()}
    for lang in library.prepared[1:]:
        path = folder / "consent" / f"{newest[SOURCE_LANGUAGE]}.{lang}.md"
        if lang not in newest:
            yield Remark(path, 1, "pas encore de traduction, le français est montré")
        elif newest[lang] != newest[SOURCE_LANGUAGE]:
            yield Remark(path, 1, f"il manque ce texte : celui du {newest[lang]} est encore montré")


def _style(folder: Path, library: Library) -> Iterator[Remark]:
    never = forbidden(folder / "forbidden.yml")
    known = {term.term for term in library.terms}
    for path in texts(folder):
        phrases = never.get(EVERY_LANGUAGE, {}) | never.get(path.stem.rpartition(".")[2], {})
        yield from readability.remarks(path, _lines(path), known, phrases)


def texts(folder: Path) -> list[Path]:
    """Return the files that hold what people read; of the consent texts, which never change, the newest alone."""
    newest = {path.stem.rpartition(".")[2]: path for path in sorted((folder / "consent").glob("*.md"))}
    others = [path for pattern in ("faq/*/*.md", "plan/*.md", "contacts/*.yml") for path in folder.glob(pattern)]
    return [*others, *newest.values()]


def _lines(path: Path) -> list[Line]:
    """Return what people read in a file, numbered."""
    if path.suffix == ".yml":
        document = read(path)
        return [line for loc, text in _leaves(document.value) for line in [(document.line(loc), text), (0, "")]]
    if path.parent.parent.name != "faq":
        return list(enumerate(read_text(path).split("\n"), 1))
    front = enumerate(read_text(path).split("\n"), 1)
    title = next((number, line.partition(":")[2]) for number, line in front if line.startswith("title:"))
    return [title, (0, ""), *translations.body(path)]


def _leaves(value: object, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, (*loc, key))
    elif isinstance(value, Sequence):
        for index, part in enumerate(value):
            yield from _leaves(part, (*loc, index))


def _examples(nlu_dir: Path, library: Library) -> Iterator[Remark]:
    """A topic that nobody's words lead to is found by its keywords and in the menu alone."""
    yield from question_checks.remarks(nlu_dir, library.topics, known_intents(library), library.prepared)
    if not training.is_trained(nlu_dir):
        yield Remark(nlu_dir / "data", 1, "le modèle n'a pas encore appris ces questions : relais nlu train")
