"""What `relais content check` says of the example questions: too few, in two places, or for no topic. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple

from bot.i18n import SOURCE_LANGUAGE, language_name
from bot.question_files import WANTED, Section, sections, wanted
from bot.readability import Remark
from bot.yaml_files import ContentError

_KINDS = {"data": "d'exemple", "tuning": "de réglage", "tests": "d'épreuve"}


def remarks(
    nlu_dir: Path, topics: Collection[str], labels: Collection[str], languages: Iterable[str]
) -> Iterator[Remark]:
    """Yield what the guide asks and the files lack. Raises ContentError for a mistake in one."""
    files = {part: sorted((nlu_dir / part).rglob("*.yml")) for part in WANTED}
    parts = {part: [one for path in paths for one in sections(path)] for part, paths in files.items()}
    yield from _repeats(parts, labels)
    for lang, part in product(languages, WANTED):
        where = nlu_dir / part / (lang if part == "data" else f"{lang}.yml")
        here = [one for one in parts[part] if where in (one.path, one.path.parent)]
        yield from (
            Remark(one.path, one.line, f"des questions pour « {one.label} », qui n'est pas une fiche")
            for one in here
            if one.label not in labels
        )
        yield from _too_few(where, here, topics, lang, part)


def _too_few(where: Path, here: list[Section], topics: Collection[str], lang: str, part: str) -> Iterator[Remark]:
    enough, begun = wanted(part, lang), {one.label: one for one in reversed(here)}
    counts = Counter(one.label for one in here for _ in one.questions)
    if not counts:
        yield Remark(where, 1, f"pas encore de questions {_KINDS[part]} en {language_name(lang, SOURCE_LANGUAGE)}")
        return
    for slug in topics:
        if counts[slug] < enough:
            some = f"{counts[slug]} question{'s' * (counts[slug] > 1)}" if counts[slug] else "pas encore de questions"
            path, line = begun[slug][:2] if slug in begun else (where / f"{slug}.yml" if part == "data" else where, 1)
            yield Remark(path, line, f"{some} {_KINDS[part]} pour « {slug} » : il en faut au moins {enough}")


def _repeats(parts: Mapping[str, list[Section]], labels: Collection[str]) -> Iterator[Remark]:
    """A question in two places makes the figures of `relais nlu evaluate` a lie. Raises ContentError for the first.

    « CSAPA » may be learnt for the same topic in several languages. Where one of the two has no label of the bot, as
    the frightening words that set the alarm, it deserves a look and no more.
    """
    met: dict[str, list[_Place]] = defaultdict(list)
    mistakes: list[Remark] = []
    for place, text in _places(parts):
        alike = met[" ".join(text.casefold().split())]
        if twin := next((other for other in alike if place.is_too_near(other)), None):
            where = f"{twin.path}:{twin.line}"
            told = Remark(place.path, place.line, f"« {text} » est déjà dans {where} : garde-la à un seul endroit")
            if place.label in labels and twin.label in labels:
                mistakes.append(told)
            else:
                yield told
        alike.append(place)
    if mistakes:
        path, line, problem = mistakes[0]
        more = f" ({len(mistakes)} questions sont ainsi en double)" if len(mistakes) > 1 else ""
        raise ContentError(path, line, problem + more)


class _Place(NamedTuple):
    part: str
    label: str
    path: Path
    line: int

    def is_too_near(self, other: "_Place") -> bool:
        return self.path == other.path or (self.part, self.label) != (other.part, other.label)


def _places(parts: Mapping[str, list[Section]]) -> Iterator[tuple[_Place, str]]:
    for part, found in parts.items():
        for one in found:
            yield from ((_Place(part, one.label, one.path, line), text) for line, text in one.questions)
