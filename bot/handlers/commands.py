"""The commands. Their descriptions show on a phone that others may look at: they stay neutral."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from bot import messages
from bot.content import Library
from bot.handlers.context import LANG, Context, say, services_of
from bot.replies import Reply

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

DESCRIPTIONS = {
    "menu": "Choisir un thème",
    "urgence": "Les numéros à appeler",
    "aide": "Comment ça marche",
    "langue": "Langues, languages, لغات",
    "confidentialite": "Ce qui est gardé ou pas",
    "calendrier": "Ce que je vais t'envoyer, et quand",
    "demandes": "Suivre mes demandes",
    "mesdonnees": "Voir et corriger ce que je garde",
    "oublier": "Tout effacer",
    "stop": "Ne plus recevoir de messages",
}


def _saying(reply: Callable[[Library, str], Reply]) -> Handler:
    async def on_command(update: Update, context: Context) -> None:
        await say(update, context, reply(services_of(context).library, LANG))

    return on_command


on_start = _saying(messages.welcome)
on_menu = _saying(messages.menu)
on_help = _saying(messages.how_it_works)
on_urgent = _saying(messages.urgent)
on_language = _saying(lambda _, lang: messages.languages(lang))
on_privacy = _saying(messages.privacy)
