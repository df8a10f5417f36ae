"""What the bot says of requests that were confirmed: how far they are, what was answered. Pure.

Whatever is said first is neutral: no structure, no need, no care. The rest comes after a button.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape

from bot import menus
from bot.i18n import colon, date_text, translator
from bot.library import Library
from bot.models import Referral, ReferralState
from bot.receipts import REASONS, Line
from bot.replies import Button, Reply

Answered = Mapping[str, str | None]


def waiting(referral: Referral, lang: str) -> Reply:
    """Right after the yes: nothing has left yet, and nothing more is said."""
    _ = translator(lang)
    text = _("Merci. Je prépare ta demande {ref}. Je te dis dès qu'elle est partie.").format(ref=referral.ref)
    return Reply(text, ((_see(referral, lang),), menus.ways_out(lang)))


def sent(referral: Referral, lang: str, *, wait: int) -> Reply:
    """Once the relay took it; after `wait` days without an answer the person is told so."""
    _ = translator(lang)
    text = _("C'est envoyé. Ta demande {ref} est partie. Si personne ne répond sous {days} jours, je te le dis.")
    return Reply(text.format(ref=referral.ref, days=wait), ((_see(referral, lang),),))


def late(referral: Referral, lang: str) -> Reply:
    """After an hour without the relay's yes."""
    _ = translator(lang)
    text = _(
        "Je n'ai pas encore la confirmation que ta demande {ref} est partie. Je continue d'essayer. "
        "Tu peux aussi appeler : appuie sur Voir."
    )
    return Reply(text.format(ref=referral.ref), ((_see(referral, lang),),))


def news(referral: Referral, lang: str) -> Reply:
    """Something became of a request: what, after the button."""
    _ = translator(lang)
    return Reply(_("C'est Relais. J'ai du nouveau pour toi."), ((_see(referral, lang),),))


def _see(referral: Referral, lang: str) -> Button:
    return Button(translator(lang)("Voir"), f"fwd:see:{referral.ref}")


def status(referral: Referral, lang: str) -> str:
    """How far a request is, in plain words: only what is known."""
    _ = translator(lang)
    if referral.state == ReferralState.FAILED and referral.sent_at is not None:
        return _("je ne sais pas si elle est arrivée : appelle-les plutôt")
    return {
        ReferralState.WAITING: _("pas encore de confirmation qu'elle est partie, j'essaie"),
        ReferralState.SENT: _("envoyée, pas encore de réponse"),
        ReferralState.RECEIVED: _("reçue, ils s'en occupent"),
        ReferralState.APPOINTMENT: _("tu as un rendez-vous"),
        ReferralState.REACHED: _("vous vous êtes parlé"),
        ReferralState.NOT_REACHED: _("ils n'ont pas réussi à te joindre"),
        ReferralState.CANNOT: _("ils ne peuvent pas, tu peux demander à quelqu'un d'autre"),
        ReferralState.FAILED: _("je n'ai pas réussi à l'envoyer"),
        ReferralState.WITHDRAWN: _("retirée par toi"),
        ReferralState.EXPIRED: _("personne n'a répondu"),
    }[ReferralState(referral.state)]


def answer_lines(referral: Referral, answer: Answered, lang: str) -> Iterator[str]:
    """What the structure answered, in sentences; its own message stands apart."""
    _ = translator(lang)
    if answer.get("on"):
        day = date_text(date.fromisoformat(str(answer["on"])), lang)
        yield _("Rendez-vous le {day} à {hour}, {place}.").format(day=day, hour=answer["at"], place=answer["place"])
    match referral.state:
        case ReferralState.RECEIVED:
            yield _("Ils ont bien reçu la demande.")
        case ReferralState.REACHED:
            yield _("Ils disent que vous vous êtes parlé.")
        case ReferralState.NOT_REACHED:
            yield _("Ils disent qu'ils n'ont pas réussi à te joindre. Vérifie ton numéro, ou appelle-les.")
        case ReferralState.CANNOT:
            yield _("Ils ne peuvent pas t'aider cette fois : {reason}.").format(
                reason=_(REASONS.get(referral.reason or "", REASONS["other"])).lower()
            )
    if other := answer.get("other"):
        yield _("Ils conseillent : « {other} »").format(other=other)


def details(referral: Referral, answer: Answered, lines: Sequence[Line], contact: str, lang: str) -> Reply:
    """One request whole: whom, how far, their answer, what was sent, and how to reach them oneself."""
    _ = translator(lang)
    name = escape(referral.structure_name, quote=False)
    parts = [f"<b>{_('Demande {ref}').format(ref=referral.ref)}</b>\n{name}{colon(lang)}{status(referral, lang)}."]
    if said := "\n".join(escape(one, quote=False) for one in answer_lines(referral, answer, lang)):
        parts.append(said)
    if message := answer.get("message"):  # in a frame of its own: what they write must not look like our words
        parts.append(f"{_('Leur message :')}\n<blockquote>{escape(message, quote=False)}</blockquote>")
    if referral.state in (ReferralState.SENT, ReferralState.EXPIRED) and referral.told_silent_at is not None:
        parts.append(
            _("Personne n'a encore répondu. Ce n'est pas ta faute. Tu peux appeler, ou demander à quelqu'un d'autre.")
        )
    if lines:
        told = "\n".join(f"{escape(one.label, quote=False)} : {escape(one.value, quote=False)}" for one in lines)
        parts.append(f"{_('Ce qui est parti :')}\n<blockquote>{told}</blockquote>")
    if contact:
        parts.append(f"{_('Pour les joindre toi-même :')}\n{contact}")
    return Reply("\n\n".join(parts), (*_next_steps(referral, lang), menus.ways_out(lang)))


def _next_steps(referral: Referral, lang: str) -> Iterator[tuple[Button, ...]]:
    _ = translator(lang)
    ended = (ReferralState.CANNOT, ReferralState.FAILED, ReferralState.EXPIRED, ReferralState.WITHDRAWN)
    if referral.state in ended or referral.told_silent_at is not None:
        yield (Button(_("Demander à quelqu'un d'autre"), f"fwd:next:{referral.ref}"),)
    if referral.payload_sealed is not None:  # once its words are erased, nothing is left to take back
        yield (Button(_("Retirer ma demande"), f"fwd:ask_back:{referral.ref}"),)


def all_of(referrals: Sequence[Referral], lang: str, *, writing: bool = False) -> Reply:
    """/demandes; `writing`: one is written and not sent."""
    _ = translator(lang)
    new = Button(_("Faire une demande"), "fwd:start")
    begun = Button(_("Continuer ma demande, pas encore envoyée"), "fwd:show")
    last = (*([(begun,)] if writing else []), (new,), menus.ways_out(lang))
    if not referrals:
        return Reply(_("Tu n'as pas de demande en cours."), last)
    told = [
        f"• {one.ref}, {date_text(one.confirmed_at.date(), lang)}, {escape(one.structure_name, quote=False)}"
        f"{colon(lang)}{status(one, lang)}"
        for one in referrals
        if one.confirmed_at is not None
    ]
    buttons = [Button(one.ref, f"fwd:see:{one.ref}") for one in referrals[:6]]
    return Reply("\n".join([f"<b>{_('Tes demandes')}</b>", *told]), (*menus.in_rows(buttons, 2), *last))


def ask_to_withdraw(referral: Referral, lang: str) -> Reply:
    _ = translator(lang)
    text = _("Retirer ta demande {ref} ? Si elle est déjà partie, je préviens la structure.").format(ref=referral.ref)
    yes = Button(_("Oui, la retirer"), f"fwd:withdraw:{referral.ref}")
    return Reply(text, ((yes, Button(_("Non, la garder"), f"fwd:see:{referral.ref}")),))


def withdrawn(library: Library, lang: str, *, told: bool) -> Reply:
    _ = translator(lang)
    text = (
        _("C'est retiré. Je demande à la structure d'effacer ce qu'elle a reçu.")
        if told
        else _("C'est retiré. Rien n'était parti.")
    )
    return menus.with_numbers(text, library, lang)
