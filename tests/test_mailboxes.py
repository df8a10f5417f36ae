"""Where the requests of young people may be sent: a structure's own mailbox, that several people read."""

import csv
import re
from pathlib import Path

import pytest

from bot.mailboxes import BadAddress, mailbox_problem, one_mailbox

STRUCTURES = """
accueil@missionlocale-albi.example.org contact@ml31.example.org secretariat@mlgaillac.example.org
mission-locale@tarn.example.org mission.locale@tarn.example.org missionlocale@tarn.example.org
antenne.sud@ml.example.org antenne-carmaux@ml.example.org accueil.nevers@ml.example.org siege@mltoulouse.example.org
m.locale.libourne@ml.example.org m.secretariat@ml.example.org direction@habitatjeunes.example.org
info@urhaj.example.org fjt.accueil@ml.example.org residence-lestang@hj.example.org service.ase@departement.example.org
saint-priest@ml.example.org digne-les-bains@ml.example.org dax@ml.example.org villeneuve.loubet@ml.example.org
cd31@cd31.example.org reagir.albi@reagir.example.org ml@ml.example.org jeunes@terres.example.org 16-25@ml.example.org
bagatelle@ml.example.org accueil.martin-luther-king@ml.example.org contact@villefranche-mlidf.example.org
mission.locale@mlagglo-limoges.example.org
""".split()  # noqa: SIM905
PERSONS = """
jean.dupont@ml.example.org jean-dupont@ml.example.org dupont.jean@ml.example.org j.dupont@ml.example.org
jdupont.martin@ml.example.org marie@ml.example.org marie2@ml.example.org m.d@ml.example.org md@ml.example.org
Marie-Claire.Petit@ml.example.org petit-sandrine@ml.example.org jean_dupont@ml.example.org j-dupont@ml.example.org
a.millet@ml.example.org p.siegel@ml.example.org c.assouline@ml.example.org zinedine.kaci@ml.example.org
marie.dupont.ml@ml.example.org chloe@example.org
""".split()  # noqa: SIM905
TOWN_HALLS = """
accueil@mairie-albi.fr contact@mairiedelyon.fr jeunesse@ville-albi.fr accueil@villedegaillac.fr contact@albi-mairie.fr
mairie@example.org mairie.albi@example.org ccas@example.org ccas-accueil@example.org hotel-de-ville@example.org
accueil@ccas-albi.fr accueil@cc-lauragais.fr accueil@lauragais-communaute.fr accueil@nantes-metropole.fr
accueil@nantesmetropole.fr accueil@agglo-albi.fr accueil@grand-agglo.fr accueil@jeunesse.ville.albi.fr
ville-albi@example.org accueil@commune-albi.fr
""".split()  # noqa: SIM905
FREE = "a.b@gmail.com missionlocale@orange.fr ml@wanadoo.fr milo@laposte.net fjt@hotmail.fr contact@free.fr".split()  # noqa: SIM905
DISPOSABLE = ["accueil@yopmail.com", "contact@temp-mail.org", "ml@jetable.org", "ml@10minutemail.com"]
MISSPELT = "accueil@gmial.com contact@wanado.fr ml@laposte.fr ml@orange.com".split()  # noqa: SIM905
NOBODY = "noreply@example.org no-reply@example.org ne-pas-repondre@example.org postmaster@example.org".split()  # noqa: SIM905
SEVERAL = ["accueil@example.org, contact@example.org", "accueil@example.org;contact@example.org", "a@b.fr c@d.fr"]
MALFORMED = ["", "bonjour", "@example.org", "a@b", '"a b"@example.org', "a@example.org\r\nBcc: b", "A <a@example.org>"]


@pytest.mark.parametrize("address", STRUCTURES)
def test_a_structures_own_mailbox_may_be_confirmed(address: str) -> None:
    assert mailbox_problem(address) is None


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [
        (PERSONS, "celle d'une personne"),
        (TOWN_HALLS, "d'une mairie"),
        (FREE, "ouvertes par des particuliers"),
        (DISPOSABLE, "jetable"),
        (MISSPELT, "mal écrit"),
        (NOBODY, "Personne ne lit"),
        (SEVERAL, "plusieurs adresses"),
        (MALFORMED, "pas une adresse e-mail"),
    ],
)
def test_any_other_is_refused_with_the_reason_in_one_sentence_that_does_not_repeat_it(
    addresses: list[str], reason: str
) -> None:
    for address in addresses:
        problem = mailbox_problem(address)
        assert problem is not None, address
        assert reason in problem, address
        assert problem.endswith(".")
        assert problem.count(". ") == 0
        assert "\n" not in problem
        assert not address or address not in problem


def test_what_one_mailbox_is_for_smtp() -> None:
    assert one_mailbox("Accueil@ÉTÉ.example.org") == "Accueil@xn--t-9fab.example.org"
    for address in [*SEVERAL, *MALFORMED, "é@example.org", "a@example.org ", f"a@{'b' * 250}.fr"]:
        with pytest.raises(BadAddress) as raised:
            one_mailbox(address)
        assert not address or address not in str(raised.value)


@pytest.mark.shared
def test_the_addresses_that_missions_locales_published_pass_unless_they_are_a_providers(reference: Path) -> None:
    """Of 2019, and not to be written to: they show how structures name their mailboxes."""
    with (reference / "directory" / "missions_locales.csv").open(encoding="utf-8", newline="") as file:
        cells = {cell.lower() for row in csv.DictReader(file) for cell in row.values() if cell and "@" in cell}
    addresses = [cell for cell in cells if re.fullmatch(r"\S+@\S+", cell)]
    problems = [problem for address in addresses if (problem := mailbox_problem(address))]
    own = [problem for problem in problems if "particuliers" not in problem]
    assert len(addresses) > 400
    assert len(own) / len(addresses) < 0.03
