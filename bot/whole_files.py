"""Write a small private file whole: whoever reads it, or loses power, finds the old one or the new one."""

import os
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Replace `path` by a file that its owner alone can read (mode 0600). Raises OSError."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
