"""Who can help near a place: Missions Locales, Habitat Jeunes, ADEPAPE, départements. Pure: reads no file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

from bot.places import Places, Town, key_of
from bot.spots import Spot, around, km_between
from bot.structures import Kind, Structure
from bot.territories import Atlas, Team, lay_out, only_one, probable

MOST = 3
NEXT_DOOR = 10  # km: near enough for a residence, whichever Mission Locale it belongs to


class How(StrEnum):
    """Why these structures, and so how sure it is."""

    SAME_ZONE = "same_zone"  # the first is in the same zone d'emploi, or in the territory of the same Mission Locale
    NEAREST = "nearest"
    DEPARTEMENT = "departement"  # the one of the département
    SOMEWHERE = "somewhere"  # of the département, and which is the nearest is not known: nothing tells where they are
    NATIONAL = "national"  # none is known near there


@dataclass(frozen=True, eq=False)
class Directory:
    """Every structure, as the lists tell them."""

    structures: tuple[Structure, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Structure]:
        return {one.id: one for one in self.structures}

    @cached_property
    def by_code(self) -> dict[str, Structure]:
        """Structures by the code that a button bears."""
        return {one.code: one for one in self.structures}

    @cached_property
    def by_kind(self) -> dict[Kind, tuple[Structure, ...]]:
        return {kind: tuple(one for one in self.structures if one.kind == kind) for kind in Kind}

    @cached_property
    def spots(self) -> dict[str, Spot]:
        """Where structures are, by INSEE code, postcode and name of town: all there is without a list of communes."""
        found: dict[str, Spot] = {}
        for one in self.structures:
            for key in (one.insee, one.postcode, _town_key(one.town, one.departement)):
                if one.spot and key:
                    found.setdefault(key, one.spot)
        return found


EMPTY = Directory()


def _national(kind: Kind, name: str, website: str) -> Structure:
    return Structure(f"national-{kind}", kind, name, "FR", "Relais", "2026-11", website=website)


# In code, so that whatever happens to the lists there is somebody to reach.
NATIONAL = {
    one.kind: one
    for one in (
        _national(Kind.MISSION_LOCALE, "Annuaire des Missions Locales", "https://www.unml.info"),
        _national(Kind.HABITAT_JEUNES, "Carte des Habitat Jeunes", "https://habitatjeunes.org/carte-des-logements"),
        _national(Kind.ADEPAPE, "Fédération nationale des ADEPAPE", "https://www.fnadepape.org"),
        _national(Kind.DEPARTEMENT, "Annuaire des départements", "https://lannuaire.service-public.gouv.fr"),
    )
}


@dataclass(frozen=True)
class Nearby:
    """At most three structures, the probable one first.

    `instead` is the kind of the first when none of the wanted kind is known there; the nearest of the wanted kind may
    stand after it. Where the first has neither phone nor site, or there is none, the last is one of NATIONAL.
    """

    structures: tuple[Structure, ...]
    how: How
    instead: Kind | None = None


def nearby(directory: Directory, places: Places, kind: Kind, town: Town) -> Nearby:
    """Return who can help around a town: always somebody with a name, and a phone or a site.

    For the département and the ADEPAPE, `town` is where they were in care; its département is enough.
    """
    here = _spot_of(directory, places, town)
    if kind == Kind.MISSION_LOCALE:
        teams, how = _missions_locales(_atlas(directory, places), here, town.departement)
        return _found(kind, [team.place_to_go(here) for team in teams[:MOST]], how)
    if kind == Kind.HABITAT_JEUNES:
        return _habitat_jeunes(directory, _atlas(directory, places), here, town.departement)
    there = [one for one in directory.by_kind[kind] if one.departement == town.departement]
    there.sort(key=lambda one: (not one.is_seat, not one.has_contact, _km(here, one)))
    return _found(kind, there, How.DEPARTEMENT)


def _found(kind: Kind, found: Sequence[Structure], how: How) -> Nearby:
    """Return what was found, with the national list when the first one has neither phone nor site."""
    kept = tuple(found[:MOST])
    if not kept:
        return Nearby((NATIONAL[kind],), How.NATIONAL)
    return Nearby(kept if kept[0].has_contact else (*kept[: MOST - 1], NATIONAL[kind]), how)


def _missions_locales(atlas: Atlas, here: Spot | None, departement: str) -> tuple[Sequence[Team], How]:
    if here is None:
        teams = sorted(
            atlas.by_departement.get(departement, ()), key=lambda team: not team.place_to_go(None).has_contact
        )
        return teams, How.SOMEWHERE if len(teams) > 1 else How.DEPARTEMENT
    teams = probable(atlas, here, departement)
    if only_one(atlas, departement):
        return teams, How.DEPARTEMENT
    return teams, How.SAME_ZONE if teams and here.zone in teams[0].zones else How.NEAREST


def _habitat_jeunes(directory: Directory, atlas: Atlas, here: Spot | None, departement: str) -> Nearby:
    """Return the residences next door or of the same territory; elsewhere the Mission Locale, which knows of others."""
    kind = Kind.HABITAT_JEUNES
    teams, how = _missions_locales(atlas, here, departement)
    if here is None:
        near = [one for one in directory.by_kind[kind] if one.departement == departement]
        if near:
            return _found(kind, sorted(near, key=lambda one: not one.has_contact), How.SOMEWHERE)
    else:
        by_distance = sorted(around(atlas.homes, here), key=lambda found: (found[0], not found[1].has_contact))
        near = [one for _, one in by_distance]
        if by_distance and (by_distance[0][0] <= NEXT_DOOR or not teams):
            return _found(kind, near, How.NEAREST)
    if not teams:
        return _found(kind, (), How.NATIONAL)
    same = [one for one in near[:MOST] if atlas.territories[one.id] == teams[0].code]
    if same:
        return _found(kind, [*same, *(one for one in near if one not in same)], How.SAME_ZONE)
    shown = teams[:2] if how == How.SOMEWHERE else teams[:1]
    others = near[: MOST - 1 - len(shown)]
    return Nearby((*(team.place_to_go(here) for team in shown), *others, NATIONAL[kind]), how, Kind.MISSION_LOCALE)


@lru_cache(maxsize=2)  # the present one, and that of before while it is still in use
def _atlas(directory: Directory, places: Places) -> Atlas:
    return lay_out(directory.structures, places)


def _spot_of(directory: Directory, places: Places, town: Town) -> Spot | None:
    """Return where a town is by the list of communes, else by the structures that are in it, else None."""
    if spot := places.spot(town.insee):
        return spot
    for namesake in places.by_postcode.get(town.postcode or "", [])[:1]:  # the largest of that postcode
        if spot := places.spot(namesake.insee):
            return spot
    keys = (town.insee, town.postcode, _town_key(town.name, town.departement))
    return next((directory.spots[key] for key in keys if key and key in directory.spots), None)


def _town_key(name: str, departement: str) -> str:
    return f"{departement} {key_of(name)}" if name else ""


def _km(here: Spot | None, one: Structure) -> float:
    """Return how far a structure is; infinity when it is not known."""
    return km_between(here, one.spot) if here and one.spot else float("inf")


class Door(StrEnum):
    """Whose door somebody of an age knocks at first."""

    UNDER_16 = "under_16"  # the 119, the school, the département
    MISSION_LOCALE = "mission_locale"
    FROM_26 = "from_26"  # France Travail, the social worker of the town


YOUNGEST, OLDEST, OLDEST_WITH_HANDICAP = 16, 25, 29  # years; somebody is of the last one until the next birthday


def who_helps(band: str | None, birth_month: date | None, today: date, *, handicap: bool = False) -> tuple[Door, ...]:
    """Return the doors that may be the right ones for an age band (15-17, 18-20, 21+), the likeliest first.

    With the month of birth one is left, or two in the month when it changes: the day is not known. Whoever has a
    disability is received by the Mission Locale until their 30th birthday.
    """
    if birth_month is None:
        unsure = {"15-17": (Door.UNDER_16,), "21+": (Door.FROM_26,)}
        return (Door.MISSION_LOCALE, *unsure.get(band or "", ()))
    months = (today.year - birth_month.year) * 12 + today.month - birth_month.month
    first, last = YOUNGEST * 12, ((OLDEST_WITH_HANDICAP if handicap else OLDEST) + 1) * 12
    if months in (first, last):
        return Door.MISSION_LOCALE, Door.UNDER_16 if months == first else Door.FROM_26
    if months < first:
        return (Door.UNDER_16,)
    return (Door.MISSION_LOCALE,) if months < last else (Door.FROM_26,)
