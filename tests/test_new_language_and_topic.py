"""An editor adds a language and a topic with `relais content`: no code changes, and the bot answers."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from tests.command_line import run
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CEJ_IN_SPANISH = """\
## ¿Qué es?
Un acompañamiento para encontrar trabajo o formación (contrat d'engagement jeune, CEJ).

## ¿Para quién?
Para ti si tienes entre 16 y 25 años.

## Lo que puedes obtener
- Desde los 18 años: hasta {montant:cej_majeur}.
- A los 16 o 17 años: hasta {montant:cej_mineur}.

## Lo que puedes hacer ahora
1. Llama a tu Mission Locale y di: «Je voudrais un CEJ.»

## Quién puede ayudarte
Tu educador puede ir contigo.
"""
DANGERS_IN_SPANISH = """\
patterns:
  danger_immediat: [socorro]
  danger_suicide: [quiero morir]
  danger_violences: [me pega]
answers:
"""
VELO = {
    "C'est quoi ?": "Un vélo pour aller au travail.",
    "Pour qui ?": "Pour toi, selon les territoires.",
    "Ce que tu peux avoir": "Un prêt de vélo, selon les territoires.",
    "Ce que tu peux faire maintenant": "1. Demande à ta Mission Locale.",
    "Qui peut t'aider": "Quelqu'un de confiance.",
}


class Workshop:
    """A copy of the tree, and the commands typed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bot", "content", "locales", "nlu/data", "nlu/tests", "nlu/tuning"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def relais(self, *arguments: str, typed: str = "") -> str:
        done = run(
            [sys.executable, "-m", "bot", *arguments],
            typed=typed,
            cwd=self.folder,
            PYTHONPATH=self.folder,
            VAR_DIR=self.folder / "var",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def change(self, name: str, pattern: str, new: str) -> None:
        path = self.folder / name
        text, times = re.subn(pattern, new, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert times, f"{name} has no {pattern}"
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "relais")


def code_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.py"))}


def test_spanish_is_added_without_code_and_the_bot_answers_in_it(workshop: Workshop) -> None:
    before = code_of(workshop.folder)
    workshop.relais("content", "new", "language", "es")
    topics = {path.parent.name for path in (workshop.folder / "content/faq").glob("*/topic.yml")}
    assert {path.stem for path in (workshop.folder / "nlu/data/es").iterdir()} == topics
    for name in ("themes/es.yml", "contacts/es.yml"):  # « key:  # the French » is what stands there to be translated
        workshop.change(f"content/{name}", r"^( *\w+:)  # (.+)$", r'\1 "ES \2"')
    plan = (workshop.folder / "content/plan/fr.md").read_text(encoding="utf-8")
    (workshop.folder / "content/plan/es.md").write_text(plan.replace("\n\n**", "\n\n**ES "), encoding="utf-8")
    catalogue = workshop.folder / "locales/es/LC_MESSAGES/messages.po"
    with catalogue.open("rb") as file:
        found = read_po(file, locale="es")
    for message in found:
        if message.id:
            message.string = f"ES {message.id}"
    with catalogue.open("wb") as file:
        write_po(file, found)

    workshop.relais("content", "new", "translation", "cej", "es")
    name = "content/faq/cej/es.md"
    workshop.change(name, r"^title:$", "title: El contrato de compromiso joven (CEJ)")
    workshop.change(name, r"^button:$", "button: El CEJ")
    workshop.change(name, r"^keywords: \[\]$", "keywords: [contrato de compromiso joven]")
    workshop.change(name, r"(?s)^## .*\Z", CEJ_IN_SPANISH.replace("\\", r"\\"))
    workshop.relais("content", "check")

    said = workshop.relais("chat", "--no-nlu", typed="/langue\n/menu\n")
    assert "Español" not in said, "nobody would hear a call for help in it"
    answers = (workshop.folder / "content/danger/en.yml").read_text(encoding="utf-8").partition("\nanswers:\n")[2]
    spanish = DANGERS_IN_SPANISH + answers.replace("Thank you for writing it.", "Gracias por escribirlo.")
    (workshop.folder / "content/danger/es.yml").write_text(spanish, encoding="utf-8")
    said = workshop.relais("chat", "--no-nlu", typed="/langue\n/menu\n")
    number = re.search(r"\[(\d+)\] Español", said)
    assert number is not None, said
    said = workshop.relais("chat", "--no-nlu", typed=f"/langue\n{number[1]}\ncej\npacea\n/menu\nquiero morir\n")
    assert "El contrato de compromiso joven (CEJ)" in said
    assert "561,68" in said
    assert "ES Traduction pas encore relue." in said
    assert "ES Cette réponse n'est pas encore traduite. La voici en français." in said
    assert "ES Logement" in said
    assert "Gracias por escribirlo." in said
    assert code_of(workshop.folder) == before


def test_a_topic_is_added_without_code_and_the_bot_answers_it(workshop: Workshop) -> None:
    before = code_of(workshop.folder)
    workshop.relais("content", "new", "topic", "velo", "--theme", "vie")
    page, about = "content/faq/velo/fr.md", "content/faq/velo/topic.yml"
    workshop.change(page, r"^title:.*$", "title: Trouver un vélo")
    workshop.change(page, r"^button:.*$", "button: Un vélo")
    workshop.change(page, r"^keywords:.*$", "keywords: [velo, bicyclette]")
    workshop.change(page, r"(?s)^## .*\Z", "\n\n".join(f"## {title}\n{text}" for title, text in VELO.items()) + "\n")
    write_about(workshop.folder / about)
    workshop.relais("content", "check")
    said = workshop.relais("chat", "--no-nlu", typed="une bicyclette\n")
    assert "Trouver un vélo" in said
    assert "Relecture en cours." in said
    assert code_of(workshop.folder) == before


def write_about(path: Path) -> None:
    path.write_text(
        "theme: vie\norder: 9\nfacts: [MOB-01]\nsources:\n  - title: Une source d'essai\n    dated: 2026-11-22\n"
        "reviewed_on:\nreviewed_by:\nreview_by: 2027-04-01\nrelated: [mobilite]\ncontacts: [mission_locale]\n",
        encoding="utf-8",
    )
