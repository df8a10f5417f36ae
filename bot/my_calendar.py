"""/calendrier: what is sent first to somebody and when, in words, with a button to drop each line or put it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from bot.decent_hours import months_after
from bot.i18n import date_text, month_text, translator
from bot.joining import Step
from bot.library import Library
from bot.menus import topic_button, ways_out
from bot.models import Planned, PlannedState, Status
from bot.plan import CHECK_IN, REMINDER, Anchor, Plan, Text
from bot.replies import Button, Reply


@dataclass(frozen=True)
class Calendar:
    """What a transaction found of somebody's calendar, to be shown after it."""

    rows: Sequence[Planned]
    status: str
    lacks_exit: bool
    lacks_birth: bool  # and may still be under 21
    kept_until: date


def shown(calendar: Calendar, plan: Plan, lang: str) -> Reply:
    """Every line in the order of its day; what is missing for more; a button for each line that may change."""
    _ = translator(lang)
    active = calendar.status == Status.ACTIVE
    lines = [f"• {_line(row, calendar, plan, lang)}" for row in calendar.rows]
    text = [f"<b>{_('Ton calendrier')}</b>", *(lines or [_("Il n'y a rien de prévu.")]), ""]
    if active:
        text.append(_("Je t'écris entre 10 h et 19 h chez toi, jamais un dimanche ni un jour férié."))
    else:
        text.append(_("Tu avais arrêté mes messages : je ne t'envoie rien en premier."))
    missing = _missing(calendar, lang) if active else {}
    text += [sentence for sentence, _button in missing.values()]
    changes = [button for row in calendar.rows for button in _changes(row, plan, lang)] if active else []
    asked = [button for _sentence, button in missing.values()]
    return Reply("\n".join(text), (*((button,) for button in (*changes, *asked)), ways_out(lang)))


def _line(row: Planned, calendar: Calendar, plan: Plan, lang: str) -> str:
    line = escape(told(row, plan, lang), quote=False)
    if row.state == PlannedState.PLANNED and row.due_on > calendar.kept_until:  # erased before, unless they write
        until = date_text(calendar.kept_until, lang)
        line += " " + translator(lang)("(seulement si tu m'écris avant le {date})").format(date=until)
    return line


def _missing(calendar: Calendar, lang: str) -> dict[Step, tuple[str, Button]]:
    """What would bring more lines, and the button that asks for it."""
    _ = translator(lang)
    missing = {}
    if calendar.lacks_exit:
        missing[Step.EXIT] = (
            _("Sans ta date de départ, je ne sais pas quand t'écrire."),
            Button(_("Donner ma date de départ"), f"mine:edit:{Step.EXIT}"),
        )
    if calendar.lacks_birth:
        missing[Step.BIRTH] = (
            _("Avec ton mois de naissance, je peux t'envoyer deux rappels avant tes 21 ans. C'est toi qui choisis."),
            Button(_("Donner mon mois de naissance"), f"mine:edit:{Step.BIRTH}"),
        )
    return missing


def _changes(row: Planned, plan: Plan, lang: str) -> list[Button]:
    _ = translator(lang)
    name = title(plan, row.rule, lang)
    if row.rule not in plan.rules:  # taken out of the plan: there is nothing to put back
        return []
    if row.state == PlannedState.PLANNED:
        return [Button(_("Enlever : {title}").format(title=name), f"plan:drop:{row.rule}")]
    if row.state == PlannedState.DROPPED:
        return [Button(_("Remettre : {title}").format(title=name), f"plan:back:{row.rule}")]
    return []


def title(plan: Plan | None, rule: str, lang: str) -> str:
    """Return what a rule is called; one that is not in the plan any more has no name left."""
    if plan is None or rule not in plan.rules:
        return translator(lang)("un message")
    return plan.text(plan.rules[rule].text, lang).title


def told(row: Planned, plan: Plan | None, lang: str) -> str:
    """Return in words what became of a message, or when it goes."""
    _ = translator(lang)
    sent = _("envoyé le {date} : {title}")
    answered = _("envoyé le {date}, tu as répondu : {title}") if row.sent_at else _("tu as répondu : {title}")
    failed = _("je n'ai pas pu l'envoyer : {title}")
    words = {
        PlannedState.PLANNED: _("reporté, vers le {date} : {title}") if row.snoozed else _("vers le {date} : {title}"),
        PlannedState.SENDING: _("en train de partir : {title}"),
        PlannedState.SENT: sent,
        PlannedState.ANSWERED: answered,
        PlannedState.NO_ANSWER: sent,
        PlannedState.UNREACHABLE: failed,
        PlannedState.EXPIRED: failed,
        PlannedState.REFUSED: failed,
        PlannedState.PARKED: _("peut-être envoyé le {date} : {title}"),
        PlannedState.DROPPED: _("enlevé : {title}"),
    }[PlannedState(row.state)]
    on = row.sent_at.date() if row.sent_at else row.due_on
    return words.format(date=date_text(on, lang), title=title(plan, row.rule, lang))


def dropped(calendar: Reply, lang: str) -> Reply:
    return _after(translator(lang)("C'est enlevé : je ne l'enverrai pas."), calendar)


def back(row: Planned | None, calendar: Reply, lang: str) -> Reply:
    """A line put back, or not: its time may be over."""
    _ = translator(lang)
    if row is None:
        return _after(_("Je ne peux plus le remettre : son moment est passé."), calendar)
    return _after(_("C'est remis, vers le {date}.").format(date=date_text(row.due_on, lang)), calendar)


def _after(sentence: str, calendar: Reply) -> Reply:
    return Reply(f"{sentence}\n\n{calendar.html}", calendar.buttons)


def later(on: date, lang: str) -> Reply:
    _ = translator(lang)
    text = _("D'accord, je te le redis vers le {date}.").format(date=date_text(on, lang))
    return Reply(text, ((Button(_("Mon calendrier"), "plan:show"),), ways_out(lang)))


def text_of(rule: str, deadline: date | None, library: Library, lang: str) -> Reply:
    """The text of a rule, with the date that it speaks of, and its topics."""
    text, found = _text(rule, library, lang), library.plan.rules[rule]
    html = text.html.replace("{date}", _deadline_text(found.anchor, deadline, lang) if deadline else "")
    answer = [Button(translator(lang)("Répondre"), "check:start")] if rule in (CHECK_IN, REMINDER) else []
    return _titled(rule, html, library, lang, answer)


def passed(rule: str, deadline: date, library: Library, lang: str) -> Reply:
    """A text that is read when its date is behind: what it speaks of may still be worth asking somebody."""
    _ = translator(lang)
    on = _deadline_text(library.plan.rules[rule].anchor, deadline, lang)
    html = _("Cette date est passée : {date}. Parle quand même à quelqu'un : il y a peut-être une solution.")
    return _titled(rule, html.format(date=on), library, lang, [])


def _titled(rule: str, html: str, library: Library, lang: str, first: list[Button]) -> Reply:
    topics = [topic_button(library, slug, lang) for slug in library.plan.rules[rule].topics]
    rows = tuple((button,) for button in (*first, *topics))
    heading = f"<b>{escape(_text(rule, library, lang).title, quote=False)}</b>"
    return Reply(f"{heading}\n\n{html}", (*rows, ways_out(lang, topic_of(rule, library.plan))))


def _text(rule: str, library: Library, lang: str) -> Text:
    return library.plan.text(library.plan.rules[rule].text, lang)


def topic_of(rule: str, plan: Plan) -> str | None:
    """Return the topic whose contacts know most about a rule."""
    return next(iter(plan.rules[rule].topics), None)


def is_past(rule: str, deadline: date, plan: Plan, today: date) -> bool:
    """Return whether the date of a text is surely behind; of a birthday only the month is known."""
    is_birthday = plan.rules[rule].anchor == Anchor.BIRTHDAY_21
    return today >= months_after(deadline, 1) if is_birthday else today > deadline


def told_deadline(row: Planned, plan: Plan) -> date | None:
    """Return the date that a text spoke of when it was planned, for whoever has taken their own date back since."""
    months = plan.rules[row.rule].deadline_months
    return None if months is None else months_after(row.anchor_on, months)


def _deadline_text(anchor: Anchor, deadline: date, lang: str) -> str:
    return (month_text if anchor == Anchor.BIRTHDAY_21 else date_text)(deadline, lang)
