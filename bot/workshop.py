"""Where each text stands, topic by topic and language by language, and the signature of whoever has read one again."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path

from dateutil.relativedelta import relativedelta

from bot import translations
from bot.editing import WorkshopError, raw, replace, with_values
from bot.i18n import SOURCE_LANGUAGE, date_text
from bot.library import Library
from bot.topics import SIGNATURE, Heading, Topic
from bot.yaml_files import ContentError, parse, read

REVIEWS = ((4, 1), (10, 1))  # month and day of the two readings of the year


class State(StrEnum):
    """What a text still needs, if anything."""

    REVIEWED = "relue"
    DRAFT = "brouillon"
    STALE = "à refaire"
    MISSING = "absente"
    PAST = "relecture dépassée"


def states(library: Library, today: date) -> dict[str, dict[str, State]]:
    """Return the state of each topic, by theme and in the order of the menu, in each language, French first."""
    slugs = [slug for theme in library.themes[SOURCE_LANGUAGE] for slug in library.in_theme(theme)]
    return {slug: {lang: _state(library, slug, lang, today) for lang in library.prepared} for slug in slugs}


def _state(library: Library, slug: str, lang: str, today: date) -> State:
    topic, page = library.topics[slug], library.pages[slug].get(lang)
    if page is None:
        return State.MISSING
    if library.is_stale(slug, lang):
        return State.STALE
    if topic.review_by < today:
        return State.PAST
    return State.REVIEWED if library.is_signed(slug, lang) else State.DRAFT


def totals(table: Mapping[str, Mapping[str, State]], lang: str) -> dict[State, int]:
    """Return how many topics of a language are in each state."""
    found = [states[lang] for states in table.values()]
    return {state: found.count(state) for state in State}


def next_review(today: date) -> date:
    """Return the first day of the calendar of reviews that is at least three months away."""
    earliest = today + relativedelta(months=3)
    days = [date(year, month, day) for year in (earliest.year, earliest.year + 1) for month, day in REVIEWS]
    return next(day for day in days if day >= earliest)


def sign(folder: Path, slug: str, lang: str, *, name: str, on: date) -> Path:
    """Write who has read a text and when, and return the file; no other byte of it changes.

    Raises WorkshopError or ContentError, and then nothing is written.
    """
    french = text_of(folder, slug, SOURCE_LANGUAGE)
    if lang == SOURCE_LANGUAGE:
        path = french.with_name("topic.yml")
        review_by = read(path).as_model(Topic).review_by
        if review_by <= on:
            wanted = f"écris d'abord la prochaine : review_by: {next_review(on)}"
            raise WorkshopError(f"{path} : la relecture suivante était le {date_text(review_by, 'fr')} ; {wanted}")
    else:
        path = text_of(folder, slug, lang)
        if translations.heading(path).french != translations.mark(french):
            again = f"relais content new translation {slug} {lang} --renew"
            raise WorkshopError(f"{path} traduit un autre texte français : relis-la, puis {again}")
    mark = translations.mark(text_of(folder, slug, lang))
    _set(path, {"reviewed_on": on.isoformat(), "reviewed_by": " ".join(name.split()), "reviewed_text": mark})
    return path


def renew(folder: Path, slug: str, lang: str) -> Path:
    """Write in a translation that it is that of the present French text, and take away the signature of the old one.

    Raises WorkshopError or ContentError, and then nothing is written.
    """
    path = text_of(folder, slug, lang)
    mark = translations.mark(text_of(folder, slug, SOURCE_LANGUAGE))
    if translations.heading(path).french == mark:
        raise WorkshopError(f"{path} est déjà la traduction du texte français d'aujourd'hui : rien n'est changé")
    _set(path, {"french": mark} | dict.fromkeys(SIGNATURE, ""), only_if_there=SIGNATURE)
    return path


def text_of(folder: Path, slug: str, lang: str) -> Path:
    """Return the file of a topic in a language. Raises WorkshopError if there is none."""
    path = folder / "faq" / slug / f"{lang}.md"
    if not path.is_file():
        raise WorkshopError(f"il n'y a pas de fichier {path}")
    return path


def _set(path: Path, values: Mapping[str, str], only_if_there: tuple[str, ...] = ()) -> None:
    """Change the values of a file, and write it only if they read back as they were given."""
    text = raw(path)
    lines = [line.rstrip("\r") for line in text.split("\n")]
    is_page = path.suffix == ".md"
    first, end = (1, lines.index("---", 1)) if is_page else (0, len(lines))
    wanted = {
        key: value
        for key, value in values.items()
        if key not in only_if_there or any(line.startswith(f"{key}:") for line in lines[first:end])
    }
    changed = with_values(text, wanted, first=first, end=end, before="review_by:")
    plain = changed.removeprefix("\ufeff").replace("\r\n", "\n")
    front = "\n".join(plain.split("\n")[first : plain.split("\n").index("---", 1)]) if is_page else plain
    model: type[Heading | Topic] = Heading if is_page else Topic
    try:
        written = parse(front, path, first + 1).as_model(model)
    except ContentError as error:
        raise WorkshopError(f"{error} : rien n'est changé") from error
    for key, value in wanted.items():
        if str(getattr(written, key) or "") != value:
            raise WorkshopError(f"{path} : « {value} » ne peut pas être écrit, rien n'est changé")
    replace(path, changed)
