"""The `relais` command as somebody types it: a process, what goes in, what comes out."""

import os
import subprocess
import sys
from pathlib import Path

RELAIS = Path(sys.executable).with_name("relais")
ENDS_WITHIN = 110.0  # seconds; under the time limit of a test, so that its output is shown


def relais(*arguments: str | Path, typed: str | bytes = "", **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with `typed` on standard input and nothing of ours in its environment."""
    return run([RELAIS, *arguments], typed=typed, **settings)


def run(
    command: list[str | Path], *, typed: str | bytes = "", cwd: Path | None = None, **settings: str | Path
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        command,
        input=typed.encode() if isinstance(typed, str) else typed,
        env=environment | {name: str(value) for name, value in settings.items()},
        cwd=cwd,
        capture_output=True,
        timeout=ENDS_WITHIN,
        check=False,
    )
    # Strict UTF-8, and line ends as they are.
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())
