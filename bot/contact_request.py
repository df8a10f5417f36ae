"""Read whom somebody looks for, and where: « adresse mission locale toulouse », « numéro de l'ase du 62 ». Pure."""

from dataclasses import dataclass

from bot.contact_places import Place, whole_words, within
from bot.places import Places, split_words
from bot.structures import Kind

MOST_WORDS = 120  # of a message that are looked at: whoever asks for an address does so early

# Who is turned to first about a topic, the Mission Locale for the others; in hebergement_urgence too: no residence
# opens tonight.
_ABOUT = {
    Kind.HABITAT_JEUNES: ("habitat_jeunes", "logement_social", "aides_logement", "intermediation_locative"),
    Kind.DEPARTEMENT: ("droit_au_retour", "cjm", "dossier_ase", "entretien_17_ans", "entretien_6_mois"),
    Kind.ADEPAPE: ("adepape", "parrainage"),
}


_KINDS = {  # the first that fits: « les anciens de l'ASE » are not the ASE, « sorti de l'ASE » tells who asks
    Kind.ADEPAPE: whole_words(
        r"adepa\w*|fnadepape|ancien(?:ne)?s? (?:de l |de la |des |du |d |en )?"
        r"(?:ase|aide sociale(?: a l enfance)?|protection(?: de l enfance)?|foyers?|enfants?|placee?s?)"
    ),
    Kind.MISSION_LOCALE: whole_words(r"mis+ions? lo[ck]al\w*|milo|(?<!\d )ml"),
    Kind.HABITAT_JEUNES: whole_words(
        r"habitats? jeunes?|f ?j ?t|foyers? (?:(?:de |des |pour |du |d )?jeunes?|(?:de |des )?travail\w*)"
        r"|(?:residences?|logements?) (?:pour |de |des )?jeunes? (?:travail\w*|actifs?)"
    ),
    Kind.DEPARTEMENT: whole_words(
        r"l?ase|a sur e|aide sociale a l enfance|conseil (?:departemental|general)|ddas+|service (?:des )?jeunes"
        r" majeurs|(?<!dans le )(?<!dans mon )departement(?=$| (?:qui|ou|stp|svp))"
    ),
}
_A_FOYER = whole_words(r"(?<!du )(?<!le )(?<!mon )(?<!au )(?<!ce )(?<!en )foyers?")  # « sorti du foyer » looks for none
_OTHERS = {  # contacts of contacts/<lang>.yml of whom there is no list
    "cpam": whole_words("cpam|secu|securite sociale|assurance maladie"),
    "france_travail": whole_words("france travail|pole emploi"),
    "assistante_sociale": whole_words(
        "ccas|mds|maisons? des solidarites|assistante? sociale?|travailleu(?:r|se) sociale?"
    ),
    "ecoute_jeunes": whole_words("maisons? des ado(?:lescent)?s?|mda|paej|point accueil ecoute jeunes?"),
    "sante_sexuelle": whole_words("planning familial|centre de sante sexuelle"),
    "impots": whole_words("impots?|tresor public"),
    "avocat": whole_words("avocate?s?"),
    "defenseur_droits": whole_words("defenseure? des droits?"),
    "hebergement": whole_words("115|siao"),
} | {
    key: whole_words(key.replace("_", " "))
    for key in ("caf", "mdph", "crous", "mairie", "banque_de_france", "france_services")
}
_ASKS = whole_words(
    r"l?adress?e?s?|numeros?|nums?|tel|telephones?|contact(?:s|er)?|coordonnees?|joindre|horaires?|e ?mail|mail|site"
    r"|appell?er|annuaire|plan|antenne|permanence|plus proches?|pres de (?:chez )?moi|a cote de (?:chez )?moi"
    r"|autour de moi|quelle rue|(?:c|est|trouve) ou"
    r"|ou (?:est|se trouve|sont|c est|trouver|il est|elle est)"
)


@dataclass(frozen=True)
class Request:
    """What a text asks for. `other` is a contact of whom there is no list; `asks` tells that it wants to reach them."""

    kind: Kind | None = None
    place: Place | None = None
    other: str | None = None
    asks: bool = False


def kind_for(topic: str | None) -> Kind:
    """Return who is turned to first about a topic."""
    return next((kind for kind, topics in _ABOUT.items() if topic in topics), Kind.MISSION_LOCALE)


def read(text: str, places: Places) -> Request:
    """Return whom a text asks for, and where, as far as it says."""
    words = " ".join(split_words(text)[:MOST_WORDS])
    kind = next((kind for kind, named in _KINDS.items() if named.search(words)), None)
    other = next((key for key, named in _OTHERS.items() if named.search(words)), None)
    if kind is None and other is None and _A_FOYER.search(words):
        kind = Kind.HABITAT_JEUNES
    asks = _ASKS.search(words) is not None
    for pattern in _KINDS.values():
        words = pattern.sub("#", words)
    for pattern in (*_OTHERS.values(), _ASKS, _A_FOYER):
        words = pattern.sub("|", words)
    return Request(kind, within(words, places), None if kind else other, asks)
