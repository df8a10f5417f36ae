"""What the bot says of what it does not take: files, cards, places, groups, old buttons; and of its own failures."""

from bot import menus
from bot.i18n import translator
from bot.library import Library
from bot.replies import Reply


def file_refused(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return menus.with_numbers(
        _(
            "Je ne lis pas les photos, les vocaux ni les documents, et je ne les garde pas. "
            "Écris-moi ta question avec des mots."
        ),
        library,
        lang,
    )


def contact_refused(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return menus.with_numbers(
        _("Je n'ai pas demandé de numéro : je ne garde pas cette fiche. Efface-la de la conversation si tu préfères."),
        library,
        lang,
    )


def location_refused(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return menus.with_numbers(
        _("Je ne garde pas ta position et je ne peux envoyer personne. Dis-moi plutôt ce que tu cherches."),
        library,
        lang,
    )


def location_not_kept(reply: Reply, lang: str) -> Reply:
    """Before the answer to a place sent from the map."""
    _ = translator(lang)
    told = _("Je ne garde pas ta position.")
    return Reply(f"{told}\n\n{reply.html}", reply.buttons)


def edited(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return menus.with_numbers(
        _("Tu as modifié un message. Si c'est une nouvelle question, envoie-la encore une fois."),
        library,
        lang,
    )


def private_only(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(_("Je parle seulement en tête-à-tête, pour que personne d'autre ne lise. Écris-moi en privé."))


def expired_button(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(_("Ce bouton est trop ancien. Voici le menu."), menus.menu_rows(library, lang))


def broken(library: Library, lang: str) -> Reply:
    """After a failure of ours: say so, and never leave without a person to call."""
    _ = translator(lang)
    return menus.with_numbers(_("Désolé, j'ai un problème technique. Réessaie dans quelques minutes."), library, lang)


def cannot_keep(library: Library, lang: str) -> Reply:
    """Nothing can be stored or read now: answers go on."""
    _ = translator(lang)
    return menus.with_numbers(
        _(
            "En ce moment je ne peux rien noter ni retrouver sur toi. Je réponds quand même à tes questions. "
            "Réessaie plus tard."
        ),
        library,
        lang,
    )


def somebody_else(library: Library, lang: str) -> Reply:
    """A contact card that is not the sender's own."""
    _ = translator(lang)
    return menus.with_numbers(
        _(
            "C'est le numéro de quelqu'un d'autre : je ne le garde pas, c'est à cette personne de dire oui. "
            "Pour le tien, écris-le."
        ),
        library,
        lang,
    )


def identity_number(reply: Reply, lang: str) -> Reply:
    """Before an answer: a number that identifies somebody was typed, and is not kept."""
    _ = translator(lang)
    told = _("⚠️ Tu as écrit un numéro personnel (sécu, carte, compte…). Je ne l'ai pas gardé. Efface ton message.")
    return Reply(f"{told}\n\n{reply.html}", reply.buttons)
