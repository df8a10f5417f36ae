"""Read `content/plan.yml` and the texts of its rules, `content/plan/<lang>.md`. A mistake has its file and line."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, NoReturn

from pydantic import Field

from bot import sections
from bot.decent_hours import months_after
from bot.i18n import SOURCE_LANGUAGE, is_language
from bot.plan import CHECK_IN, REMINDER, Anchor, Audience, LateText, Plan, Rule, Text
from bot.replies import length
from bot.topics import Day, Strict
from bot.yaml_files import ContentError, Document, Loc, read

ID = r"[a-z0-9_]{1,32}"  # it travels in buttons and in the database
LONGEST_TITLE = 60  # it stands on a button
LONGEST_TEXT = 1200  # a screen of a phone
CONTRARY = (
    {Audience.IN_CARE, Audience.LEFT},
    {Audience.IN_CARE, Audience.PAST_3_YEARS},
    {Audience.MINOR, Audience.OVER_21},
    {Audience.UNDER_21, Audience.OVER_21},
    {Audience.WITHIN_3_YEARS, Audience.PAST_3_YEARS},
)
_DAYS = [date(2027, 1, 1) + timedelta(days=day) for day in range(731)]  # every day of a common and of a leap year
_TITLE = re.compile(r"\*\*[^*{}]+\*\*")
# A title shows in the calendar, perhaps over a shoulder.
_NOT_IN_TITLES = re.compile(r"\b(?:ASE|aides? sociales?|foyers?|placements?|placée?s?)\b", re.IGNORECASE)
_NEVER = re.compile(r"\b(?:as?|auras?)\s+(?:pas|plus)\s+(?:le\s+)?droit\b|\baucun\s+droit\b", re.IGNORECASE)
DATE = "⟦date⟧"  # stands for {date} while the rest of the text is checked for other braces

ToHtml = Callable[[Path, int, str], str]


class _File(Strict):
    version: Day
    rules: dict[str, Rule]
    late_joiners: tuple[LateText, ...] = Field(min_length=1)


class _Use(NamedTuple):
    """Where the plan names a text, and whether the text has a date to tell."""

    loc: Loc
    dated: bool


class _Found(NamedTuple):
    """A text and the line of its heading."""

    line: int
    text: Text


def load(folder: Path, topics: Collection[str], to_html: ToHtml) -> Plan:
    """Return the plan of a content folder; `to_html` gets file, first line and Markdown. Raises ContentError."""
    document = read(folder / "plan.yml")
    file = document.as_model(_File)
    for name, rule in file.rules.items():
        _check_rule(document, name, rule, topics)
    _check_conversation(document, file.rules)
    _check_overlaps(document, file.rules)
    _check_late(document, file.late_joiners)
    texts = _texts(folder / "plan", to_html)
    _check_texts(document, _uses(document, file), texts)
    return Plan(
        file.version,
        file.rules,
        file.late_joiners,
        {path.stem: {name: one.text for name, one in found.items()} for path, found in texts.items()},
        _mark(file),
    )


def _mark(file: _File) -> str:
    """Return what changes when a day or an audience does: everybody's calendar is made again then."""
    only_said = {"text", "topics", "facts"}
    days = file.model_dump_json(include={"rules"}, exclude={"rules": dict.fromkeys(file.rules, only_said)})
    return hashlib.sha256(days.encode()).hexdigest()[:12]


def _check_rule(document: Document, name: str, rule: Rule, topics: Collection[str]) -> None:
    def fail(problem: str, field: str) -> NoReturn:
        document.fail(problem, ("rules", name, field))

    if not re.fullmatch(ID, name):
        document.fail("nom de règle : minuscules sans accent, chiffres et _ (32 signes au plus)", ("rules", name))
    _check_audience(document, rule.audience, ("rules", name, "audience"))
    for topic in rule.topics:
        if topic not in topics:
            fail(f"la fiche « {topic} » n'existe pas", "topics")
    if not rule.earliest <= rule.latest <= rule.expires:
        fail("il faut earliest ≤ latest ≤ expires", "expires")
    if rule.deadline_months is not None:
        if _goes_after(rule, rule.deadline_months):
            fail("le message pourrait partir après la date dont il parle : baisse expires", "expires")
        if rule.joined_late is not None:
            fail("un message qui parle d'une date ne peut pas partir après elle : enlève joined_late", "joined_late")


def _check_audience(document: Document, audience: tuple[Audience, ...], loc: Loc) -> None:
    for pair in CONTRARY:
        if pair <= set(audience):
            document.fail(f"personne n'est à la fois {' et '.join(sorted(pair))}", loc)


def _goes_after(rule: Rule, deadline_months: int) -> bool:
    last = timedelta(days=rule.days + rule.expires)
    return any(months_after(day, rule.months) + last > months_after(day, deadline_months) for day in _DAYS)


def _check_conversation(document: Document, rules: Mapping[str, Rule]) -> None:
    """The check-in and its reminder are named in the code, and nobody may be left without."""
    for name, anchor in ((CHECK_IN, Anchor.EXIT), (REMINDER, Anchor.CHECK_IN)):
        if name not in rules:
            document.fail(f"il manque la règle « {name} »", ("rules",))
        if rules[name].anchor != anchor:
            document.fail(f"la règle « {name} » compte à partir de {anchor}", ("rules", name, "anchor"))
        if not set(rules[name].audience) <= {Audience.LEFT}:
            document.fail(f"la règle « {name} » est pour tous ceux qui sont partis", ("rules", name, "audience"))
    if rules[CHECK_IN].months < 1:
        document.fail("le point vient après le départ : au moins 1 mois", ("rules", CHECK_IN, "months"))
    if rules[CHECK_IN].joined_late is None:
        document.fail("il manque joined_late : qui arrive tard n'aurait jamais de point", ("rules", CHECK_IN))


def _check_overlaps(document: Document, rules: Mapping[str, Rule]) -> None:
    for first, second in combinations(rules, 2):
        one, other = rules[first], rules[second]
        if (one.anchor, one.months, one.days) == (other.anchor, other.months, other.days) and not any(
            pair <= {*one.audience, *other.audience} for pair in CONTRARY
        ):
            document.fail(f"tombe le même jour que « {first} » pour les mêmes personnes", ("rules", second))


def _check_late(document: Document, late_joiners: tuple[LateText, ...]) -> None:
    for index, late in enumerate(late_joiners):
        _check_audience(document, late.audience, ("late_joiners", index, "audience"))
        is_last = index == len(late_joiners) - 1
        if is_last and late.audience:
            document.fail("le dernier texte est pour tout le monde : sans audience", ("late_joiners", index))
        if not is_last and not late.audience:
            document.fail("un texte pour tout le monde ne peut être que le dernier", ("late_joiners", index))


def _uses(document: Document, file: _File) -> dict[str, _Use]:
    """Return where each text is used first."""
    uses: dict[str, _Use] = {}
    named = [
        (rule.text, _Use(("rules", name, "text"), rule.deadline_months is not None))
        for name, rule in file.rules.items()
    ]
    for text, use in [
        *named,
        *((late.text, _Use(("late_joiners", index, "text"), False)) for index, late in enumerate(file.late_joiners)),
    ]:
        if uses.setdefault(text, use).dated != use.dated:
            document.fail(f"le texte « {text} » sert aussi à une règle sans la même date : fais-en deux", use.loc)
    return uses


def _texts(folder: Path, to_html: ToHtml) -> dict[Path, dict[str, _Found]]:
    """Return the texts of each file of `folder`, French first."""
    french = folder / f"{SOURCE_LANGUAGE}.md"
    others = [path for path in sorted(folder.glob("*.md")) if path != french]
    for path in others:
        if not is_language(path.stem):
            raise ContentError(path, 1, f"ce fichier doit porter le nom d'une langue, comme {french.name}")
    return {path: dict(_texts_of(path, to_html)) for path in (french, *others)}


def _texts_of(path: Path, to_html: ToHtml) -> Iterator[tuple[str, _Found]]:
    for name, (heading, line, whole) in sections.read(path).items():
        first, _, rest = whole.partition("\n")
        body = rest.strip()
        if not _TITLE.fullmatch(first.strip()) or not body:
            raise ContentError(path, line, "on attend une ligne de titre **en gras**, sans accolade, puis le texte")
        title = first.strip().strip("*").strip()
        to_html(path, line, title)  # an amount or a number is no more welcome there
        if len(title) > LONGEST_TITLE:
            raise ContentError(path, line, f"titre trop long : {len(title)} signes, {LONGEST_TITLE} au plus")
        if unsaid := _NOT_IN_TITLES.search(title):
            raise ContentError(path, line, f"un titre se voit dans le calendrier : jamais « {unsaid[0]} »")
        body_line = line + 1 + rest[: len(rest) - len(rest.lstrip())].count("\n")
        if unsaid := _NEVER.search(body):
            raise ContentError(
                path, body_line + body.count("\n", 0, unsaid.start()), f"on ne dit jamais « {unsaid[0]} »"
            )
        html = to_html(path, body_line, body.replace("{date}", DATE)).replace(DATE, "{date}")
        if length(html) > LONGEST_TEXT:
            raise ContentError(path, heading, f"texte trop long : {length(html)} signes, {LONGEST_TEXT} au plus")
        yield name, _Found(heading, Text(title, html))


def _check_texts(document: Document, uses: Mapping[str, _Use], texts: Mapping[Path, Mapping[str, _Found]]) -> None:
    french = next(iter(texts))
    for name, use in uses.items():
        if name not in texts[french]:
            document.fail(f"le texte « {name} » n'est pas dans plan/{french.name}", use.loc)
    for path, found in texts.items():
        for name, (line, text) in found.items():
            if name not in uses:
                raise ContentError(path, line, f"aucune règle ne dit le texte « {name} »")
            if ("{date}" in text.html) != uses[name].dated:
                problem = "doit contenir {date}" if uses[name].dated else "ne peut pas contenir {date}"
                why = "" if uses[name].dated else " : sa règle n'a pas de deadline_months"
                raise ContentError(path, line, f"le texte « {name} » {problem}{why}")
