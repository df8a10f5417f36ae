"""The canary sweep: people in tests bear marked values, and after the run no file that it left may hold one.

Swept: every file under the run's temporary folders (databases, logs of bot processes, backups, keys), PostgreSQL's log
and a dump of all its databases, what each test printed, the report of the run, and the command lines of bot processes.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.stand_in.client import TOKEN

NAME = "Canarinella"
PHONE = "06 39 98 77 31"
E_MAIL = "canarinella@example.org"
WORDS = "motcanari"  # put into what people write
CHATS = r"777(?:00|05)\d{5}"  # those of conftest.py and processes.py
MARKS = re.compile(
    rb"|".join(
        [
            NAME.encode(),
            rb"39[ .]?98[ .]?77[ .]?31",
            rb"(?i:canarinella@)",
            WORDS.encode(),
            rb"(?<![\da-f.])" + CHATS.encode() + rb"(?![\da-f])",  # the digits of a random id, of a second are no chat
            re.escape(TOKEN.partition(":")[2]).encode(),
        ]
    )
)


def found_in(folder: Path) -> Iterator[str]:
    """Yield what a mark was found in: the file, and which mark."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield from (f"{path}: {mark}" for mark in marks(path.read_bytes()))


def main() -> None:
    """Sweep the folders named on the command line."""
    found = [line for folder in sys.argv[1:] for line in found_in(Path(folder))]
    sys.exit("\n".join(["what is about a person was found in:", *found]) if found else 0)


def marks(content: bytes) -> set[str]:
    """Return the marks in some bytes."""
    return {mark.decode(errors="replace") for mark in MARKS.findall(content)}


if __name__ == "__main__":
    main()
