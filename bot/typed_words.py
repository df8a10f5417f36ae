"""What people type where a button was awaited, in every language that we speak. Pure."""

from bot.words import fold


def each(words: str) -> frozenset[str]:
    """Return the words of a list written « one|another », as they are compared."""
    return frozenset(fold(one) for one in words.split("|"))


YES = each(
    "oui|ok|d'accord|ouais|oui je veux bien|yes|yeah|yep|sure|yes please|okay|"
    "نعم|ايوه|ايه|اه|واخا|موافق|حسنا|wakha|iyeh"
)
NO = each("non|nan|non merci|non je ne veux pas|no|nope|no thanks|no thank you|لا|لا شكرا|مش موافق|lla")
SKIP = each(
    "passer|je sais pas|je ne sais pas|jsp|suivant|suivante|skip|next|i don't know|i dont know|idk|dunno|"
    "تخطي|التالي|لا أعرف|لا اعرف|ما نعرفش|معرفش|مش عارف"
)
BACK = each("retour|back|go back|رجوع")
