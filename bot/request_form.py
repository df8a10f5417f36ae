"""What the bot says while a request is written: for what, to whom, and exactly what would be sent."""

from collections.abc import Mapping, Sequence
from html import escape

from bot import agreeing, menus, referrals
from bot.check_in_labels import need_labels
from bot.checkins import CODES, Ask
from bot.consent_texts import ConsentText, Purpose
from bot.i18n import translator
from bot.joining import Step
from bot.library import Library
from bot.models import Person, Referral
from bot.receipts import Line
from bot.referrals import ASE, is_in, mark
from bot.replies import Button, Reply
from bot.structures import Kind
from bot.vault import Transaction

NEEDS = CODES[Ask.NEEDS]
MARK = 12  # characters of a preview's hash in its button


def ask_need(library: Library, lang: str) -> Reply:
    """The first question of a request, to whoever has not ticked a need at the check-in."""
    _ = translator(lang)
    rows = menus.in_rows(
        [Button(label, f"fwd:need:{NEEDS.index(need)}") for need, label in need_labels(lang).items()], 2
    )
    text = _("Pour quoi as-tu besoin d'aide ? Rien ne part sans que tu l'aies lu.")
    return menus.with_numbers(text, library, lang, (*rows, menus.ways_out(lang)))


def ask_who(library: Library, needs: Sequence[str], lang: str, *, over_21: bool, before: str = "") -> Reply:
    """Whom to ask. Before 21 the département comes first: the right to ask it again ends then (CASF L222-5)."""
    _ = translator(lang)
    told = "".join(str(NEEDS.index(need)) for need in needs)
    labels = {
        Kind.DEPARTEMENT: _("Le département qui me suivait (avant 21 ans)"),
        Kind.HABITAT_JEUNES: _("Habitat Jeunes : un logement"),
        Kind.MISSION_LOCALE: _("La Mission Locale : travail, argent, papiers, santé"),
        Kind.ADEPAPE: _("L'ADEPAPE : des anciens de l'aide sociale à l'enfance"),
    }
    if over_21:
        del labels[Kind.DEPARTEMENT]
    if "housing" not in needs and needs:
        labels[Kind.HABITAT_JEUNES] = labels.pop(Kind.HABITAT_JEUNES)  # at the end
    rows = tuple((Button(label, f"fwd:who:{kind}:{told}"),) for kind, label in labels.items())
    text = _("À qui veux-tu demander de l'aide ? Je te montre tout avant : rien ne part sans ton accord.")
    return menus.with_numbers(f"{before}{text}", library, lang, (*rows, menus.ways_out(lang)))


def show(
    tx: Transaction,
    person: Person,
    referral: Referral,
    library: Library,
    lang: str,
    *,
    instead: bool = False,
    unsent: bool = False,
) -> Reply:
    """What would be sent now, to be looked at, changed, sent or given up.

    `instead`: no residence is known near them, and it is another kind of structure. `unsent`: they wrote a word
    where a press was awaited.
    """
    _ = translator(lang)
    before = ""
    if instead:
        before = _("Je ne connais pas de résidence Habitat Jeunes tout près. La Mission Locale aide aussi à se loger.")
    elif unsent:
        before = _("Rien n'est parti. Pour envoyer, appuie sur « Envoyer » sous le texte.")
    before = f"{before}\n\n" if before else ""
    text = agreeing.text_for(library.consents, Purpose.FORWARD, lang, person.age_band)
    return _preview(referral, referrals.possible_lines(tx, person, referral), text, lang, before=before)


def _preview(
    referral: Referral, possible: Mapping[str, Line], text: ConsentText, lang: str, *, before: str = ""
) -> Reply:
    """Exactly what would be sent, each line a button that leaves it out or puts it back, and the text of this yes."""
    _ = translator(lang)
    kept = [line for name, line in possible.items() if is_in(referral, name)]
    shown = "\n".join(f"{escape(line.label, quote=False)} : {escape(line.value, quote=False)}" for line in kept)
    heading = _("Voilà tout ce qui partirait à <b>{structure}</b>, et rien d'autre :").format(
        structure=escape(referral.structure_name, quote=False)
    )
    how = _("Appuie sur une ligne pour l'enlever ou la remettre.")
    rows: list[tuple[Button, ...]] = [
        (Button(f"{'✅' if is_in(referral, name) else '⬜'} {_label(name, line, lang)}", f"fwd:line:{name}"),)
        for name, line in possible.items()
    ]
    rows.append((Button(_("Corriger"), "fwd:edit"), Button(_("Annuler"), "fwd:cancel")))
    if kept:
        whole = mark(kept, referral, text)[:MARK]
        rows.insert(0, (Button(_("Envoyer"), f"fwd:send:{whole}"),))
    return Reply(f"{before}{heading}\n\n<blockquote>{shown}</blockquote>\n{how}\n\n{text.html}", tuple(rows))


def _label(name: str, line: Line, lang: str) -> str:
    return translator(lang)("Dire que j'ai été suivi par l'ASE") if name == ASE else line.label


def edit(corrections: Mapping[str, str], lang: str) -> Reply:
    """What of the person may be corrected before sending: kept corrected, and shown again."""
    _ = translator(lang)
    buttons = [Button(label, f"mine:edit:{step}") for step, label in corrections.items()]
    return Reply(_("Que veux-tu corriger ?"), (*menus.in_rows(buttons, 2), (Button(_("Retour"), "fwd:show"),)))


def join_first(lang: str) -> Reply:
    """To somebody of whom nothing is kept: an answer could not reach them."""
    _ = translator(lang)
    text = _(
        "Pour envoyer une demande et te donner la réponse, je dois pouvoir te retrouver. Il me faut d'abord ton accord."
    )
    return Reply(text, ((Button(_("D'accord, on commence"), "join:start"),), menus.ways_out(lang)))


def send_yourself(contact: Reply, needs: Sequence[str], lang: str) -> Reply:
    """For a structure whose mailbox nobody confirmed: its contact, and a message to send or to read on the phone."""
    _ = translator(lang)
    hello = _("Bonjour, je cherche de l'aide ({needs}). Est-ce que je peux avoir un rendez-vous ? Merci.")
    plain = _("Bonjour, je cherche de l'aide. Est-ce que je peux avoir un rendez-vous ? Merci.")
    told = hello.format(needs=", ".join(need_labels(lang)[need] for need in needs)) if needs else plain
    why = _("Je ne peux pas encore leur écrire pour toi. Tu peux appeler, ou envoyer ce message :")
    return Reply(f"{contact.html}\n\n{why}\n<code>{escape(told, quote=False)}</code>", contact.buttons)


def ask_place(library: Library, lang: str, *, care: bool) -> Reply:
    """Where is not known, so neither is whom to write to: the question comes first."""
    _ = translator(lang)
    if care:
        text = _("Il me faut d'abord savoir quel département s'occupait de toi. Après, reviens avec /demandes.")
        button = Button(_("Dire quel département"), f"mine:edit:{Step.CARE}")
    else:
        text = _("Il me faut d'abord ta ville, pour trouver la bonne structure. Après, reviens avec /demandes.")
        button = Button(_("Dire où j'habite"), f"mine:edit:{Step.HOME}")
    return menus.with_numbers(text, library, lang, ((button,), menus.ways_out(lang)))


def given_up(contact: Reply, lang: str) -> Reply:
    """Nothing is sent; whom to call oneself, as was promised."""
    text = translator(lang)("D'accord, je n'envoie rien. Si tu préfères appeler :")
    return Reply(f"{text}\n\n{contact.html}", contact.buttons)


def refused(why: str, contact: Reply, lang: str) -> Reply:
    """A request that cannot be made now: why, and whom to call instead."""
    _ = translator(lang)
    reasons = {
        "person": _("Tu as déjà fait trois demandes en 30 jours. Laisse-leur le temps de répondre, ou appelle :"),
        "structure": _("Cette structure a déjà beaucoup de demandes aujourd'hui. Réessaie demain, ou appelle :"),
        "mailbox": _("Je ne peux plus leur écrire. Tu peux appeler :"),
    }
    return Reply(f"{reasons[why]}\n\n{contact.html}", contact.buttons)
