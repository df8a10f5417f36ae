"""A version of the content: a folder, or a revision of git brought out for the time of a block."""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from bot.editing import WorkshopError


@contextmanager
def version(name: str, content_dir: Path) -> Iterator[Path]:
    """Yield the content folder that `name` tells: a folder, else a revision of the repository around `content_dir`.

    Raises WorkshopError if it is neither.
    """
    if Path(name).is_dir():
        yield Path(name)
        return
    prefix = _git(content_dir, "rev-parse", "--show-prefix").decode().strip()
    revision = _git(content_dir, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}:{prefix}", told=name)
    top = Path(_git(content_dir, "rev-parse", "--show-toplevel").decode().strip())
    archive = _git(top, "archive", "--format=tar", revision.decode().strip())
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive)) as packed:
            packed.extractall(folder, filter="data")
        yield Path(folder)


def _git(content_dir: Path, *arguments: str, told: str = "") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of git, without a shell
            ["git", "-C", str(content_dir), *arguments],  # noqa: S607 - git wherever it is
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise WorkshopError("git n'est pas installé : donne deux dossiers") from error
    if done.returncode:
        what = (
            f"« {told} » n'est ni un dossier ni une version connue de git" if told else f"git : {done.stderr.decode()}"
        )
        raise WorkshopError(what.strip())
    return done.stdout
