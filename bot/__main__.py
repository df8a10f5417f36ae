"""The `relais` command."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands import ask as asking
from bot.commands import bot as on_telegram
from bot.commands import chat as in_terminal
from bot.commands import people
from bot.commands.content import content_commands
from bot.commands.content_exchange import export, import_
from bot.commands.content_preview import preview
from bot.commands.db import db_commands
from bot.commands.directory import directory_commands
from bot.commands.doctor import doctor
from bot.commands.keys import keys_commands
from bot.commands.mailboxes import confirm
from bot.commands.nlu import nlu
from bot.commands.opening import console, fail, read_settings
from bot.commands.opening import run as run_to_end
from bot.commands.plan import plan_commands
from bot.commands.referrals import referrals_commands

app = typer.Typer(
    help="Relais: a chat assistant for young people leaving care in France.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold what someone wrote, or a token
)
app.add_typer(nlu, name="nlu")
app.add_typer(keys_commands, name="keys")
app.add_typer(db_commands, name="db")
app.add_typer(content_commands, name="content")
content_commands.command()(preview)
content_commands.command()(export)
content_commands.command("import")(import_)
app.add_typer(plan_commands, name="plan")
app.add_typer(directory_commands, name="directory")
directory_commands.command()(confirm)
app.add_typer(referrals_commands, name="referrals")
app.command()(people.export)
app.command()(people.forget)
app.command()(people.purge)
app.command()(doctor)

NoNlu = Annotated[bool, typer.Option("--no-nlu", help="Understand by keywords alone.")]


@app.command()
def run() -> None:
    """Answer on Telegram if there is a token, else talk in this terminal and say how to get one."""
    if read_settings().telegram_bot_token is not None:
        bot()
    else:
        console.print("No TELEGRAM_BOT_TOKEN: here is the same conversation, in the terminal (Ctrl-D ends it).")
        console.print(on_telegram.TOKEN_HELP, markup=False)
        chat()


@app.command()
def bot() -> None:
    """Answer on Telegram. TELEGRAM_API_URL points to another Bot API server."""
    settings = read_settings()
    if settings.telegram_bot_token is None:
        fail("TELEGRAM_BOT_TOKEN is not set. " + on_telegram.TOKEN_HELP)
    run_to_end(on_telegram.serve(settings))


@app.command()
def chat(no_nlu: NoNlu = False) -> None:
    """Talk with the bot in this terminal: write a message, or the number of a button."""
    run_to_end(in_terminal.converse(read_settings(), with_nlu=not no_nlu))


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="The question, as a young person would write it.")] = None,
    batch: Annotated[
        Path | None, typer.Option(help='A file of lines {"id", "text", "lang"?}, or - for standard input.')
    ] = None,
    lang: Annotated[str | None, typer.Option(help="The language of the question, if known: fr, en, ar.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of the answer.")] = False,
    no_nlu: NoNlu = False,
) -> None:
    """Ask one question, or every line of a file, by the path of a Telegram message.

    With --batch, writes one line {"id", "topic", "confidence", "lang", "danger", "source"} for each, in order.
    The NLU already served here (`relais nlu serve`) is used; otherwise one is started for the time of the command,
    unless NLU_URL names another or --no-nlu is given.
    """
    if (text is None) == (batch is None):
        fail("give a question, or --batch FILE")
    settings = read_settings()
    if batch is not None:
        run_to_end(asking.batch(settings, batch, with_nlu=not no_nlu))
    elif text is not None:
        run_to_end(asking.one(settings, text, lang=lang, as_json=json, with_nlu=not no_nlu))


if __name__ == "__main__":
    app()
