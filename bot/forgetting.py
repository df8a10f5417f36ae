"""What /oublier says: is it meant, what was erased, what was kept after all."""

from collections.abc import Sequence
from html import escape

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


def forgotten(receipt: str, lang: str, *, told: Sequence[str] = (), before: bool = False) -> Reply:
    """What was erased, the structures that are told to erase what they had, and the code that proves it was asked.

    `before`: there were requests whose time is over, of which the structures know that they had to erase them.
    """
    _ = translator(lang)
    sent = _("Je n'avais rien envoyé à personne.")
    if before:
        sent = _("Qui a reçu une demande de toi, avant, sait qu'il devait l'effacer.")
    if told:
        names = ", ".join(escape(name, quote=False) for name in told)
        sent = _("Tu avais envoyé une demande à : {names}. Je leur demande de l'effacer aussi.").format(names=names)
    return Reply(
        _(
            "C'est fait : j'ai tout effacé. Ton reçu : <b>{receipt}</b>. Garde-le si tu veux une preuve.\n\n"
            "{sent} S'il y a une copie de secours chiffrée, elle disparaît en 30 jours ; "
            "si elle servait avant, je t'effacerais de nouveau.\n\n"
            "Telegram garde notre conversation : tu peux l'effacer dans Telegram. "
            "Tu peux toujours me poser des questions."
        ).format(receipt=receipt, sent=sent),
        (ways_out(lang),),
    )


def kept(lang: str) -> Reply:
    return Reply(
        translator(lang)("D'accord, je garde tout. Tu peux voir et corriger avec /mesdonnees."), (ways_out(lang),)
    )
