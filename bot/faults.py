"""Places where tests kill the process or make it wait, to see that nothing is half done. Unarmed they cost nothing."""

import os
import signal
import time

_ARMED, _, _ACTION = os.environ.get("FAULT", "").partition(":")


def point(name: str) -> None:
    """Do what `FAULT=<name>:kill` or `FAULT=<name>:sleep` asks for here; nothing otherwise."""
    if name != _ARMED:
        return
    if _ACTION == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif _ACTION == "sleep":
        time.sleep(60)
