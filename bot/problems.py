"""What is said when an answer cannot be read: one clear sentence, and an example to follow."""

from bot.i18n import translator
from bot.unreadable import Problem


def sentence(problem: Problem, lang: str) -> str:
    """Return what was wrong with an answer, and what a good one looks like."""
    _ = translator(lang)
    return {
        Problem.EMPTY: _("Je n'ai rien lu. Écris ta réponse avec des mots ou des chiffres."),
        Problem.NOT_A_DATE: _("Je n'ai pas reconnu de date. Écris par exemple « mars 2027 » ou « 31/03/2027 »."),
        Problem.DATE_AMONG_WORDS: _(
            "Je ne suis pas sûr d'avoir compris la date. Écris-la seule, par exemple « mars 2027 » ou « 31/03/2027 »."
        ),
        Problem.NO_SUCH_DAY: _("Ce jour n'existe pas dans ce mois. Écris par exemple « 28/02/2027 »."),
        Problem.NO_SUCH_MONTH: _("Il y a 12 mois dans l'année. Écris par exemple « 31/03/2027 » ou « mars 2027 »."),
        Problem.YEAR_ALONE: _("Il me faut aussi le mois. Écris par exemple « mars 2027 »."),
        Problem.DATE_TOO_FAR: _("Cette date est dans plus de cinq ans. Écris par exemple « mars 2027 »."),
        Problem.DATE_TOO_OLD: _("Cette date est trop ancienne. Écris par exemple « mars 2027 »."),
        Problem.HIJRI_DATE: _("Écris la date du calendrier français, par exemple « 31/03/2027 »."),
        Problem.BIRTH_MONTH: _("Il me faut le mois et l'année, rien d'autre. Écris par exemple « mai 2008 »."),
        Problem.BIRTH_YEAR: _("Écris l'année avec ses quatre chiffres. Par exemple « mai 2008 »."),
        Problem.BIRTH_TOO_RECENT: _(
            "Ce mois est trop récent. Je demande le mois de ta naissance. Écris par exemple « mai 2008 »."
        ),
        Problem.BIRTH_TOO_OLD: _("Ce mois est trop ancien : regarde l'année. Écris par exemple « mai 2008 »."),
        Problem.UNDER_15: _(
            "Avant 15 ans, la loi ne me laisse rien garder sur toi. Je n'ai pas gardé cette réponse. "
            "Pour tout effacer : /oublier. Tu peux parler à un adulte, ou au 119."
        ),
        Problem.NEITHER_PHONE_NOR_EMAIL: _(
            "Je n'ai reconnu ni numéro ni e-mail. Écris par exemple « 06 39 98 00 00 » ou « lola@example.org »."
        ),
        Problem.PHONE_TOO_SHORT: _("Il manque des chiffres. Écris par exemple « 06 39 98 00 00 »."),
        Problem.PHONE_TOO_LONG: _("Il y a trop de chiffres. Écris par exemple « 06 39 98 00 00 »."),
        Problem.PHONE_IMPOSSIBLE: _(
            "Ce numéro n'existe pas. Écris par exemple « 06 39 98 00 00 », ou avec l'indicatif : « +33 6 39 98 00 00 »."
        ),
        Problem.SHORT_NUMBER: _("C'est un numéro d'urgence. Écris le tien, par exemple « 06 39 98 00 00 »."),
        Problem.TWO_PHONES: _("Il y a deux numéros. Écris seulement celui où on peut te joindre."),
        Problem.TWO_EMAILS: _("Il y a deux e-mails. Écris seulement le tien, par exemple « lola@example.org »."),
        Problem.PHONE_AND_EMAIL: _("Il y a un numéro et un e-mail. Écris un seul des deux."),
        Problem.EMAIL_MALFORMED: _("Cet e-mail n'est pas complet. Écris par exemple « lola@example.org »."),
        Problem.IDENTITY_NUMBER: _(
            "⚠️ C'est un numéro de sécu, de carte ou de compte : je ne l'ai pas gardé. Efface ton message. "
            "Écris un numéro de téléphone, par exemple « 06 39 98 00 00 »."
        ),
        Problem.DEPARTEMENT_UNKNOWN: _("Je ne connais pas ce département. Écris par exemple « 31 » ou « La Réunion »."),
        Problem.CORSICA_2A_OR_2B: _("Il y a deux départements en Corse. Écris « 2A » ou « 2B »."),
        Problem.POSTCODE_UNKNOWN: _("Ce code postal n'existe pas. Il a cinq chiffres, par exemple « 31000 »."),
        Problem.TOWN_UNKNOWN: _("Je ne connais pas cette ville. Écris son code postal, par exemple « 31000 »."),
        Problem.TOWN_WITHOUT_POSTCODE: _(
            "Plusieurs villes peuvent avoir ce nom. Écris aussi le code postal, par exemple « 31000 Toulouse »."
        ),
        Problem.NOT_A_NAME: _("Un prénom ou un surnom suffit, sans numéro ni adresse. Écris par exemple « Lola »."),
        Problem.NAME_TOO_LONG: _("C'est un peu long pour un prénom. Écris par exemple « Lola »."),
        Problem.PRESS_A_BUTTON: _("Pour cette question, appuie sur un des boutons."),
    }[problem]
