"""Every short sentence the bot says that is not a topic, one function each. The French sentence is the message id."""

from collections.abc import Iterable
from html import escape

from bot.i18n import SOURCE_LANGUAGE, colon, translator
from bot.library import Library
from bot.menus import MENU, contact_button, help_line, in_rows, menu_rows, topic_button, ways_out, with_numbers
from bot.pages import markdown
from bot.replies import Button, Reply
from bot.topics import ANYONE, URGENT_NUMBERS


def welcome(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return with_numbers(
        _(
            "Salut, moi c'est Relais. Je suis un robot : je réponds à tes questions sur tes droits, "
            "le logement, l'argent, la santé, les papiers.\n\n"
            "Écris ta question comme elle vient, même avec des fautes. Ou choisis un thème.\n\n"
            "Je ne garde pas tes messages. Ici, personne ne les lit à part Telegram et moi."
        ),
        library,
        lang,
        menu_rows(library, lang),
    )


def menu(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(_("De quoi veux-tu parler ?"), menu_rows(library, lang))


def theme(library: Library, name: str, lang: str) -> Reply:
    buttons = [topic_button(library, slug, lang) for slug in library.in_theme(name)]
    label = library.themes.get(lang, library.themes[SOURCE_LANGUAGE])[name]
    return Reply(f"<b>{escape(label, quote=False)}</b>", (*in_rows(buttons, 2), ways_out(lang)))


def how_it_works(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return with_numbers(
        _(
            "Tu peux :\n"
            "• écrire ta question, avec tes mots ;\n"
            "• /menu : choisir un thème ;\n"
            "• /urgence : les numéros à appeler ;\n"
            "• /confidentialite : ce que je garde, ce que je ne garde pas ;\n"
            "• /demandes : demander qu'on te contacte, voir où ça en est ;\n"
            "• /mesdonnees : voir, corriger ou effacer ce que je garde sur toi ;\n"
            "• /calendrier : voir ce que je t'enverrai, et quand ;\n"
            "• /langue : les langues que je parle.\n\n"
            "Je donne une information, la date et la source. Je peux me tromper : "
            "fais toujours confirmer par une vraie personne."
        ),
        library,
        lang,
        menu_rows(library, lang),
    )


def urgent(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    lines = [
        f"• <b>{one.number}</b>{colon(lang)}{escape(f'{_(one.name)} ({_(one.hours)})', quote=False)}"
        for one in (library.facts.numbers[key] for key in URGENT_NUMBERS)
    ]
    ending = _("Je suis un robot : je ne peux pas appeler pour toi. Va près de quelqu'un et reste avec cette personne.")
    return Reply("\n".join([_("Appelle ou écris tout de suite :"), *lines, "", ending]), (ways_out(lang),))


def who_runs_this(library: Library, lang: str) -> str:
    """Who answers for what is kept, and where to write to them (RGPD art. 13)."""
    _ = translator(lang)
    name, contact = library.operator.name, library.operator.contact
    if not name or not contact:
        return _("<b>Qui fait marcher ce robot</b>\nUne association, qui n'a pas encore écrit son nom ici.")
    told = _("<b>Qui fait marcher ce robot</b>\n{name}. Pour lui écrire : {contact}.")
    return told.format(name=escape(name, quote=False), contact=escape(contact, quote=False))


def privacy(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        who_runs_this(library, lang)
        + "\n\n"
        + _(
            "<b>Ce que je garde</b>\n"
            "• Ton message : non. Je le lis, je réponds, je l'oublie.\n"
            "• Ton nom, ton numéro : non, sauf si tu me les donnes après avoir dit oui. "
            "Tu vois tout avec /mesdonnees, tu effaces tout avec /oublier.\n"
            "• Le numéro technique de chaque message reçu, sans ton nom, 14 jours : "
            "il sert à ne pas te répondre deux fois.\n\n"
            "<b>Qui peut lire</b>\n"
            "Personne de notre équipe ne lit tes messages. Telegram, lui, les garde sur ses serveurs : "
            "n'écris pas ici de documents, de numéros de carte ou de détails de santé. "
            "Tu peux effacer la conversation dans Telegram. Une structure ne lit que la demande que tu lui envoies.\n\n"
            "Je ne t'écris en premier que si tu as dit oui, et plus jamais si tu écris stop."
        ),
        (ways_out(lang),),
    )


def human(library: Library, lang: str, slug: str | None = None) -> Reply:
    """Who to turn to: those of the topic first, then those for anything."""
    _ = translator(lang)
    kinds = dict.fromkeys([*(library.topics[slug].contacts if slug and slug in library.topics else ()), *ANYONE])
    lines = [contact_line(kind, library, lang) for kind in list(kinds)[: len(ANYONE)]]
    return Reply(
        "\n\n".join([_("Voici de vraies personnes qui peuvent t'aider :"), *lines, help_line(library, lang)]),
        ((contact_button(lang, slug), Button(_("Menu"), MENU)), (Button(_("Faire une demande"), "fwd:start"),)),
    )


def contact_line(key: str, library: Library, lang: str) -> str:
    """Return who a contact of contacts/<lang>.yml is and how to reach them."""
    contact = library.contacts.get(lang, library.contacts[SOURCE_LANGUAGE])[key]
    name, how = (markdown(part, library.facts, lang) for part in (contact.name, contact.how))
    return f"• <b>{name[:1].upper()}{name[1:]}</b>. {how}"


def contact_finder(library: Library, lang: str) -> Reply:
    """Where there is no list of addresses at all."""
    _ = translator(lang)
    opening = _("Je n'ai pas encore les adresses près de chez toi. Voici comment les trouver.")
    return Reply(f"{opening}\n\n{human(library, lang).html}", ((Button(_("Menu"), MENU),),))


def which_one(library: Library, slugs: Iterable[str], lang: str) -> Reply:
    _ = translator(lang)
    buttons = tuple((topic_button(library, slug, lang),) for slug in slugs)
    return Reply(_("Je ne suis pas sûr d'avoir compris. C'est une de ces questions ?"), (*buttons, ways_out(lang)))


def not_understood(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return with_numbers(
        _("Je n'ai pas compris, pardon. Dis-le avec d'autres mots, en une phrase courte, ou choisis un thème."),
        library,
        lang,
        menu_rows(library, lang),
    )


def offer_human(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    said = human(library, lang)
    opening = _("Je n'arrive pas à te comprendre, et c'est ma faute. Le mieux est de parler à quelqu'un.")
    return Reply(f"{opening}\n\n{said.html}", said.buttons)


def out_of_scope(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return with_numbers(
        _(
            "Là, je ne sais pas répondre. "
            "Je connais surtout les droits, le logement, l'argent, la santé et les papiers."
        ),
        library,
        lang,
        menu_rows(library, lang),
    )


def hello(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(_("Salut ! Écris-moi ta question, ou choisis un thème."), menu_rows(library, lang))


def goodbye(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return with_numbers(_("À bientôt. Tu peux revenir quand tu veux."), library, lang)


def thanks(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(_("Avec plaisir. Si tu as une autre question, écris-la."), (ways_out(lang),))


def yes_or_no(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(_("D'accord. Dis-moi ce que tu cherches, ou choisis un thème."), menu_rows(library, lang))


def who_are_you(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _(
            "Je suis Relais, un robot. Une petite association m'a fabriqué pour t'aider à connaître tes droits. "
            "Je ne suis ni l'administration, ni la police. "
            "Mes réponses viennent de fiches avec leurs sources et leur date."
        ),
        (ways_out(lang),),
    )


def insulted(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return with_numbers(
        _(
            "Tu as l'air en colère, et tu as peut-être de bonnes raisons. "
            "Je peux essayer autrement, ou te dire à qui parler."
        ),
        library,
        lang,
    )


def nothing_to_stop(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _("C'est noté : je ne t'écris jamais en premier. Je réponds seulement quand tu m'écris."),
        (ways_out(lang),),
    )


def stop_messages(lang: str) -> Reply:
    """To somebody who seems to want no more messages: one tap does it."""
    _ = translator(lang)
    text = _("Tu ne veux plus que je t'écrive en premier ? Appuie ici, ou écris seulement le mot stop.")
    return Reply(text, ((Button(_("Arrêter les messages"), "mine:stop"),), ways_out(lang)))


def your_data(library: Library, lang: str) -> Reply:
    said = privacy(library, lang)
    _ = translator(lang)
    buttons = (Button(_("Voir ce que je garde"), "mine:show"), Button(_("Tout effacer"), "forget:ask"))
    return Reply(said.html, (buttons, *said.buttons))


def six_months(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _("Tu parles du point six mois après ton départ ? Choisis ci-dessous, ou parle à quelqu'un."),
        ((topic_button(library, "entretien_6_mois", lang),), ways_out(lang)),
    )
