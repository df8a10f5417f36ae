"""The words of any text in one plain form, whatever hides them, and how French ones sound."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

# Letters of other alphabets that look like ours. Telegram users meet them in copied or disguised text.
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_LOOK_ALIKES: dict[int, int | str | None] = {}
_LOOK_ALIKES.update(_LIGATURES)
_LOOK_ALIKES |= str.maketrans(
    "авсԁеһіјкмнорԛѕтухүѡ" + "αβεηικνορτυχω" + "ıłøđ",
    "abcdehijkmhopqstuxyw" + "abenikvoptuxw" + "ilod",
)
# Arabic letters and digits typed for one another; the hamza and the stroke that stretches a word are left out.
_LOOK_ALIKES |= str.maketrans("ىیےةہھکگڭڨڤپچ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "يييهههكككقفبج01234567890123456789", "ءـ")
_LEET = str.maketrans("0134578@$!", "oieastbasi")
SIGNS = "🆘🔪🩸💀☠🔫"  # emoji kept as words, because they cry for help without words
_NOT_WORDS = re.compile(rf"([{SIGNS}])|[\W_]")
_LETTER_RUN = re.compile(r"(?<!\S)(?:(?:\w {1,3}){3,}|(?:\w[.-]){3,})\w(?![\w-])")
_DOUBLED = re.compile(r"([^\W\d])\1+")
_ELIDED = re.compile(r"(qu|[cdjlmnst])([aeiouyh]\w+)")
_GLUED_JE = re.compile(r"^j(?=[bcdfgklmnprstv]\w\w)")
_VERB_ENDING = re.compile(r"(?<=\w\w)(?:er|ez|es|ais?|ait|aient|et)$")
_WRITTEN_ON = re.compile(r"^[وف]?(?:[بكفلعه]?ال|[بتحسغكله](?=[اتني])|[بفكل])?(?=\w{3})")
_SILENT_ENDING = re.compile(r"(?<=\w\w)[stxdp]+$")


def fold(text: str) -> str:
    """Return `text` as plain lower-case words and a few emoji, one space apart, each run of one letter written once.

    Undoes what hides a word on purpose or by accident: accents, full-width and look-alike letters, zero-width
    characters, digits for letters, spaced letters, repeated letters.
    """
    text = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode("utf-8")).casefold()
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc"))
    text = _LETTER_RUN.sub(_joined, text.translate(_LOOK_ALIKES))
    words = (_unleet(word) for word in text.split())
    text = " ".join(_NOT_WORDS.sub(r" \1 ", " ".join(words)).split())
    return _DOUBLED.sub(r"\1", text)


def _joined(run: re.Match[str]) -> str:
    """Return spaced letters as words: « j e  v e u x » has wider spaces between words than between letters."""
    return " ".join(re.sub(r"\W", "", word) for word in re.split(r" {2,}", run.group()))


def _unleet(word: str) -> str:
    """Read signs as letters where they stand in a word: « su1cide », « $uicide », but not « 18 » nor « 2main »."""
    return re.sub(r"(?<=[^\W\d])[0134578@$!](?=[^\W\d])|^[@$](?=[^\W\d])", lambda s: s.group().translate(_LEET), word)


def sound(word: str) -> str:
    """Return a folded French word roughly as it sounds: « frapé », « fraper », « frapait » and « jfrape » are one."""
    if word in ("est", "es", "et"):
        return "e"
    word = _GLUED_JE.sub("", beginning_sound(word))
    return _SILENT_ENDING.sub("", _VERB_ENDING.sub("e", word))


def beginning_sound(word: str) -> str:
    """Return the beginning of a word as it sounds, whatever follows."""
    return word.replace("qu", "k").replace("eau", "o").replace("au", "o").replace("ph", "f")


@dataclass(frozen=True)
class Word:
    """A word of a message: folded, and as it sounds."""

    folded: str
    sound: str

    @cached_property
    def bare(self) -> str:
        """The word without what Arabic writes onto its beginning: « والبيت » is « بيت », « كيضربني » is « يضربني »."""
        return _WRITTEN_ON.sub("", self.folded)

    @cached_property
    def elided(self) -> tuple[str, "Word"] | None:
        """The two words that this one may be if an apostrophe was left out: « mattend », « quil »."""
        found = _ELIDED.match(self.folded)
        return (found[1], _heard(found[2])) if found else None


def words(text: str) -> list[Word]:
    """Return the words of any text."""
    return [_heard(word) for word in fold(text).split()]


def _heard(word: str) -> Word:
    return Word(word, sound(word))
