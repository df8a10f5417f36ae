"""What /oublier says: is it meant, what was erased, what was kept after all."""

from bot.i18n import translator
from bot.menus import ways_out
from bot.replies import Button, Reply


def ask_to_forget(lang: str) -> Reply:
    _ = translator(lang)
    yes, no = Button(_("Oui, tout effacer"), "forget:yes"), Button(_("Non, garder"), "forget:no")
    return Reply(
        _(
            "J'efface tout ce que je garde sur toi, et je ne t'écris plus. "
            "On ne peut pas revenir en arrière. Tu es d'accord ?"
        ),
        ((yes, no),),
    )


def forgotten(receipt: str, lang: str) -> Reply:
    """What was erased, what had been sent to whom, and the code that proves it was asked."""
    _ = translator(lang)
    return Reply(
        _(
            "C'est fait : j'ai tout effacé. Ton reçu : <b>{receipt}</b>. Garde-le si tu veux une preuve.\n\n"
            "Je n'avais rien envoyé à personne. S'il y a une copie de secours chiffrée, elle disparaît en 30 jours ; "
            "si elle servait avant, je t'effacerais de nouveau.\n\n"
            "Telegram garde notre conversation : tu peux l'effacer dans Telegram. "
            "Tu peux toujours me poser des questions."
        ).format(receipt=receipt),
        (ways_out(lang),),
    )


def kept(lang: str) -> Reply:
    return Reply(
        translator(lang)("D'accord, je garde tout. Tu peux voir et corriger avec /mesdonnees."), (ways_out(lang),)
    )
