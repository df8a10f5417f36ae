"""The lists of structures on the disk: those of content/directory, and those that an operator imports beside them."""

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import place_lists, structure_files
from bot.directory import Directory
from bot.structure_files import COLUMNS
from bot.structures import Kind, Structure
from bot.whole_files import replace_file
from bot.yaml_files import ContentError

MOST_REFUSED = 0.05  # of the rows of a file: more, and the whole file is doubted
MOST_GONE = 1 / 3  # of the rows of a kind: more, and somebody must have meant it
FEWEST_COMMUNES = 1 / 2  # of those of the present list
COMMUNES = "communes.csv"
_COMMUNES_COLUMNS = {"insee", "type", "nom", "codes_postaux"}


@dataclass(frozen=True)
class Loaded:
    """The directory, and what could not be read of it, a line each, for the log."""

    directory: Directory
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Offered:
    """What a file offers. `problem` tells why nothing is taken of it."""

    path: Path
    structures: tuple[Structure, ...] = ()
    refused: tuple[ContentError, ...] = ()
    problem: str = ""
    is_communes: bool = False


@dataclass(frozen=True)
class Change:
    """What an import does to the list of a kind; ids. `doubt` tells why it is not done."""

    kind: Kind
    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    unchanged: int
    doubt: str = ""

    def __bool__(self) -> bool:
        return not self.doubt and bool(self.added or self.changed or self.gone)


def seed(content_dir: Path) -> Path:
    return content_dir / "directory" / "structures.csv"


def imported(var_dir: Path, kind: Kind) -> Path:
    return var_dir / "directory" / f"{kind}.csv"


def communes(var_dir: Path, wanted: Path | None = None) -> Path | None:
    """Return the list of communes to use: the one that is wanted, else the imported one, if there is one."""
    ours = var_dir / "directory" / COMMUNES
    return wanted or (ours if ours.exists() else None)


def load(content_dir: Path, var_dir: Path, before: Directory | None = None) -> Loaded:
    """Return our own list with the imported ones over it, a row in the place of that of the same id. Never raises.

    An imported list that cannot be read leaves what `before` has of its kind, if given, else our own rows; our own
    list leaves all that `before` has.
    """
    found, problems = _read(seed(content_dir))
    if not found and problems and before is not None:
        found = before.structures
    rows = {one.id: one for one in found}
    for kind in Kind:
        path = imported(var_dir, kind)
        if not path.exists():
            continue
        found, wrong = _read(path)
        if not found and before is not None:
            found = before.by_kind[kind]
        rows |= {one.id: one for one in found}
        problems += wrong
    return Loaded(Directory(tuple(rows.values())), tuple(problems))


def fingerprint(content_dir: Path, var_dir: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes whenever one of the lists does."""
    stamps = (stamp(path) for path in (seed(content_dir), *(imported(var_dir, kind) for kind in Kind)))
    return tuple(one for one in stamps if one is not None)


def stamp(path: Path) -> tuple[str, int, int] | None:
    """Return what changes whenever a file does, None if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return str(path), stat.st_mtime_ns, stat.st_size


def offered(path: Path, departements: Path, present: Path | None = None) -> Offered:
    """Read a file to import; `departements` is the folder of departements.csv. Never raises ContentError.

    `present` is the list of communes that this one may replace: one half as long is refused.
    """
    try:
        first = structure_files.text_of(path).partition("\n")[0].strip("\r")
        if set(first.split(structure_files.delimiter_of(first))) >= _COMMUNES_COLUMNS:
            problem = _problem_of_communes(path, departements, present)
            return Offered(path, problem=problem and f"{path}:1: {problem}", is_communes=True)
        read = structure_files.read(path)
    except ContentError as error:
        return Offered(path, problem=str(error))
    rows = len(read.structures) + len(read.refused)
    problem = ""
    if not read.structures:
        problem = f"{path}:1: aucune ligne utilisable"
    elif len(read.refused) > max(1, MOST_REFUSED * rows):
        problem = f"{path}:1: {len(read.refused)} lignes refusées sur {rows}, c'est trop : rien n'est pris"
    return Offered(path, read.structures, read.refused, problem)


def _problem_of_communes(path: Path, departements: Path, present: Path | None) -> str:
    if ";" in structure_files.text_of(path).partition("\n")[0]:
        return "dans la liste des communes, des virgules séparent les colonnes, pas des « ; »"
    found = len(place_lists.load(departements, path).by_insee)
    if not found:
        return "aucune commune"
    try:
        known = len(place_lists.load(departements, present).by_insee)
    except ContentError:  # whatever comes is better
        return ""
    if found < FEWEST_COMMUNES * known:
        return f"{found} communes, et la liste présente en a {known} : rien n'est pris sans --replace"
    return ""


def changes(
    files: Sequence[Offered], var_dir: Path, *, replace: bool = False
) -> dict[Kind, tuple[Change, tuple[Structure, ...]]]:
    """Return what the files, taken together, make of each list. A kind with a file refused keeps what it has.

    Unless `replace`, so does one that would lose many rows, or any while it is not known what a file holds.
    """
    unknown = (file for file in files if file.problem and not (file.structures or file.is_communes))
    unreadable = next((file.path for file in unknown), None)
    doubted = {one.kind for file in files if file.problem for one in file.structures}
    new: dict[Kind, dict[str, Structure]] = {}
    for file in files:
        for one in file.structures:
            if one.kind not in doubted:
                new.setdefault(one.kind, {}).setdefault(one.id, one)
    found = {kind: _change(kind, rows, var_dir) for kind, rows in new.items()}
    if not replace:
        found = {kind: dataclasses.replace(one, doubt=_doubt(one, unreadable)) for kind, one in found.items()}
    return {kind: (one, tuple(new[kind].values())) for kind, one in found.items()}


def _doubt(change: Change, unreadable: Path | None) -> str:
    """Return why the rows that go may be missing by accident, "" if nothing tells so."""
    gone, before = len(change.gone), len(change.gone) + len(change.changed) + change.unchanged
    told = f"{gone} rows of {before} would go"
    if gone and unreadable:
        return f"{told}, and {unreadable} could not be read: mend it, leave it out, or give --replace"
    if gone > MOST_GONE * before:
        return f"{told}: give --replace if that is meant"
    return ""


def keep(kind: Kind, structures: tuple[Structure, ...], var_dir: Path) -> None:
    """Replace the imported list of a kind, whole. Raises OSError."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(structure_files.lines(structures))
    _replace(imported(var_dir, kind), text.getvalue())


def keep_communes(path: Path, var_dir: Path) -> bool:
    """Copy a list of communes; return whether it is another than the last. Raises OSError, ContentError."""
    ours, text = var_dir / "directory" / COMMUNES, structure_files.text_of(path)
    if ours.exists() and ours.read_bytes() == text.encode():
        return False
    _replace(ours, text)
    return True


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text)


def _change(kind: Kind, rows: dict[str, Structure], var_dir: Path) -> Change:
    path = imported(var_dir, kind)
    before = {one.id: one for one in _read(path)[0]} if path.exists() else {}
    added = tuple(id_ for id_ in rows if id_ not in before)
    changed = tuple(id_ for id_, one in rows.items() if id_ in before and before[id_] != one)
    gone = tuple(id_ for id_ in before if id_ not in rows)
    return Change(kind, added, changed, gone, len(rows) - len(added) - len(changed))


def _read(path: Path) -> tuple[tuple[Structure, ...], list[str]]:
    try:
        read = structure_files.read(path)
    except ContentError as error:
        return (), [str(error)]
    return read.structures, [str(error) for error in read.refused]
