"""Everything held about a person: in plain words for the chat, as JSON to take away. The same for operators' export."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from html import escape
from typing import Any

from babel import Locale
from sqlalchemy import select

from bot import check_in_labels, consents, my_calendar, people, planned
from bot.checkins import Ask
from bot.i18n import date_text, month_text, translator
from bot.joining import Step
from bot.menus import in_rows, ways_out
from bot.models import Base, CheckIn, ConsentEvent, Person, Planned, Status
from bot.people import Details
from bot.plan import Plan
from bot.replies import Button, Reply
from bot.retention import PERSON_KEPT, STOPPED_KEPT
from bot.vault import Transaction

FILE_NAME = "relais-mes-donnees.json"
PLANNED_SHOWN = ("rule", "state", "anchor_on", "due_on", "due_at", "late_from", "expires_on", "snoozed", "sent_at")
CHECK_IN_SHOWN = ("opened_on", "closed_on", "asking", *Ask)


@dataclass(frozen=True)
class Held:
    """One person, opened: what a transaction found, to be shown after it."""

    id: str
    lang: str
    age_band: str
    age_told_on: date | None
    status: str
    joined_on: date
    last_contact_on: date
    kept_until: date
    chat: int
    details: Details
    consents: tuple[ConsentEvent, ...]
    planned: tuple[Planned, ...]
    check_ins: tuple[CheckIn, ...]


def kept_until(person: Person) -> date:
    """Return the day on which everything about a person is erased, if they do not write again."""
    until = person.last_contact_on + PERSON_KEPT
    return until if person.status == Status.ACTIVE else min(until, person.status_on + STOPPED_KEPT)


async def held(tx: Transaction, person: Person) -> Held:
    """Open everything about a person. Raises KeysError."""
    answers = select(CheckIn).where(CheckIn.person_id == person.id).order_by(CheckIn.opened_on)
    return Held(
        id=person.id,
        lang=person.lang,
        age_band=person.age_band,
        age_told_on=person.age_told_on,
        status=person.status,
        joined_on=person.joined_on,
        last_contact_on=person.last_contact_on,
        kept_until=kept_until(person),
        chat=people.chat_of(tx, person),
        details=people.details(tx, person),
        consents=tuple(await consents.history(tx, person)),
        planned=tuple(await planned.of(tx, person)),
        check_ins=tuple(await tx.session.scalars(answers)),
    )


def as_json(found: Held) -> dict[str, Any]:
    """Return all of it with plain keys, dates in ISO 8601."""
    whole: dict[str, Any] = {
        "reference": found.id,
        "telegram_chat": found.chat,
        "language": found.lang,
        "age_band": found.age_band,
        "age_told_on": found.age_told_on.isoformat() if found.age_told_on else None,
        "status": found.status,
        "joined_on": found.joined_on.isoformat(),
        "last_contact_on": found.last_contact_on.isoformat(),
        "kept_until": found.kept_until.isoformat(),
    }
    whole |= {name: _plain(value) for name, value in asdict(found.details).items()}
    whole["planned"] = [_columns(row, PLANNED_SHOWN) for row in found.planned]
    whole["check_ins"] = [_columns(row, CHECK_IN_SHOWN) for row in found.check_ins]
    whole["consents"] = [
        {
            "purpose": event.purpose,
            "action": event.action,
            "text_version": event.text_version.isoformat(),
            "text_language": event.text_lang,
            "text_sha256": event.text_sha256,
            "age_band": event.age_band,
            "how": event.how,
            "at": event.occurred_at.isoformat(),
        }
        for event in found.consents
    ]
    whole["sent_to_others"] = []
    return whole


def _columns(row: Base, names: Iterable[str]) -> dict[str, Any]:
    return {str(name): _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def nothing(lang: str) -> Reply:
    _ = translator(lang)
    return Reply(
        _("Je n'ai rien sur toi : ni ton nom, ni ton numéro, ni tes messages. Il n'y a rien à effacer."),
        (ways_out(lang),),
    )


def shown(found: Held, lang: str, plan: Plan | None = None) -> Reply:
    """Everything in plain words, a button to correct or remove each thing. Without a plan, messages have no title."""
    _ = translator(lang)
    lines = [f"• {label} : {escape(value, quote=False)}" for label, value in _lines(found, lang)]
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
            _("Je n'ai rien envoyé à personne. Je ne garde pas tes messages."),
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
        lines += [f"  {what} : {answer}" for what, answer in check_in_labels.told(check_in, lang)]
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
    ways = {"call": _("appel"), "text": _("SMS"), "no_voicemail": _("pas de message vocal")}
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
        (_("Langue"), Locale.parse(found.lang).get_display_name(lang) or found.lang),
        (_("Âge"), _("{band} ans").format(band=found.age_band)),
        (_("Mois de naissance"), month_text(details.birth_month, lang) if details.birth_month else none),
        (_("Situation"), situations.get(details.situation or "", none)),
        (_("Date de départ"), exit_on),
        (_("Département qui s'est occupé de toi"), details.care_departement or none),
        (_("Où tu habites"), details.home or none),
        (_("Prénom ou surnom"), details.name or none),
        (_("Téléphone"), details.phone or none),
        (_("E-mail"), details.email or none),
        (_("Comment te contacter"), ", ".join(ways[w] for w in (details.reach_how or "").split(",") if w) or none),
    ]


def _consent_line(event: ConsentEvent, lang: str) -> str:
    _ = translator(lang)
    purposes = {"checkin": _("t'écrire dans 6 mois"), "contact": _("garder de quoi te joindre")}
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
