"""The `relais` command as somebody types it: a process, what goes in, what comes out."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.forked import Forked

RELAIS = Path(sys.executable).with_name("relais")
ENDS_WITHIN = 110.0  # seconds; under the time limit of a test, so that its output is shown


def relais(*arguments: str | Path, typed: str | bytes = "", **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with `typed` on standard input and nothing of ours in its environment."""
    with TemporaryDirectory() as folder:
        streams = (Path(folder, "in"), Path(folder, "out"), Path(folder, "err"))
        streams[0].write_bytes(typed.encode() if isinstance(typed, str) else typed)
        process = Forked([str(one) for one in arguments], environment(settings), streams)
        try:
            code = process.wait(ENDS_WITHIN)
        finally:
            process.kill()
        told, complained = (stream.read_bytes().decode() for stream in streams[1:])
    return subprocess.CompletedProcess(["relais", *arguments], code, told, complained)


def run(
    command: list[str | Path], *, typed: str | bytes = "", cwd: Path | None = None, **settings: str | Path
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        input=typed.encode() if isinstance(typed, str) else typed,
        env=environment(settings),
        cwd=cwd,
        capture_output=True,
        timeout=ENDS_WITHIN,
        check=False,
    )
    # Strict UTF-8, and line ends as they are.
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def environment(settings: Mapping[str, str | Path]) -> dict[str, str]:
    """Return what a command sees of ours: where programs are, and its settings."""
    ours = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return ours | {name: str(value) for name, value in settings.items()}
