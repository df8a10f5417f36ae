"""`relais content`: the workshop of those who write the texts. It speaks French, as they do."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot import clock, content, content_checks, content_diff, content_versions, status_page, workshop
from bot.commands.content_new import Lang, Slug, new_commands, told
from bot.commands.opening import console, fail, read_settings
from bot.i18n import SOURCE_LANGUAGE, language_name
from bot.library import Library
from bot.settings import Settings
from bot.workshop import State

content_commands = typer.Typer(help="Les textes : fiches, montants, numéros, traductions.", no_args_is_help=True)
content_commands.add_typer(new_commands, name="new")
shown = Console(highlight=False, emoji=False, soft_wrap=True)  # what was asked for: standard output

_STYLES = {
    State.REVIEWED: "green",
    State.DRAFT: "yellow",
    State.STALE: "red",
    State.MISSING: "dim",
    State.PAST: "magenta",
}


def _settings_and_library() -> tuple[Settings, Library]:
    settings = read_settings()
    with told():
        return settings, content.load(settings.content_dir)


@content_commands.command()
def check(
    topic: Annotated[str | None, typer.Argument(metavar="[FICHE]", help="Ne montrer que ses avertissements.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Un avertissement compte comme une erreur.")] = False,
) -> None:
    """Lire tous les textes comme le fait le robot, et dire ce qui ne va pas, avec le fichier et la ligne.

    Une erreur empêche le robot de prendre les textes : il garde les anciens. Un avertissement n'empêche rien :
    relecture en retard, traduction à refaire, phrase trop longue, sigle sans explication, mot à éviter, fiche sans
    questions d'exemple.
    """
    settings, library = _settings_and_library()
    if topic is not None and topic not in library.topics:
        fail(f"il n'y a pas de fiche « {topic} »")
    with told():
        found = content_checks.warnings(settings.content_dir, settings.nlu_dir, library, today=clock.now().date())
    if topic is not None:
        found = [remark for remark in found if topic in (remark.path.parent.name, remark.path.stem)]
    for remark in found:
        console.print(str(remark), markup=False)
    languages = ", ".join(library.prepared)
    console.print(
        f"{len(library.topics)} fiches en {languages} ; {len(library.facts.amounts)} montants, "
        f"{len(library.facts.numbers)} numéros, {len(library.terms)} mots dans le glossaire. "
        f"Aucune erreur, {len(found)} avertissement{'s' if len(found) > 1 else ''}."
    )
    if found and strict:
        raise typer.Exit(1)


@content_commands.command()
def status(
    html: Annotated[Path | None, typer.Option("--html", metavar="FICHIER", help="L'écrire en page web.")] = None,
) -> None:
    """Montrer où en est chaque texte, dans chaque langue : relue, brouillon, à refaire, absente, relecture dépassée."""
    _, library = _settings_and_library()
    today = clock.now().date()
    table = workshop.states(library, today)
    if html is not None:
        try:
            html.write_text(status_page.page(library, table, today), encoding="utf-8")
        except OSError as error:
            fail(f"{html} ne peut pas être écrit : {error.strerror}")
        console.print(f"Écrit : {html}", markup=False)
        return
    grid = Table("fiche", *(language_name(lang, SOURCE_LANGUAGE) for lang in library.prepared))
    for slug, states in table.items():
        grid.add_row(slug, *(f"[{_STYLES[state]}]{state.value}[/]" for state in states.values()))
    grid.add_section()
    for state in State:
        counts = (str(workshop.totals(table, lang)[state]) for lang in library.prepared)
        grid.add_row(state.value, *counts)
    shown.print(grid)


@content_commands.command()
def sign(
    slug: Slug,
    lang: Lang = SOURCE_LANGUAGE,
    *,
    name: Annotated[str, typer.Option(help="Qui a relu : un nom et un rôle, qui seront publics.")],
    on: Annotated[str | None, typer.Option(metavar="JOUR", help="Le jour de la relecture ; sinon aujourd'hui.")] = None,
) -> None:
    """Signer une relecture : écrit reviewed_on et reviewed_by, et rien d'autre.

    \b
    relais content sign cej --name "Chloé M., juriste"
    relais content sign cej ar --name "Amina B., traductrice" --on 2026-11-20
    """
    today = clock.now().date()
    day = _day(on) if on else today
    if day > today:
        fail(f"--on {day} : on ne signe pas d'avance")
    if not name.strip():
        fail("--name : on attend un nom")
    with told():
        path = workshop.sign(read_settings().content_dir, slug, lang, name=name, on=day)
    console.print(f"Signé : {path}", markup=False)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"--on {text} : on attend un jour, comme 2026-11-22")


@content_commands.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="AVANT", help="Un dossier de textes, ou une version de git : HEAD~5.")],
    new: Annotated[str | None, typer.Argument(metavar="APRÈS", help="Pareil ; sinon les textes d'ici.")] = None,
) -> None:
    """Dire en français ce qui a changé entre deux versions des textes, pour CHANGELOG.md.

    \b
    relais content diff HEAD             ce qui n'est pas encore enregistré dans git
    relais content diff v1.2 v1.3        entre deux versions publiées
    """
    here = read_settings().content_dir
    with (
        told(),
        content_versions.version(old, here) as before,
        content_versions.version(new or str(here), here) as after,
    ):
        found = content_diff.changes(before, after)
    for sentence in found:
        shown.print(f"- {sentence}", markup=False)
    if not found:
        console.print("Rien n'a changé.")
