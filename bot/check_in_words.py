"""What is typed while the check-in waits for an answer: the words of a button, or how somebody is. Pure.

Whatever is not surely one of these is a message to us, and read as any other.
"""

import re
from enum import StrEnum

from bot import checkins
from bot.check_in_labels import need_labels, one_taps
from bot.checkins import Ask
from bot.i18n import translator
from bot.typed_words import NO, SKIP, YES, each
from bot.words import fold

MOST_WORDS = 6
_DENIED = {"pas", "aucun", "aucune", "sauf"}
DONE = "done"  # no more needs to tick
Act = tuple[str, str]  # what a button of the check-in does, and with which value: typed words stand for one

_BETWEEN_NEEDS = re.compile(r"[,;/+&]|\bet\b")


_WELL = each(
    "ça va|sa va|cv|cava|sava|bien|nickel|super|tranquille|top|cool|impec|oui|ouais|ok|yes|ça roule|parfait|mieux|tkt|"
    "fine|good|im good|i'm good|i am good|i'm fine|i am fine|all good|great|doing well|not bad|"
    "بخير|انا بخير|الحمد لله|لاباس|لا بأس|كويس|تمام|مزيان|منيح|مليح|labas|la bas|hamdullah|hamdulillah|mzyan"
)
# What stands around when somebody only says that they are well; with any other word, who knows.
_AROUND = each(
    "je vais|tout|très|vraiment|franchement|là|c'est|en ce moment|pour l'instant|merci|et toi|au top|"
    "salut|coucou|bonjour|hello|relais|d'accord|moi"
)
_SKIP = SKIP
_LATER = each(
    "plus tard|pas maintenant|pas là|pas tout de suite|demain|une autre fois|la semaine prochaine|après|on verra|"
    "j'ai pas le temps|pas le temps|je peux pas là|je suis au travail|je suis au taf|je suis en cours|pas aujourd'hui|"
    "later|not now|tomorrow|another time|i'm busy|im busy|i am at work|not today|"
    "لاحقا|ليس الآن|مش دلوقتي|من بعد|غدا|غدوة|مشغول"
)
_NOT_WELL_ALONE = each(
    "non|nan|nn|no|pas trop|non pas trop|nn pas trop|non pas vraiment|bof|galère|la galère|mal|pas ouf|pas top|"
    "pas fou|moyen|dur|c'est dur|pas vraiment|pas du tout|aide|à l'aide|help|aide moi|aidez moi|"
    "not good|not well|not really|not great|bad|very bad|help me|hard|it's hard|"
    "لست بخير|مش كويس|ماشي مزيان|مو منيح|تعبان|تعبانه|"
    "سيء|صعب|ساعدوني|ساعدني|محتاج مساعده|احتاج مساعده|machi mzyan|mamzyanch"
)
_NOT, _VERY = "(?:pas?|aps|plus?)", "(?:(?:vraiment|vrm|toujours|tjr|tjrs|plutot|trop|tro|tres|super|hyper|si) )*"
_IS = "(?:je |j )?j?(?:va|vas|vai|vais|v|sui|suis|sen|sens)"
# As it is written on a phone: « sava pa », « jvai pas bien », « jai besoin daide ».
_NOT_WELL = re.compile(
    rf"\b(?:(?:[cs]a (?:ne? )?vas?|[cs]ava|cv) {_VERY}{_NOT}\b(?! {_VERY}mal)(?! tard)"
    rf"|{_IS} {_VERY}{_NOT} {_VERY}bien\b|{_IS} {_VERY}mal\b"
    r"|(?<!pas )(?<!plus )(?<!aucun )be?soin (?:(?:d |de l )?aide|daide|d un coup de main|de quelqu un|de parler)"
    r"|(?:j|je |en |la )galere|(?:j ?en|m ?en) (?:peu|peux|peut|sor|sors) (?:pas?|plus?)\b|jp\b"
    r"|rien (?:ne )?va\b|j?(?:deprim|pleur)\w*|depresion\b"
    r"|(?<!dont )(?<!don t )need (?:some |a |your )?help"
    r"|(?:not|n t|nt) (?:doing |feeling )?(?:ok|good|wel|fine)\b|depresed)"
)
# Right after « Ça va ? », these say it too; in the middle of a question they may be about something else.
_NOT_WELL_ASKED = re.compile(
    rf"\b(?:pas {_VERY}(?:bien|top|ouf|fou|col|super|mieux|terrible|tranquile|au top|la forme|la joie)"
    rf"|(?:c|c est|cest) {_VERY}(?:dur|chaud|complique|la merde)|merde|triste|perdue?|seule?|peur|faim|mare|epuise"
    r"|a bout|rien (?:a )?mange|pas mange|arive (?:pas?|plus?)|not (?:ok|good|wel|fine)|plus rien|dehors|la rue)\b"
    r"|^(?:tres|trop|super|hyper) mal$"
)


_NO_THANKS = each("non|nan|nn|no|non merci|pas envie")


def is_no(text: str) -> bool:
    """Return whether a text says no and nothing else: to « on le fait maintenant ? » it is not « ça ne va pas »."""
    return fold(text) in _NO_THANKS


def _folded(said: dict[str, str]) -> dict[str, str]:
    return {words: code for code, several in said.items() for words in each(several)}


_YES, _NO = "|".join(sorted(YES)) + "|carrément", "|".join(sorted(NO)) + "|pas du tout"
_UNKNOWN = "|".join(sorted(SKIP)) + "|sais pas|aucune idée"
# How else people say the answers; the labels of the buttons are always understood.
_SAID: dict[Ask, dict[str, str]] = {
    Ask.NEEDS: _folded(
        {
            "money": "thune|thunes|sous|budget|l'argent",
            "housing": "appart|appartement|un toit|le logement",
            "work": "école|formation|travail|boulot|taf|emploi|études",
            "health": "soins|médecin|la santé",
            "papers": "papiers|démarches|administratif|les papiers",
            "support": "soutien|être accompagné|être soutenu|accompagnement",
            checkins.NO_NEED: "tout va bien|rien|rien du tout|non|nan|nulle part|aucun|ça va|pas besoin",
            DONE: "c'est bon|c'est tout|voilà",
        }
    ),
    Ask.HELP: _folded({checkins.WANTED: f"{_YES}|je veux bien|oui je veux bien", "no": f"{_NO}|pas maintenant"}),
    Ask.HOUSING: _folded(
        {
            "own": "chez moi|mon appart|un appart",
            "residence": "habitat jeunes|fjt|en fjt",
            "hosted": "chez un pote|chez un ami|chez une amie|chez ma copine|chez mon copain",
            "emergency": "hôtel|à l'hôtel|115",
            "outside": "à la rue|dans la rue|la rue|je dors dehors",
        }
    ),
    Ask.INCOME: _folded({"none": f"{_NO}|rien|aucun"}),
    Ask.WORK: _folded({"job": "travail|je travaille|taf|boulot", "cej": "cej|en cej", "nothing": "rien"}),
    Ask.HEALTH_COVER: _folded({"unknown": _UNKNOWN, "basic": "la sécu|sécu", "none": "rien|aucune|aucun"}),
    Ask.INTERVIEW: _folded({"not_offered": _NO, "unknown": _UNKNOWN}),
    Ask.CEJ: _folded({"yes": _YES, "no": _NO, "unknown": _UNKNOWN}),
    Ask.SATISFACTION: _folded({"yes": _YES, "so_so": "bof|moyen", "no": _NO}),
}


class Mood(StrEnum):
    """What a text says of how somebody is, if that is what it says."""

    WELL = "well"
    NOT_WELL = "not_well"
    LATER = "later"


def mood(text: str, *, just_asked: bool) -> Mood | None:
    """Return how somebody says they are. `just_asked`: « Ça va ? » stands before them, so that « non » answers it."""
    said = fold(text)
    if said in _LATER:
        return Mood.LATER
    if _NOT_WELL.search(said) or (just_asked and (said in _NOT_WELL_ALONE or _NOT_WELL_ASKED.search(said))):
        return Mood.NOT_WELL
    return Mood.WELL if just_asked and _is_well(said) else None


def _is_well(said: str) -> bool:
    spoken = set(said.replace("pas trop mal", "bien").replace("pas mal", "bien").split())
    well, around = (" ".join(words).split() for words in (_WELL, _AROUND))
    return not spoken.isdisjoint(well) and spoken <= {*well, *around}


def read(asked: Ask, text: str, lang: str) -> Act | None:
    """Return what a typed answer to a question does, None if it is none."""
    typed = fold(text)
    if typed == fold(translator(lang)("J'arrête là")):
        return "end", ""
    found = _read_needs(text, lang) if asked == Ask.NEEDS else _read_one(asked, typed, lang)
    return found or (("skip", asked) if typed in _SKIP else None)


def named_needs(text: str, lang: str) -> Act | None:
    """Return the needs that a few words name: « galère de logement »; none in a sentence that says no, or is long."""
    said = fold(text).split()
    if len(said) > MOST_WORDS or not _DENIED.isdisjoint(said):
        return None
    meant = {fold(label): need for need, label in need_labels(lang).items()} | _SAID[Ask.NEEDS]
    named = {need for words, need in meant.items() if need in checkins.CODES[Ask.NEEDS] and words in said}
    ticked = [need for need in checkins.CODES[Ask.NEEDS] if need in named]
    return ("need", f"{','.join(ticked)}:on") if ticked else None


def _read_one(asked: Ask, typed: str, lang: str) -> Act | None:
    labels = one_taps(lang)[asked].labels if asked != Ask.HELP else {}
    meant = {fold(label): code for code, label in labels.items()} | _SAID.get(asked, {})
    return ("a", f"{asked}:{meant[typed]}") if typed in meant else None


def _read_needs(text: str, lang: str) -> Act | None:
    """Read one need or several: « argent et logement » ticks two."""
    meant = {fold(label): need for need, label in need_labels(lang).items()} | _SAID[Ask.NEEDS]
    parts = [text] if fold(text) in meant else _BETWEEN_NEEDS.split(text.casefold())
    codes = {meant.get(fold(part)) for part in parts if fold(part)}
    if codes in ({checkins.NO_NEED}, {DONE}):
        return "a", f"{Ask.NEEDS}:{codes.pop()}"
    ticked = [need for need in checkins.CODES[Ask.NEEDS] if need in codes]
    return ("need", f"{','.join(ticked)}:on") if ticked and codes == set(ticked) else None
