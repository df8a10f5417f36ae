"""What the check-in says: one question at a time, each with a way past it, and always a person to turn to.

Nothing here touches what is kept.
"""

from datetime import date

from bot import checkins, request_form
from bot.check_in_labels import need_labels, one_taps
from bot.check_in_words import DONE
from bot.checkins import Ask
from bot.i18n import date_text, translator
from bot.library import Library
from bot.menus import Rows, in_rows, topic_button, ways_out, with_numbers
from bot.messages import human
from bot.models import CheckIn
from bot.plan import CHECK_IN, Text
from bot.replies import Button, Reply
from bot.retention import ANSWERS_KEPT


def begun(library: Library, question: Reply, lang: str) -> Reply:
    """The first question, below what this is and what is kept of it."""
    rule = library.plan.rules[CHECK_IN]
    return Reply(f"{library.plan.text(rule.text, lang).html}\n\n{question.html}", question.buttons)


def ask(library: Library, check_in: CheckIn, lang: str, *, over_21: bool) -> Reply:
    """The question that an open check-in is at."""
    match checkins.asked(check_in):
        case Ask.NEEDS:
            return _ask_needs(check_in, lang)
        case Ask.HELP:
            return _ask_help(library, lang, over_21=over_21)
        case other:
            question = one_taps(lang)[other]
            options = [Button(label, f"check:a:{other}:{code}") for code, label in question.labels.items()]
            return Reply(question.sentence, (*in_rows(options, question.width), *_exits(other, lang)))


def _ask_needs(check_in: CheckIn, lang: str) -> Reply:
    _ = translator(lang)
    ticked = checkins.needs(check_in)
    boxes = [
        Button(f"{'✅' if need in ticked else '⬜'} {label}", f"check:need:{need}:{'off' if need in ticked else 'on'}")
        for need, label in need_labels(lang).items()
    ]
    ends = (
        Button(_("C'est bon"), f"check:a:{Ask.NEEDS}:{DONE}"),
        Button(_("Tout va bien"), f"check:a:{Ask.NEEDS}:{checkins.NO_NEED}"),
    )
    text = _("Où as-tu besoin d'un coup de main ? Tu peux en choisir plusieurs, puis appuyer sur « C'est bon ».")
    return Reply(text, (*((box,) for box in boxes), ends, *_exits(Ask.NEEDS, lang)))


def _ask_help(library: Library, lang: str, *, over_21: bool) -> Reply:
    """The offer; what may be asked of the département before 21 comes first, as long as it may still be."""
    _ = translator(lang)
    text = _("Tu veux que quelqu'un t'aide ? Tu décides : rien ne part sans que tu l'aies lu.")
    answers = (
        Button(_("Oui, je veux bien"), f"check:a:{Ask.HELP}:{checkins.WANTED}"),
        Button(_("Pas maintenant"), f"check:a:{Ask.HELP}:no"),
    )
    rows: Rows = (answers, *_exits(Ask.HELP, lang))
    if not over_21:
        text += "\n\n" + _("Avant 21 ans, tu peux aussi redemander de l'aide au département qui te suivait.")
        rows = ((topic_button(library, "droit_au_retour", lang),), *rows)
    return with_numbers(text, library, lang, rows)


def _exits(asked: Ask, lang: str) -> Rows:
    _ = translator(lang)
    return (
        (Button(_("Passer"), f"check:skip:{asked}"), Button(_("J'arrête là"), "check:end")),
        (ways_out(lang)[0],),
    )


def for_tonight(library: Library, lang: str) -> Reply:
    """To whoever sleeps outside or in an emergency shelter: the number for tonight, before anything else."""
    _ = translator(lang)
    text = _("Pour dormir ce soir : appelle le {number} ({hours}). Avant 21 ans, tu peux aussi appeler le {childhood}.")
    numbers = library.facts.numbers
    told = text.format(
        number=numbers["hebergement"].number,
        hours=numbers["hebergement"].hours,
        childhood=numbers["enfance_danger"].number,
    )
    return with_numbers(told, library, lang, ((topic_button(library, "hebergement_urgence", lang),), ways_out(lang)))


def how_to_ask(library: Library, lang: str, *, over_21: bool) -> Reply:
    """How to get the interview that the département owes (CASF L222-5-2-1); the help asked with it ends at 21."""
    _ = translator(lang)
    text = _("Cet entretien, tu peux le demander : appelle ou écris au département qui te suivait. ")
    text += (
        _("Tu peux y venir avec une personne de confiance.")
        if over_21
        else _("Tu peux y venir avec une personne de confiance, et demander de l'aide en même temps.")
    )
    return Reply(text, ((topic_button(library, "entretien_6_mois", lang),), ways_out(lang)))


def after_yes(library: Library, check_in: CheckIn, lang: str, *, over_21: bool) -> Reply:
    """After a yes to the help: whom to ask, before any other question."""
    before = translator(lang)("C'est noté.")
    return request_form.ask_who(library, checkins.needs(check_in), lang, over_21=over_21, before=f"{before} ")


def _with_people(text: str, library: Library, lang: str, *, over_21: bool) -> Reply:
    people = human(library, lang)
    rows = people.buttons if over_21 else ((topic_button(library, "droit_au_retour", lang),), *people.buttons)
    return Reply(f"{text}\n\n{people.html}", rows)


def changed(question: Reply, lang: str) -> Reply:
    """The question being asked, after another answer to an earlier one."""
    told = translator(lang)("C'est changé.")
    return Reply(f"{told}\n\n{question.html}", question.buttons)


def ended(library: Library, check_in: CheckIn, lang: str, *, over_21: bool) -> Reply:
    """Thanks, and whom to call: in any case, and first of all for whoever wants help."""
    _ = translator(lang)
    thanks = _("Merci d'avoir répondu. Je garde les cases cochées {days} jours, jamais tes mots.").format(
        days=ANSWERS_KEPT.days
    )
    if checkins.lacks_offer(check_in):  # they stopped before we could ask: nobody with a need leaves without a name
        told = _("Tu n'as pas besoin de te débrouiller sans personne.")
        return _with_people(f"{thanks}\n\n{told}", library, lang, over_21=over_21)
    if check_in.help != checkins.WANTED:
        later = _("Si quelque chose change, écris-moi, ou parle à quelqu'un.")
        return Reply(f"{thanks}\n\n{later}", (ways_out(lang),))
    honest = _(
        "Tu veux que quelqu'un t'aide. Si ce n'est pas fait, je peux envoyer une demande avec toi : "
        "appuie sur « Faire une demande ». Tu peux aussi appeler toi-même, ou avec quelqu'un en qui tu as confiance."
    )
    return _with_people(f"{thanks}\n\n{honest}", library, lang, over_21=over_21)


def over(lang: str) -> Reply:
    """A button of a check-in that has ended."""
    _ = translator(lang)
    text = _("On a déjà fini ces questions, je n'y change plus rien. Tu peux m'écrire quand tu veux.")
    return Reply(text, (ways_out(lang),))


def not_yet(on: date, lang: str) -> Reply:
    """Its day was corrected to a later one."""
    _ = translator(lang)
    text = _("Ce n'est pas encore le moment : je t'écrirai vers le {date}.").format(date=date_text(on, lang))
    return Reply(text, (_calendar(lang), ways_out(lang)))


def put_off(on: date, lang: str) -> Reply:
    _ = translator(lang)
    text = _("D'accord. Je t'écris de nouveau vers le {date}. Tu peux m'écrire avant si tu veux.")
    return Reply(text.format(date=date_text(on, lang)), (_calendar(lang), ways_out(lang)))


def not_wanted(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _("D'accord, je ne te pose pas ces questions. Tu peux m'écrire quand tu veux."),
        (_calendar(lang), ways_out(lang)),
    )


def opening_again(lang: str) -> Reply:
    """What we had asked first, once more below the answer to something else."""
    _ = translator(lang)
    later = (Button(_("Plus tard"), "check:later"), Button(_("Plus jamais"), "check:never"))
    return Reply(_("Et toi, ça va ?"), ((Button(_("Répondre"), "check:start"),), later))


def late(text: Text, lang: str, *, stopped: bool) -> Reply:
    """To somebody who joins after the day of the check-in, or stops half-way: shall we do it now?"""
    _ = translator(lang)
    noted = _("J'arrête mes questions. Je garde ce que tu m'as déjà dit.") if stopped else _("Merci, c'est noté.")
    ending = _("Tu peux tout voir ou corriger avec /mesdonnees, tout effacer avec /oublier, et écrire stop.")
    no = (Button(_("Plus tard"), "check:later"), Button(_("Non merci"), "check:no"))
    rows = ((Button(_("On le fait maintenant"), "check:start"),), no, ways_out(lang))
    return Reply(f"{noted} {text.html}\n\n{ending}", rows)


def _calendar(lang: str) -> tuple[Button, ...]:
    return (Button(translator(lang)("Mon calendrier"), "plan:show"),)
