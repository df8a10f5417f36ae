"""Points on the map: how far one is from another, and what lies around one."""

from collections.abc import Iterable, Iterator
from math import cos, floor, hypot, pi
from typing import NamedTuple, TypeVar

KM_PER_DEGREE = 111.2  # of latitude
FAR = 100  # km: further, nobody goes there
_HALF = pi / 360  # radians of half a degree
_CELL = (1, 2)  # degrees of latitude and longitude: more than FAR in each direction, wherever in France

T = TypeVar("T")


class Spot(NamedTuple):
    """Where a commune is: degrees, WGS 84, and the code of its zone d'emploi, "" if not known."""

    lat: float
    lon: float
    zone: str = ""


Grid = dict[tuple[int, int], list[tuple[Spot, T]]]


def km_between(one: Spot, other: Spot) -> float:
    """Return kilometres as the crow flies, within 1 % up to a few hundred: enough to tell the nearest."""
    (lat, lon, _), (other_lat, other_lon, _) = one, other
    return KM_PER_DEGREE * hypot(other_lat - lat, (other_lon - lon) * cos((lat + other_lat) * _HALF))


def grid_of(located: Iterable[tuple[Spot, T]]) -> Grid[T]:
    """Lay things out in cells, so that what is around a spot is found without looking at all of them."""
    grid: Grid[T] = {}
    for spot, thing in located:
        grid.setdefault(_cell(spot), []).append((spot, thing))
    return grid


def around(grid: Grid[T], here: Spot) -> Iterator[tuple[float, T]]:
    """Yield all that is within FAR of a spot, with its distance in km."""
    row, column = _cell(here)
    for north in (row - 1, row, row + 1):
        for east in (column - 1, column, column + 1):
            for spot, thing in grid.get((north, east), ()):
                if (km := km_between(here, spot)) <= FAR:
                    yield km, thing


def _cell(spot: Spot) -> tuple[int, int]:
    return floor(spot.lat / _CELL[0]), floor(spot.lon / _CELL[1])
