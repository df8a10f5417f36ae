"""`relais content preview`: what a reader gets, in the browser, while an editor writes."""

import asyncio
from typing import Annotated

import typer

from bot import clock
from bot.commands.opening import console, fail, read_settings, run
from bot.settings import Settings
from bot.web import preview as page
from bot.web.server import PortTaken


def preview(
    slug: Annotated[str, typer.Argument(metavar="[FICHE]", help="La fiche à montrer d'abord : cej.")] = "",
    *,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Le port de la page, sur cette machine seulement.")
    ] = 8765,
) -> None:
    """Voir dans le navigateur ce que lira un jeune, dans toutes les langues, à chaque fichier enregistré.

    \b
    relais content preview
    relais content preview cej --port 9000

    La page montre les bulles et les boutons comme Telegram, l'état de chaque texte et la place qu'il prend. Si un
    fichier a une erreur, elle est écrite en haut, et les derniers textes sans erreur restent. Ctrl-C arrête tout.
    """
    settings = read_settings()
    if slug and not (settings.content_dir / "faq" / slug).is_dir():
        fail(f"il n'y a pas de fiche « {slug} » dans {settings.content_dir / 'faq'}")
    run(_serve(settings, slug, port))


async def _serve(settings: Settings, slug: str, port: int) -> None:
    try:
        async with page.serving(settings.content_dir, port, lambda: clock.now().date()) as address:
            console.print(f"Aperçu : {address}{f'fiche/{slug}' if slug else ''} (Ctrl-C pour arrêter)")
            await asyncio.Event().wait()
    except PortTaken as error:
        fail(str(error))
