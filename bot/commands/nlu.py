"""`relais nlu`: train, serve and measure the model."""

import asyncio
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot import evaluation, question_files, rasa_server, training
from bot.commands.content_new import told
from bot.commands.opening import console, fail, nlu_token, read_settings, run
from bot.nlu import Ranking
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
        with told():
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
    topic: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Only show the lines of this topic taken for something else.")
    ] = None,
) -> None:
    """Measure the model on held-out lines: for each language a table, a JSON report and a picture of the confusions."""
    settings = read_settings()
    sources = [lines] if lines else sorted((settings.nlu_dir / "tests").glob("*.yml"))
    if lines and not lines.exists():
        fail(f"{lines}: no such file")
    with told():
        held_out = {source: rows for source in sources if (rows := list(question_files.lines_of(source)))}
    if topic:
        _show_missed(settings, held_out, topic)
        return
    folder = out or settings.nlu_dir / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    from bot.pictures import confusion_matrix  # noqa: PLC0415 - matplotlib takes a second, and only this needs it

    for source, questions in held_out.items():
        rankings, limits = run(_ranked(settings, source.stem, questions))
        found = evaluation.report([label for label, _ in questions], rankings, limits)
        figures = json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{source.stem}.json").write_text(figures, encoding="utf-8")
        confusion_matrix(found, folder / f"{source.stem}.png")
        _show(found, source.stem)
        console.print(f"Report: {folder / source.stem}.json and .png")


async def _ranked(
    settings: Settings, lang: str, held_out: Sequence[tuple[str, str]]
) -> tuple[list[Ranking], Thresholds]:
    """Ask the model about every line, and return its thresholds in `lang` too. Raises NluError."""
    model = _trained(settings)
    limits = Thresholds.read(training.thresholds_path(model)).in_language(lang)
    async with rasa_server.serving(settings.nlu_dir, model, token=nlu_token(settings)) as url:
        return await evaluation.rank(url, nlu_token(settings), [line for _, line in held_out]), limits


def _show_missed(settings: Settings, held_out: Mapping[Path, Sequence[tuple[str, str]]], topic: str) -> None:
    """Tell an editor, in French, which questions of a topic were not understood."""
    rows_of = {source: [row for row in rows if row[0] == topic] for source, rows in held_out.items()}
    asked = {source: rows for source, rows in rows_of.items() if rows}
    if not asked:
        fail(f"aucune question d'épreuve pour « {topic} » dans {', '.join(map(str, held_out))}")
    for source, rows in asked.items():
        missed = evaluation.missed(rows, *run(_ranked(settings, source.stem, rows)))
        console.print(f"{source} : {len(missed)} sur {len(rows)} mal comprises pour « {topic} »", markup=False)
        for line, given in missed:
            console.print(f"  « {line} » → {given}", markup=False)


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
