"""`relais directory`: the lists of those who help near a place, to import, to check, and to try as a young person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from sqlalchemy import select

from bot import clock, contact_places, contact_words, content, db, directory_store, place_lists
from bot.commands import kept
from bot.commands.opening import console, fail, read_settings
from bot.contact_ages import age_for
from bot.contact_words import Asked
from bot.contacts import known_places
from bot.directory import Directory, nearby
from bot.directory_store import Change, Loaded, Offered
from bot.i18n import SOURCE_LANGUAGE
from bot.models import Addressee
from bot.people import AGE_BANDS
from bot.places import Places, Town, key_of
from bot.replies import plain
from bot.settings import Settings
from bot.structures import Kind, Structure
from bot.unreadable import Unreadable
from bot.yaml_files import ContentError

directory_commands = typer.Typer(help="Who helps near a place: lists to import, check and try.", no_args_is_help=True)
shown = Console(highlight=False, soft_wrap=True, emoji=False)  # what was asked for: standard output
MOST_SHOWN = 20
Changes = Mapping[Kind, tuple[Change, tuple[Structure, ...]]]
STALE = timedelta(days=730)


@directory_commands.command("import")
def import_lists(
    sources: Annotated[list[Path], typer.Argument(metavar="FILE_OR_FOLDER...", help="CSV files, or folders of them.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Even if many rows of the last list are gone.")] = False,
) -> None:
    """Take lists of structures, and of communes, from larger files. The running bot uses them within seconds.

    \b
    relais directory import missions_locales.csv habitat_jeunes.csv
    relais directory import open-data/ --dry-run

    Each list is told by its columns: Missions Locales, Habitat Jeunes, ADEPAPE, conseils départementaux, communes, or
    our own (those of content/directory/structures.csv). All the files of one kind, given together, replace the list of
    that kind in VAR_DIR/directory; a row replaces that of the same id in content/directory. A file with more than
    5 % of its rows refused is not taken, and the last good list stays. So it does, unless --replace, where more than a
    third of its rows, or half of the communes, would go, or any row while a file could not be read. Twice the same
    import changes nothing.
    """
    settings = read_settings()
    departements = settings.content_dir / "directory"
    paths = [path for source in sources for path in (sorted(source.glob("*.csv")) if source.is_dir() else [source])]
    if not paths:
        fail("no CSV file there")
    reading = track(paths, description="Reading", console=console, transient=True)
    present = None if replace else directory_store.communes(settings.var_dir)
    files = [directory_store.offered(path, departements, present) for path in reading]
    for file in files:
        _tell_file(file)
    found = directory_store.changes(files, settings.var_dir, replace=replace)
    try:
        changed = _keep(found, files, settings.var_dir, dry_run=dry_run)
    except OSError as error:
        fail(f"{settings.var_dir / 'directory'}: {error.strerror}")
    console.print("Nothing was written: --dry-run." if dry_run else "Done." if changed else "Nothing has changed.")
    refused = any(file.problem and (file.path in sources or file.is_communes) for file in files)
    if refused or any(change.doubt for change, _ in found.values()) or all(file.problem for file in files):
        raise typer.Exit(1)


def _tell_file(file: Offered) -> None:
    rows = len(file.structures) + len(file.refused)
    told = "communes" if file.is_communes else f"{len(file.structures)} of {rows} rows"
    shown.print(f"{escape(str(file.path))}: {told}")
    for error in file.refused[:MOST_SHOWN]:
        shown.print(f"  refused: {escape(str(error))}")
    if len(file.refused) > MOST_SHOWN:
        shown.print(f"  … {len(file.refused)} refused in all")
    if file.problem:
        shown.print(f"  not taken: {escape(file.problem)}")


def _keep(found: Changes, files: Sequence[Offered], var_dir: Path, *, dry_run: bool) -> bool:
    """Write what differs; return whether anything did."""
    for kind, (change, structures) in found.items():
        _tell_change(change, structures)
        if change and not dry_run:
            directory_store.keep(kind, structures, var_dir)
    changed = any(change for change, _ in found.values())
    for file in files:
        if file.is_communes and not file.problem and not dry_run:
            changed |= directory_store.keep_communes(file.path, var_dir)
    return changed


def _tell_change(change: Change, structures: Sequence[Structure]) -> None:
    counts = {"added": len(change.added), "changed": len(change.changed), "gone": len(change.gone)}
    told = ", ".join(f"{count} {what}" for what, count in (counts | {"unchanged": change.unchanged}).items())
    shown.print(f"{change.kind}: {told}; sources of {_dates(structures)}")
    for sign, ids in (("~", change.changed), ("-", change.gone)):
        for id_ in ids[:MOST_SHOWN]:
            shown.print(f"  {sign} {escape(id_)}")
    if change.doubt:
        shown.print(f"  not taken: {escape(change.doubt)}")


@directory_commands.command()
def check() -> None:
    """Read every list as the bot does; tell the rows refused, and what is missing, old or written twice.

    Ends with 1 when a list or a row cannot be used. The rest is for you to judge: a list of 2019 still helps.
    """
    loaded = _loaded(read_settings())
    for problem in loaded.problems:
        shown.print(f"refused: {escape(problem)}")
    everyone = loaded.directory.structures
    for what, ids in _remarks(everyone, clock.now().date()).items():
        shown.print(
            f"{len(ids)} {what}" + (f": {escape(', '.join(ids[:5]))}{'…' if len(ids) > 5 else ''}" if ids else "")
        )
    if loaded.problems:
        fail(f"{len(loaded.problems)} refused")
    console.print(f"Directory: {len(everyone)} structures. All readable.")


def _remarks(everyone: Sequence[Structure], today: date) -> dict[str, list[str]]:
    """Return what an operator may want to mend: ids by what is wrong."""
    named = Counter((one.kind, key_of(one.name), key_of(one.town)) for one in everyone)
    codes = Counter(one.code for one in everyone)
    oldest = (today - STALE).isoformat()
    return {
        "without a phone number": [one.id for one in everyone if not one.phone],
        "without any contact, nor that of their seat": [one.id for one in everyone if not _has_any(one, everyone)],
        "of a source over two years old, or without date": [
            one.id for one in everyone if one.source_date < oldest[: len(one.source_date) or 1]
        ],
        "that bear the name of another one in the same town": [
            one.id for one in everyone if named[one.kind, key_of(one.name), key_of(one.town)] > 1
        ],
        "that a button would take for another one": [one.id for one in everyone if codes[one.code] > 1],
    }


def _has_any(one: Structure, everyone: Sequence[Structure]) -> bool:
    if one.has_contact or not one.organisation:
        return one.has_contact
    return any(other.has_contact for other in everyone if other.organisation == one.organisation)


@directory_commands.command()
def status() -> None:
    """Show how many structures are known, how many with a phone number, and how old the lists are."""
    settings = read_settings()
    directory = _loaded(settings).directory
    shown.print(status_table(directory, kept.run(_mailboxes(settings, directory))))
    communes = directory_store.communes(settings.var_dir, settings.communes_file)
    shown.print(f"Communes: {escape(str(communes)) if communes else 'no list; towns are told by their postcode'}")


async def _mailboxes(settings: Settings, directory: Directory) -> dict[Kind, int] | None:
    """Return how many mailboxes of each kind are confirmed, None where there is no database yet."""
    if not kept.is_there(settings):
        return None
    async with kept.database(settings) as database:
        await db.check_revision(database)
        async with database.reading() as connection:  # no keys are needed: a new installation has none
            confirmed = await connection.scalars(select(Addressee.structure_id))
            known = [directory.by_id[one] for one in confirmed if one in directory.by_id]
    return Counter(one.kind for one in known)


def status_table(directory: Directory, mailboxes: Mapping[Kind, int] | None = None) -> Table:
    """Return the table; `mailboxes` counts the confirmed ones of each kind, None where that is not known."""
    table = Table("kind", "structures", "with phone", "sources", "mailboxes confirmed")
    for kind, structures in directory.by_kind.items():
        phones = sum(bool(one.phone) for one in structures)
        confirmed = "–" if mailboxes is None else str(mailboxes.get(kind, 0))
        table.add_row(kind.value, str(len(structures)), str(phones), _dates(structures), confirmed)
    return table


def _dates(structures: Sequence[Structure]) -> str:
    dates = sorted(one.source_date for one in structures if one.source_date)
    return f"{dates[0]} to {dates[-1]}" if dates else "no date"


@directory_commands.command()
def find(
    where: Annotated[str, typer.Argument(help="A town, a postcode or a département, as a young person writes it.")],
    *,
    kind: Annotated[Kind | None, typer.Option(help="Whom they look for; all four if not given.")] = None,
    age: Annotated[str | None, typer.Option(metavar="BAND", help="15-17, 18-20 or 21+.")] = None,
) -> None:
    """Show what a young person is told there, word for word.

    \b
    relais directory find 31200
    relais directory find albi --kind habitat_jeunes --age 21+
    """
    if age is not None and age not in AGE_BANDS:
        fail(f"--age {age}: it is one of {', '.join(AGE_BANDS)}")
    settings = read_settings()
    try:
        library = content.load(settings.content_dir)
        communes = directory_store.communes(settings.var_dir, settings.communes_file)
        places = place_lists.load(settings.content_dir / "directory", communes)
    except ContentError as error:
        fail(f"content refused: {error}")
    directory, today = _loaded(settings).directory, clock.now().date()
    town = _town(known_places(directory, places), where)
    for one in [kind] if kind else Kind:
        near = nearby(directory, places, one, town)
        fits = age_for(near.instead or one, age, None, today)
        asked = Asked(one, town, contact_words.name_of(town, places), age=fits)
        told = contact_words.found(near, asked, library, SOURCE_LANGUAGE)
        shown.print(f"[bold]{one}[/bold]\n{escape(plain(told.html))}\n")


def _town(places: Places, where: str) -> Town:
    """Return the one place that is meant; end the command with what to type when there are several."""
    try:
        found = contact_places.answer(where, places)
    except Unreadable:
        fail(f"{where}: no one place is known by this name: give a postcode, or a département")
    if not isinstance(found, Town):
        fail("several places bear this name: " + ", ".join(contact_words.name_of(one, places) for one in found))
    return found


def _loaded(settings: Settings) -> Loaded:
    return directory_store.load(settings.content_dir, settings.var_dir)
