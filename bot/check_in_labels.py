"""The questions of the check-in that one button answers: what is asked, and the label of each code that is kept."""

from dataclasses import dataclass

from bot import checkins
from bot.checkins import Ask
from bot.i18n import translator
from bot.models import CheckIn


@dataclass(frozen=True)
class OneTap:
    """A question that one button answers: what is asked, the label of each code, and two buttons to a row if short."""

    sentence: str
    labels: dict[str, str]
    width: int = 1


def one_taps(lang: str) -> dict[Ask, OneTap]:
    """Return every question but the needs, which are several, and the help, which is an offer."""
    _ = translator(lang)
    yes, no, unknown = _("Oui"), _("Non"), _("Je ne sais pas")

    def codes(ask: Ask, *labels: str) -> dict[str, str]:
        return dict(zip(checkins.CODES[ask], labels, strict=True))

    return {
        Ask.HOUSING: OneTap(
            _(
                "Où habites-tu en ce moment ?\n"
                "Un logement accompagné, c'est quand une association te le loue et t'aide "
                "(intermédiation locative, bail glissant)."
            ),
            codes(
                Ask.HOUSING,
                _("Un logement à moi"),
                _("Habitat Jeunes, foyer de jeunes"),
                _("Un logement accompagné"),
                _("Chez quelqu'un"),
                _("Hôtel, hébergement d'urgence"),
                _("Dehors"),
                _("Autre"),
            ),
        ),
        Ask.INCOME: OneTap(
            _("Est-ce que tu as de l'argent qui rentre ?"),
            codes(Ask.INCOME, _("Oui, tous les mois"), _("De temps en temps"), _("Rien en ce moment")),
        ),
        Ask.WORK: OneTap(
            _(
                "Qu'est-ce que tu fais en ce moment ?\n"
                "Le CEJ, c'est le contrat d'engagement jeune, avec la Mission Locale ou France Travail."
            ),
            codes(
                Ask.WORK,
                _("École, formation"),
                _("Apprentissage"),
                _("Un emploi"),
                _("Service civique"),
                _("Le CEJ"),
                _("Rien en ce moment"),
            ),
            width=2,
        ),
        Ask.HEALTH_COVER: OneTap(
            _(
                "Pour payer tes soins, qu'est-ce que tu as ?\n"
                "La sécu, c'est l'Assurance maladie. La complémentaire paie le reste : "
                "une mutuelle, ou la complémentaire santé solidaire (C2S)."
            ),
            codes(
                Ask.HEALTH_COVER,
                _("La sécu et une complémentaire"),
                _("La sécu seulement"),
                _("Ni l'une ni l'autre"),
                unknown,
            ),
        ),
        Ask.INTERVIEW: OneTap(
            _(
                "Six mois après ton départ, le département doit organiser un entretien avec toi, pour faire le point. "
                "Notre conversation ne le remplace pas. Est-ce qu'on te l'a proposé ?"
            ),
            codes(Ask.INTERVIEW, _("Oui, il a eu lieu"), _("Oui, pas encore fait"), _("Non, pas proposé"), unknown),
        ),
        Ask.CEJ: OneTap(
            _(
                "Le contrat d'engagement jeune (CEJ), c'est un accompagnement vers un travail ou une formation, "
                "de 16 à 25 ans. Est-ce qu'on te l'a proposé ?"
            ),
            codes(Ask.CEJ, yes, no, unknown),
            width=2,
        ),
        Ask.SATISFACTION: OneTap(
            _("Dernière question : l'aide que tu as eue jusqu'ici, est-ce qu'elle te convient ?"),
            codes(Ask.SATISFACTION, yes, _("Moyen"), no),
            width=3,
        ),
    }


def need_labels(lang: str) -> dict[str, str]:
    """Return the six needs of décret 2022-1125."""
    _ = translator(lang)
    labels = (
        _("argent"),
        _("logement"),
        _("école, formation, travail"),
        _("santé"),
        _("papiers et démarches"),
        _("être accompagné, soutenu"),
    )
    return dict(zip(checkins.CODES[Ask.NEEDS], labels, strict=True))


def told(check_in: CheckIn, lang: str) -> list[tuple[str, str]]:
    """Return what somebody answered, in words: what it is about, and the labels. What was passed is left out."""
    _ = translator(lang)
    titles = {
        Ask.NEEDS: _("Besoin d'un coup de main"),
        Ask.HELP: _("Quelqu'un pour t'aider"),
        Ask.HOUSING: _("Où tu habites"),
        Ask.INCOME: _("Argent qui rentre"),
        Ask.WORK: _("Ce que tu fais"),
        Ask.HEALTH_COVER: _("Pour payer tes soins"),
        Ask.INTERVIEW: _("Entretien des six mois"),
        Ask.CEJ: _("CEJ proposé"),
        Ask.SATISFACTION: _("L'aide te convient"),
    }
    labels = {ask: question.labels for ask, question in one_taps(lang).items()}
    labels[Ask.HELP] = {checkins.WANTED: _("Oui"), "no": _("Pas maintenant")}
    labels[Ask.NEEDS] = need_labels(lang) | {checkins.NO_NEED: _("Tout va bien")}
    found = []
    for ask, title in titles.items():
        codes = (getattr(check_in, ask) or "").split(",")
        words = [labels[ask][code] for code in codes if code in labels[ask]]
        if words:
            found.append((title, ", ".join(words)))
    return found
