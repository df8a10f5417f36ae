"""The calendar in tables, in plain French: its rules, one person's days and why there are none, a simulated year."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date

from rich.table import Table

from bot.decent_hours import CLOSES, OPENS
from bot.i18n import SOURCE_LANGUAGE, date_text, month_text
from bot.places import Places
from bot.plan import Anchor, Audience, Plan, Profile, Rule, deadline, is_for, line_of, lines
from bot.simulation import Send

AFTER = {
    Anchor.EXIT: "le départ",
    Anchor.BIRTHDAY_21: "les 21 ans",
    Anchor.JOINING: "le premier oui",
    Anchor.CHECK_IN: "l'envoi du point, sans réponse",
}
NO_ANCHOR = {
    Anchor.EXIT: "pas de date de départ (--exit)",
    Anchor.BIRTHDAY_21: "pas de mois de naissance (--birth)",
    Anchor.CHECK_IN: "seulement après le point, s'il reste sans réponse",
}
WHO = {
    Audience.IN_CARE: "encore suivi",
    Audience.LEFT: "parti",
    Audience.MINOR: "mineur",
    Audience.UNDER_21: "moins de 21 ans, ou peut-être",
    Audience.OVER_21: "sûrement 21 ans ou plus",
    Audience.WITHIN_3_YEARS: "départ de moins de 3 ans",
    Audience.PAST_3_YEARS: "départ de plus de 3 ans",
}


def rules(plan: Plan) -> Table:
    """Return the rules in their order, then what late joiners are told."""
    table = Table(
        "règle", "titre", "quand", "pour qui", "fenêtre (jours)", "texte", title=f"Calendrier du {plan.version}"
    )
    for name, rule in plan.rules.items():
        who = ", ".join(WHO[one] for one in rule.audience) or "tout le monde"
        window = f"{rule.earliest:+d} à {rule.expires:+d}, en retard après {rule.latest:+d}"
        table.add_row(name, plan.text(rule.text, SOURCE_LANGUAGE).title, _when(rule), who, window, rule.text)
    for late in plan.late_joiners:
        who = ", ".join(WHO[one] for one in late.audience) or "tous les autres"
        table.add_row(
            "à l'arrivée", plan.text(late.text, SOURCE_LANGUAGE).title, "le jour du point passé", who, "", late.text
        )
    return table


def _when(rule: Rule) -> str:
    parts = [f"{abs(rule.months)} mois"] * bool(rule.months) + [f"{abs(rule.days)} jours"] * bool(rule.days)
    side = "avant" if rule.months < 0 or (not rule.months and rule.days < 0) else "après"
    return f"{' et '.join(parts)} {side} {AFTER[rule.anchor]}" if parts else f"le jour : {AFTER[rule.anchor]}"


def calendar(plan: Plan, places: Places, profile: Profile, today: date) -> Table:
    """Return the days of one person after today, then each rule that gives none, and why."""
    found = places.departements.get(profile.departement or "")
    hours = f"{OPENS:%H:%M}-{CLOSES:%H:%M}, {found.zone}" if found else "14:00-15:00 UTC (lieu inconnu)"
    told = [f"à partir du {today}", profile.age_band, found.name if found else "lieu inconnu"]
    table = Table("règle", "jour", "heures", "titre ou raison", title=f"Une personne, {', '.join(told)}")
    to_come = {line.rule: line for line in lines(plan, profile, today)}
    for name, line in to_come.items():
        on = deadline(plan, name, profile)
        title = plan.text(plan.rules[name].text, SOURCE_LANGUAGE).title
        table.add_row(name, str(line.due_on), hours, f"{title} ({_said(plan, name, on)})" if on else title)
    for name in plan.rules:
        if name not in to_come:
            table.add_row(name, "—", "", why_not(plan, name, profile, today))
    return table


def _said(plan: Plan, name: str, on: date) -> str:
    text = month_text if plan.rules[name].anchor == Anchor.BIRTHDAY_21 else date_text
    return text(on, SOURCE_LANGUAGE)


def why_not(plan: Plan, name: str, profile: Profile, today: date) -> str:
    """Say why a rule gives somebody nothing after today. Asks the rules themselves, one condition taken away."""
    rule = plan.rules[name]
    whoever = replace(plan, rules={name: rule.model_copy(update={"audience": ()})})
    line = line_of(whoever, name, profile, today)
    if line:
        missing = [WHO[one] for one in rule.audience if not is_for((one,), profile, line.due_on)]
        return f"le {line.due_on}, il faudrait : {', '.join(missing)}"
    early = line_of(whoever, name, profile, date.min)
    return f"son dernier jour, {early.expires_on}, est passé" if early else NO_ANCHOR[rule.anchor]


def by_month(plan: Plan, sends: Sequence[Send], title: str) -> Table:
    """Return how many messages of each rule go in each month."""
    count = Counter((f"{send.at:%Y-%m}", send.rule) for send in sends)
    table = Table("month", *plan.rules, "all", title=title)
    for month in sorted({month for month, _ in count}):
        row = [count[month, rule] for rule in plan.rules]
        table.add_row(month, *map(str, row), str(sum(row)))
    row = [sum(send.rule == rule for send in sends) for rule in plan.rules]
    table.add_section()
    table.add_row("all", *map(str, row), str(len(sends)))
    return table


def busiest(sends: Sequence[Send]) -> Iterator[str]:
    """Yield what a sender must bear, and the proof that nobody is woken."""
    if not sends:
        return
    [(day, of_day)] = Counter(send.at.date() for send in sends).most_common(1)
    [(hour, of_hour)] = Counter(f"{send.at.astimezone(UTC):%Y-%m-%d %H:00}" for send in sends).most_common(1)
    local = sorted(send.at.time() for send in sends)
    yield f"Busiest day: {day}, {of_day} messages. Busiest hour: {hour} UTC, {of_hour} messages."
    yield f"Local hours: from {local[0]:%H:%M} to {local[-1]:%H:%M}."
