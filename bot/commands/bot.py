"""`relais bot`: answer on Telegram."""

import asyncio
import secrets
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog
from telegram import BotCommand
from telegram.error import InvalidToken, NetworkError, TelegramError

from bot import app, clock, clockwork, health, opened, polling
from bot.answering import Desk
from bot.commands import opening
from bot.handled import Handled
from bot.handlers.commands import descriptions
from bot.handlers.context import App
from bot.i18n import SOURCE_LANGUAGE
from bot.letter_texts import Office
from bot.services import Services
from bot.settings import Settings
from bot.web import health as health_page
from bot.web import receipt

TOKEN_HELP = (
    "To put it on Telegram: write to @BotFather, send /newbot, choose a neutral name, and put the token it gives\n"
    "in a file named .env here:  TELEGRAM_BOT_TOKEN=123456789:AbC…   Then run `make run` again."
)
UNKNOWN = "Telegram does not know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather"

log = structlog.get_logger()


def build(settings: Settings) -> App:
    """Return the application that talks to Telegram, without its handlers."""
    assert settings.telegram_bot_token is not None, "checked by the caller"
    address = str(settings.telegram_api_url).rstrip("/")
    return (
        app.builder()
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(f"{address}/bot")
        .base_file_url(f"{address}/file/bot")
        .connection_pool_size(32)
        .get_updates_request(polling.UpdatesRequest())
        .build()
    )


async def serve(settings: Settings) -> None:
    """Answer until asked to stop. Raises ContentError; ends with one line on a wrong token or without network."""
    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    async with opening.services(settings) as services:
        application = app.add_handlers(build(settings), services)
        handled = Handled()
        vault = await opened.open_for(services, settings)
        if vault is not None:
            await handled.use(vault.database, clock.now())
        try:
            async with (
                application,
                health_page.serving(partial(_problems, services), settings.health_port),
                _receipts(settings, services),
            ):
                await _introduce(application, services.library.languages)
                await clockwork.say_what_was_left(services, application.bot)
                async with clockwork.running(settings, services, handled, application.bot):
                    opening.console.print(f"Relais is on https://t.me/{application.bot.username} (Ctrl-C stops it).")
                    await polling.run(application, handled, stop)
        except health_page.PortTaken as error:
            opening.fail(str(error))
        except InvalidToken:
            opening.fail(UNKNOWN)
        except NetworkError:
            opening.fail(f"{settings.telegram_api_url.host} cannot be reached: is the network up?")
        finally:
            if services.vault is not None:
                await services.vault.database.close()


@asynccontextmanager
async def _receipts(settings: Settings, services: Services) -> AsyncIterator[None]:
    """Show structures the requests they were sent; without WEB_PORT nothing is sent to them either."""
    if settings.pages is None:
        yield
        return
    domain = settings.sender.rpartition("@")[2]
    if settings.may_post:
        services.office = Office(settings.pages, domain, settings.referral_erase_day, settings.referral_tell_day)
    desk = Desk(lambda: services.vault, lambda: services.places, clock.now)
    async with receipt.serving(
        desk, settings.web_port, key=secrets.token_bytes(32), public_url=settings.pages, now=clock.now
    ):
        yield


async def _problems(services: Services) -> list[str]:
    silent = time.monotonic() - services.ticked_at
    return await health.problems(services.vault, services.problem, now=clock.now(), silent=silent)


async def _introduce(application: App, languages: Sequence[str]) -> None:
    """Give Telegram the commands. It is comfort: a refusal must not keep the bot from answering."""
    try:
        for lang in languages:
            told = [BotCommand(name, text) for name, text in descriptions(lang).items()]
            # Whoever's Telegram is in a language that we do not speak sees the French.
            await application.bot.set_my_commands(told, language_code=None if lang == SOURCE_LANGUAGE else lang)
    except TelegramError as error:
        log.warning("commands_not_set", error=type(error).__name__)
