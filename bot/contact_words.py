"""What is said of who helps near a place: the probable contact, two others, how old the list is, and other doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot import messages, problems
from bot.contact_ages import Age
from bot.contact_places import payload
from bot.directory import NATIONAL, How, Nearby
from bot.i18n import translator
from bot.library import Library
from bot.menus import NEAR, Rows, in_rows, ways_out, with_numbers
from bot.places import Places, Town
from bot.replies import Button, Reply
from bot.structure_words import in_short, link, place, source_date
from bot.structures import Kind, Structure
from bot.unreadable import Problem

WHERE = "where"  # in the place of a place, in a button: another one
LYON = "69"  # two départements in one: that of the Métropole, and that of the Rhône


@dataclass(frozen=True)
class Asked:
    """Who is asked for, where, in words too; whether the place was told just now, or is one that we keep; their age."""

    kind: Kind
    where: Town
    place: str
    told: bool = True
    age: Age = Age.FITS


def ask_where(kind: Kind, lang: str) -> Reply:
    _ = translator(lang)
    if kind == Kind.DEPARTEMENT:
        text = _(
            "Quel département s'occupe de toi, ou s'occupait de toi ? C'est à lui que tu peux demander de l'aide.\n"
            "Par exemple : « 31 » ou « Haute-Garonne »."
        )
    else:
        text = _(
            "Dans quelle ville ou quel code postal ? Je ne le garde pas.\n"
            "Par exemple : « Toulouse » ou « 31000 ». Le département marche aussi : « 31 »."
        )
    return Reply(text, (ways_out(lang),))


def where_again(problem: Problem, kind: Kind, library: Library, lang: str) -> Reply:
    """The question once more, after what was wrong with the answer; and who helps whoever cannot answer it."""
    _ = translator(lang)
    asked, national = ask_where(kind, lang), NATIONAL[kind]
    told = problems.sentence(problem, lang)
    if problem == Problem.POSTCODE_UNKNOWN:  # that of Monaco does exist
        told = _("Je ne connais pas ce code postal. Il a cinq chiffres, par exemple « 31000 ».")
    line = messages.contact_line(kind, library, lang)
    line += "" if national.website in line else "\n" + link("🔗", national.name, national.website, lang)
    abroad = _("Si tu n'es pas en France, appuie sur « Parler à quelqu'un ».")
    html = "\n\n".join([escape(told, quote=False), asked.html, line, abroad])
    return with_numbers(html, library, lang, asked.buttons)


def which_place(kind: Kind, towns: tuple[Town, ...], places: Places, lang: str) -> Reply:
    """Several places bear this name: one tap tells which."""
    _ = translator(lang)
    rows = []
    for town in towns:
        postcode = f"{town.postcode} " if town.postcode and town.name else ""
        rows.append((Button(postcode + name_of(town, places), f"{NEAR}:{kind}:{payload(town)}"),))
    text = _("Laquelle veux-tu dire ? Si ce n'est aucune, écris-la autrement, avec le code postal.")
    return Reply(text, (*rows, _elsewhere(kind, lang), ways_out(lang)))


def name_of(place: Town, places: Places) -> str:
    """Return a place in words: « Toulouse (31) », « Haute-Garonne (31) »."""
    code = place.departement
    if not place.name and not place.postcode:
        return f"{places.departements[code].name} ({code})"
    return f"{place.name or place.postcode} ({code})"


def found(near: Nearby, asked: Asked, library: Library, lang: str) -> Reply:
    """Who helps near a place, and what to do where nobody is known. Never « you may not »: another door comes first."""
    _ = translator(lang)
    where, age = escape(asked.place, quote=False), asked.age
    kind, somewhere = near.instead or asked.kind, near.how == How.SOMEWHERE
    parts = [_other_door(kind, library, lang, age)] if age in (Age.TOO_YOUNG, Age.TOO_OLD) else []
    structures = [one for one in near.structures if not _is_national(one)]
    national = [one for one in near.structures if _is_national(one)]
    if near.instead or not structures:
        parts.append(_none_near(asked.kind, lang).format(place=where))
    opening = _only_somewhere(asked.where, lang) if somewhere else _opening(kind, lang)
    if kind == Kind.DEPARTEMENT and asked.where.departement == LYON:  # the list knows the Rhône alone
        told = _(
            "À Lyon et autour, l'aide sociale à l'enfance (ASE), c'est la Métropole de Lyon ({site}), pas le Rhône."
        )
        parts.append(told.format(site='<a href="https://www.grandlyon.com">grandlyon.com</a>'))
        opening = _("Ailleurs dans le Rhône, c'est le département :")
    parts += _nearest(structures, kind, opening.format(place=where), lang, somewhere=somewhere)
    if national:
        links = "\n".join(link("🔗", one.name, one.website, lang) for one in national)
        parts.append(f"{_('Pour toute la France :')}\n{links}")
    if not structures:
        parts.append(messages.human(library, lang).html)
    elif kind == Kind.DEPARTEMENT or not (structures[0].phone or national):
        parts.append(messages.contact_line(kind, library, lang))
    if asked.kind == Kind.HABITAT_JEUNES and (near.instead or not structures):
        parts.append(_without_home(library, lang))
    if age == Age.UNKNOWN:
        parts.append(_ages(kind, lang))
    has_phone = any(one.phone for one in structures)
    if structures and not has_phone:
        line = messages.contact_line("enfance_danger", library, lang)
        parts.append(_("En attendant, quelqu'un te répond ici :") + f"\n{line}")
    if structures:
        parts.append(_how_old(structures[0], lang, has_phone=has_phone))
    return Reply("\n\n".join(parts), _buttons(asked, lang))


def _nearest(structures: Sequence[Structure], kind: Kind, opening: str, lang: str, *, somewhere: bool) -> list[str]:
    """The probable one, and the others in short: those of another kind apart, by their name."""
    if not structures:
        return []
    _ = translator(lang)
    parts = [f"{opening}\n{place(structures[0], lang)}"]
    others = [one for one in structures[1:] if one.kind == kind]
    apart = [one for one in structures[1:] if one.kind != kind]
    beside = _("Il y a aussi :") if somewhere else _("Pas loin, il y a aussi :")
    for heading, some in ((beside, others), (_("Plus loin, il y a :"), apart)):
        if some:
            parts.append("\n".join([heading, *(in_short(one, lang) for one in some)]))
    return parts


def elsewhere(key: str, library: Library, lang: str, kind: Kind = Kind.MISSION_LOCALE) -> Reply:
    """Somebody of whom there is no list: how to find them, and the Mission Locale, which knows them."""
    _ = translator(lang)
    lines = [messages.contact_line(one, library, lang) for one in dict.fromkeys((key, kind))]
    text = "\n\n".join([_("Je n'ai pas cette adresse, mais voici comment la trouver :"), *lines])
    return Reply(text, ((Button(_("Mon contact"), f"{NEAR}:{kind}"),), ways_out(lang)))


def _other_door(kind: Kind, library: Library, lang: str, age: Age) -> str:
    """Who helps instead, before 16 or from 26. Ages differ from place to place: it is no refusal."""
    _ = translator(lang)
    if age == Age.TOO_YOUNG:
        told = _("Avant 16 ans, parle à un adulte de ton école (infirmière, assistante sociale), ou à :")
        keys = ("enfance_danger", "assistante_sociale")
    else:
        told = _("À ton âge, voici qui peut t'aider en premier :")
        keys = ("france_travail", "assistante_sociale")
    lines = [messages.contact_line(key, library, lang) for key in keys]
    return "\n\n".join([told, *lines, f"{_ages(kind, lang)} {_('Tu peux quand même appeler :')}"])


def _is_national(structure: Structure) -> bool:
    return structure == NATIONAL[structure.kind]


def _none_near(kind: Kind, lang: str) -> str:
    _ = translator(lang)
    return {
        Kind.MISSION_LOCALE: _("Je ne connais pas de Mission Locale pour {place}."),
        Kind.HABITAT_JEUNES: _("Je ne connais pas de résidence Habitat Jeunes pour {place}."),
        Kind.ADEPAPE: _("Je ne connais pas d'association d'anciens (ADEPAPE) pour {place}."),
        Kind.DEPARTEMENT: _("Je n'ai pas le numéro du département pour {place}."),
    }[kind]


def _opening(kind: Kind, lang: str) -> str:
    _ = translator(lang)
    return {
        Kind.MISSION_LOCALE: _("Pour {place}, ta Mission Locale est probablement :"),
        Kind.HABITAT_JEUNES: _("Pour {place}, la résidence Habitat Jeunes est probablement :"),
        Kind.ADEPAPE: _(
            "L'ADEPAPE est l'association des anciens de la protection de l'enfance. Pour {place}, c'est probablement :"
        ),
        Kind.DEPARTEMENT: _("Pour {place}, l'aide sociale à l'enfance (ASE), c'est le département :"),
    }[kind]


def _only_somewhere(where: Town, lang: str) -> str:
    """A département has several: which one is theirs is not known without their town."""
    _ = translator(lang)
    if where.name or where.postcode:
        return _(
            "Je ne sais pas où est {place}, je connais seulement son département. "
            "Ce n'est peut-être pas le plus près de chez toi. "
            "Pour le savoir, appuie sur « Une autre ville », et écris une grande ville près de toi."
        )
    return _(
        "Je connais seulement le département : {place}. Ce n'est peut-être pas le plus près de chez toi. "
        "Pour le savoir, appuie sur « Une autre ville »."
    )


def _ages(kind: Kind, lang: str) -> str:
    _ = translator(lang)
    if kind == Kind.HABITAT_JEUNES:
        return _("Les résidences Habitat Jeunes sont pour les 16-30 ans.")
    return _(
        "Selon les territoires, la Mission Locale reçoit de 16 à 25 ans, et plus tard avec un handicap reconnu. "
        "Si ce n'est pas ton âge, demande à une assistante sociale."
    )


def _without_home(library: Library, lang: str) -> str:
    _ = translator(lang)
    return "\n\n".join(
        [
            _(
                "• <b>Le CLLAJ</b> (comité local pour le logement autonome des jeunes) aide à trouver un logement. "
                "Il n'y en a pas partout : demande à la Mission Locale."
            ),
            messages.contact_line("hebergement", library, lang),
            _(
                "• <b>Le SIAO</b> (service intégré de l'accueil et de l'orientation) cherche les places d'hébergement. "
                "Une assistante sociale peut lui écrire pour toi."
            ),
        ]
    )


def _how_old(structure: Structure, lang: str, *, has_phone: bool) -> str:
    _ = translator(lang)
    when = source_date(structure.source_date, lang)
    told = _("D'après une liste faite en {when}.").format(when=when) if when else _("D'après une liste sans date.")
    return f"{told} " + (
        _("Ça a pu changer : appelle avant de te déplacer.")
        if has_phone
        else _("Ça a pu changer : vérifie avant de te déplacer.")
    )


def _buttons(asked: Asked, lang: str) -> Rows:
    _ = translator(lang)
    labels = {
        Kind.MISSION_LOCALE: _("Mission Locale"),
        Kind.HABITAT_JEUNES: _("Habitat Jeunes"),
        Kind.ADEPAPE: _("Association d'anciens"),
        Kind.DEPARTEMENT: _("Département"),
    }
    there = f":{payload(asked.where)}" if asked.told else ""
    others = [Button(label, f"{NEAR}:{kind}{there}") for kind, label in labels.items() if kind != asked.kind]
    return (*in_rows(others, 2), _elsewhere(asked.kind, lang), ways_out(lang))


def _elsewhere(kind: Kind, lang: str) -> tuple[Button, ...]:
    return (Button(translator(lang)("Une autre ville"), f"{NEAR}:{kind}:{WHERE}"),)
