"""The commands. Their descriptions show on a phone that others may look at: they stay neutral."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from bot import messages
from bot.handlers.context import Context, lang, say, services_of
from bot.i18n import to_translate, translator
from bot.library import Library
from bot.replies import Reply

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

DESCRIPTIONS = {
    "menu": to_translate("Choisir un thème"),
    "urgence": to_translate("Les numéros à appeler"),
    "aide": to_translate("Comment ça marche"),
    "langue": to_translate("Langues, languages, لغات"),
    "confidentialite": to_translate("Ce qui est gardé ou pas"),
    "calendrier": to_translate("Ce que je vais t'envoyer, et quand"),
    "demandes": to_translate("Suivre mes demandes"),
    "mesdonnees": to_translate("Voir et corriger ce que je garde"),
    "oublier": to_translate("Tout effacer"),
    "stop": to_translate("Ne plus recevoir de messages"),
}


def descriptions(lang: str) -> dict[str, str]:
    """Return what Telegram shows beside each command."""
    return {name: translator(lang)(told) for name, told in DESCRIPTIONS.items()}


def _saying(reply: Callable[[Library, str], Reply]) -> Handler:
    async def on_command(update: Update, context: Context) -> None:
        await say(update, context, reply(services_of(context).library, lang()))

    return on_command


on_start = _saying(messages.welcome)
on_menu = _saying(messages.menu)
on_help = _saying(messages.how_it_works)
on_urgent = _saying(messages.urgent)
on_privacy = _saying(messages.privacy)
