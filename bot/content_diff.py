"""What changed between two content folders, told in plain French for the changelog."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot import sections, translations
from bot.i18n import amount_text, date_text, language_name
from bot.topics import Amount, Heading, Number, Topic
from bot.yaml_files import read, read_text

_TOLD_APART = ("faq/", "contacts/", "themes/", "plan/", "amounts.yml", "numbers.yml", "glossary.csv")


def changes(old: Path, new: Path) -> list[str]:
    """Return one sentence for each change from a content folder to another. Raises ContentError."""
    return [
        *_topics(old, new),
        *_amounts(_models(old / "amounts.yml"), _models(new / "amounts.yml")),
        *_numbers(_models(old / "numbers.yml"), _models(new / "numbers.yml")),
        *_by_language(old, new, "contacts", "Contact"),
        *_by_language(old, new, "themes", "Thème"),
        *_plan_texts(old, new),
        *_entries("Glossaire, mot", _terms(old / "glossary.csv"), _terms(new / "glossary.csv")),
        *_other_files(old, new),
    ]


def _topics(old: Path, new: Path) -> Iterator[str]:
    before, after = ({path.parent.name for path in folder.glob("faq/*/fr.md")} for folder in (old, new))
    for slug in sorted(before | after):
        if slug not in before:
            yield f"Nouvelle fiche {_named(new, slug)}."
        elif slug not in after:
            yield f"Fiche {_named(old, slug)} retirée."
        else:
            name = f"Fiche {_named(new, slug)}"
            yield from _facts(
                name, *(read(folder / "faq" / slug / "topic.yml").as_model(Topic) for folder in (old, new))
            )
            yield from _texts(name, old / "faq" / slug, new / "faq" / slug)


def _named(folder: Path, slug: str) -> str:
    return f"« {translations.heading(folder / 'faq' / slug / 'fr.md').button} » ({slug})"


def _facts(name: str, before: Topic, after: Topic) -> Iterator[str]:
    """What changed in topic.yml."""
    for field, label in (("theme", "thème"), ("order", "rang dans le menu")):
        if getattr(before, field) != getattr(after, field):
            yield f"{name} : {label}, {getattr(before, field)} → {getattr(after, field)}."
    for field, label in (("facts", "faits"), ("related", "fiches voisines"), ("contacts", "à qui s'adresser")):
        yield from _list(f"{name} : {label}", getattr(before, field), getattr(after, field))
    told = [[f"{source.title} ({source.dated})" for source in topic.sources] for topic in (before, after)]
    yield from _list(f"{name} : sources", *told)
    if before.sources != after.sources and told[0] == told[1]:
        yield f"{name} : adresse d'une source changée."
    yield from _signature(f"{name}, français", before, after)
    if before.review_by != after.review_by:
        yield f"{name} : à relire avant le {date_text(after.review_by, 'fr')}."


def _texts(name: str, old: Path, new: Path) -> Iterator[str]:
    """What changed in the text of a topic, language by language."""
    before, after = ({path.stem: path for path in folder.glob("*.md")} for folder in (old, new))
    for lang in sorted(before.keys() | after.keys(), key=lambda lang: (lang != "fr", lang)):
        where = f"{name}, {language_name(lang, 'fr')}"
        if lang not in before:
            yield f"{where} : nouvelle traduction."
        elif lang not in after:
            yield f"{where} : traduction retirée."
        else:
            yield from _text(where, before[lang], after[lang])


def _text(where: str, old: Path, new: Path) -> Iterator[str]:
    before, after = translations.heading(old), translations.heading(new)
    for field, label in (("title", "titre"), ("button", "bouton")):
        if getattr(before, field) != getattr(after, field):
            yield f"{where} : {label}, « {getattr(before, field)} » → « {getattr(after, field)} »."
    yield from _list(f"{where} : mots-clés", before.keywords, after.keywords)
    ours, theirs = ([_heading_and_text(part) for part in translations.parts(path)] for path in (old, new))
    for index, (heading, text) in enumerate(theirs):
        if index >= len(ours):
            yield f"{where} : partie « {heading} » ajoutée."
        elif ours[index] != (heading, text):
            yield f"{where} : partie « {heading} » changée."
    for heading, _ in ours[len(theirs) :]:
        yield f"{where} : partie « {heading} » retirée."
    if before.french != after.french and ours == theirs:
        yield f"{where} : relue avec le nouveau texte français."
    yield from _signature(where, before, after)


def _heading_and_text(part: list[tuple[int, str]]) -> tuple[str, str]:
    first, *rest = (line.rstrip() for _, line in part)
    return first.removeprefix("## "), "\n".join(rest).strip()


def _signature(where: str, before: Topic | Heading, after: Topic | Heading) -> Iterator[str]:
    if (before.reviewed_on, before.reviewed_by) == (after.reviewed_on, after.reviewed_by):
        return
    if after.reviewed_on and after.reviewed_by:
        yield f"{where} : relue le {date_text(after.reviewed_on, 'fr')} par {after.reviewed_by}."
    elif after.reviewed_on:
        yield f"{where} : texte du {date_text(after.reviewed_on, 'fr')}, pas encore relu."
    else:
        yield f"{where} : à relire."


def _list(what: str, before: tuple[str, ...] | list[str], after: tuple[str, ...] | list[str]) -> Iterator[str]:
    if more := [one for one in after if one not in before]:
        yield f"{what}, en plus : {' ; '.join(more)}."
    if less := [one for one in before if one not in after]:
        yield f"{what}, en moins : {' ; '.join(less)}."


def _models(path: Path) -> dict[str, Any]:
    model = Amount if path.name == "amounts.yml" else Number
    document = read(path) if path.exists() else None
    return {key: document.as_model(model, (key,)) for key in document.mapping()} if document else {}


def _amounts(before: Mapping[str, Amount], after: Mapping[str, Amount]) -> Iterator[str]:
    yield from _entries("Montant", before, after, changed=False)
    for key in (key for key in after if key in before):
        old, new = before[key], after[key]
        name = f"Montant « {new.label} » ({key})"
        if (old.value, old.unit, old.valid_from) != (new.value, new.unit, new.valid_from):
            shown = [amount_text(one.value, one.unit, "fr") for one in (old, new)]
            yield f"{name} : {shown[0]} → {shown[1]}, depuis le {date_text(new.valid_from, 'fr')}."
        elif old.checked_on != new.checked_on:
            yield f"{name} : vérifié le {date_text(new.checked_on, 'fr')}."
        elif old != new:
            yield f"{name} : source ou nom changés."


def _numbers(before: Mapping[str, Number], after: Mapping[str, Number]) -> Iterator[str]:
    yield from _entries("Numéro", before, after, changed=False)
    for key in (key for key in after if key in before):
        old, new = before[key], after[key]
        name = f"Numéro « {new.name} » ({key})"
        if old.number != new.number:
            yield f"{name} : {old.number} → {new.number}."
        elif old.hours != new.hours:
            yield f"{name} : {old.hours} → {new.hours}."
        elif old.checked_on != new.checked_on:
            yield f"{name} : vérifié le {date_text(new.checked_on, 'fr')}."
        elif old != new:
            yield f"{name} : nom ou source changés."


def _entries(
    what: str, before: Mapping[str, object], after: Mapping[str, object], *, changed: bool = True
) -> Iterator[str]:
    """What was added, taken away and, if `changed`, changed among things that have a key."""
    for key in [*before, *(key for key in after if key not in before)]:
        if key not in before:
            yield f"{what} « {key} » : nouveau."
        elif key not in after:
            yield f"{what} « {key} » : retiré."
        elif changed and before[key] != after[key]:
            yield f"{what} « {key} » : changé."


def _by_language(old: Path, new: Path, folder: str, what: str) -> Iterator[str]:
    for name in sorted({path.name for root in (old, new) for path in (root / folder).glob("*.yml")}):
        before, after = (
            read(path).mapping() if path.exists() else {} for path in (old / folder / name, new / folder / name)
        )
        yield from _entries(f"{language_name(Path(name).stem, 'fr').capitalize()}, {what.lower()}", before, after)


def _plan_texts(old: Path, new: Path) -> Iterator[str]:
    for name in sorted({path.name for root in (old, new) for path in (root / "plan").glob("*.md")}):
        before, after = (
            {key: part.text for key, part in sections.read(path).items()} if path.exists() else {}
            for path in (old / "plan" / name, new / "plan" / name)
        )
        yield from _entries(f"{language_name(Path(name).stem, 'fr').capitalize()}, message", before, after)


def _terms(path: Path) -> dict[str, object]:
    rows = list(csv.reader(read_text(path).splitlines())) if path.exists() else []
    return {row[0]: row for row in rows[1:] if row}


def _other_files(old: Path, new: Path) -> Iterator[str]:
    before, after = (
        {
            name: path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not (name := path.relative_to(root).as_posix()).startswith(_TOLD_APART)
        }
        for root in (old, new)
    )
    yield from _entries("Fichier", before, after)
