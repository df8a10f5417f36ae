"""What every command opens: settings, content, and the NLU wherever it is."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from bot import logs, rasa_server, settings, training
from bot.backups import BackupError
from bot.crypto import KeysError
from bot.db import SchemaError, Taken
from bot.ledger import ReplayNeeded
from bot.nlu import Nlu
from bot.rasa_server import HOST, NluError
from bot.services import Services, open_services
from bot.settings import Settings, SettingsError
from bot.understanding import Thresholds
from bot.yaml_files import ContentError

# Without emoji=False, `fr.yml:100:` would be shown as `fr.yml💯`.
console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

T = TypeVar("T")


def fail(problem: str) -> NoReturn:
    """End the command with one clear line."""
    console.print(f"[red]relais:[/red] {escape(problem)}")
    raise typer.Exit(1)


def read_settings() -> Settings:
    try:
        found = settings.read()
    except SettingsError as error:
        fail(f"wrong setting, in the environment or .env: {error}")
    os.umask(0o077)  # whatever is written here is about people, or opens what is
    logs.set_up(found.log_level)
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run an asynchronous command; what an operator can mend becomes one line instead of a traceback."""
    try:
        return asyncio.run(work)
    except ContentError as error:
        fail(f"content refused: {error}")
    except (NluError, BackupError, SchemaError, Taken, ReplayNeeded, KeysError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def nlu_token(wanted: Settings) -> str:
    return wanted.nlu_token.get_secret_value() if wanted.nlu_token else rasa_server.token_of(wanted.var_dir)


@asynccontextmanager
async def services(wanted: Settings, *, with_nlu: bool = True) -> AsyncIterator[Services]:
    """Open the services for the time of the block.

    The NLU is the one at NLU_URL if that is set, else one already serving here, else a child of this process. Without
    a trained model or when it does not start, one line says so and keywords do its work.
    Raises ContentError.
    """
    async with AsyncExitStack() as stack:
        nlu, thresholds = None, None
        if with_nlu:
            nlu, thresholds = await stack.enter_async_context(_nlu(wanted))
        yield await asyncio.to_thread(
            open_services, wanted.content_dir, nlu, thresholds, wanted.communes_file, wanted.var_dir
        )


@asynccontextmanager
async def _nlu(wanted: Settings) -> AsyncIterator[tuple[Nlu | None, Thresholds | None]]:
    model = training.last_model(wanted.nlu_dir)
    if model is None:
        console.print("NLU: no model yet, answering by keywords. `make train` makes one.")
        yield None, None
        return
    if model != training.model_path(wanted.nlu_dir):
        console.print(f"NLU: the data changed since {model.name} was trained. `make train` makes a new one.")
    thresholds: Thresholds | None = Thresholds.read(training.thresholds_path(model))
    served: Path | None = model
    token = nlu_token(wanted)
    async with AsyncExitStack() as stack:
        url = str(wanted.nlu_url) if wanted.nlu_url else f"http://{HOST}:{wanted.nlu_port}"
        if not await rasa_server.serves(url, token, model):
            if wanted.nlu_url:
                console.print(f"NLU: {wanted.nlu_url} does not serve {model.name} yet; keywords until it does.")
                served = thresholds = None
            else:
                try:
                    with console.status("Starting the NLU…"):
                        url = await stack.enter_async_context(rasa_server.serving(wanted.nlu_dir, model, token=token))
                except NluError as error:
                    console.print(f"NLU: {error}. Answering by keywords.")
                    yield None, None
                    return
        # A proxy of the environment is for Telegram: what people write must not take that way to the NLU.
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False))
        yield Nlu(client, token, served), thresholds
