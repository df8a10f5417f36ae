"""Read `content/plan.yml` and the texts of its rules, `content/plan/<lang>.md`. A mistake has its file and line."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot import sections
from bot.decent_hours import months_after
from bot.i18n import SOURCE_LANGUAGE, is_language
from bot.plan import CHECK_IN, REMINDER, Anchor, Audience, LateText, Plan, Rule, Text
from bot.yaml_files import ContentError, Document, Loc, read

ID = r"[a-z0-9_]{1,32}"  # it travels in buttons and in the database
CONTRARY = (
    {Audience.IN_CARE, Audience.LEFT},
    {Audience.IN_CARE, Audience.PAST_3_YEARS},
    {Audience.MINOR, Audience.OVER_21},
    {Audience.UNDER_21, Audience.OVER_21},
    {Audience.WITHIN_3_YEARS, Audience.PAST_3_YEARS},
)
_DAYS = [date(2024, 2, 29), date(2026, 8, 31), date(2027, 1, 1), date(2027, 11, 30)]  # months of every length

ToHtml = Callable[[Path, int, str], str]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: date
    rules: dict[str, Rule]
    late_joiners: tuple[LateText, ...]


def load(folder: Path, topics: Iterable[str], to_html: ToHtml) -> Plan:
    """Return the plan of a content folder; `to_html` gets file, first line and Markdown. Raises ContentError."""
    document = read(folder / "plan.yml")
    file = document.as_model(_File)
    for name, rule in file.rules.items():
        _check_rule(document, name, rule, set(topics))
    _check_together(document, file)
    paths = {path.stem: path for path in sorted((folder / "plan").glob("*.md"))}
    if SOURCE_LANGUAGE not in paths:
        raise ContentError(folder / "plan" / f"{SOURCE_LANGUAGE}.md", 1, "il manque ce fichier")
    texts = {lang: dict(_texts(path, to_html)) for lang, path in paths.items()}
    _check_texts(document, file, texts, paths)
    mark = hashlib.sha256(file.model_dump_json().encode()).hexdigest()[:12]
    return Plan(file.version, file.rules, file.late_joiners, texts, mark)


def _check_rule(document: Document, name: str, rule: Rule, topics: set[str]) -> None:
    loc = ("rules", name)
    if not re.fullmatch(ID, name):
        document.fail("nom de règle : minuscules sans accent, chiffres et _ (32 signes au plus)", loc)
    _check_audience(document, rule.audience, (*loc, "audience"))
    for topic in rule.topics:
        if topic not in topics:
            document.fail(f"la fiche « {topic} » n'existe pas", (*loc, "topics"))
    if not rule.earliest <= rule.latest <= rule.expires:
        document.fail("il faut earliest ≤ latest ≤ expires", (*loc, "expires"))
    if rule.deadline_months is not None and _goes_after_its_deadline(rule):
        document.fail("le message pourrait partir après la date dont il parle : baisse expires", (*loc, "expires"))


def _check_audience(document: Document, audience: tuple[Audience, ...], loc: Loc) -> None:
    for pair in CONTRARY:
        if pair <= set(audience):
            document.fail(f"personne n'est à la fois {' et '.join(sorted(pair))}", loc)


def _goes_after_its_deadline(rule: Rule) -> bool:
    last = timedelta(days=rule.days + rule.expires)
    return any(months_after(day, rule.months) + last > months_after(day, rule.deadline_months or 0) for day in _DAYS)


def _check_together(document: Document, file: _File) -> None:
    for name, anchor in ((CHECK_IN, Anchor.EXIT), (REMINDER, Anchor.CHECK_IN)):
        if name not in file.rules:
            document.fail(f"il manque la règle « {name} »", ("rules",))
        if file.rules[name].anchor != anchor:
            document.fail(f"la règle « {name} » compte à partir de {anchor}", ("rules", name, "anchor"))
    for first, second in combinations(file.rules, 2):
        one, other = file.rules[first], file.rules[second]
        if (one.anchor, one.months, one.days) == (other.anchor, other.months, other.days) and not any(
            pair <= {*one.audience, *other.audience} for pair in CONTRARY
        ):
            document.fail(f"tombe le même jour que « {first} » pour les mêmes personnes", ("rules", second))
    for index, late in enumerate(file.late_joiners):
        _check_audience(document, late.audience, ("late_joiners", index, "audience"))
    if not file.late_joiners or file.late_joiners[-1].audience:
        document.fail("le dernier texte est pour tout le monde : sans audience", ("late_joiners",))


def _texts(path: Path, to_html: ToHtml) -> Iterator[tuple[str, Text]]:
    if not is_language(path.stem):
        raise ContentError(path, 1, f"ce fichier doit porter le nom d'une langue, comme {SOURCE_LANGUAGE}.md")
    for name, (_, line, body) in sections.read(path).items():
        title, _, rest = body.partition("\n")
        if not re.fullmatch(r"\*\*[^*]+\*\*", title.strip()) or not rest.strip():
            raise ContentError(path, line, "on attend une ligne de titre **en gras**, puis le texte")
        html = to_html(path, line, rest.replace("{date}", DATE).strip()).replace(DATE, "{date}")
        yield name, Text(title.strip().strip("*"), html)


DATE = "⟦date⟧"  # stands for {date} while the rest of the text is checked for other braces


def _check_texts(
    document: Document, file: _File, texts: Mapping[str, Mapping[str, Text]], paths: Mapping[str, Path]
) -> None:
    wanted = {rule.text: rule for rule in file.rules.values()}
    locs: dict[str, Loc] = {rule.text: ("rules", name, "text") for name, rule in file.rules.items()}
    locs |= {late.text: ("late_joiners", index, "text") for index, late in enumerate(file.late_joiners)}
    for name, loc in locs.items():
        if name not in texts[SOURCE_LANGUAGE]:
            document.fail(f"le texte « {name} » n'est pas dans plan/{SOURCE_LANGUAGE}.md", loc)
    for lang, found in texts.items():
        for name, text in found.items():
            if name not in locs:
                raise ContentError(paths[lang], 1, f"aucune règle ne dit le texte « {name} »")
            dated = name in wanted and wanted[name].deadline_months is not None
            if ("{date}" in text.html) != dated:
                problem = "doit contenir {date}" if dated else "ne peut pas contenir {date} : sa règle n'a pas de date"
                raise ContentError(paths[lang], 1, f"le texte « {name} » {problem}")
