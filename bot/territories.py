"""Which Mission Locale a place probably belongs to. Pure.

No list at hand tells it. The rule below, distances and zones d'emploi, finds the right one for nine people in ten.
"""

from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple

from bot.places import Places
from bot.spots import Grid, Spot, around, grid_of, km_between
from bot.structures import Kind, Structure

# A Mission Locale is at 0.4 of the way to its nearest site and 0.6 of that to its seat, and as if it were further, in
# km, when it has nobody in the same zone d'emploi or is in another département. Measured on 478 communes of five
# départements (tests/golden/missions_locales.csv): right for 85 % of them and 94 % of the people, against 77 % and
# 82 % for the seat of the same zone d'emploi in the département.
TO_SITE, TO_SEAT = 0.4, 0.6
OTHER_ZONE, OTHER_DEPARTEMENT = 10, 30
SAME_TOWN = 1  # km


class Team(NamedTuple):
    """A Mission Locale: where its seat is, and everywhere it receives. Without a code, a lone site."""

    code: str
    departement: str
    seat: Spot
    sites: tuple[tuple[Spot, Structure], ...]
    spots: frozenset[Spot]  # of the sites: several may be in one town
    zones: frozenset[str]  # the zones d'emploi where it receives

    def distance(self, here: Spot, to_seat: float, departement: str) -> float:
        """Return how far it is in the sense of the rule above, in km, when its seat is at `to_seat` km."""
        to_site = min(km_between(here, spot) for spot in self.spots)
        km = TO_SITE * to_site + TO_SEAT * to_seat
        km += 0 if self.departement == departement else OTHER_DEPARTEMENT
        return km if here.zone in self.zones or to_site < SAME_TOWN else km + OTHER_ZONE

    def place_to_go(self, here: Spot | None) -> Structure:
        """Return the nearest site; where it has no phone or no site of its own, with those of the seat."""
        _, nearest = min(self.sites, key=lambda site: km_between(here, site[0])) if here else self.sites[0]
        if nearest.phone:
            return nearest
        others = sorted((one for _, one in self.sites), key=lambda one: not one.is_seat)

        def known(column: str) -> str:
            return getattr(nearest, column) or next(filter(None, (getattr(one, column) for one in others)), "")

        return replace(nearest, phone=known("phone"), website=known("website"), booking_url=known("booking_url"))


class Atlas(NamedTuple):
    """The Missions Locales and the Habitat Jeunes of a directory, laid out on the map."""

    by_departement: dict[str, list[Team]]
    teams: Grid[Team]
    homes: Grid[Structure]
    territories: dict[str, str]  # the code of the Mission Locale around each residence, by the id of the residence


def lay_out(structures: Iterable[Structure], places: Places) -> Atlas:
    """Lay structures out on the map, once: every question needs it. Those that nobody can locate are left out."""
    by_kind: dict[Kind, list[tuple[Spot, Structure]]] = {kind: [] for kind in Kind}
    for one in structures:
        if spot := _spot(one, places):
            by_kind[one.kind].append((spot, one))
    teams = list(_teams(by_kind[Kind.MISSION_LOCALE], places))
    by_departement: dict[str, list[Team]] = {}
    for team in teams:
        by_departement.setdefault(team.departement, []).append(team)
    homes = by_kind[Kind.HABITAT_JEUNES]
    atlas = Atlas(by_departement, grid_of((team.seat, team) for team in teams), grid_of(homes), {})
    for spot, home in homes:
        first = next(iter(probable(atlas, spot, home.departement)), None)
        atlas.territories[home.id] = first.code if first else ""
    return atlas


def probable(atlas: Atlas, here: Spot, departement: str) -> list[Team]:
    """Return the Missions Locales around a spot, the probable one first."""
    local = only_one(atlas, departement)
    near = ((team.distance(here, km, departement), team) for km, team in around(atlas.teams, here))
    by_distance = [team for _, team in sorted(near, key=itemgetter(0))]
    # A lone site, whose Mission Locale is not known, is a place to go: it does not tell the territory.
    first = [local] if local else [team for team in by_distance if team.code][:1]
    return [*first, *(team for team in by_distance if team not in first)]


def only_one(atlas: Atlas, departement: str) -> Team | None:
    """Return the Mission Locale of a département that has only one: no doubt about that one."""
    codes = [team for team in atlas.by_departement.get(departement, ()) if team.code]
    return codes[0] if len(codes) == 1 else None


def _teams(located: Iterable[tuple[Spot, Structure]], places: Places) -> Iterable[Team]:
    sites: dict[str, list[tuple[Spot, Structure]]] = {}
    for spot, one in located:
        sites.setdefault(one.organisation or one.id, []).append((spot, one))
    for key, there in sites.items():
        spot, seat = min(there, key=lambda site: not site[1].is_seat)
        # The code of a Mission Locale is the INSEE code of its seat, even where no list has a row for that place.
        at, spots = places.spot(key) or spot, frozenset(spot for spot, _ in there)
        zones = frozenset(spot.zone for spot in spots if spot.zone)
        yield Team(seat.organisation, seat.departement, at, tuple(there), spots, zones)


def _spot(one: Structure, places: Places) -> Spot | None:
    """Return where a structure is, with its zone d'emploi if the list of communes tells."""
    known = places.spot(one.insee)
    return one.spot._replace(zone=known.zone if known else "") if one.spot else known
