"""Run Rasa's HTTP server as a child: loopback only, with a token, the expected model, no telemetry, no secrets."""

import asyncio
import ctypes
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import chain, repeat
from pathlib import Path

import httpx
import structlog

HOST = "127.0.0.1"
STARTS_WITHIN = 90.0  # seconds; 6 on a quiet machine
STOPS_WITHIN = 10.0
LOADS_WITHIN = 30.0
PAUSES = (1, 5, 20, 60)  # seconds before a server that died is started again
PR_SET_PDEATHSIG = 1  # linux/prctl.h

log = structlog.get_logger()


class NluError(Exception):
    """The NLU cannot be trained or started; the text says what to do."""


def python_of(nlu_dir: Path) -> Path:
    """Return the Python of the NLU's own environment. Raises NluError when it is not set up."""
    python = nlu_dir / ".venv" / "bin" / "python"
    if not python.exists():
        raise NluError("the NLU's environment is not set up: run `make setup` (it needs Python 3.10)")
    return python


def environment(nlu_dir: Path) -> dict[str, str]:
    """Return the variables Rasa may see: none of ours, so that no secret of the bot is within its reach."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/nonexistent"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(nlu_dir),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "OPENBLAS_NUM_THREADS": "1",  # a second thread would only spin beside such small products
    }


def token_of(var_dir: Path) -> str:
    """Return the token that guards the NLU here, made at first use and readable by its owner only. Raises NluError."""
    path = var_dir / "nlu.token"
    try:
        if not path.exists():
            var_dir.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_urlsafe(24))
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NluError(f"VAR_DIR: {path} cannot be written or read ({error.strerror})") from None


async def serves(url: str, token: str, model: Path) -> bool:
    """Return whether the server at `url` is ours and serves `model`: Rasa serves another one in silence if it must."""
    return await served(url, token) == model.name


async def served(url: str, token: str) -> str | None:
    """Return the name of the model that the server at `url` serves, None if it serves none or is not ours."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=2, trust_env=False) as client:
            status = await client.get("/status", params={"token": token})
            return Path(status.raise_for_status().json()["model_file"]).name
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


async def load(url: str, token: str, model: Path) -> None:
    """Have the server at `url` load another model. Raises NluError if it does not: then it keeps the one it has."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=LOADS_WITHIN, trust_env=False) as client:
            done = await client.put("/model", params={"token": token}, json={"model_file": str(model.resolve())})
    except httpx.HTTPError as error:
        raise NluError(f"{url} cannot be asked to load {model.name} ({type(error).__name__})") from None
    if not done.is_success:
        raise NluError(f"rasa cannot load {model.name} (status {done.status_code})")


@asynccontextmanager
async def serving(nlu_dir: Path, model: Path, *, token: str, port: int = 0) -> AsyncIterator[str]:
    """Serve `model` for the time of the block and give the server's address; port 0 means any free one.

    A server that dies, for want of memory say, is started again, each time a little later.
    Raises NluError if there is no such model, if the port is taken, or if Rasa stops or is not ready in time.
    """
    if not model.exists():  # Rasa would serve the newest one it finds, in silence
        raise NluError(f"{model.name} does not exist: run `make train`")
    port = port or _free_port()
    if _is_taken(port):
        raise NluError(f"port {port} is taken by another program: set NLU_PORT to a free one")
    url = f"http://{HOST}:{port}"
    process = await _started(nlu_dir, model, token, port)

    async def revive() -> None:
        nonlocal process
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            await process.wait()
            log.error("nlu_died", exit=process.returncode)
            await asyncio.sleep(pause)
            with suppress(OSError, NluError):  # as little can be had as before: later
                process = await _started(nlu_dir, model, token, port)

    reviving = None
    try:
        await _ready(process, url, token, model)
        reviving = asyncio.create_task(revive())
        yield url
    finally:
        if reviving is not None:
            reviving.cancel()
            await asyncio.wait([reviving])
        await _stop(process)


async def _started(nlu_dir: Path, model: Path, token: str, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        python_of(nlu_dir), "-m", "rasa", "run", "--enable-api", "-m", model, "-i", HOST, "-p", str(port),
        "--auth-token", token, "--response-timeout", "10",
        cwd=nlu_dir,
        env=environment(nlu_dir),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is for us; we stop Rasa in our own time
        preexec_fn=_die_with_parent,
    )  # fmt: skip


def _die_with_parent() -> None:
    """Have Linux stop Rasa when this process dies, even by kill -9: half a gigabyte must not stay behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _ready(process: asyncio.subprocess.Process, url: str, token: str, model: Path) -> None:
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            while not await serves(url, token, model):
                if process.returncode is not None:
                    raise NluError(f"rasa stopped at once (exit {process.returncode}): run `make train`")
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise NluError(f"rasa does not serve {model.name} after {STARTS_WITHIN:.0f} s") from None


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOPS_WITHIN):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
