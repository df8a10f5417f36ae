"""Places where tests kill the process, to see that nothing is ever half done. Unarmed they cost nothing."""

import os
import signal

# FAULT=<name>:kill dies at the point of that name, FAULT=<name>:kill@3 the third time it is passed.
_NAME, _, _ACTION = os.environ.get("FAULT", "").partition(":")
_TIMES = int(_ACTION.partition("@")[2] or 1)
_passed = 0


def point(name: str) -> None:
    """Kill this process, as kill -9 does, if it was armed for this point and this is the time."""
    global _passed  # noqa: PLW0603 - one process, one count
    if name != _NAME:
        return
    _passed += 1
    if _passed == _TIMES:
        os.kill(os.getpid(), signal.SIGKILL)
