"""`relais nlu`: train, serve and measure the model."""

import asyncio
import json
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot import evaluation, rasa_server, training
from bot.commands.opening import console, fail, nlu_token, read_settings, run
from bot.rasa_server import NluError
from bot.settings import Settings
from bot.understanding import Thresholds

nlu = typer.Typer(help="Train, serve and measure the NLU.", no_args_is_help=True)
SHOWN = 15  # confusions in the table; all of them are in the JSON


@nlu.command()
def train(force: Annotated[bool, typer.Option(help="Train again even if nothing changed.")] = False) -> None:
    """Train the model if its data changed, and set its thresholds. A bot that runs here takes it up by itself."""
    settings = read_settings()
    try:
        model = training.train(settings.nlu_dir, token=nlu_token(settings), console=console, force=force)
    except NluError as error:
        fail(str(error))
    console.print(f"NLU: {model.name}")


@nlu.command()
def serve() -> None:
    """Serve the model on 127.0.0.1:NLU_PORT until Ctrl-C. `ask`, `chat` and `bot` use it when they find it."""
    settings = read_settings()
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    model = _trained(settings)
    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    async with rasa_server.serving(settings.nlu_dir, model, token=nlu_token(settings), port=settings.nlu_port) as url:
        console.print(f"NLU: {model.name} on {url} (Ctrl-C stops it)")
        await stop.wait()


def _trained(settings: Settings) -> Path:
    if not training.is_trained(settings.nlu_dir):
        raise NluError("no model for the present data: run `make train`")
    return training.model_path(settings.nlu_dir)


@nlu.command()
def evaluate(
    lines: Annotated[
        Path | None,
        typer.Option(help="Held-out lines, in a file named after their language; all of nlu/tests if not given."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the report; nlu/reports if not given.")] = None,
) -> None:
    """Measure the model on held-out lines: for each language a table, a JSON report and a picture of the confusions."""
    settings = read_settings()
    sources = [lines] if lines else sorted((settings.nlu_dir / "tests").glob("*.yml"))
    if lines and not lines.exists():
        fail(f"{lines}: no such file")
    folder = out or settings.nlu_dir / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    from bot.pictures import confusion_matrix  # noqa: PLC0415 - matplotlib takes a second, and only this needs it

    for source in sources:
        found = run(measure(settings, source))
        told = json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{source.stem}.json").write_text(told, encoding="utf-8")
        confusion_matrix(found, folder / f"{source.stem}.png")
        _show(found, source.stem)
        console.print(f"Report: {folder / source.stem}.json and .png")


async def measure(settings: Settings, source: Path) -> evaluation.Report:
    """Ask the model about every line of `source` and compare. Raises NluError."""
    model = _trained(settings)
    limits = Thresholds.read(training.thresholds_path(model)).in_language(source.stem)
    held_out = list(training.lines_of(source))
    async with rasa_server.serving(settings.nlu_dir, model, token=nlu_token(settings)) as url:
        rankings = await evaluation.rank(url, nlu_token(settings), [line for _, line in held_out])
    return evaluation.report([intent for intent, _ in held_out], rankings, limits)


def _show(found: evaluation.Report, lang: str) -> None:
    table = Table("figure", "value", title=f"{lang}: {found.lines} held-out lines")
    for name, value in asdict(found).items():
        if isinstance(value, float):
            table.add_row(name, f"{value:.3f}")
    console.print(table)
    worst = sorted(found.per_intent.items(), key=lambda item: item[1]["recall"])[:SHOWN]
    per_intent = Table("intent", "lines", "recall", "precision", title="Least recognised")
    for intent, row in worst:
        per_intent.add_row(intent, f"{row['lines']:.0f}", f"{row['recall']:.2f}", f"{row['precision']:.2f}")
    console.print(per_intent)
    confusions = Table("expected", "given", "times", title="Confusions")
    for expected, given, times in found.confusions[:SHOWN]:
        confusions.add_row(expected, given, str(times))
    console.print(confusions)
