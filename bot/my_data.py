"""What /mesdonnees says: everything held, in plain words, with a button to correct or remove each thing."""

from html import escape

from bot import check_in_labels, my_calendar, people
from bot.held import Held
from bot.i18n import colon, date_text, language_name, month_text, translator
from bot.joining import Step, ways_text
from bot.menus import in_rows, ways_out
from bot.models import ConsentEvent, Status
from bot.plan import Plan
from bot.replies import Button, Reply

FILE_NAME = "relais-mes-donnees.json"


def nothing(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _("Je n'ai rien sur toi : ni ton nom, ni ton numéro, ni tes messages. Il n'y a rien à effacer."),
        (ways_out(lang),),
    )


def shown(found: Held, lang: str, plan: Plan | None = None) -> Reply:
    """Everything in plain words, a button to correct or remove each thing. Without a plan, messages have no title."""
    _ = translator(lang)
    lines = [f"• {label}{colon(lang)}{escape(value, quote=False)}" for label, value in _lines(found, lang)]
    text = "\n".join(
        [
            f"<b>{_('Ce que je garde sur toi')}</b>",
            *lines,
            "",
            f"<b>{_('Tes accords')}</b>",
            *(_consent_line(event, lang) for event in found.consents),
            "",
            *_first_messages(found, plan, lang),
            _("J'efface tout le {date}, ou tout de suite avec /oublier.").format(
                date=date_text(found.kept_until, lang)
            ),
            _sent_to(found, lang),
            _("Je ne garde pas tes messages."),
            _("Ta référence, si tu écris à l'association : {reference}").format(reference=found.id),
        ]
    )
    corrections = [Button(label, f"mine:edit:{step}") for step, label in correctable(lang).items()]
    last = (Button(_("Recevoir le fichier"), "mine:file"), Button(_("Tout effacer"), "forget:ask"))
    return Reply(text, (*in_rows(corrections, 2), last))


def _first_messages(found: Held, plan: Plan | None, lang: str) -> list[str]:
    """What is sent first, and what was answered; nothing of this for whoever has no calendar."""
    _ = translator(lang)
    lines = [f"• {escape(my_calendar.told(row, plan, lang), quote=False)}" for row in found.planned]
    for check_in in found.check_ins:
        lines.append("• " + _("ton point du {date}, en cases cochées").format(date=date_text(check_in.opened_on, lang)))
        lines += [f"  {what}{colon(lang)}{answer}" for what, answer in check_in_labels.told(check_in, lang)]
    heading = _("Ce que je t'envoie en premier")
    return [f"<b>{heading}</b>", *lines, ""] if lines else []


def correctable(lang: str) -> dict[str, str]:
    """What can be corrected, and the button for it."""
    _ = translator(lang)
    return {
        "age": _("Âge"),
        Step.BIRTH: _("Mois de naissance"),
        Step.EXIT: _("Date de départ"),
        Step.CARE: _("Département"),
        Step.HOME: _("Où j'habite"),
        Step.NAME: _("Prénom"),
        Step.REACH: _("Téléphone, e-mail"),
        Step.HOW: _("Comment me contacter"),
    }


def _lines(found: Held, lang: str) -> list[tuple[str, str]]:
    _ = translator(lang)
    details = found.details
    situations = {people.IN_CARE: _("ça dure encore"), people.LEFT: _("c'est terminé")}
    none = _("rien")
    exit_on = none
    if details.exit_on is not None:
        exit_on = (month_text if details.exit_precision == "month" else date_text)(details.exit_on, lang)
    statuses = {
        Status.ACTIVE: _("oui"),
        Status.STOPPED: _("non, tu m'as dit stop"),
        Status.BLOCKED: _("non, tu m'avais bloqué"),
    }
    return [
        (_("Ton compte Telegram, chiffré"), _("oui")),
        (_("Je peux t'écrire en premier"), statuses[Status(found.status)]),
        (_("Ton premier oui"), date_text(found.joined_on, lang)),
        (_("Ton dernier message"), date_text(found.last_contact_on, lang)),
        (_("Langue"), language_name(found.lang, lang)),
        (_("Âge"), _("{band} ans").format(band=found.age_band)),
        (_("Mois de naissance"), month_text(details.birth_month, lang) if details.birth_month else none),
        (_("Situation"), situations.get(details.situation or "", none)),
        (_("Date de départ"), exit_on),
        (_("Département qui s'est occupé de toi"), details.care_departement or none),
        (_("Où tu habites"), details.home or none),
        (_("Prénom ou surnom"), details.name or none),
        (_("Téléphone"), details.phone or none),
        (_("E-mail"), details.email or none),
        (_("Comment te contacter"), ways_text(details.reach_how, lang) or none),
    ]


def _sent_to(found: Held, lang: str) -> str:
    _ = translator(lang)
    names = dict.fromkeys(one.structure_name for one, _lines, _answer in found.requests)
    if not names:
        return _("Je n'ai rien envoyé à personne.")
    told = ", ".join(escape(name, quote=False) for name in names)
    return _("Tes demandes d'aide : {names}. Où elles en sont : /demandes.").format(names=told)


def _consent_line(event: ConsentEvent, lang: str) -> str:
    _ = translator(lang)
    purposes = {
        "checkin": _("t'écrire dans 6 mois"),
        "contact": _("garder de quoi te joindre"),
        "forward": _("envoyer une demande"),
    }
    actions = {"grant": _("oui"), "refuse": _("non"), "withdraw": _("oui retiré")}
    return "• " + _("{purpose} : {answer}, le {date} (texte du {version})").format(
        purpose=purposes.get(event.purpose, event.purpose),
        answer=actions.get(event.action, event.action),
        date=date_text(event.occurred_at.date(), lang),
        version=date_text(event.text_version, lang),
    )


def stopped(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _(
            "C'est noté : je ne t'écris plus en premier. Tu peux toujours me poser des questions.\n\n"
            "J'efface ce que je garde sur toi dans 30 jours, ou tout de suite avec /oublier."
        ),
        (ways_out(lang),),
    )


def file_not_sent(lang: str) -> Reply:
    return Reply(translator(lang)("Je n'ai pas pu t'envoyer le fichier. Réessaie dans un moment."), (ways_out(lang),))
