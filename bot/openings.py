"""The first line we write to somebody: it shows on a locked screen that others may see, so it says nothing."""

from html import escape

from bot.i18n import translator
from bot.plan import CHECK_IN, REMINDER
from bot.replies import Button, Reply


def opening(rule: str, name: str | None, lang: str, *, late: bool) -> Reply:
    """Return what arrives first for a rule; what it is about comes after a button. `late` says that it comes late."""
    _ = translator(lang)
    hello = (
        _("Salut {name}, c'est Relais.").format(name=escape(name, quote=False)) if name else _("Salut, c'est Relais.")
    )
    if rule in (CHECK_IN, REMINDER):
        told = _("On avait dit qu'on se reparlait. Ça va ?")
        if rule == REMINDER:
            told = _("Je te le redemande une fois, c'est tout. Ça va ?")
        elif late:
            told = _("On avait dit qu'on se reparlait. J'ai du retard, pardon. Ça va ?")
        buttons = _buttons(_("Répondre"), "check:start", "check:later", "check:never", lang)
    else:
        told = _("J'ai un rappel utile pour toi. Tu veux le lire ?")
        if late:
            told = _("J'ai un rappel utile pour toi. Il a du retard, pardon. Tu veux le lire ?")
        buttons = _buttons(_("Lire"), f"plan:read:{rule}", f"plan:later:{rule}", "plan:never", lang)
    return Reply(f"{hello} {told}", buttons)


def _buttons(first: str, yes: str, later: str, never: str, lang: str) -> tuple[tuple[Button, ...], ...]:
    _ = translator(lang)
    return ((Button(first, yes),), (Button(_("Plus tard"), later), Button(_("Plus jamais"), never)))
