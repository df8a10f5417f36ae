"""`relais` in a process forked from one that has already imported it: 0.1 s to start instead of 2.

It is a process all the same: its own environment, standard streams, signals and exit code.
"""

import importlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import faults
from bot.__main__ import app

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["__main__", __name__])


class Forked:
    """A running command, with the few words of `subprocess.Popen` that tests use."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], streams: tuple[Path, Path, Path]
    ) -> None:
        self._process = _forks.Process(target=_command, args=(arguments, dict(environment), streams))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.kill = self._process.kill
        self.terminate = self._process.terminate

    def poll(self) -> int | None:
        """Return the exit code, below zero for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, `timeout` seconds at most, and return the exit code."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("relais", timeout or 0)
        return code


def _command(arguments: Sequence[str], environment: dict[str, str], streams: tuple[Path, Path, Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, (path, mode) in enumerate(zip(streams, ("rb", "ab", "ab"), strict=True)):
        with path.open(mode) as stream:
            os.dup2(stream.fileno(), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing has closed the first
    importlib.reload(faults)  # it was armed, or not, when it was imported
    sys.argv = ["relais", *arguments]
    app(prog_name="relais")
