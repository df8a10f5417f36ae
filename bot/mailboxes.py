"""What an e-mail address is to us: one that a mail may go to, and one that a structure's request may be read at."""

import re

from email_validator import EmailNotValidError, validate_email

from bot import reachable

_PROVIDERS = (
    "gmail.com googlemail.com orange.fr wanadoo.fr laposte.net laposte.fr hotmail.com hotmail.fr outlook.com "
    "outlook.fr live.com live.fr msn.com yahoo.com yahoo.fr ymail.com icloud.com me.com mac.com aol.com aol.fr "
    "free.fr sfr.fr neuf.fr cegetel.net club-internet.fr bbox.fr numericable.fr noos.fr alice.fr aliceadsl.fr "
    "voila.fr nordnet.fr worldonline.fr tiscali.fr libertysurf.fr 9online.fr caramail.com dbmail.com gmx.com "
    "gmx.fr mail.com proton.me protonmail.com pm.me tutanota.com zoho.com yandex.com mailo.com"
)
_DISPOSABLE = re.compile(
    r"yopmail|mailinator|jetable|guerrilla|10min|minutemail|te?mp-?mail|mail-?temp|trash-?mail|throw-?away|maildrop"
    r"|getnada|sharklasers|dispos|discard|fake-?mail|mohmal|moakt|burner"
)
_TOWN_HALL = re.compile(
    r"(?:^|[.-])(?:mairie|villed(?:e|u|es|d)?(?=[a-z])|(?:ville|commune|hoteldeville)(?=[.-]|$)|ccas|cias"
    r"|(?:communaute|metropole|cc|agglo\w*)(?=[.-]))|(?<!\bml)(?:agglo|mairie|metropole)\."
)
_TOWN_HALL_BOX = re.compile(r"^(?:mairie|hotel-?de-?ville|ccas|cias|maire)(?:$|[\d._+-])|^ville[._+-]")
_NOBODY = re.compile(r"^(?:ne-?pas-?repondre|no-?reply|do-?not-?reply|mailer-?daemon|postmaster|abuse|bounces?)\b")
# What names a desk, a building or a structure, never somebody: the beginning of a word, or all of it.
_DESK = re.compile(
    r"accueil|accompagn|adepape|administr|antenne|avenir|communicat|conseill|contact|coordin|courri|departement|direct"
    r"|emploi|enfance|espace|federation|formation|garantie|gestion|habitat|heberg|info|inscription|insertion|jeune"
    r"|logement|maison|milo|mission|mj|ml|mobilite|numerique|orientation|permanence|plateforme|prevention|reservation"
    r"|residence|secretari|solidarit|standard|territoire|webmaster"
    r"|(?:acces|adherent|agence|aide|ase|asso|association|bureau|cej|centre|cllaj|com|compta|culture|dep|domicile|dg"
    r"|ecole|ef|equipe|est|famille|fjt|foyer|general|haj|job|laj|local|locale|maio|mde|mdee|mdef|mef|mei|miaj|mif|mil"
    r"|mio|nord|ouest|parcours|pole|point|presidence|projet|referent|relais|reseau|resa|rh|saint|sante|sav|service|siege"
    r"|site|social|sud|unite|urhaj|villeneuve)s?$"
)
_NAMES = (
    "adrien agnes alain alexandra alexandre alexis alice amandine amelie amina anais andre anne annie anthony "
    "antoine arnaud arthur audrey aurelie aurore baptiste beatrice benjamin benoit bernard bertrand brigitte bruno "
    "camille carine carole caroline catherine cecile celine chantal charlotte chloe christelle christian christine "
    "christophe claire claude claudine clement clementine corinne cyril damien daniel danielle david delphine "
    "denis didier dominique dorothee edith elisabeth elise elodie emilie emma emmanuel emmanuelle eric estelle "
    "etienne eva evelyne fabien fabienne fabrice fanny fatima fatiha florence florent florian franck francis "
    "francois francoise frederic frederique gabriel gaelle genevieve georges gerard ghislaine gilles gregory "
    "guillaume guy helene henri herve hugo isabelle jacqueline jacques jean jeanne jennifer jerome jessica joel "
    "johanna jonathan josiane julia julie julien justine karim karine kevin khadija laetitia laura laure laurence "
    "laurent laurie lea leila lionel louis louise luc lucas lucie ludovic lydie magali manon manuel marc marcel "
    "margaux marie marina marine marion marjorie martine mathieu mathilde matthieu maud maxime melanie melissa "
    "michel michele mickael mireille mohamed monique morgane muriel myriam nadege nadia nadine nathalie nicolas "
    "nicole noemie noura odile olivier ophelie pascal pascale patrice patricia patrick paul pauline philippe pierre "
    "quentin rachel rachid raphael regine remi renaud rene richard robert romain sabine sabrina samia samir samuel "
    "sandra sandrine sarah sebastien severine simon sonia sophie stephane stephanie sylvain sylvie tatiana theo "
    "thierry thomas valentin valerie vanessa veronique victor vincent virginie xavier yann yannick yasmine yves "
    "yvette zoe"
)
FREE = frozenset(_PROVIDERS.split())
_FIRST_NAMES = frozenset(_NAMES.split())


class BadAddress(ValueError):
    """Not the address of one mailbox. Its text never holds what was given."""


def one_mailbox(address: str) -> str:
    """Return the address as an SMTP command may hold it: ASCII, no quotes. Raises BadAddress.

    SMTP libraries have let `"x\\r\\nRCPT TO:<other@…>"@…` become another addressee: nothing of the kind gets through.
    """
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True).ascii_email
    except EmailNotValidError:
        raise BadAddress("not the address of one mailbox") from None
    assert checked is not None, "asked for by allow_smtputf8=False"
    return checked


def mailbox_problem(address: str) -> str | None:
    """Return why the requests of young people may not be sent to this mailbox, in one sentence; None if they may.

    A mailbox is a structure's: several people read it, and it stays when one of them leaves. What cannot be told from
    the address alone (`pdupont@`, a town hall with a name of its own) is left to the operator who confirms it.
    """
    if address.count("@") > 1 and re.search(r"[,;\s]", address.strip()):
        return "Il y a plusieurs adresses : il en faut une seule, celle que lit la structure."
    try:
        local, _, domain = one_mailbox(address).lower().rpartition("@")
    except BadAddress:
        return "Ce n'est pas une adresse e-mail : il en faut une comme accueil@structure.fr, sans rien autour."
    if (meant := reachable.suggestion(f"{local}@{domain}")) is not None:
        return f"Le nom après le @ ressemble à {meant.rpartition('@')[2]} mal écrit : l'adresse est à vérifier."
    if _DISPOSABLE.search(domain):
        return "C'est une adresse jetable : ce qui y est envoyé peut être lu par n'importe qui."
    if domain in FREE:
        return (
            f"Les adresses {domain} sont ouvertes par des particuliers : "
            "il faut celle que la structure a sous son propre nom de domaine."
        )
    if _TOWN_HALL.search(domain) or _TOWN_HALL_BOX.search(local):
        return (
            "C'est l'adresse d'une mairie, d'un CCAS ou d'une agglomération : "
            "la demande serait lue hors de la structure."
        )
    if _NOBODY.search(local):
        return "Personne ne lit cette adresse : elle sert à envoyer, ou à la machine."
    if _is_persons(local, domain):
        return (
            "Cette adresse semble être celle d'une personne : il faut une adresse commune, comme accueil@ ou contact@, "
            "lue même pendant ses congés."
        )
    return None


def _is_persons(local: str, domain: str) -> bool:
    """Return whether the part before the @ is made as a person's: first name and name, initials."""
    parts = re.findall(r"[a-z]+", local)
    if not parts:
        return False
    first, rest = parts[0], parts[1:]
    if first in _FIRST_NAMES or (len(first) == 1 and rest):
        return not rest or not _DESK.match(rest[0])
    if any(_DESK.match(part) or (len(part) > 3 and part in domain) for part in parts):
        return False
    if rest:
        # A hyphen joins the words of a town (saint-priest@) more often than a name to another.
        return bool(re.search(r"[._]", local)) or rest[-1] in _FIRST_NAMES
    return len(local) <= 2  # initials; with three letters it may be a town: dax@
