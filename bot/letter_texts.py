"""What our e-mails say to structures, offices in France: nothing of a person but the lines that were agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.letters import Kind
from bot.mails import Mail, simple_html
from bot.models import Letter
from bot.receipts import Line

SUBJECT = "Relais : demande {ref}"  # a reference without a meaning: subjects are read on screens and kept in logs

_REQUEST = (
    "Bonjour,",
    "Une personne vous demande de l'aide. Elle a lu et accepté l'envoi de ces lignes, et d'elles seules :",
    "{lines}",
    "Pour lui répondre, sans compte et en une minute :\n{link}",
    "La page ne montre rien tant que vous n'avez pas appuyé sur son bouton. Elle reste ouverte {days} jours. "
    "Cette personne espère une réponse sous {wait} jours, même pour dire que ce n'est pas possible.",
    "Merci de ne transmettre ce message qu'à qui s'occupe de cette demande, et de l'effacer quand elle est traitée.",
)
_REMINDER = (
    "Bonjour,",
    "Une personne attend votre réponse à la demande {ref}, que nous vous avons envoyée il y a quelques jours.",
    "Pour la lire et y répondre, sans compte et en une minute :\n{link}",
    "Si ce n'est pas possible pour vous, dites-le aussi sur cette page : nous lui proposerons quelqu'un d'autre.",
)
_WITHDRAWN = (
    "Bonjour,",
    "La personne qui vous avait envoyé la demande {ref} l'a retirée. Son lien ne montre plus rien.",
    "Merci d'effacer ce que vous en avez gardé, et de ne plus la contacter à ce sujet.",
)
_ERASED = (
    "Bonjour,",
    "La personne qui vous avait envoyé la demande {ref} a demandé l'effacement de ses informations "
    "(articles 17 et 19 du RGPD). Son lien ne montre plus rien.",
    "Merci d'effacer ce que vous en avez gardé, sauf ce que la loi vous oblige à conserver.",
)
_PARTS = {Kind.REQUEST: _REQUEST, Kind.REMINDER: _REMINDER, Kind.WITHDRAWN: _WITHDRAWN, Kind.ERASED: _ERASED}
_SIGNED = "{operator}\nRéférence : {ref}. Message écrit par un robot, Relais."


@dataclass(frozen=True)
class Office:
    """How letters are written: where their pages are, which domain signs them, how many days a page stays open, and
    after how many without an answer the person is told so."""

    public_url: str
    domain: str
    days: int = 30
    wait: int = 15


def mail(letter: Letter, lines: Sequence[Line], link: str, office: Office, *, operator: str) -> Mail:
    """Return the e-mail of a letter, the same each time. `link` is its page."""
    told = {"ref": letter.ref, "days": office.days, "wait": office.wait, "operator": operator or "Relais", "link": link}
    rows = "\n".join(f"{line.label} : {line.value}" for line in lines)
    text = "\n\n".join(part.format(**told, lines=rows) for part in (*_PARTS[Kind(letter.kind)], _SIGNED)) + "\n"
    return Mail(
        to=letter.mailbox,
        subject=SUBJECT.format(ref=letter.ref),
        text=text,
        html=simple_html(text, link=link),
        message_id=f"<{letter.ref}.{letter.kind}.{letter.issue}@{office.domain}>".lower(),
    )
