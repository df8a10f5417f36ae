"""What is left when the NLU is down: titles, keywords and glossary, found in what people really type."""

import pytest

from bot import keywords
from bot.library import Library
from bot.services import Services, respond
from bot.understanding import OUT_OF_SCOPE, Source

# As typed on a phone; each is answered at once.
ANSWERED = {
    "c quoi le cej": "cej",
    "C.E.J.": "cej",
    "C.E.J": "cej",
    "la garantie jeunes ça existe encore ?": "cej",  # replaced by the CEJ in 2022
    "le contrat d’engagement jeune": "cej",
    "mon cjm s'arrete bientot": "cjm",
    "je veu un contra jeune majeur": "cjm",
    "apjm": "cjm",
    "le droit au retour c pour qui": "droit_au_retour",
    "je peux retourner à l'ase ?": "droit_au_retour",
    "on m'a parlé de l'entretien des 6 mois": "entretien_6_mois",
    "l'A.D.E.P.A.P.E": "adepape",
    "c koi ladepape": "adepape",
    "ou est la mision locale": "mission_locale",
    "LA MISSION LOCALE !!!": "mission_locale",
    "le P.A.C.E.A": "pacea",
    "je veux un HLM": "logement_social",
    "un h.l.m. pas cher": "logement_social",
    "logment social": "logement_social",
    "F.J.T.": "habitat_jeunes",
    "foyer jeune travailleur": "habitat_jeunes",
    "le 115 répond pas": "hebergement_urgence",
    "j'ai pas de garant": "aides_logement",
    "A.P.L": "aides_logement",
    "le faj": "aides_financieres",
    "mon pecule": "pecule",
    "argent bloqué à la caisse des dépots": "pecule",
    "le RMI": "rsa_prime_activite",  # replaced by the RSA in 2009
    "la prime d activité": "rsa_prime_activite",
    "j'ai des dettes": "budget",
    "ouvrir un compte": "compte_bancaire",
    "les restos du cœur": "aide_alimentaire",
    "la CMU": "sante_couverture",  # replaced in 2016 and 2019
    "psycologue": "sante_mentale",
    "la cotorep": "handicap",  # replaced by the MDPH in 2006
    "M.D.P.H": "handicap",
    "l'ANPE": "formation_emploi",  # replaced by Pôle emploi in 2008
    "pole emploi": "formation_emploi",
    "aprentissage": "apprentissage",
    "service civique": "service_civique",
    "jai perdu ma cni": "papiers_identite",
    "carte d identite": "papiers_identite",
    "titre de sejours": "titre_sejour",
    "avis d'imposition": "impots",
    "permis de conduire": "mobilite",
    "je suis enceinte": "parentalite",
    "consulter mon dossier ase": "dossier_ase",
}
# Not clear enough to answer: the topic is offered as a button.
OFFERED = {
    "habitat jeune": "habitat_jeunes",
    "servise civique": "service_civique",
    "cej-jr": "cej_jeunes_en_rupture",
}
NOTHING = ["qui a gagné le match hier", "raconte une blague", "azertyuiop", "le de la", "…", "x" * 4096]


@pytest.mark.parametrize(("text", "topic"), ANSWERED.items())
async def test_an_everyday_phrasing_is_answered_without_the_nlu(services: Services, text: str, topic: str) -> None:
    understanding, [reply] = await respond(services, 1, text, lang="fr")
    assert (understanding.topic, understanding.source, understanding.sure) == (topic, Source.KEYWORD, True)
    assert services.library.page(topic, "fr").heading.title in reply.text


@pytest.mark.parametrize(("text", "topic"), OFFERED.items())
async def test_an_unclear_phrasing_gets_the_topic_as_a_button(services: Services, text: str, topic: str) -> None:
    understanding, [reply] = await respond(services, 1, text, lang="fr")
    assert not understanding.sure
    assert f"topic:{topic}" in [button.payload for row in reply.buttons for button in row]


@pytest.mark.parametrize("text", NOTHING)
async def test_what_names_no_topic_finds_none(services: Services, text: str) -> None:
    understanding, _ = await respond(services, 1, text, lang="fr")
    assert (understanding.topic, understanding.source, understanding.sure) == (OUT_OF_SCOPE, Source.NONE, False)


def test_every_title_button_and_keyword_leads_to_its_topic_first(library: Library) -> None:
    index = keywords.index(library)
    for slug, pages in library.pages.items():
        heading = pages["fr"].heading
        for phrase in (heading.title, heading.button, *heading.keywords):
            found = keywords.search(phrase, index)
            best = [topic for topic, score in found if score == found[0][1]]
            assert slug in best, phrase


def test_every_topic_of_the_glossary_is_found_by_its_term(library: Library) -> None:
    index = keywords.index(library)
    for term in library.terms:
        if term.topic:
            assert term.topic in [slug for slug, _ in keywords.search(term.term, index)], term.term


def test_a_letter_forgotten_in_a_long_word_still_finds_the_topic(library: Library) -> None:
    index = keywords.index(library)
    for word, topics in index.words.items():
        if len(word) >= 10:
            for place in range(1, len(word)):
                typed = word[:place] + word[place + 1 :]
                assert topics <= {slug for slug, _ in keywords.search(typed, index)}, typed


def test_scores_lie_between_0_and_1_and_come_best_first(library: Library) -> None:
    everything = " ".join(keywords.index(library).phrases)
    scores = [score for _, score in keywords.search(everything, keywords.index(library))]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
