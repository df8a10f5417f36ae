"""What the receipt page says instead of a request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """A page of a title and a few sentences; `wait` in seconds before it is worth trying again."""

    status: int
    title: str
    said: tuple[str, ...]
    wait: int = 0


# One page for a link that is old, withdrawn, erased, cut or made up: which of these it is is nobody else's business.
NOTHING = Notice(
    404,
    "Ce lien ne montre plus rien",
    (
        "Il a peut-être expiré, ou la personne a retiré sa demande. "
        "Il se peut aussi que l'adresse soit incomplète : ouvrez le lien depuis le message, sans le recopier.",
        "Pour recevoir un nouveau lien, répondez au message que vous avez reçu.",
    ),
)
TOO_OFTEN = Notice(
    429,
    "Trop d'essais en peu de temps",
    (
        "Pour protéger les demandes, cette page fait une pause. Rien n'est perdu et rien n'a changé.",
        "Réessayez dans une minute. Si le message revient, réessayez dans une heure.",
    ),
    wait=60,
)
TOO_LONG = Notice(
    413,
    "Votre réponse est trop longue",
    ("Elle n'a pas pu être enregistrée. Revenez en arrière et écrivez un mot plus court.",),
)
TOO_SLOW = Notice(
    408,
    "La connexion est trop lente",
    ("Votre réponse n'est pas arrivée en entier, et rien n'a été enregistré. Revenez en arrière et réessayez.",),
)
ELSEWHERE = Notice(
    403,
    "Cette page a été appelée depuis un autre site",
    ("Rien n'a été montré ni enregistré. Ouvrez le lien depuis le message que vous avez reçu.",),
)
BROKEN = Notice(
    500,
    "La page est en panne",
    (
        "Ce n'est pas de votre fait. Réessayez dans quelques minutes : si votre réponse est déjà enregistrée, "
        "l'envoyer à nouveau ne change rien.",
        "Si la panne dure, répondez au message que vous avez reçu.",
    ),
)
