"""Take what translators give back: all of it, or nothing if one text of it cannot be taken."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import catalogues, content, exchange, exchange_files, translations
from bot.catalogues import path_of
from bot.exchange import File, Text
from bot.exchange_files import Given, Refused
from bot.i18n import SOURCE_LANGUAGE
from bot.yaml_files import ContentError

_PLACE = re.compile(r"(?P<path>.*?):(?P<line>\d+): (?P<problem>.*)", re.DOTALL)
_FOR_ALL_TO_READ = 0o644  # the bot may run as somebody else than its editors


@dataclass(frozen=True)
class Taken:
    """What an import wrote, the topics that are still translations of an older French text, and who signed no more."""

    written: tuple[Path, ...]
    stale: tuple[str, ...]
    unsigned: tuple[tuple[str, str], ...] = ()  # topic, and whose signature of the translation was taken away


def take(folder: Path, locales: Path, lang: str, path: Path) -> Taken:
    """Write the translations of a CSV or PO file where they belong. Raises Refused or ContentError: nothing is written.

    A file none of whose texts has changed is left as it is.
    """
    files = exchange.files(folder, lang)
    sentences: list[Given] | None = None
    if path.suffix == ".po":
        given, sentences = exchange_files.from_po(path, lang)
    else:
        given = exchange_files.from_csv(path, lang)
    if problems := [*_problems(path, files, given), *_interface_problems(path, locales, lang, sentences)]:
        raise Refused(problems)
    by_id = {one.id: one for one in given}
    texts = {one.id: one.translated for one in given}
    changed = [file for file in files if _changed(file, by_id) or (sentences is not None and _confirmed(file, by_id))]
    unsigned = tuple((file.prefix, name) for file in changed if (name := file.signed_by))
    new = {file.path: exchange.written(file, texts).encode() for file in changed}
    _check_loads(path, folder, changed, new, by_id)
    if sentences is not None and (catalogue := _catalogue(path, locales, lang, sentences)):
        new[path_of(locales, lang)] = catalogue
    _write(new)
    stale = tuple(file.prefix for file in files if file not in changed and file.texts[0].stale)
    return Taken(tuple(new), stale, unsigned)


def _changed(file: File, given: Mapping[str, Given]) -> bool:
    return any(text.id in given and given[text.id].translated != text.translated for text in file.texts)


def _begun(file: File, given: Mapping[str, Given]) -> bool:
    return any(text.id in given and given[text.id].translated for text in file.texts)


def _confirmed(file: File, given: Mapping[str, Given]) -> bool:
    """Return whether a translator took away the mark of what was to be looked at again. Only PO files have one."""
    return file.texts[0].stale and not any(given[text.id].fuzzy for text in file.texts)


def _problems(path: Path, files: Sequence[File], given: Sequence[Given]) -> Iterator[str]:
    """Yield what is wrong with texts, in the order of their rows, then those that are missing."""
    wanted = {text.id: (file, text) for file in files for text in file.texts}
    by_id = {one.id: one for one in given}
    begun = {file.prefix for file in files if file.is_whole and _begun(file, by_id)}
    changed = {file.prefix for file in files if _changed(file, by_id)}
    rows: dict[str, int] = {}
    for one in given:
        problem = None
        if one.id not in wanted:
            problem = "cet identifiant n'existe pas, ou a été changé"
        elif one.id in rows:
            problem = f"cet identifiant est déjà à la ligne {rows[one.id]}"
        else:
            file, text = wanted[one.id]
            problem = _problem(text, one, half=file.prefix in begun)
            if one.fuzzy and file.prefix in changed and not problem:
                problem = "cette traduction est encore marquée « à revoir » (fuzzy)"
        rows.setdefault(one.id, one.row)
        if problem:
            yield f"{path}:{one.row}: {one.id} : {problem}"
    yield from (f"{path}:1: il manque {id_}" for id_ in wanted if id_ not in rows)


def _problem(text: Text, given: Given, *, half: bool) -> str | None:
    """Return what is wrong with one translation; `half` tells that other texts of its file are translated."""
    if given.french != text.french or given.mark not in ("", text.mark):
        return "le texte français n'est pas celui d'aujourd'hui : exporte de nouveau"
    if not given.translated:
        if text.translated:
            return "la traduction a disparu"
        return "il manque la traduction, et le reste de la fiche est traduit" if half else None
    headings = len(re.findall(r"^## ", given.translated, re.MULTILINE))
    if text.french.startswith("## "):
        if headings != 1 or not given.translated.startswith("## "):
            return f"on attend un titre « ## » sur la première ligne, et pas d'autre : il y en a {headings}"
        if "\n" not in given.translated:
            return "il n'y a rien sous le titre"
    elif headings:
        return "pas de titre « ## » ici"
    elif "\n" in given.translated and "\n" not in text.french:
        return "on attend une seule ligne"
    return translations.differing(text.french, given.translated)


def _interface_problems(path: Path, locales: Path, lang: str, sentences: list[Given] | None) -> Iterator[str]:
    """Yield what is wrong with the sentences of the program: the French of each is its id."""
    if sentences is None:
        return
    present = {message.id: message.string for message in exchange_files.interface(locales, lang) if message.id}
    for one in sentences:
        problem = None
        if one.french not in present:
            problem = "cette phrase n'existe pas, ou son français a été changé"
        elif not one.translated and present[one.french]:
            problem = "la traduction a disparu"
        elif one.fuzzy and one.translated != present[one.french]:
            problem = "cette traduction est encore marquée « à revoir » (fuzzy)"
        elif one.translated:
            problem = translations.differing(one.french, one.translated)
        if problem:
            yield f"{path}:{one.row}: « {_on_a_line(one.french)[:60]} » : {problem}"
    there = {one.french for one in sentences}
    yield from (f"{path}:1: il manque la phrase « {_on_a_line(str(one))[:60]} »" for one in present if one not in there)


def _on_a_line(text: str) -> str:
    return " ".join(text.split())


def _catalogue(path: Path, locales: Path, lang: str, sentences: Sequence[Given]) -> bytes | None:
    """Return the catalogue of the program with what was given, None if it is as before. Raises Refused."""
    catalogue = exchange_files.interface(locales, lang)
    changed = False
    for one in sentences:
        message = catalogue.get(one.french)
        if message is not None and message.string != one.translated:
            message.string, changed = one.translated, True
            message.flags.discard("fuzzy")
    if not changed:
        return None
    written = catalogues.written(catalogue)
    with TemporaryDirectory() as aside:
        copy = Path(aside, "messages.po")
        copy.write_bytes(written)
        if problems := catalogues.read(copy).problems:
            raise Refused([f"{path}: {_on_a_line(problem.why)}" for problem in problems])
    return written


def _check_loads(
    path: Path, folder: Path, changed: Sequence[File], new: Mapping[Path, bytes], given: Mapping[str, Given]
) -> None:
    """Raise Refused or ContentError unless the bot would take the content with the new files in it."""
    with TemporaryDirectory() as aside:
        copy = Path(shutil.copytree(folder, Path(aside, "content"), symlinks=True))
        for target, text in new.items():
            (copy / target.relative_to(folder)).write_bytes(text)
        try:
            content.load(copy)
            for page in (copy / file.path.relative_to(folder) for file in changed if file.is_page):
                translations.check_page(page.with_name(f"{SOURCE_LANGUAGE}.md"), page)
        except ContentError as error:
            told = str(error).replace(str(copy), str(folder))
            place = _PLACE.fullmatch(told)
            file = next((file for file in changed if place and str(file.path) == place["path"]), None)
            if place is None or file is None:
                raise Refused([told]) from error
            one = given[_text_at(file, new[file.path].decode(), int(place["line"]))]
            raise Refused([f"{path}:{one.row}: {one.id} : {place['problem']}"]) from error


def _text_at(file: File, written: str, line: int) -> str:
    """Return the id of the text that stands on a line of what was written, or of the first of the file."""
    ids = [text.id for text in file.texts]
    above = written.split("\n")[:line]
    headings = [one.removeprefix("## ") for one in above if one.startswith("## ")]
    if file.path.suffix == ".md":
        name = headings[-1] if file.prefix == "plan" and headings else str(len(headings))
        name = name if headings else above[-1].partition(":")[0]
    else:
        keys = [(one[: len(one) - len(one.lstrip())], one.strip().partition(":")[0]) for one in above if ":" in one]
        last, names = keys[-1], [name for indent, name in keys if not indent]
        name = f"{names[-1]}.{last[1]}" if last[0] else last[1]
    found = f"{file.prefix}.{name}"
    return found if found in ids else next((one for one in ids if one.startswith(f"{found}.")), ids[0])


def _write(new: Mapping[Path, bytes]) -> None:
    """Write files, each beside its place first: where one cannot be written, none is."""
    beside: dict[Path, Path] = {}
    try:
        for path in new:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(path.name + ".new")
            aside.unlink(missing_ok=True)
            beside[aside] = path
            aside.write_bytes(new[path])
            aside.chmod(path.stat().st_mode if path.exists() else _FOR_ALL_TO_READ)
    except OSError as error:
        for aside in beside:
            aside.unlink(missing_ok=True)
        raise Refused([f"{error.filename} ne peut pas être écrit : {error.strerror}"]) from error
    for aside, path in beside.items():
        aside.replace(path)
