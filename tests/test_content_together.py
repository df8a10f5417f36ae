"""What no file can tell alone: files that go together, names of files, glossary, and everything the bot itself says."""

import csv
import shutil
from io import StringIO

import pytest

from bot.topics import ANYONE, HELP_NUMBERS, URGENT_NUMBERS
from tests.editor import Editor

KEY = "on attend un mot en minuscules, sans accent ni espace, par exemple mission_locale"
LANGUAGE = "ce fichier doit porter le nom d'une langue, comme fr.md"
COLUMNS = "on attend trois colonnes : term,meaning,topic"
LINE = f'{COLUMNS}. Une virgule dans le sens ? Mets-le entre guillemets " "'
PAGE = "faq/adepape/fr.md"


@pytest.mark.parametrize("number", sorted({*HELP_NUMBERS, *URGENT_NUMBERS}))
def test_a_number_that_the_bot_gives_cannot_be_lost(editor: Editor, number: str) -> None:
    """Without the check, every answer with the help line would fail at the moment someone needs it."""
    editor.drops("numbers.yml", number)
    assert editor.is_told() == f"numbers.yml:1: il manque « {number} »"


@pytest.mark.parametrize("contact", ANYONE)
def test_a_person_whom_anyone_may_turn_to_cannot_be_lost(editor: Editor, contact: str) -> None:
    editor.drops("contacts/fr.yml", contact)
    assert editor.is_told() == f"contacts/fr.yml:1: il manque « {contact} »"


def test_a_contact_is_checked_like_any_text(editor: Editor) -> None:
    line = editor.replaces("contacts/fr.yml", "mission_locale:", "mission_locale:")
    editor.replaces("contacts/fr.yml", "  how:", "  how: Appelle le 3114.")
    problem = "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"
    assert editor.is_told() == f"contacts/fr.yml:{line}: {problem}"


@pytest.mark.parametrize("file", ["themes/en.yml", "contacts/en.yml"])
def test_a_translation_misses_nothing(editor: Editor, file: str) -> None:
    french = editor.path(file.replace("en.", "fr.")).read_text(encoding="utf-8")
    editor.writes(file, french)
    editor.library()
    key = "vie" if "themes" in file else "caf"
    editor.drops(file, key)
    assert editor.is_told() == f"{file}:1: il manque « {key} »"


def test_a_topic_may_be_translated_before_the_contacts_are(editor: Editor) -> None:
    editor.path("contacts/en.yml").unlink()
    assert editor.library().page("adepape", "en").lang == "en"


@pytest.mark.parametrize("name", ["fr (copie).md", "francais.md", "README.md"])
def test_a_stray_copy_beside_a_text_is_refused(editor: Editor, name: str) -> None:
    shutil.copy(editor.path(PAGE), editor.path(f"faq/adepape/{name}"))
    assert editor.is_told() == f"faq/adepape/{name}:1: {LANGUAGE}"


@pytest.mark.parametrize("slug", ["ma fiche", "fiche_abîmée", "Adepape", "a" * 59])
def test_the_folder_of_a_topic_has_a_plain_short_name(editor: Editor, slug: str) -> None:
    """It becomes a button's payload, which Telegram refuses over 64 bytes."""
    shutil.copytree(editor.path("faq/adepape"), editor.path(f"faq/{slug}"))
    assert editor.is_told() == f"faq/{slug}:1: nom de fiche : {KEY}"


def test_a_topic_does_not_vanish_because_a_file_was_renamed(editor: Editor) -> None:
    editor.path("faq/adepape/topic.yml").rename(editor.path("faq/adepape/topic.yaml"))
    assert editor.is_told() == "faq/adepape/topic.yml:1: il manque ce fichier"


def test_a_folder_that_is_a_link_is_refused(editor: Editor) -> None:
    elsewhere = editor.folder.parent / "ailleurs"
    editor.path("faq/adepape").rename(elsewhere)
    editor.path("faq/adepape").symlink_to(elsewhere)
    assert editor.is_told() == "faq/adepape:1: les liens vers un autre dossier ne sont pas acceptés"


@pytest.mark.parametrize("folder", ["faq", "themes", "contacts", "danger"])
def test_a_lost_folder_is_named(editor: Editor, folder: str) -> None:
    shutil.rmtree(editor.path(folder))
    told = editor.is_told()
    assert told.startswith(f"{folder}:1: il n'y a aucune fiche" if folder == "faq" else f"{folder}/fr.yml:1: il manque")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("PSY,Psychologue,hopital", "la fiche « hopital » n'existe pas"),
        ("PSY,Psychologue,Adepape", LINE),
        ("PSY", LINE),
        (",Psychologue,", LINE),
        ("PSY;Psychologue;adepape", LINE),
        ("PSY,Psychologue,adepape,santé", LINE),
        ("PSY,Psychologue, psychiatre", LINE),
        ('PSY,"Psychologue,adepape', "les guillemets ne vont pas par deux"),
    ],
)
def test_a_wrong_line_of_the_glossary_is_named(editor: Editor, written: str, problem: str) -> None:
    line = editor.adds("glossary.csv", "ASE,", written)
    assert editor.is_told() == f"glossary.csv:{line}: {problem}"


def test_lines_of_the_glossary_are_counted_as_an_editor_sees_them(editor: Editor) -> None:
    line = editor.adds("glossary.csv", "ASE,", '\nPSY,"Psychologue,\npsychiatre",\nSPY,Espion,espionnage')
    assert editor.is_told() == f"glossary.csv:{line + 3}: la fiche « espionnage » n'existe pas"


@pytest.mark.parametrize("first", ["", "mot,sens,fiche", "ASE;Aide sociale à l'enfance;"])
def test_a_glossary_without_its_three_columns_is_refused(editor: Editor, first: str) -> None:
    editor.replaces("glossary.csv", "term,", first)
    assert editor.is_told() == f"glossary.csv:1: {COLUMNS}"


def test_a_glossary_that_a_french_spreadsheet_saved_says_the_same(editor: Editor) -> None:
    terms = editor.library().terms
    rows = list(csv.reader(editor.path("glossary.csv").read_text(encoding="utf-8").splitlines()))
    to = StringIO(newline="")
    csv.writer(to, delimiter=";").writerows(rows)
    editor.writes("glossary.csv", to.getvalue().encode("utf-8-sig"))
    assert editor.library().terms == terms
    line = editor.adds("glossary.csv", "ASE;", "PSY,Psychologue,adepape")
    assert editor.is_told() == f"glossary.csv:{line}: {LINE}"
