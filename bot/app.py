"""START HERE: every Telegram event the bot reacts to, in order. The first that fits wins.

Telegram update → polling.py → here → handlers/ → danger? → understanding → answers ← content → sender
"""

from telegram import Update
from telegram.ext import (
    ApplicationBuilder,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.handlers import (
    buttons,
    calendar,
    check_in,
    commands,
    contact,
    errors,
    joining,
    language,
    my_data,
    other,
    referral,
    text,
)
from bot.handlers.context import App
from bot.services import Services

PRIVATE = filters.ChatType.PRIVATE
# What we ask Telegram for. Channels, inline queries and the rest are never sent to us.
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]


def add_handlers(app: App, services: Services) -> App:
    """Give an application its services and its events."""
    app.bot_data["services"] = services
    app.bot_data["undelivered"] = set()
    app.add_handler(TypeHandler(Update, language.set_language), group=-1)
    app.add_handlers(
        [
            ChatMemberHandler(other.on_member, ChatMemberHandler.MY_CHAT_MEMBER),
            CallbackQueryHandler(joining.on_button, r"^join:"),
            CallbackQueryHandler(check_in.on_button, r"^check:"),
            CallbackQueryHandler(my_data.on_button, r"^(mine|forget):"),
            CallbackQueryHandler(calendar.on_button, r"^plan:"),
            CallbackQueryHandler(referral.on_button, r"^fwd:"),
            CallbackQueryHandler(contact.on_button, r"^near:"),
            CallbackQueryHandler(language.on_button, r"^lang:"),
            CallbackQueryHandler(buttons.on_button),
            MessageHandler(~PRIVATE, other.on_group),
            MessageHandler(filters.UpdateType.EDITED_MESSAGE, other.on_edit),
            _command("start", commands.on_start),
            _command("menu", commands.on_menu),
            _command("aide", commands.on_help),
            _command("help", commands.on_help),
            _command("urgence", commands.on_urgent),
            _command("langue", language.on_language),
            _command("confidentialite", commands.on_privacy),
            _command("calendrier", calendar.on_calendar),
            _command("demandes", referral.on_requests),
            _command("mesdonnees", my_data.on_my_data),
            _command("oublier", my_data.on_forget),
            _command("stop", my_data.on_stop),
            MessageHandler(filters.TEXT, text.on_text),
            MessageHandler(filters.ALL, other.on_file),
        ]
    )
    app.add_error_handler(errors.on_error)
    return app


def _command(name: str, callback: commands.Handler) -> BaseHandler:  # type: ignore[type-arg]
    return CommandHandler(name, callback, filters=PRIVATE)


def builder() -> ApplicationBuilder:  # type: ignore[type-arg]
    """Return the builder every door shares; updates come from our own loop, so PTB's updater is off."""
    return ApplicationBuilder().updater(None).job_queue(None)
