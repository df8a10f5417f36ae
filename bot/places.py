"""Read where someone lives: a département, a postcode, a town. The list of communes is optional."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.spots import Grid, Spot, around, grid_of
from bot.unreadable import Problem, Unreadable, plain

MOST_TOWNS = 8  # to choose from
LONGEST_ANSWER = 100  # characters
FURTHEST = 50  # km from a town: whoever is further is at sea or abroad
LARGE = 2_000  # people: a name nobody has is taken for a large town misspelt, never for a village: it may be abroad
_CORSICA = {"200": "2A", "201": "2A", "202": "2B", "206": "2B"}
# How the postcodes and the INSEE codes of a city's arrondissements begin, and their number.
CITIES = {"paris": ("750", 75100, 20), "lyon": ("690", 69380, 9), "marseille": ("130", 13200, 16)}
_ARRONDISSEMENT = re.compile(r"(paris|lyon|marseille) ?(\d{1,2}) ?(er|e|eme|ieme)?(?: arr\w*)?")
_CEDEX = re.compile(r"\bcedex(?: \d{1,2}\b)?")
_LEAD = re.compile(r"^(?:(?:j habite|je vis|je suis|ville de|commune de|a) )+(?=\w\w)")
_POSTCODE = re.compile(r"\b(?:\d{5}|\d\d \d{3}|2[ab] ?\d{3})(?!\d)")  # or INSEE code, in Corsica where they differ
_CODE = re.compile(rf"{_POSTCODE.pattern}|\b(?:2 ?[ab]|\d{{1,3}})\b")
_SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "s": "sur"}
_LITTLE_WORDS = frozenset(
    "le la les l dans en au aux du de des d departement dept dep dpt ile francaise j habite je suis vis c est a".split()  # noqa: SIM905
)
_ABROAD = ("anvers", "berlin")  # a letter away from Angers and Barlin
V = TypeVar("V")


@dataclass(frozen=True)
class Departement:
    """One of the 101 départements, and its time zone by name."""

    code: str
    name: str
    region: str
    zone: str


@dataclass(frozen=True)
class Town:
    """A town. `name` is "" when the postcode alone is known, `postcode` None when it has several and none was typed."""

    name: str
    postcode: str | None
    departement: str
    insee: str | None


@dataclass(frozen=True)
class Places:
    """The départements, and the towns by name, postcode and INSEE code, the large ones apart; most people first."""

    departements: dict[str, Departement] = field(repr=False)
    names: dict[str, str] = field(repr=False)
    by_name: dict[str, list[Town]] = field(default_factory=dict, repr=False)
    by_postcode: dict[str, list[Town]] = field(default_factory=dict, repr=False)
    by_insee: dict[str, Town] = field(default_factory=dict, repr=False)
    large: dict[str, list[Town]] = field(default_factory=dict, repr=False)
    spots: dict[str, Spot] = field(default_factory=dict, repr=False)  # by INSEE code, arrondissements too

    __hash__ = object.__hash__  # by identity: what was made of these lists is found again without reading them

    def spot(self, insee: str | None) -> Spot | None:
        """Return where a commune or an arrondissement is, None if the list does not tell."""
        return self.spots.get(insee or "")

    def nearest_town(self, lat: float, lon: float) -> Town | None:
        """Return the town around a point in degrees, None without a list of communes or far from all of them."""
        if not (abs(lat) <= 90 and abs(lon) <= 180):  # nor not-a-number
            return None
        km, code = min(around(self._grid, Spot(lat, lon)), default=(FURTHEST + 1, ""))
        return self.by_insee[code] if km <= FURTHEST else None

    @cached_property
    def _grid(self) -> Grid[str]:
        return grid_of((spot, code) for code, spot in self.spots.items() if code in self.by_insee)

    def departement(self, text: str) -> str:
        """Return the code of the département that `text` tells by code, name or postcode. Raises Unreadable."""
        words = _words(text, Problem.DEPARTEMENT_UNKNOWN)
        typed = re.sub(r"^((?:le )?)(\d) (\d)$", r"\1\2\3", " ".join(words))  # « le 9-3 »
        codes = [code.replace(" ", "").upper() for code in _CODE.findall(typed)]
        named = self._departement_named(_CODE.sub(" ", typed).split())
        if "20" in (named, *codes):
            raise Unreadable(Problem.CORSICA_2A_OR_2B)
        if named is None and name_key(_CODE.sub(" ", typed).split()):  # « j'ai 18 ans » is not the 18
            raise Unreadable(Problem.DEPARTEMENT_UNKNOWN)
        found = {self._departement_coded(code) for code in codes} | ({named} if named else set())
        [only] = found if len(found) == 1 else [None]
        if only is None:
            raise Unreadable(Problem.DEPARTEMENT_UNKNOWN)
        return only

    def find(self, text: str) -> Town | tuple[Town, ...]:
        """Return the town that `text` tells, or several when it may be any of them. Raises Unreadable."""
        typed = " ".join(_CEDEX.sub(" ", " ".join(_words(text, Problem.TOWN_UNKNOWN))).split())
        typed = _LEAD.sub("", typed)
        codes = _POSTCODE.findall(typed)
        if len(codes) > 1:
            raise Unreadable(Problem.TOWN_UNKNOWN)
        if codes:
            name = "".join(_POSTCODE.sub(" ", typed).split())
            return self._with_code(codes[0].replace(" ", "").upper(), name)
        found = _ARRONDISSEMENT.fullmatch(typed)
        if found and 1 <= int(found[2]) <= CITIES[found[1]][2]:
            one = district(found[1], int(found[2]))
            both = found[2] == one.departement and not found[3]  # « Marseille 13 », town of the 13 or its 13e
            return _one_or_several([*(self.by_name.get(found[1], []) if both else []), one])
        return self._with_name(typed.split())

    def _with_code(self, code: str, name: str) -> Town | tuple[Town, ...]:
        if code[1] in "AB":
            if self.by_insee and code not in self.by_insee:
                raise Unreadable(Problem.TOWN_UNKNOWN)
            return self.by_insee.get(code) or Town("", None, code[:2], code)
        towns = self.by_postcode.get(code, [])
        departement = self._departement_coded(code) or (towns[0].departement if towns else None)
        if departement is None:
            raise Unreadable(Problem.POSTCODE_UNKNOWN)
        here = {town.insee for town in towns}
        known = [] if name in CITIES else self.by_name.get(name, [])  # « 75020 Paris » is its 20e
        named = [town for town in known if town.departement == departement or town.insee in here]
        named = named or _near(name, {key_of(town.name): [town] for town in towns})
        named = [town for town in named if town.insee in here] or named
        # A postcode that no town has is that of a big office (« 31062 Toulouse Cedex »): right, if not in the list.
        found = [replace(town, postcode=code) if town.insee in here or not towns else town for town in named] or towns
        # A name that no list confirms is not kept: it may be anything that somebody tells us.
        return _one_or_several(found) if 0 < len(found) <= MOST_TOWNS else Town("", code, departement, None)

    def _with_name(self, words: list[str]) -> Town | tuple[Town, ...]:
        if exact := self.by_name.get("".join(words)):
            return _one_or_several(exact)
        for cut in range(1, len(words)):
            name, told = "".join(words[:cut]), " ".join(words[cut:])
            departement = (
                self._departement_coded(told.upper())
                if _CODE.fullmatch(told)
                else self.names.get(name_key(words[cut:]))
            )
            if departement is None:
                continue
            if not self.by_insee:
                break
            exact = self.by_name.get(name, [])
            found = [town for town in exact if town.departement == departement]
            if told[0].isdigit():
                near = {} if found or exact else self.by_name
                near = {key: [one for one in towns if one.departement == departement] for key, towns in near.items()}
                found = found or exact or _near(name, near)
            if found:
                return _one_or_several(found)
        if not self.by_insee:
            raise Unreadable(Problem.TOWN_WITHOUT_POSTCODE)
        if " ".join(words) in _ABROAD:
            raise Unreadable(Problem.TOWN_UNKNOWN)
        return _one_or_several(_near("".join(words), self.large))

    def _departement_coded(self, code: str) -> str | None:
        if len(code) == 5 and code.startswith("20"):
            return _CORSICA.get(code[:3])
        if len(code) == 5:
            code = code[: 3 if code.startswith("97") else 2]
        code = code.zfill(2)
        return code if code in self.departements else None

    def _departement_named(self, words: list[str]) -> str | None:
        key = name_key(words)
        near = _near(key, {name: [code] for name, code in self.names.items()})
        return self.names.get(key) or (near[0] if len(near) == 1 else None)


def district(city: str, number: int) -> Town:
    postcode, insee, _ = CITIES[city]
    name = f"{city.title()} {number}{'er' if number == 1 else 'e'}"
    return Town(name, f"{postcode}{number:02}", postcode[:2], str(insee + number))


def _words(text: str, too_long: Problem) -> list[str]:
    """Return the words of an answer. Raises Unreadable if there is none, or too many for a place."""
    words = split_words(text[: 2 * LONGEST_ANSWER])
    if not words:
        raise Unreadable(Problem.EMPTY)
    if len(text) > LONGEST_ANSWER:
        raise Unreadable(too_long)
    return words


def split_words(text: str) -> list[str]:
    return [_SHORT_FORMS.get(word, word) for word in re.findall(r"[^\W_]+", plain(text))]


def key_of(name: str) -> str:
    return "".join(split_words(name))


def name_key(words: Iterable[str]) -> str:
    return "".join(word for word in words if word not in _LITTLE_WORDS)


def _near(key: str, known: dict[str, list[V]]) -> list[V]:
    """Return what stands in `known` under the keys that `key` misspells by a letter, or by two in a long name."""
    if len(key) < 6:
        return []
    likely = [name for name, values in known.items() if values and name[0] == key[0]]
    close = process.extract(key, likely, scorer=OSA.distance, score_cutoff=1 if len(key) < 9 else 2, limit=MOST_TOWNS)
    return [value for name, distance, _ in close if distance == close[0][1] for value in known[name]]


def _one_or_several(towns: list[Town]) -> Town | tuple[Town, ...]:
    if not towns:
        raise Unreadable(Problem.TOWN_UNKNOWN)
    return towns[0] if len(towns) == 1 else tuple(towns[:MOST_TOWNS])
