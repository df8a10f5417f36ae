"""Read the place that somebody tells among other words: « à Albi », « du 62 », « dans l'Oise ». Pure."""

import re
from itertools import islice

from bot.places import CITIES, MOST_TOWNS, Places, Town, district, key_of, name_key, split_words
from bot.unreadable import Problem, Unreadable

LONGEST_NAME = 6  # words of a town's name
MOST_TRIED = 10  # times « à » in a message: each costs milliseconds
Place = Town | tuple[Town, ...]


def whole_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


# Words in which no town is looked for: some are a letter away from one (« demain », Denain), some are villages.
_ASIDE = whole_words(
    "stp|svp|merci|bonjour|bonsoir|salut|slt|bjr|cc|coucou|wesh|please|s il (?:te|vous) plait|aujourd hui|demain|matin"
    "|(?:lun|mar|mercre|jeu|vendre|same)di|urgent|vite|ouverte?s?|ferme|quel(?:le)?|est ce que|j?cherche|jveux|je veux"
    "|je voudrais|donne moi|tu as|t as|c est|c|moi|mon|[tms]a|[tms]es|son|(?<!du )pas(?! de calais)|maison|travail"
    "|chambre|entre(?! deux)|hopital|ecole|gare|pied|ici|la bas|place|ville|village|quartier|secteur|campagne"
    "|cote(?! d or)|code postal"
)
_AT = whole_words("a|sur|au|aux|vers|pres de|pres d")
# After « du », « en », « dans la »… stands a département rather than a town.
_IN = whole_words("dans le|dans la|dans les|dans l|dans|de la|de l|du|des|de|d|en")
_TOWN_FIRST = ("de", "d", "dans")
_AFTER_KIND = re.compile(rf"# (?=(?:{_AT.pattern}|{_IN.pattern}) )")
_CODE = re.compile(r"\b(?:du|dans le|dep|dept|dpt|departement) (\d{1,3}|2 ?[ab])\b(?! (?:ans|h|heures?|e|euros?)\b)")
_MONTH = re.compile(r" (?:janv|fevr|mars|avri|mai|juin|juil|aout|sept|octo|nove|dece)")
_POSTCODE = re.compile(r"\b\d{5}\b")
_LEAD = re.compile(r"^(?:(?:a|au|aux|sur|de|du|des|d|en|dans|le|la|les|l|et|ou) )+(?=\w)")
_OVERSEAS = ("971", "972", "973", "974", "976")  # « la Réunion » is a village too, and nobody means it


def departement(code: str) -> Town:
    """Return a département as a place where somebody is."""
    return Town("", None, code, None)


def payload(place: Town) -> str:
    """Return what the button of a place sends."""
    if place.insee:
        return f"insee.{place.insee}"
    return f"postcode.{place.postcode}" if place.postcode else f"dep.{place.departement}"


def pressed(sent: str, places: Places) -> Town:
    """Return the place of a button. Raises Unreadable if the list of towns has changed since, or never had it."""
    form, _, code = sent.partition(".")
    found: Place | None = None
    if form == "insee":
        found = places.by_insee.get(code) or _district(code)
    elif form == "postcode":
        found = places.find(code)
    elif form == "dep" and code in places.departements:
        found = departement(code)
    if found is None:
        raise Unreadable(Problem.TOWN_UNKNOWN)
    return found if isinstance(found, Town) else found[0]


def _district(code: str) -> Town | None:
    """Return the arrondissement of an INSEE code: it is in no list of towns."""
    for city, (_, first, number) in CITIES.items():
        if code.isdigit() and 1 <= int(code) - first <= number:
            return district(city, int(code) - first)
    return None


def answer(text: str, places: Places) -> Place:
    """Return the place told in answer to « where? »: a town, a postcode or a département. Raises Unreadable."""
    try:
        town: Place | None = places.find(text)
        problem = Problem.TOWN_UNKNOWN
    except Unreadable as error:
        town, problem = None, error.problem
    try:
        code: str | None = places.departement(text)
    except Unreadable as error:
        code = None
        problem = error.problem if error.problem == Problem.CORSICA_2A_OR_2B else problem
    if town is not None:
        return _both(town, code) if code and _departement(split_words(text), places) else town
    found = departement(code) if code else within(" ".join(split_words(text)), places)
    if found is None:
        raise Unreadable(problem)
    return found


def _both(town: Place, code: str) -> Place:
    """Return the towns, and the département of the same name unless they stand in it."""
    towns = (town,) if isinstance(town, Town) else town
    if any(one.departement == code for one in towns):
        return town
    return departement(code) if code in _OVERSEAS else (*towns[: MOST_TOWNS - 1], departement(code))


def within(words: str, places: Places) -> Place | None:
    """Return the place that stands among plain words, several if it may be any of them.

    « # » stands in `words` for whoever is looked for: what follows it is read first. No name goes over a « | ».
    """
    if found := _with_postcode(words, places):
        return found
    words = _ASIDE.sub("|", words)
    after_kind = (words[start.end() :] for start in _AFTER_KIND.finditer(words))
    if found := next((place for part in after_kind if (place := _told(part, places))), None):
        return found
    starts = islice(_AT.finditer(words), MOST_TRIED)
    if at := [place for start in starts if (place := _beginning(words[start.end() :], places))]:
        return _together(at)
    apart = re.split(r"[#|]", words)
    if found := next((place for part in apart if (place := _whole(part, places, exact=True))), None):
        return found
    parts = (words[start.start() :] for start in _IN.finditer(words))
    if found := next((place for part in parts if (place := _told(part, places))), None):
        return found
    if "#" in words:  # beside « mission locale », any word could be a town misspelt
        return None
    return next((place for part in apart if (place := _whole(part, places))), None)


def _told(rest: str, places: Places) -> Place | None:
    """Return the place that follows « à », « de », « dans le »… at the beginning of `rest`, correctly spelt."""
    if (coded := _CODE.match(rest)) and not _MONTH.match(rest, coded.end()):
        code = coded[1].replace(" ", "").upper().zfill(2)
        if code in places.departements:
            return departement(code)
    start = _IN.match(rest) or _AT.match(rest)
    if start is None:
        return None
    town_first = start.group() in _TOWN_FIRST or _AT.fullmatch(start.group()) is not None
    return _beginning(rest[start.end() :], places, exact=True, town_first=town_first)


def _with_postcode(words: str, places: Places) -> Place | None:
    codes = set(_POSTCODE.findall(words))
    if len(codes) != 1:
        return None
    try:
        found = places.find(codes.pop())
    except Unreadable:
        return None
    if isinstance(found, Town):
        return found
    joined = words.replace(" ", "")
    named = [town for town in found if key_of(town.name) in joined]
    return max(named, key=lambda town: len(town.name)) if named else found


def _beginning(rest: str, places: Places, *, exact: bool = False, town_first: bool = True) -> Place | None:
    """Return the place whose name begins `rest`, the longest name first; a misspelt one only if none is `exact`."""
    words = re.split(r"[#|]", rest, maxsplit=1)[0].split()[:LONGEST_NAME]
    misspelt = None
    for length in range(len(words), 0, -1):
        name = words[:length]
        code = _departement(name, places)
        if code and (not town_first or code in _OVERSEAS):
            return departement(code)
        if town := _town(name, places):
            if _is_spelt(name, town, places):
                return _both(town, code) if code else town
            misspelt = misspelt or town
        if code:
            return departement(code)
    return None if exact else misspelt


def _departement(words: list[str], places: Places) -> str | None:
    code = places.names.get(name_key(words))
    return code if code in places.departements else None  # « Corse » names two


def _town(words: list[str], places: Places) -> Place | None:
    try:
        return places.find(" ".join(words))
    except Unreadable:
        return None


def _is_spelt(words: list[str], town: Place, places: Places) -> bool:
    """Return whether a town was found by its very name, and not by one that is near."""
    joined, first = "".join(words), town if isinstance(town, Town) else town[0]
    told = joined.removeprefix(key_of(first.name))  # « Saint-Denis 93 »
    is_district = words[0] in CITIES and len(words) > 1
    return is_district or joined in places.by_name or told in places.names or told.upper() in places.departements


def _together(found: list[Place]) -> Place:
    """Return one place, or every one that was told."""
    towns = dict.fromkeys(town for place in found for town in ((place,) if isinstance(place, Town) else place))
    [first, *others] = towns
    return (first, *others)[:MOST_TOWNS] if others else first


def _whole(part: str, places: Places, *, exact: bool = False) -> Place | None:
    """Return the place that a part of a text is, if it is nothing else; `exact`: correctly spelt."""
    words = _LEAD.sub("", f"{part.strip()} ").split()
    if not words or len(words) > LONGEST_NAME:
        return None
    if len(words) == 1 and (code := words[0].upper().zfill(2)) in places.departements:
        return departement(code)
    town, named = _town(words, places), _departement(words, places)
    if town and not (exact and (named or not _is_spelt(words, town, places))):
        return town
    return departement(named) if named else None
