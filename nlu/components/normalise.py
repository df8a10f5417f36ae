"""Bring a message to one spelling, so that "G 18 an é jsuis à laSE" and its correct form share features.

`normalise` is idempotent and never raises: it is fed whatever a phone can send.
"""

import re
import unicodedata

_ARABIC_FOLD = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None})
_REPEATED = re.compile(r"(\w)\1{2,}")
_DOTTED_ACRONYM = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?\b\.?")
_SCRIPT_OR_DIGIT_EDGE = re.compile(
    r"(?<=[\u0600-\u06ff])(?=[a-z0-9])|(?<=[a-z0-9])(?=[\u0600-\u06ff])|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])"
)
_NOT_A_WORD = re.compile(r"[^\w\s]|_")
_ARABIC_PREFIX = re.compile(r"^(?:وال|بال|فال|كال|لل|ال|و|ب|ل|ف)(?=[\u0600-\u06ff]{3,})")
_ARABIC_SUFFIX = re.compile(r"(?<=[\u0600-\u06ff]{3})(?:هم|ها|كم|نا|ات|ين|ون|ه|ي|ك)$")

STEM_LENGTH = 5

# French as typed on a phone. One form, one reading: a form with two common readings ("sa", "ces") stays as it is,
# and the character n-grams do the rest.
SMS = {
    form: reading
    for reading, forms in {
        "je ai": "g gé",
        "je suis": "jsui jsuis chui chuis jsuiss chu",
        "je ne": "jne",
        "je peux": "jpeu jpeux jpe",
        "je veux": "jveu jveux jve jvx",
        "je vais": "jvai jvais jve jvé",
        "je sais": "jsai jsais jse jsé chai chais ché",
        "je fais": "jfai jfais jfé",
        "je dois": "jdoi jdois",
        "je me": "jme jm",
        "je te": "jte jt",
        "je le": "jle",
        "je connais": "jconnai jconnais jconé jconé",
        "je touche": "jtouche",
        "je dors": "jdor jdors",
        "je cherche": "jcherche jcherch",
        "je comprends": "jcomprend jcomprends jcompren",
        "je pense": "jpense jpens",
        "je crois": "jcroi jcrois",
        "je habite": "jabite jhabite",
        "je étais": "jetai jétais jetais jété",
        "ce est": "c cé cest",
        "ce était": "ctai cetait cété",
        "que est ce que": "keske keske keskon kesk keskeu qesque kske qske",
        "est ce que": "eske esk esque estceque escke",
        "quoi": "koi kwa koa",
        "que": "ke q k",
        "quel": "kel kelle quelle quels quelles",
        "qui": "ki",
        "quand": "kan kand qd qand",
        "combien": "cb combi1 combient konbien",
        "comment": "cmt comen koman comman cmnt kmt komment",
        "pourquoi": "pk pq pourkoi pkoi prk prq",
        "parce que": "pcq pck parske paske pasque parsk pcke psk",
        "pas": "pa",
        "plus": "plu",
        "toujours": "tjr tjrs tjs toujour",
        "beaucoup": "bcp bocou bcps beaucou",
        "maintenant": "mtn mnt mtnt maintenan",
        "aujourd hui": "ajd auj aujd ojd ojourdui",
        "demain": "2main dmain",
        "avant": "avan",
        "apres": "apré",
        "avec": "avc ak avek",
        "dans": "ds dan",
        "sans": "san",
        "pour": "pr pour",
        "tout": "tt tou",
        "tous": "ts",
        "il y a": "ya ia",
        "il y a pas": "yapa",
        "il faut": "fo faut fau fodrai",
        "besoin": "bsoin bezoin besoi1 bsn",
        "droit": "droi drwa droits",
        "argent": "thune thunes tune tunes maille oseille moula fric argen larjan arjan",
        "travail": "taf taff job boulot travaille travai taffe",
        "appartement": "appart apart apartement appartemen",
        "logement": "logemen lojement logment",
        "educateur": "educ éduc educs éducs educatrice éducatrice edukateur",
        "assistante sociale": "as assistant assist",
        "rendez vous": "rdv rdvs rendé",
        "message": "msg mess mesage",
        "telephone": "tel telefone tél",
        "adresse": "adress adresse",
        "numero": "num numéro nmr",
        "question": "kestion qestion",
        "probleme": "pb pblm prob problm probleme",
        "formation": "formassion formasion",
        "ecole": "ekol",
        "vraiment": "vrmt vrmnt vrmen",
        "quelque chose": "qqch qlq chose qqc kelkechose",
        "quelqu un": "qqn qlqn kelkun qqun kelk1",
        "quelque": "qlq qq kelke",
        "rien": "ri1 rien",
        "bien": "bi1 bien",
        "salut": "slt salu slm",
        "bonjour": "bjr bonjou bjour",
        "bonsoir": "bsr",
        "merci": "mrc mci mersi merc",
        "s il te plait": "stp svp sivouplait steuplé sil plait",
        "d accord": "dac dacc daccord dakor",
        "oui": "ui wi ouai ouais ouè oe",
        "non": "nn nan nop nope",
        "moi": "mwa moa",
        "toi": "twa toa",
        "trop": "tro",
        "encore": "encor enkor",
        "depuis": "dpui dpuis depui",
        "jamais": "jms jamai",
        "peut etre": "ptet ptetre ptete",
        "majeur": "majeure majer",
        "mineur": "mineure miner",
        "mission locale": "ml milo misson missionlocale missionlocal",
        "appeler": "apeler aplé apelé appelé",
        "demander": "dmander demandé dmandé dde",
        "manger": "mangé manjé",
        "dormir": "dormire",
        "garantie jeunes": "garanti garantie",
        "carte": "karte",
        "identite": "identiter",
        "argent de poche": "argentdepoche",
    }.items()
    for form in forms.split()
}


def normalise(text: str) -> str:
    """Return `text` in lower case, without accents, marks, control characters or punctuation, SMS forms spelt out."""
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode("utf-8")).casefold()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").translate(_ARABIC_FOLD)
    text = _DOTTED_ACRONYM.sub(lambda found: found.group().replace(".", "") + " ", text)
    text = _REPEATED.sub(r"\1\1", text)
    text = _NOT_A_WORD.sub(" ", text)
    text = " ".join(SMS.get(word, word) for word in text.split())
    text = unicodedata.normalize("NFD", text)
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _SCRIPT_OR_DIGIT_EDGE.sub(" ", text)
    return " ".join(text.split())


def stem(word: str) -> str:
    """Return the first letters of a Latin word, or an Arabic word without its common prefix and suffix."""
    word = _ARABIC_SUFFIX.sub("", _ARABIC_PREFIX.sub("", word))
    return word[:STEM_LENGTH]
