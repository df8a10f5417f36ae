"""What joining says: the offer, the two texts, one question at a time, the end. Nothing here touches what is kept."""

from datetime import date
from html import escape

from bot import i18n
from bot.agreeing import mark_of
from bot.consent_texts import ConsentText
from bot.consents import Action
from bot.i18n import translator
from bot.joining import HOW, STEPS, Choice, Offer, Step, picked
from bot.library import Library
from bot.menus import Rows, in_rows, menu_rows, ways_out, with_numbers
from bot.messages import who_runs_this
from bot.people import AGE_BANDS, IN_CARE, LEFT, UNDER_15
from bot.replies import Button, Reply

HELPER = "helper"
UNSAID = "unsaid"


def offer(reply: Reply, lang: str, wanted: Offer) -> Reply:
    """Add the offer to an answer: the answer stays first, the offer is one line and one button."""
    _ = translator(lang)
    write_me = Button(_("Écris-moi dans 6 mois"), "join:start")
    line, button = {
        Offer.JOIN: (
            _("Je peux t'écrire dans 6 mois pour savoir comment ça va, et prévenir quelqu'un si tu veux."),
            write_me,
        ),
        Offer.AGAIN: (_("Tu avais arrêté mes messages. Si tu veux, je peux de nouveau t'écrire."), write_me),
        Offer.RESUME: (_("On n'avait pas fini. On continue ?"), Button(_("Continuer"), "join:resume")),
    }[wanted]
    return Reply(f"{reply.html}\n\n💬 {line}", ((button,), *reply.buttons))


def ask_age(lang: str) -> Reply:
    _ = translator(lang)
    text = _("Quel âge as-tu ? Je ne garde rien avant que tu dises oui.")
    return Reply(text, (*_ages("join:age", lang), (Button(_("Non merci"), "join:no"),)))


def ask_age_again(lang: str) -> Reply:
    """To correct it."""
    _ = translator(lang)
    return Reply(_("Quel âge as-tu ?"), (*_ages("mine:age", lang), (Button(_("Retour"), "mine:show"),)))


def _ages(payload: str, lang: str) -> Rows:
    _ = translator(lang)
    bands = (UNDER_15, *AGE_BANDS)
    labels = (_("moins de 15 ans"), _("15 à 17 ans"), _("18 à 20 ans"), _("21 ou plus"))
    return in_rows([Button(label, f"{payload}:{band}") for band, label in zip(bands, labels, strict=True)], 2)


def under_15(library: Library, lang: str) -> Reply:
    """Nothing is stored; whom to ask is said instead (loi Informatique et Libertés, art. 45)."""
    _ = translator(lang)
    return with_numbers(
        _(
            "Avant 15 ans, la loi ne me laisse rien garder sur toi sans un parent ou un tuteur. Je ne garde rien.\n\n"
            "Tu peux me poser toutes tes questions. Et tu peux en parler à un adulte du foyer, "
            "à l'infirmière du collège, ou au 119 : c'est gratuit, jour et nuit, et ça ne se voit pas sur la facture."
        ),
        library,
        lang,
    )


def ask_situation(age_band: str, lang: str) -> Reply:
    _ = translator(lang)
    options = (
        (_("Ça dure encore"), IN_CARE),
        (_("C'est terminé"), LEFT),
        (_("J'aide quelqu'un"), HELPER),
    )
    rows = [(Button(label, f"join:sit:{age_band}:{situation}"),) for label, situation in options]
    ways = (
        Button(_("Passer"), f"join:sit:{age_band}:{UNSAID}"),
        Button(_("Retour"), "join:start"),
        Button(_("Non merci"), "join:no"),
    )
    return Reply(_("Le foyer, la famille d'accueil ou l'éducateur : tu en es où ?"), (*rows, ways))


def for_a_helper(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _(
            "Merci d'aider. C'est à la personne elle-même de dire oui : envoie-lui le lien de cette conversation. "
            "Je n'ai rien gardé. Tu peux me poser toutes tes questions."
        ),
        menu_rows(library, lang),
    )


def first_notice(text: ConsentText, library: Library, yes: str, lang: str, *, back: str) -> Reply:
    """The first consent text, with who answers for what is kept."""
    said = notice(text, yes, "join:no", lang, back=back)
    return Reply(f"{said.html}\n\n{who_runs_this(library, lang)}", said.buttons)


def notice(text: ConsentText, yes: str, no: str, lang: str, *, back: str | None = None) -> Reply:
    """A consent text with a yes and a no of equal weight."""
    _ = translator(lang)
    row = (Button(_("Oui, je veux bien"), yes), Button(_("Non, je ne veux pas"), no))
    return Reply(text.html, (row, (Button(_("Retour"), back),)) if back else (row,))


def contact_notice(text: ConsentText, lang: str) -> Reply:
    yes, no = (f"join:contact:{action}:{mark_of(text)}" for action in (Action.GRANT, Action.REFUSE))
    return notice(text, yes, no, lang, back=f"join:back:{Step.CONTACT}")


def said_no(library: Library, lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _("D'accord. Je n'ai rien gardé. Tu peux me poser tes questions quand tu veux."), menu_rows(library, lang)
    )


def ask(step: Step, lang: str, *, editing: bool = False, how: str | None = None) -> Reply:
    """One question, with what to do if one does not want to answer."""
    _ = translator(lang)
    texts = {
        Step.EXIT: _(
            "C'est quand, ton départ ? Passé ou à venir, le mois suffit.\n"
            "Par exemple : « mars 2027 » ou « 31/03/2027 »."
        ),
        Step.CARE: _(
            "Quel département s'occupe de toi, ou s'occupait de toi ? C'est à lui que tu peux demander de l'aide.\n"
            "Par exemple : « 31 » ou « Haute-Garonne »."
        ),
        Step.HOME: _("Où habites-tu maintenant ? Le code postal suffit.\nPar exemple : « 31000 »."),
        Step.NAME: _("Comment veux-tu que je t'appelle ? Un prénom ou un surnom suffit.\nPar exemple : « Lola »."),
        Step.REACH: _(
            "À quel numéro ou à quel e-mail peut-on te joindre si tu perds Telegram ?\n"
            "Par exemple : « 06 39 98 00 00 » ou « lola@example.org »."
        ),
        Step.HOW: _("Comment veux-tu qu'on te contacte ? Tu peux en choisir plusieurs."),
        Step.BIRTH: _(
            "C'est quand, ton mois de naissance ? Le mois et l'année suffisent, pas le jour. "
            "C'est pour t'écrire deux fois avant tes 21 ans : certaines aides se demandent avant.\n"
            "Par exemple : « mai 2008 »."
        ),
    }
    before = "" if editing else _("Question {number} sur {total}").format(number=_number(step), total=_total()) + "\n"
    rows: list[tuple[Button, ...]] = []
    if step == Step.REACH and not editing:
        rows.append((Button(_("Seulement Telegram"), f"join:skip:{step}"),))
    if step == Step.HOW:
        rows += [(Button(label, f"join:how:{way}"),) for way, label in how_labels(how, lang).items()]
        rows.append((Button(_("C'est bon"), "join:how:done"),))
    # A person is one tap away from every question: what is taken for an answer may have been a call for help.
    return Reply(before + texts[step], (*rows, *_exits(step, lang, editing=editing), (ways_out(lang)[0],)))


def _number(step: Step) -> int:
    return sum(one != Step.CONTACT for one in STEPS[: STEPS.index(step) + 1])


def _total() -> int:
    return len(STEPS) - 1


def _exits(step: Step, lang: str, *, editing: bool) -> Rows:
    _ = translator(lang)
    if editing and step == Step.REACH:
        removals = {"phone": _("Enlever le numéro"), "email": _("Enlever l'e-mail")}
        buttons = tuple(Button(label, f"mine:empty:{what}") for what, label in removals.items())
        return (buttons, (Button(_("Retour"), "mine:show"),))
    if editing:
        return ((Button(_("Enlever"), f"mine:empty:{step}"), Button(_("Retour"), "mine:show")),)
    skip = Button(_("Passer"), f"join:skip:{step}")
    back = Button(_("Retour"), f"join:back:{step}")
    return ((skip, _stop_button(lang)) if step == STEPS[0] else (skip, back, _stop_button(lang)),)


def _stop_button(lang: str) -> Button:
    return Button(translator(lang)("Arrêter là"), "join:cancel")


def how_labels(how: str | None, lang: str) -> dict[str, str]:
    """The ways of being contacted, ticked where chosen."""
    _ = translator(lang)
    labels = (_("m'appeler"), _("m'envoyer un SMS"), _("ne pas laisser de message vocal"))
    chosen = (how or "").split(",")
    return {way: f"{'✅' if way in chosen else '⬜'} {label}" for way, label in zip(HOW, labels, strict=True)}


def choose(choice: Choice, lang: str, *, editing: bool) -> Reply:
    """Which reading of a date, which of several towns."""
    _ = translator(lang)
    rows = []
    for option in choice.options:
        if isinstance(option, date):
            rows.append((Button(i18n.date_text(option, lang), f"join:pick:exit:{option.isoformat()}"),))
        else:
            label = f"{option.postcode or ''} {option.name} ({option.departement})".strip()
            rows.append((Button(label, f"join:pick:home:{picked(option)}"),))
    step = Step.EXIT if isinstance(choice.options[0], date) else Step.HOME
    others = _exits(step, lang, editing=editing)
    return Reply(_("Laquelle veux-tu dire ? Si ce n'est aucune, écris-le autrement."), (*rows, *others))


def finished(exit_on: date | None, check_in_on: date | None, today: date, lang: str) -> Reply:
    _ = translator(lang)
    if exit_on is None or check_in_on is None:
        text = _(
            "Merci, c'est noté. Sans date de départ, je ne sais pas quand t'écrire. "
            "Tu peux l'ajouter quand tu veux avec /mesdonnees."
        )
    elif check_in_on <= today:
        text = _(
            "Merci, c'est noté. Ça fait déjà plus de six mois : si quelque chose ne va pas, écris-moi maintenant, "
            "ou parle à quelqu'un."
        )
    else:
        text = _("Merci, c'est noté. Je t'écrirai vers le {date}.").format(date=i18n.date_text(check_in_on, lang))
    text += "\n\n" + _("Tu peux tout voir ou corriger avec /mesdonnees, tout effacer avec /oublier, et écrire stop.")
    return Reply(text, ((Button(_("Mon calendrier"), "plan:show"),), ways_out(lang)))


def cancelled(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _(
            "J'arrête mes questions. Je garde ce que tu m'as déjà dit. "
            "Tu peux continuer plus tard, tout voir avec /mesdonnees ou tout effacer avec /oublier."
        ),
        (ways_out(lang),),
    )


def noted(what: str, reply: Reply, lang: str) -> Reply:
    """What was understood, read back before the next question: a date or a town may be guessed wrong."""
    told = translator(lang)("Noté : {what}.").format(what=escape(what, quote=False))
    return Reply(f"{told}\n\n{reply.html}", reply.buttons)


def again(problem: str, question: Reply) -> Reply:
    """The question once more, after what was wrong with the answer."""
    return Reply(f"{escape(problem, quote=False)}\n\n{question.html}", question.buttons)
