"""The acronyms and words of the field, and the topic each leads to: `content/glossary.csv`."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from bot.topics import Term
from bot.yaml_files import ContentError, read_text

COLUMNS = "on attend trois colonnes : term,meaning,topic"
LINE = f'{COLUMNS}. Une virgule dans le sens ? Mets-le entre guillemets " "'


def load(path: Path, topics: Collection[str]) -> tuple[Term, ...]:
    """Return the terms in their order. Raises ContentError for a wrong line, or a topic that is not in `topics`."""
    return tuple(_terms(path, topics))


def _terms(path: Path, topics: Collection[str]) -> Iterator[Term]:
    lines = read_text(path).splitlines()
    first = lines[0] if lines else ""
    delimiter = max(",;", key=first.count)  # a French spreadsheet writes « ; »
    rows = csv.DictReader(lines, delimiter=delimiter, strict=True)
    try:
        if rows.fieldnames != list(Term.model_fields):
            raise ContentError(path, 1, COLUMNS)
        for row in rows:
            term = Term.model_validate({key: value or None for key, value in row.items()})
            if term.topic and term.topic not in topics:
                raise ContentError(path, rows.line_num, f"la fiche « {term.topic} » n'existe pas")
            yield term
    except csv.Error as error:
        raise ContentError(path, rows.line_num + 1, "les guillemets ne vont pas par deux") from error
    except ValueError as error:
        raise ContentError(path, rows.line_num, LINE) from error
